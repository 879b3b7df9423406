"""What happens to mistakes of ours: logged whole, shown once, and the program goes on.

An exception that nobody handles, on any thread, comes to ``BugReporter``; one dialog at a time shows its
traceback with a button that copies it. Qt's own messages go to the log.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, Qt, QtMsgType, Signal, Slot, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from lmstudio_lite.ui.plain_words import PlainMessageBox
from lmstudio_lite.words.translate import tr

log = logging.getLogger(__name__)

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class BugReporter(QObject):
    """Installs itself as the hook for unhandled exceptions until ``close``. Lives on the GUI thread."""

    _raised = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.window: QWidget | None = None
        self.dialog: QMessageBox | None = None
        self._hooks = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._hear
        threading.excepthook = self._hear_thread
        self._raised.connect(self.show_bug, Qt.ConnectionType.QueuedConnection)

    def close(self) -> None:
        """Give the hooks back."""
        sys.excepthook, threading.excepthook = self._hooks

    @Slot(object)
    def show_bug(self, error: BaseException) -> None:
        """Show a dialog for ``error``, unless one is open."""
        if self.dialog is not None:
            return
        details = "".join(traceback.format_exception(error))
        box = PlainMessageBox(self.window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(tr("LM Studio Lite"))
        box.setText(tr("LM Studio Lite made a mistake."))
        box.setInformativeText(
            tr("Your texts are safe and you can go on. Please report this with the details below.")
        )
        box.setDetailedText(details)
        copy = box.addButton(tr("Copy details"), QMessageBox.ButtonRole.ActionRole)
        box.addButton(QMessageBox.StandardButton.Close)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(details))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.finished.connect(self._on_dialog_finished)
        self.dialog = box
        box.open()

    @Slot(int)
    def _on_dialog_finished(self, _result: int) -> None:
        self.dialog = None

    def _hear(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._hooks[0](kind, error, trace)
            return
        log.critical("unhandled exception", exc_info=(kind, error, trace))
        self._raised.emit(error)

    def _hear_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._hear(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)


def log_qt_messages() -> None:
    """Send Qt's messages to the log instead of the terminal."""
    qInstallMessageHandler(_log_qt_message)


def _log_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    log.log(_LEVELS.get(kind, logging.WARNING), "Qt: %s", message)
