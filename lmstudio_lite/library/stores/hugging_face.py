"""GGUF files in the cache of Hugging Face's tools: ``models--<owner>--<name>/snapshots/<commit>/…``.

A snapshot's files are links to ``blobs``; where links can't be made (Windows) they are the files. ``refs``
say which commit a branch is at, so that of a file in several commits that of ``main`` is named.
Source: https://huggingface.co/docs/huggingface_hub/guides/manage-cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lmstudio_lite.domain.shelf import Store
from lmstudio_lite.library.stores.folders import find_in_folder
from lmstudio_lite.library.stores.found import FoundFile, Place, TooManyFilesError
from lmstudio_lite.library.stores.machine import Machine
from lmstudio_lite.library.stores.manifests import read_text

_MAX_REPOSITORIES = 10_000
_MAX_SNAPSHOTS = 100


def places(machine: Machine) -> list[Place]:
    """Return the folder that Hugging Face's tools, and llama.cpp of today, keep models in."""
    root = (
        machine.variable("HF_HUB_CACHE")
        or machine.variable("HUGGINGFACE_HUB_CACHE")
        or _below(machine.variable("HF_HOME"))
        or (machine.variable("XDG_CACHE_HOME") or machine.home / ".cache") / "huggingface" / "hub"
    )
    return [Place(Store.HUGGING_FACE, root, lambda: find(root))]


def find(root: Path) -> Iterator[FoundFile]:
    """Yield the models of every repository, each file once.

    Raises:
        TooManyFilesError: there are more repositories than are looked at.
        OSError: the folder is there and can't be read.
    """
    if not root.exists():
        return
    repositories = sorted(path for path in root.iterdir() if path.name.startswith("models--"))
    for repository in repositories[:_MAX_REPOSITORIES]:
        yield from _in_repository(repository)
    if len(repositories) > _MAX_REPOSITORIES:
        raise TooManyFilesError(f"more than {_MAX_REPOSITORIES} repositories in {root}")


def _in_repository(repository: Path) -> Iterator[FoundFile]:
    main = read_text(repository / "refs" / "main").strip()
    try:
        snapshots = sorted(
            (repository / "snapshots").iterdir(), key=lambda path: (path.name != main, path.name)
        )
    except OSError:
        return
    seen: set[tuple[str, int]] = set()
    for snapshot in snapshots[:_MAX_SNAPSHOTS]:
        for found in find_in_folder(snapshot, Store.HUGGING_FACE):
            key = (str(found.path.relative_to(snapshot)), found.size_bytes)
            if key not in seen:
                seen.add(key)
                yield found


def _below(home: Path | None) -> Path | None:
    return home / "hub" if home is not None else None
