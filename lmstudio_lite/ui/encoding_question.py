"""Asks in which encoding a text is: once a file, one file after the other, beside whatever else goes on."""

from __future__ import annotations

from collections import deque
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from lmstudio_lite.app.document_encodings import keep_encoding
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.encoding_dialog import EncodingDialog
from lmstudio_lite.ui.theme import Theme


class EncodingQuestion(QObject):
    """The document is used as it was read until another encoding is chosen. Lives on the GUI thread."""

    changed = Signal(object)  # Path, whose text is to be read again
    failed = Signal(object)  # Exception: the choice could not be kept

    def __init__(self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._theme = theme
        self._widget = parent
        self._asked: set[Path] = set()
        self._waiting: deque[Document] = deque()
        self._document: Document | None = None
        self.dialog: EncodingDialog | None = None

    def ask_if_unsure(self, document: Document | None) -> None:
        """Ask about ``document`` if its encoding is in doubt, unless it was asked about before."""
        if document is None or document.is_encoding_sure or document.path is None:
            return
        if document.path not in self._asked:
            self._asked.add(document.path)
            self.ask(document)

    def ask(self, document: Document) -> None:
        """Ask about ``document``, behind those that were asked about before."""
        self._waiting.append(document)
        self._show_next()

    def _show_next(self) -> None:
        if self.dialog is not None or not self._waiting:
            return
        self._document = document = self._waiting.popleft()
        self.dialog = EncodingDialog(document, self._read_preview, self._theme, self._widget)
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog.encoding_chosen.connect(self._on_encoding_chosen)
        self.dialog.finished.connect(self._on_finished)
        self.dialog.show()

    def _read_preview(self, encoding: str) -> None:
        path = self._document.path if self._document is not None else None
        if path is None:
            return
        reader = self._services.reader
        dialog = self.dialog

        def show(document: Document) -> None:
            if dialog is self.dialog and dialog is not None:
                dialog.show_preview(encoding, document.text)

        def show_none(_error: Exception) -> None:
            if dialog is self.dialog and dialog is not None:
                dialog.show_preview(encoding, "\ufffd")

        self._bridge.run(
            lambda context: reader.read(path, context.cancellation, encoding=encoding),
            on_done=show,
            on_failed=show_none,
        )

    @Slot(str)
    def _on_encoding_chosen(self, encoding: str) -> None:
        document = self._document
        path = document.path if document is not None else None
        if document is None or path is None:
            return
        settings, is_other = self._services.settings, encoding != document.encoding

        def keep() -> None:
            keep_encoding(settings, path, encoding)

        def on_kept(_nothing: None) -> None:
            if is_other:
                self.changed.emit(path)

        self._bridge.run(lambda context: keep(), on_done=on_kept, on_failed=self.failed.emit)

    @Slot()
    def _on_finished(self) -> None:
        self.dialog = None
        self._show_next()
