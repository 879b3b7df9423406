"""The models on this machine: the starter, our folders, the user's, and those of other programs.

A broken file is an entry with its failure, never an exception that hides the others. A model split over
several files (``-00001-of-00003.gguf``) is one entry; projectors (``mmproj``) and adapters stand with the
models they belong to. Headers are remembered by path, size and time of change, on the disk as well, so
that listing again costs a look into the folders. How the parts work: ``library.shelf``, ``library.stores``.
"""

from __future__ import annotations

import builtins
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.models import ModelFile
from lmstudio_lite.domain.shelf import WHOLE_KINDS, ModelEntry, ModelKind, ShelfChange, Store
from lmstudio_lite.errors import ModelFileError, ModelNotFoundError
from lmstudio_lite.fingerprint import fingerprint
from lmstudio_lite.library.shelf.describing import describe
from lmstudio_lite.library.shelf.header_cache import HeaderCache
from lmstudio_lite.library.shelf.patience import Finder
from lmstudio_lite.library.shelf.scan import LOOK_AGAIN_S, OnChange, ShelfScan, ShelfWatch
from lmstudio_lite.library.shelf.starter import STARTER_DISTRIBUTION, starter_path
from lmstudio_lite.library.split_names import first_file
from lmstudio_lite.library.stores.folders import find_in_folder, found_file
from lmstudio_lite.library.stores.found import FoundFile, Place

__all__ = ["STARTER_DISTRIBUTION", "ModelEntry", "ModelLibrary"]

_NOT_WHOLE = {ModelKind.ADAPTER: "adapter", ModelKind.PROJECTOR: "projector"}


class ModelLibrary:
    """Thread-safe. Reads the disk, so not for the GUI thread.

    ``extra_folders``, ``extra_files``, ``finetune_folders`` and ``foreign_places`` (of other programs) are
    asked on every listing, for they may change meanwhile. ``cache_file`` keeps headers for the next start.
    """

    def __init__(
        self,
        models_folder: Path,
        extra_folders: Callable[[], Sequence[Path]],
        extra_files: Callable[[], Sequence[Path]] = tuple,
        *,
        finetune_folders: Callable[[], Sequence[Path]] = tuple,
        foreign_places: Callable[[], Sequence[Place]] = tuple,
        cache_file: Path | None = None,
        finder: Finder | None = None,
    ) -> None:
        self._models_folder = models_folder
        self._extra_folders = extra_folders
        self._extra_files = extra_files
        self._finetune_folders = finetune_folders
        self._foreign_places = foreign_places
        self._cache = HeaderCache(cache_file)
        self._finder = finder or Finder()

    def list(self) -> list[ModelEntry]:
        """Return the starter, then the other models by name; each file once."""
        entries = [entry for entry in self.list_all() if entry.kind in WHOLE_KINDS]
        return sorted(entries, key=sort_key)

    def list_all(self) -> builtins.list[ModelEntry]:
        """Return all that is there, in the places' order: also projectors, adapters and stray parts."""
        return builtins.list(self.look().entries)

    def look(self) -> ShelfChange:
        """Return all that is there, and the folders that could not be listed."""
        scan = ShelfScan(self._places, self._finder, self._cache, Cancellation())
        entries = tuple(scan.run())
        return ShelfChange(entries, troubled=scan.troubled, is_complete=True)

    def matching(self, name_or_path: str) -> builtins.list[ModelEntry]:
        """Return what a person may mean, of any kind: what is called so, or else whose name has it in it."""
        entries = self.list_all()
        path = Path(os.path.expanduser(name_or_path)).absolute()
        exact = [entry for entry in entries if path in (entry.path, *entry.files)]
        wanted = name_or_path.casefold()
        exact = exact or [entry for entry in entries if wanted in _names(entry)]
        return exact or [
            entry for entry in entries if wanted and any(wanted in name for name in _names(entry))
        ]

    def watch(self, on_change: OnChange, *, look_again_s: float = LOOK_AGAIN_S) -> ShelfWatch:
        """Tell ``on_change`` of everything that is there, headers as they are read, and of changes later.

        The first change has what the folders' listings and remembered headers tell; each runs on the watch's
        thread, so hand them to yours. Close the watch when nobody looks any more.
        """
        cancellation = Cancellation()
        scan = ShelfScan(self._places, self._finder, self._cache, cancellation, on_change)
        return ShelfWatch(scan, cancellation, look_again_s)

    def describe(self, path: Path) -> ModelFile:
        """Return what the model file at ``path`` says of itself.

        Its ``path`` is absolute, and that of the first file where the model is split over several.

        Raises:
            ModelNotFoundError: there is no such file.
            ModelFileError: it is not a usable GGUF; see ``library.gguf`` for the reasons. "part_missing":
                the model is split over several files, and ``part`` is not beside this one. "adapter",
                "projector": it is a piece that belongs to a model.
        """
        first = first_file(path)
        description = describe(first, name=self._cache.given_name(first))
        if description.kind in _NOT_WHOLE:
            raise ModelFileError(path=str(first), reason=_NOT_WHOLE[description.kind])
        if description.file is None:
            raise ModelFileError(path=str(first), reason="unreadable")
        return description.file

    def fingerprint_of(self, entry: ModelEntry) -> str:
        """Return the name of an entry's content, remembered as long as the file stays unchanged.

        Raises:
            ModelNotFoundError, ModelFileError: as ``fingerprint``.
        """
        known = self._cache.fingerprint(entry.path, entry.signature)
        if not known:
            known = fingerprint(entry.path)
            self._cache.remember(entry.path, entry.signature, fingerprint=known)
        return known

    def embedding_entry(self) -> ModelEntry | None:
        """Return the smallest embedding model, None if there is none."""
        sizes = [
            (entry.file.size_bytes, number, entry)
            for number, entry in enumerate(self.list())
            if entry.file is not None and entry.file.is_embedding
        ]
        return min(sizes)[2] if sizes else None

    def starter_path(self) -> Path | None:
        """Return the starter model's file, or None if it was not installed."""
        return starter_path()

    def resolve(self, name_or_path: str) -> Path:
        """Return the model file that a person means: a path, a file name or stem, a model's name or part.

        Of several that fit, the first in the list's order that can be used. The path is absolute, for the
        processes that open it run in other folders.

        Raises:
            ModelNotFoundError: nothing fits.
            ModelFileError: it is a part of a model whose first part is missing, a folder, a pipe or a device
                has that name, or it is a link that leads nowhere.
        """
        path = os.path.expanduser(name_or_path)
        if os.path.isfile(path):
            return first_file(Path(path))
        is_path = os.path.basename(path) != path or path in (os.curdir, os.pardir)
        wanted = name_or_path.casefold()
        entries = sorted(self.list(), key=lambda entry: entry.file is None or entry.file.is_embedding)
        for entry in entries:
            if wanted in _names(entry):
                return entry.path
        for entry in entries:
            if wanted and not is_path and any(wanted in name for name in _names(entry)):
                return entry.path
        if path and os.path.lexists(path):
            raise ModelFileError(
                path=name_or_path, reason="not_a_file" if os.path.exists(path) else "unreadable"
            )
        raise ModelNotFoundError(path=name_or_path)

    def places(self) -> Sequence[Place]:
        """Return every folder that is looked into, ours first."""
        return self._places()

    def _places(self) -> Sequence[Place]:
        return [
            Place(Store.STARTER, Path("starter"), self._find_starter),
            _folder(self._models_folder, Store.OWN),
            *(_folder(folder, Store.FINETUNE) for folder in self._finetune_folders()),
            *self._foreign_places(),
            *(_folder(folder, Store.FOLDER) for folder in self._extra_folders()),
            Place(Store.FOLDER, Path("files"), self._find_files),
        ]

    def _find_starter(self) -> Sequence[FoundFile]:
        path = self.starter_path()
        found = found_file(path, Store.STARTER) if path is not None else None
        return [found] if found is not None else []

    def _find_files(self) -> Sequence[FoundFile]:
        found = (found_file(path, Store.FOLDER) for path in self._extra_files())
        return [each for each in found if each is not None]


def sort_key(entry: ModelEntry) -> tuple[bool, str, str]:
    """Order the starter first, the others by name."""
    return not entry.is_starter, entry.name.casefold(), str(entry.path)


def _folder(root: Path, store: Store) -> Place:
    return Place(store, root, lambda: find_in_folder(root, store))


def _names(entry: ModelEntry) -> set[str]:
    names = {entry.path.name, entry.path.stem, entry.given_name, entry.name, *entry.other_names} - {""}
    return {name.casefold() for name in names} | {name.casefold().replace(" ", "-") for name in names}
