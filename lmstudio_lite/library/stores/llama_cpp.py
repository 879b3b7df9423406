"""GGUF files that llama.cpp fetched by itself (``-hf``): ``<owner>_<repository>_<file>.gguf`` in its cache.

Beside each lie its ETag (``.etag``, older ``.json``) and ``manifest=<owner>=<repository>=<tag>.json``, which
tell where the repository's name ends and the file's begins; an unfinished one ends in
``.downloadInProgress``.
Versions since 2026 keep models in Hugging Face's cache.
Source: https://github.com/ggml-org/llama.cpp (``common/common.cpp``, ``common/download.cpp``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lmstudio_lite.domain.shelf import Store
from lmstudio_lite.library.stores.folders import find_in_folder
from lmstudio_lite.library.stores.found import FoundFile, Place
from lmstudio_lite.library.stores.machine import Machine

_MANIFEST = "manifest="


def places(machine: Machine) -> list[Place]:
    """Return the folder that llama.cpp keeps what it fetched in."""
    root = machine.variable("LLAMA_CACHE") or machine.cache / "llama.cpp"
    return [Place(Store.LLAMA_CPP, root, lambda: find(root))]


def find(root: Path) -> Iterator[FoundFile]:
    """Yield the models, each under the name that its file had in the repository.

    Raises:
        OSError: the folder is there and can't be read.
    """
    if not root.exists():
        return
    prefixes = sorted(_prefixes(root), key=len, reverse=True)
    for found in find_in_folder(root, Store.LLAMA_CPP, max_depth=1):
        name = found.path.stem
        prefix = next((prefix for prefix in prefixes if name.startswith(prefix)), "")
        stem = name.removeprefix(prefix) if prefix else ""
        yield replace(found, stem=stem, signature=f"{found.signature} {stem}")


def _prefixes(root: Path) -> set[str]:
    """Return how the names of the files of each repository begin here."""
    prefixes = set()
    for manifest in root.glob(f"{_MANIFEST}*.json"):
        parts = manifest.stem.removeprefix(_MANIFEST).split("=")
        if len(parts) >= 2:
            prefixes.add(f"{parts[0]}_{parts[1]}_")
    return prefixes
