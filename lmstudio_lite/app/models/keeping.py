"""Moving, deleting, linking and bringing in models, and taking each of these back.

Files of other programs are never changed: whose a file is, is decided by where it really lies, whatever
folder the list found it through. The settings follow a model that moves. Everything here reads or writes
the disk, so it is for background jobs; progress is told as ``FileProgress``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.shelf import ModelEntry
from lmstudio_lite.errors import ModelChangeError
from lmstudio_lite.library.keeping.copying import PASSES
from lmstudio_lite.library.keeping.duplicates import (
    Duplicates,
    LinkedFile,
    find_duplicates,
    link_duplicate,
    unlink_duplicate,
)
from lmstudio_lite.library.keeping.moving import copy_files, link_files, move_files
from lmstudio_lite.library.keeping.trash import Trash, TrashedFile, system_trash
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.library.shelf.describing import describe
from lmstudio_lite.library.split_names import first_file, part_files
from lmstudio_lite.library.stores.foreign import foreign_store_of
from lmstudio_lite.library.stores.machine import Machine
from lmstudio_lite.settings import SettingsStore


class Bringing(StrEnum):
    """How a file from elsewhere gets into the models folder."""

    LINK = "link"
    COPY = "copy"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class FileProgress:
    """``done_bytes`` of ``total_bytes`` were read, written or compared; neither ever falls."""

    done_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a model's files went, each from its old path; undone by ``undo_move``."""

    paths: tuple[tuple[Path, Path], ...]

    @property
    def path(self) -> Path:
        """Return the file that the model is loaded by now."""
        return self.paths[0][1]


@dataclass(frozen=True, slots=True)
class Removed:
    """A model in the trash. ``can_undo`` where the system lets programs take things out of it again."""

    entry: ModelEntry
    files: tuple[TrashedFile, ...]

    @property
    def can_undo(self) -> bool:
        return all(file.place is not None for file in self.files)


OnProgress = Callable[[FileProgress], None]


class Keeping:
    """Thread-safe, but for two changes of one model at a time."""

    def __init__(
        self,
        library: ModelLibrary,
        settings: SettingsStore,
        engine: EngineClient,
        models_folder: Path,
        machine: Callable[[], Machine],
        trash: Callable[[], Trash] = system_trash,
    ) -> None:
        self._library = library
        self._settings = settings
        self._engine = engine
        self._models_folder = models_folder
        self._machine = machine
        self._trash = trash

    def files_of(self, entry: ModelEntry) -> tuple[Path, ...]:
        """Return what goes along when a model is moved or deleted: its parts, and a projector of its own."""
        files = entry.files or (entry.path,)
        projector = entry.projector
        if projector is None or projector.parent != entry.path.parent:
            return files
        others = [each for each in self._library.list_all() if each.projector == projector]
        is_shared = any(other.path != entry.path for other in others)
        return files if is_shared else (*files, projector)

    def move(
        self, entry: ModelEntry, folder: Path, on_progress: OnProgress, cancellation: Cancellation
    ) -> Moved:
        """Move a model into ``folder``, on any drive; the settings follow it.

        Raises:
            CancelledError: cancelled; it is where it was.
            ModelNotFoundError, ModelChangeError, DiskFullError: it is where it was.
            StorageError: it was moved, but the settings can't be saved yet.
        """
        self._check(entry)
        self._check_not_foreign(folder)
        files = self.files_of(entry)
        progress = _Progress(PASSES * _size_of(files), on_progress)
        moved = Moved(tuple(move_files(files, folder, progress.add, cancellation).items()))
        self._follow(moved)
        progress.finish()
        return moved

    def undo_move(self, moved: Moved, on_progress: OnProgress, cancellation: Cancellation) -> None:
        """Move a model back.

        Raises:
            CancelledError, ModelNotFoundError, ModelChangeError, DiskFullError, StorageError: as ``move``.
        """
        self._check_not_in_use([new for _, new in moved.paths])
        progress = _Progress(PASSES * _size_of([new for _, new in moved.paths]), on_progress)
        folder = moved.paths[0][0].parent
        move_files([new for _, new in moved.paths], folder, progress.add, cancellation)
        self._follow(Moved(tuple((new, old) for old, new in moved.paths)))
        progress.finish()

    def remove(self, entry: ModelEntry) -> Removed:
        """Move a model into the system's trash.

        Raises:
            ModelNotFoundError: it is gone already.
            ModelChangeError: it is another program's ("foreign"), "in_use", its drive has "no_trash", or the
                system refuses. It is where it was.
        """
        self._check(entry)
        files = self.files_of(entry)
        return Removed(entry, tuple(self._trash().put(files)))

    def undo_remove(self, removed: Removed) -> None:
        """Take a model out of the trash again.

        Raises:
            ModelNotFoundError: the trash was emptied.
            ModelChangeError: "only_by_hand", or "exists": something else has its name by now.
        """
        self._trash().take_back(removed.files)

    def bring_in(
        self, path: Path, how: Bringing, on_progress: OnProgress, cancellation: Cancellation
    ) -> Moved:
        """Bring a model from anywhere into the models folder; of a split one any part stands for all.

        Raises:
            CancelledError: cancelled; nothing is changed.
            ModelNotFoundError, ModelFileError: it is no model that can be read.
            ModelChangeError: another program's file can't be moved ("foreign"); or as ``move``.
            DiskFullError: it does not fit.
        """
        first = first_file(path)
        describe(first)
        files = part_files(first)
        progress = _Progress(PASSES * _size_of(files), on_progress)
        if how is Bringing.LINK:
            targets = link_files(files, self._models_folder)
        elif how is Bringing.COPY:
            targets = copy_files(files, self._models_folder, progress.add, cancellation)
        else:
            for file in files:
                self._check_not_foreign(file.parent, file)
            self._check_not_in_use(files)
            targets = move_files(files, self._models_folder, progress.add, cancellation)
            self._follow(Moved(tuple(targets.items())))
        progress.finish()
        return Moved(tuple(targets.items()))

    def duplicates(self) -> list[Duplicates]:
        """Return the models that are there more than once, those that free most first."""
        found = find_duplicates(self._library.list_all(), self._library.fingerprint_of)
        return sorted(found, key=lambda each: -each.saved_bytes)

    def link(
        self, duplicates: Duplicates, on_progress: OnProgress, cancellation: Cancellation
    ) -> list[LinkedFile]:
        """Put links in place of the duplicates, after comparing them whole.

        Raises:
            CancelledError: cancelled; what was linked before is undone by nobody and harms nobody.
            ModelNotFoundError, ModelChangeError: that file, and those after it, are as they were.
        """
        for other in duplicates.others:
            self._check(other)
        progress = _Progress(2 * duplicates.kept.size_bytes * len(duplicates.others), on_progress)
        linked = [
            link_duplicate(duplicates.kept.path, other.path, progress.add, cancellation)
            for other in duplicates.others
        ]
        progress.finish()
        return linked

    def undo_link(
        self, linked: Sequence[LinkedFile], on_progress: OnProgress, cancellation: Cancellation
    ) -> None:
        """Make files of their own out of links again.

        Raises:
            CancelledError, ModelNotFoundError, ModelChangeError, DiskFullError: the rest stay links.
        """
        progress = _Progress(PASSES * sum(each.saved_bytes for each in linked), on_progress)
        for each in linked:
            unlink_duplicate(each, progress.add, cancellation)
        progress.finish()

    def _check(self, entry: ModelEntry) -> None:
        if not entry.is_changeable:
            raise ModelChangeError(path=str(entry.path), reason="foreign", store=entry.store.value)
        files = entry.files or (entry.path,)
        for file in files:
            self._check_not_foreign(file.parent, file)
        self._check_not_in_use(files)

    def _check_not_foreign(self, folder: Path, file: Path | None = None) -> None:
        """Refuse what lies in another program's folder. A link of ours that leads there is ours."""
        store = foreign_store_of(folder, self._machine())
        if store is not None:
            raise ModelChangeError(path=str(file or folder), reason="foreign", store=store.value)

    def _check_not_in_use(self, files: Sequence[Path]) -> None:
        state = self._engine.state
        for path in (state.path, state.next_path):
            if path is not None and any(_is_same(path, file) for file in files):
                raise ModelChangeError(path=str(path), reason="in_use")

    def _follow(self, moved: Moved) -> None:
        """Let the settings name a moved model by its new path, and list it where no folder does."""
        new_paths = {str(old): str(new) for old, new in moved.paths}
        chosen = self._settings.value.model
        files = [new_paths.get(file, file) for file in chosen.files]
        folders = [self._models_folder, *(Path(folder) for folder in chosen.folders)]
        path = moved.path
        if str(path) not in files and not any(folder in path.parents for folder in folders):
            files.append(str(path))
        changes = {
            "path": new_paths.get(chosen.path, chosen.path),
            "adapter": new_paths.get(chosen.adapter, chosen.adapter),
            "adapter_base": new_paths.get(chosen.adapter_base, chosen.adapter_base),
            "files": tuple(file for file in dict.fromkeys(files) if not _is_listed(file, folders)),
        }
        if any(getattr(chosen, name) != value for name, value in changes.items()):
            self._settings.update("model", **changes)


class _Progress:
    """Adds up what the steps of one change have done."""

    def __init__(self, total_bytes: int, on_progress: OnProgress) -> None:
        self._done_bytes = 0
        self._total_bytes = total_bytes
        self._on_progress = on_progress

    def add(self, num_bytes: int) -> None:
        self._done_bytes = min(self._done_bytes + num_bytes, self._total_bytes)
        self._on_progress(FileProgress(self._done_bytes, self._total_bytes))

    def finish(self) -> None:
        """Tell that all is done: what was renamed needed no bytes."""
        self._on_progress(FileProgress(self._total_bytes, self._total_bytes))


def _is_listed(file: str, folders: Sequence[Path]) -> bool:
    return any(folder in Path(file).parents for folder in folders)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return one == other


def _size_of(files: Sequence[Path]) -> int:
    total = 0
    for file in files:
        try:
            total += file.stat().st_size
        except OSError:
            continue
    return total
