"""What becomes of files that are opened or dropped: models are used, personas taken, documents worked on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from lmstudio_lite.ui.batch.opener import BatchOpener, is_one_table
from lmstudio_lite.ui.drops import DropZone
from lmstudio_lite.ui.model_control import ModelControl
from lmstudio_lite.ui.tab_set import CHAT, TRANSLATE, TabSet
from lmstudio_lite.words.translate import tr


class FileSorting:
    """Sorts files for the tab that is shown."""

    def __init__(self, tabs: TabSet, control: ModelControl, batch: BatchOpener) -> None:
        self._tabs, self._control, self._batch = tabs, control, batch

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Use a model, open conversations, summarize documents; from a start, a drop or a second start."""
        documents = self._without_models(self._tabs.chat.control.take_personas(paths))
        if documents:
            self._tabs.chat.files.open_or(documents, self._tabs.open_documents)

    def drop_zones(self) -> list[DropZone]:
        """Return what dropped documents may be taken for; models among them are always put to use."""
        rows = DropZone(tr("Drop to work on its rows"), self._batch.open_files, is_one_table)
        summarize = DropZone(tr("Drop to summarize"), self.open_paths)
        if self._tabs.currentIndex() == CHAT:
            ask = DropZone(tr("Drop to ask about it"), self._opening_with(self._tabs.chat.attach_paths))
            return [rows, summarize, ask]
        if self._tabs.currentIndex() == TRANSLATE:
            translate = self._opening_with(self._tabs.translate_documents)
            return [rows, DropZone(tr("Drop to translate"), translate)]
        return [rows, summarize]

    def _opening_with(self, take: Callable[[list[Path]], None]) -> Callable[[list[Path]], None]:
        """Return what opens the models among dropped files and gives ``take`` the others."""

        def open_dropped(paths: list[Path]) -> None:
            documents = self._without_models(self._tabs.chat.control.take_personas(paths))
            if documents and self._tabs.currentIndex() == CHAT:
                self._tabs.chat.files.open_or(documents, take)
            elif documents:
                take(documents)

        return open_dropped

    def _without_models(self, paths: Sequence[Path]) -> list[Path]:
        """Use the first model among ``paths``; returns what is no model."""
        models = [path for path in paths if path.suffix.lower() == ".gguf"]
        if models:
            self._control.add(models[0])
        return [path for path in paths if path not in models]
