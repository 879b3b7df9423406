"""Splits a model into files and merges them again, and knows where the new files may go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.library.splitting import merge_model, merged_name, split_model
from lmstudio_lite.library.stores.foreign import foreign_store_of
from lmstudio_lite.library.stores.machine import Machine

Report = Callable[[int, int], None]


class ModelParts:
    """Splits models and merges them. Thread-safe: it keeps nothing."""

    def __init__(self, library: ModelLibrary, models_folder: Path, machine: Callable[[], Machine]) -> None:
        """Files without a chosen place never go into another program's folder, but into ``models_folder``."""
        self._library = library
        self._models_folder = models_folder
        self._machine = machine

    def folder_for(self, path: Path) -> Path:
        """Return where a model's new files go unless somebody says where: beside it, if it is the user's."""
        if path == self._library.starter_path():
            return self._models_folder
        is_foreign = foreign_store_of(path.parent, self._machine()) is not None
        return self._models_folder if is_foreign else path.parent

    def split(
        self, source: Path, folder: Path, max_bytes: int, cancellation: Cancellation, report: Report
    ) -> list[Path]:
        """See ``library.splitting.split_model``."""
        return split_model(source, folder, max_bytes=max_bytes, cancellation=cancellation, report=report)

    def merge(self, part: Path, target: Path | None, cancellation: Cancellation, report: Report) -> Path:
        """Return the file that was written; see ``library.splitting.merge_model`` for what is raised."""
        target = target or self.folder_for(part) / merged_name(part)
        merge_model(part, target, cancellation=cancellation, report=report)
        return target
