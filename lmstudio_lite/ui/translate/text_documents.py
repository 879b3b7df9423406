"""Opens documents as texts for the left pane, in the encoding that the user means; says why one fails."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.errors import AppError
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.document_opener import DocumentOpener
from lmstudio_lite.ui.encoding_question import EncodingQuestion
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr


class TextDocuments(QObject):
    """Lives on the GUI thread; the reading is a job."""

    paths_chosen = Signal(object)  # list[Path], in the dialog
    reopening = Signal(object)  # Path: the user has told its encoding, or wants it tried again
    opened = Signal(object)  # Document
    failed = Signal()  # the notice says why
    working_changed = Signal()

    def __init__(
        self, services: Services, bridge: Bridge, theme: Theme, notice: Notice, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._notice = notice
        self._opener = DocumentOpener(services.reader, bridge, parent, keeps_form=True)
        self.encoding_question = EncodingQuestion(services, bridge, theme, parent)
        self._opener.paths_chosen.connect(self.paths_chosen)
        self._opener.opened.connect(self.opened)
        self._opener.opened.connect(self.encoding_question.ask_if_unsure)
        self._opener.failed.connect(self._on_failed)
        self._opener.working_changed.connect(self.working_changed)
        self.encoding_question.changed.connect(self.reopening)
        self.encoding_question.failed.connect(self._on_encoding_not_kept)

    @property
    def is_working(self) -> bool:
        return self._opener.is_working

    def ask(self) -> None:
        """Open the dialog; ``paths_chosen`` follows if files are chosen."""
        self._opener.ask()

    def open(self, path: Path) -> None:
        """Read ``path``; ``opened`` or ``failed`` follows unless it is stopped."""
        self._opener.open(path)

    def stop(self) -> None:
        """Stop reading; nothing more is heard of it."""
        self._opener.stop()

    @Slot(object, object)
    def _on_failed(self, path: Path, error: Exception) -> None:
        self.failed.emit()
        if isinstance(error, AppError) and error.code in ("document_vanished", "document_timeout"):
            self._notice.show_error(error, tr("Try again"), lambda: self.reopening.emit(path))
        else:
            self._notice.show_error(error, tr("Open another…"), self.ask)

    @Slot(object)
    def _on_encoding_not_kept(self, error: Exception) -> None:
        self._notice.show_error(error)
