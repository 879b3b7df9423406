"""What is only in memory, said where the work is: why, what to do, "Try again" and "Save as…".

The notice can't be closed: it goes when everything is written. ``UnsavedWork`` tries by itself; the button
only makes it sooner.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lmstudio_lite.errors import StorageError
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.saving import TextSaver, file_name_for
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.unsaved import Place, UnsavedPiece, UnsavedState, UnsavedWork
from lmstudio_lite.words.translate import tr


class UnsavedWatch(QObject):
    """Brings the states of ``UnsavedWork`` to the GUI thread until its parent is gone."""

    changed = Signal(object)  # UnsavedState
    _heard = Signal(object)

    def __init__(self, unsaved: UnsavedWork, parent: QObject) -> None:
        super().__init__(parent)
        self._heard.connect(self._on_heard, Qt.ConnectionType.QueuedConnection)
        forget = unsaved.subscribe(self._hear)
        self.destroyed.connect(lambda: forget())

    def _hear(self, state: UnsavedState) -> None:
        try:
            self._heard.emit(state)
        except RuntimeError:
            return  # the window is gone while another thread speaks

    @Slot(object)
    def _on_heard(self, state: UnsavedState) -> None:
        self.changed.emit(state)


class UnsavedNotice(QWidget):
    """The notice of one place. Takes no room while all is saved. GUI thread."""

    def __init__(
        self, theme: Theme, unsaved: UnsavedWork, bridge: Bridge, place: Place, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._unsaved = unsaved
        self._place = place
        self.notice = Notice(theme, self, closable=False)
        self._told = Notice(theme, self)
        self.exporter = UnsavedExport(unsaved, TextSaver(bridge, self._told, self), self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(design.SPACE_8)
        column.addWidget(self._told)
        column.addWidget(self.notice)
        watch = UnsavedWatch(unsaved, self)
        watch.changed.connect(self._on_unsaved_changed)
        self._on_unsaved_changed(unsaved.state)

    @Slot(object)
    def _on_unsaved_changed(self, state: UnsavedState) -> None:
        waiting = state.at(self._place)
        if not waiting or state.error is None:
            self.notice.clear()
            self.setVisible(not self._told.isHidden())
            return
        has_text = any(piece.text.strip() for piece in waiting)
        self.notice.show_message(
            f"{reason_words(state.error)} {tr('What is new here is kept in memory.')}",
            remedy_words(state.error),
            tr("Try again"),
            self._unsaved.retry,
            kind="warning",
            second=tr("Save as…") if has_text else "",
            on_second=self._on_save_as,
        )
        self.show()

    def _on_save_as(self) -> None:
        self.exporter.ask(self._unsaved.state.at(self._place))


class UnsavedExport(QObject):
    """Saves what is only in memory where the user says. GUI thread."""

    saved = Signal()

    def __init__(self, unsaved: UnsavedWork, saver: TextSaver, parent: QWidget) -> None:
        super().__init__(parent)
        self._unsaved = unsaved
        self._saver = saver
        self._pieces: tuple[UnsavedPiece, ...] = ()
        saver.saved.connect(self._on_saved)

    def ask(self, pieces: Sequence[UnsavedPiece]) -> None:
        """Open the dialog; ``saved`` follows once the texts are on the disk."""
        self._pieces = tuple(piece for piece in pieces if piece.text.strip())
        if not self._pieces:
            return
        text = joined_texts(self._pieces)
        filters = [tr("Markdown (*.md)"), tr("Plain text (*.txt)")]
        self._saver.ask(
            tr("Save what is in memory"),
            file_name_for(self._pieces[0].title, ".md"),
            filters,
            lambda _path: lambda: text,
        )

    @Slot(object)
    def _on_saved(self, _path: object) -> None:
        self._unsaved.mark_saved_elsewhere(self._pieces)
        self.saved.emit()


def joined_texts(pieces: Sequence[UnsavedPiece]) -> str:
    """Put texts into one Markdown file: one as it is, several under their titles."""
    if len(pieces) == 1:
        return f"{pieces[0].text.rstrip()}\n"
    return "\n".join(f"# {piece.title}\n\n{piece.text.rstrip()}\n" for piece in pieces)


def reason_words(error: StorageError) -> str:
    """Say in a sentence why nothing can be written."""
    match error.code:
        case "disk_full":
            return tr("The disk is full.")
        case "data_folder_read_only":
            return tr("The data folder can't be written to.")
        case "database_damaged":
            return tr("The database is damaged.")
        case _:
            return tr("The database can't be written to right now.")


def remedy_words(error: StorageError) -> str:
    """Say what helps."""
    match error.code:
        case "disk_full":
            return tr("Free some space; then it is saved by itself.")
        case "data_folder_read_only":
            return tr("Allow writing to it; then it is saved by itself.")
        case "database_damaged":
            return tr("Save it as a file, then start the program again to repair the database.")
        case _:
            return tr("It is saved by itself as soon as that works.")
