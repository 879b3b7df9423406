"""How the shown summary leaves the window: copied, dragged out, saved in the form that a file's name says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.clipboard import rich_text
from lmstudio_lite.ui.drag_out import DraggedFile
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.saving import TextSaver, file_name_for
from lmstudio_lite.ui.summarize.document_head import DocumentHead
from lmstudio_lite.ui.summarize.export import export_content, export_filters
from lmstudio_lite.ui.summarize.items import SummaryItem
from lmstudio_lite.ui.summarize.summary_view import SummaryView
from lmstudio_lite.words.translate import tr


class SummaryOutput(QObject):
    """Does what the buttons of ``head`` ask for; what can't be written is told in ``notice``. GUI thread."""

    def __init__(
        self, bridge: Bridge, head: DocumentHead, summary: SummaryView, notice: Notice, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._item: SummaryItem | None = None
        self._head = head
        self._summary = summary
        self._saver = TextSaver(bridge, notice, parent)
        head.copy_button.clicked.connect(self._on_copy_clicked)
        head.save_action.triggered.connect(self._on_save_clicked)

    def show_item(self, item: SummaryItem) -> None:
        """Speak of ``item`` from now on."""
        self._item = item

    def save_as(self, path: Path) -> None:
        """Write the summary to ``path`` in the form that its ending names."""
        self._saver.save(path, self._contents_for(path))

    def dragged_file(self) -> DraggedFile | None:
        """Return the summary as a Markdown file, with its rich text for editors that take no files."""
        if self._item is None or self._item.shown is None:
            return None
        name = self._file_name(self._item)
        return DraggedFile(name, self._contents_for(Path(name))(), rich_text(self._summary.markdown.strip()))

    def _contents_for(self, path: Path) -> Callable[[], bytes]:
        if self._item is None or self._item.shown is None:
            return bytes
        with_references = self._head.references_action.isChecked()
        return partial(export_content, self._item, self._item.shown, path, with_references=with_references)

    def _file_name(self, item: SummaryItem) -> str:
        return file_name_for(tr("Summary of {0}").format(item.title), ".md")

    @Slot()
    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setMimeData(rich_text(self._summary.markdown.strip()))

    @Slot()
    def _on_save_clicked(self) -> None:
        if self._item is not None:
            name = self._file_name(self._item)
            self._saver.ask(tr("Save the summary"), name, export_filters(), self._contents_for)
