"""Opens documents for a tab: a dialog that takes several, and the reader's job for one path."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from lmstudio_lite.app.jobs import Job
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.file_choice import KEPT_SUFFIXES, open_filters
from lmstudio_lite.ui.file_dialog import ask_for_files
from lmstudio_lite.words.translate import tr


class DocumentOpener(QObject):
    """A newer path replaces an older one that is still being read. Lives on the GUI thread."""

    paths_chosen = Signal(object)  # list[Path] from the dialog
    opened = Signal(object)  # Document
    failed = Signal(object, object)  # Path, Exception
    working_changed = Signal()

    def __init__(
        self, reader: DocumentReader, bridge: Bridge, parent: QWidget, *, keeps_form: bool = False
    ) -> None:
        """Read with ``keeps_form`` what a translation is to be put back into."""
        super().__init__(parent)
        self._keeps_form = keeps_form
        self._reader = reader
        self._bridge = bridge
        self._widget = parent
        self._job: Job | None = None
        self._number = 0

    @property
    def is_working(self) -> bool:
        return self._job is not None

    def ask(self) -> QFileDialog:
        """Open the dialog; ``paths_chosen`` follows if files are chosen."""
        filters = open_filters(KEPT_SUFFIXES if self._keeps_form else ())
        return ask_for_files(self._widget, tr("Open a document"), filters, self.paths_chosen.emit)

    def open(self, path: Path) -> None:
        """Read ``path``; ``opened`` or ``failed`` follows unless it is stopped."""
        self.stop()
        self._number += 1
        number = self._number
        self._job = self._bridge.run(
            lambda context: self._reader.read(path, context.cancellation, keeps_form=self._keeps_form),
            on_done=lambda document: self._on_done(number, document),
            on_failed=lambda error: self._on_failed(number, path, error),
        )
        self.working_changed.emit()

    def stop(self) -> None:
        """Stop reading; nothing more is heard of it."""
        self._number += 1
        if self._job is not None:
            self._job.cancel()
            self._job = None
            self.working_changed.emit()

    def _on_done(self, number: int, document: Document) -> None:
        if number == self._number:
            self._job = None
            self.opened.emit(document)
            self.working_changed.emit()

    def _on_failed(self, number: int, path: Path, error: Exception) -> None:
        if number == self._number:
            self._job = None
            self.failed.emit(path, error)
            self.working_changed.emit()
