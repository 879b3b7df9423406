"""The facts of model files, read once for each state of a file."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TypeVar

from lmstudio_lite.domain.fit import ModelFacts
from lmstudio_lite.engine.llama.model_path import model_parts
from lmstudio_lite.errors import ModelFileError, ModelNotFoundError
from lmstudio_lite.fingerprint import fingerprint
from lmstudio_lite.library.gguf import read_gguf_header
from lmstudio_lite.library.gguf.facts import model_facts

FileState = tuple[Path, int, int]
"""A path with the file's size and time of change: another file behind the same path has another."""
_KEPT_MAX = 2000
_Value = TypeVar("_Value")


class FactsOfFiles:
    """Thread-safe. Reads files, so not for the GUI thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._facts: dict[FileState, ModelFacts] = {}
        self._fingerprints: dict[FileState, str] = {}

    def of(self, path: Path) -> ModelFacts:
        """Return what the header of the model at ``path`` says; of a split model its parts' together.

        Raises:
            ModelNotFoundError, ModelFileError: the file is gone or no usable GGUF.
        """
        state = file_state(path)
        with self._lock:
            known = self._facts.get(state)
        if known is None:
            parts = model_parts(path)
            known = model_facts(*(read_gguf_header(part, needs_tensors=len(parts) == 1) for part in parts))
            with self._lock:
                self._facts = _without_oldest(self._facts) | {state: known}
        return known

    def fingerprint(self, path: Path) -> str:
        """Return the name of the content at ``path``. Raises as ``of``."""
        state = file_state(path)
        with self._lock:
            known = self._fingerprints.get(state)
        if known is None:
            known = fingerprint(path)
            with self._lock:
                self._fingerprints = _without_oldest(self._fingerprints) | {state: known}
        return known


def file_state(path: Path) -> FileState:
    """Return what tells this file from another behind the same path.

    Raises:
        ModelNotFoundError, ModelFileError: there is no such file, or the system refuses to say.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        raise ModelNotFoundError(path=str(path)) from None
    except (OSError, ValueError):
        raise ModelFileError(path=str(path), reason="unreadable") from None
    return path, status.st_size, status.st_mtime_ns


def _without_oldest(kept: dict[FileState, _Value]) -> dict[FileState, _Value]:
    return dict(list(kept.items())[-_KEPT_MAX + 1 :])
