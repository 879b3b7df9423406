"""One message: the user's in a soft box, a reply as text on the page, and what can be done with it.

The actions are drawn while the pointer or the focus is on the message, and always on the last one; their
place is kept, so nothing moves. What the widget is asked to do it only announces.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtGui import QEnterEvent, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from lmstudio_lite.domain.generation import Role
from lmstudio_lite.errors import AppError, error_from_code
from lmstudio_lite.storage.conversations import MessageState, StoredMessage
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.message_body import MarkdownBody
from lmstudio_lite.ui.chat.text_views import COPIED_MS, ProseView
from lmstudio_lite.ui.controls import IconButton, text_button, text_label
from lmstudio_lite.ui.prose_writer import ProseWriter
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words import explain

_CAN_CONTINUE = (MessageState.STOPPED, MessageState.LENGTH, MessageState.INTERRUPTED, MessageState.FAILED)


class MessageWidget(QWidget):
    """Shows a ``StoredMessage``; ``set_message`` brings it up to date. GUI thread."""

    edit_requested = Signal(object)  # StoredMessage
    regenerate_requested = Signal(object)
    continue_requested = Signal(object)
    branch_requested = Signal(object, int)  # StoredMessage, -1 or +1

    def __init__(self, theme: Theme, message: StoredMessage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.message = message
        self._is_last = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        if message.role is Role.USER:
            self.body: QWidget = _UserText(theme, message.text, self)
        else:
            self.body = MarkdownBody(theme, self)
        self._column.addWidget(self.body)
        self._reading = _ReadingLine(self)
        self._column.addWidget(self._reading)
        self._note = _NoteLine(self)
        self._column.addWidget(self._note)
        self.tools = _Tools(theme, message.role, self)
        self._column.addWidget(self.tools)
        self.tools.copy_button.clicked.connect(self._on_copy_clicked)
        self.tools.edit_button.clicked.connect(lambda: self.edit_requested.emit(self.message))
        self.tools.regenerate_button.clicked.connect(lambda: self.regenerate_requested.emit(self.message))
        self.tools.previous_button.clicked.connect(lambda: self.branch_requested.emit(self.message, -1))
        self.tools.next_button.clicked.connect(lambda: self.branch_requested.emit(self.message, +1))
        self._note.continue_button.clicked.connect(lambda: self.continue_requested.emit(self.message))
        self._note.retry_button.clicked.connect(lambda: self.regenerate_requested.emit(self.message))
        self.set_message(message)

    @property
    def text(self) -> str:
        return self.body.text if isinstance(self.body, MarkdownBody) else self.message.text

    def set_message(self, message: StoredMessage) -> None:
        """Show another state of the same message."""
        self.message = message
        if isinstance(self.body, MarkdownBody):
            self.body.set_text(message.text)
        is_working = message.state is MessageState.STREAMING
        self._reading.set_waiting(is_working and not message.text)
        self._note.show_state(message)
        self.tools.setVisible(not is_working)
        self.tools.show_branch(message.sibling_index, message.num_siblings)
        self.setAccessibleName(self.tr("You") if message.role is Role.USER else self.tr("Reply"))

    def set_text(self, text: str) -> None:
        """Show the text of a reply on its way."""
        if isinstance(self.body, MarkdownBody):
            self._reading.set_waiting(not text)
            self.body.set_text(text)

    def show_reading(self, num_done: int, num_total: int) -> None:
        """Show how much of the prompt the model has read while there is no text yet."""
        self._reading.set_progress(num_done, num_total)

    def show_error(self, error: AppError) -> None:
        """Say with its numbers why this reply failed."""
        self._note.show_error(error)

    def set_last(self, is_last: bool) -> None:
        """Only the thread's last message can be gone on with; a reply there keeps its actions in sight."""
        self._is_last = is_last
        self._note.set_last(is_last)
        self._show_tools()

    def set_busy(self, is_busy: bool) -> None:
        """While a reply streams, the conversation can be read and copied but not branched."""
        self.tools.set_busy(is_busy)
        self._note.set_busy(is_busy)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._show_tools(is_near=True)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._show_tools()

    def _show_tools(self, *, is_near: bool = False) -> None:
        is_last_reply = self._is_last and self.message.role is Role.ASSISTANT
        self.tools.set_shown(is_near or is_last_reply or self.underMouse())

    @Slot()
    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
        self.tools.show_copied()


class _UserText(QWidget):
    """The user's words as they were typed, in a soft box that is no wider than they need."""

    def __init__(self, theme: Theme, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = text
        box = QFrame(self)
        set_role(box, "soft")
        self._view = ProseView(theme, box)
        self._view.setAccessibleName(self.tr("Your message"))
        inner = QVBoxLayout(box)
        inner.setContentsMargins(design.SPACE_16, design.SPACE_8 + 2, design.SPACE_16, design.SPACE_4)
        inner.addWidget(self._view)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(box, 0)
        self._box = box
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def resizeEvent(self, event: object) -> None:
        self._fit()

    def _fit(self) -> None:
        margins = 2 * design.SPACE_16
        widest = max(120, round(self.width() * 0.82))
        document = self._view.document().clone(self)
        document.setTextWidth(-1)
        ideal = document.idealWidth()
        document.deleteLater()
        self._box.setFixedWidth(min(widest, round(ideal) + margins + 2))

    @Slot()
    def _on_theme_changed(self) -> None:
        self._view.document().clear()
        ProseWriter(self._view.document(), self._theme).write_plain(self._text)
        self._fit()


class _ReadingLine(QWidget):
    """What the model has read so far, with a thin bar, until the first word of the reply comes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = text_label("", self, role="muted")
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(160)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, design.SPACE_4, 0, design.SPACE_4)
        row.setSpacing(design.SPACE_12)
        row.addWidget(self._words)
        row.addWidget(self._bar)
        row.addStretch(1)

    def set_waiting(self, is_waiting: bool) -> None:
        if (is_waiting and self.isHidden()) or not self._words.text():
            self._words.setText(self.tr("Thinking…"))
            self._bar.hide()
        self.setVisible(is_waiting)

    def set_progress(self, num_done: int, num_total: int) -> None:
        self._words.setText(
            self.tr("Reading, {0} of {1} tokens").format(f"{num_done:,}", f"{num_total:,}")
            if num_done < num_total
            else self.tr("Thinking…")
        )
        self._bar.setRange(0, max(1, num_total))
        self._bar.setValue(num_done)
        self._bar.setVisible(num_done < num_total)


class _NoteLine(QWidget):
    """How a reply ended, if not well, and the one button that helps."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._message: StoredMessage | None = None
        self._error: AppError | None = None
        self._is_last = False
        self._is_busy = False
        self._words = text_label("", self, role="muted", wrap=True)
        self.continue_button = text_button(self.tr("Continue"), self)
        self.retry_button = text_button(self.tr("Try again"), self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, design.SPACE_4, 0, design.SPACE_4)
        row.setSpacing(design.SPACE_12)
        row.addWidget(self._words, 1)
        row.addWidget(self.continue_button)
        row.addWidget(self.retry_button)

    def show_state(self, message: StoredMessage) -> None:
        self._message = message
        if message.state is not MessageState.FAILED:
            self._error = None
        self._words.setText(self._words_for(message))
        set_role(self._words, "danger" if message.state is MessageState.FAILED else "muted")
        self._show_buttons()

    def show_error(self, error: AppError) -> None:
        self._error = error
        explanation = explain(error)
        self._words.setText(f"{explanation.what} {explanation.remedy}")

    def set_last(self, is_last: bool) -> None:
        self._is_last = is_last
        self._show_buttons()

    def set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        self._show_buttons()

    def _show_buttons(self) -> None:
        message = self._message
        if message is None:
            return
        is_free = self._is_last and not self._is_busy
        is_unanswered = is_free and message.role is Role.USER
        is_unfinished = is_free and message.role is Role.ASSISTANT and message.state in _CAN_CONTINUE
        has_text = bool(message.text.strip())
        if message.role is Role.USER:
            self._words.setText(self.tr("There is no reply yet.") if is_unanswered else "")
        self.continue_button.setVisible(is_unfinished and has_text)
        self.retry_button.setVisible(is_unanswered or (is_unfinished and not has_text))
        self.setVisible(bool(self._words.text()))

    def _words_for(self, message: StoredMessage) -> str:
        dropped = self._dropped_words(message.note)
        match message.state:
            case MessageState.STOPPED:
                return " ".join(filter(None, (self.tr("Stopped."), dropped)))
            case MessageState.LENGTH:
                return " ".join(filter(None, (self.tr("The reply reached its length limit."), dropped)))
            case MessageState.INTERRUPTED:
                return self.tr("The program ended before this reply was finished.")
            case MessageState.FAILED:
                explanation = explain(self._error or error_from_code(message.note, {}))
                return f"{explanation.what} {explanation.remedy}"
            case MessageState.COMPLETE | MessageState.STREAMING:
                return dropped

    def _dropped_words(self, note: str) -> str:
        label, _, count = note.partition(":")
        if label != "dropped_turns" or not count.isdigit():
            return ""
        return self.tr(
            "The %n oldest turn(s) no longer fit into the context and were left out.", "", int(count)
        )


class _Tools(QWidget):
    """Copy, edit or regenerate, and ‹ 2/3 › between siblings."""

    def __init__(self, theme: Theme, role: Role, parent: QWidget) -> None:
        super().__init__(parent)
        self._is_busy = False
        self._is_shown = False
        self._index, self._count = 0, 1
        self.copy_button = IconButton(theme, "copy", self.tr("Copy message"), self)
        self.edit_button = IconButton(theme, "edit", self.tr("Edit and send again"), self)
        self.regenerate_button = IconButton(theme, "regenerate", self.tr("Write another reply"), self)
        self.previous_button = IconButton(theme, "chevron-left", self.tr("Previous version"), self)
        self.branch_label = text_label("", self, role="small")
        self.next_button = IconButton(theme, "chevron-right", self.tr("Next version"), self)
        self._copied = QTimer(self)
        self._copied.setSingleShot(True)
        self._copied.setInterval(COPIED_MS)
        self._copied.timeout.connect(self._on_copied_over)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        if role is Role.USER:
            row.addStretch(1)
        branch = (self.previous_button, self.branch_label, self.next_button)
        for widget in (*branch, self.copy_button, self.edit_button, self.regenerate_button):
            row.addWidget(widget)
            widget.installEventFilter(self)
        if role is not Role.USER:
            row.addStretch(1)
        self.edit_button.setVisible(role is Role.USER)
        self.regenerate_button.setVisible(role is Role.ASSISTANT)
        self.set_shown(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the row as soon as Tab brings the focus into it."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._fade(event.type() is QEvent.Type.FocusOut and not self._is_shown)
        return super().eventFilter(watched, event)

    def show_branch(self, index: int, count: int) -> None:
        self._index, self._count = index, count
        self.branch_label.setText(f"{index + 1}/{count}")
        for widget in (self.previous_button, self.branch_label, self.next_button):
            widget.setVisible(count > 1)
        self._enable()

    def set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        self._enable()

    def set_shown(self, is_shown: bool) -> None:
        self._is_shown = is_shown
        self._fade(not is_shown)

    def show_copied(self) -> None:
        self.copy_button.set_icon("check")
        self._copied.start()

    def _fade(self, is_faded: bool) -> None:
        for button in (self.copy_button, self.edit_button, self.regenerate_button):
            button.set_faded(is_faded)

    def _enable(self) -> None:
        self.previous_button.setEnabled(not self._is_busy and self._index > 0)
        self.next_button.setEnabled(not self._is_busy and self._index + 1 < self._count)
        self.edit_button.setEnabled(not self._is_busy)
        self.regenerate_button.setEnabled(not self._is_busy)

    @Slot()
    def _on_copied_over(self) -> None:
        self.copy_button.set_icon("copy")
