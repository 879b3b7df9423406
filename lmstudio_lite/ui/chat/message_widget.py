"""One message: the user's in a soft box, a reply as text on the page, and what can be done with it.

The actions are drawn while the pointer or the focus is on the message, and always on the last one; their
place is kept, so nothing moves. What the widget is asked to do it only announces.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QGuiApplication,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QMenu, QTextEdit, QVBoxLayout, QWidget

from lmstudio_lite.domain.conversations import MessageState, ReplyText, StoredMessage
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.errors import AppError
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.chips import ChipRow
from lmstudio_lite.ui.chat.message_body import MarkdownBody
from lmstudio_lite.ui.chat.message_parts import NoteLine, ReadingLine, UserText
from lmstudio_lite.ui.chat.message_tools import MessageTools
from lmstudio_lite.ui.chat.passages_view import PassagesView
from lmstudio_lite.ui.chat.reasoning_view import ReasoningView
from lmstudio_lite.ui.chat.reply_editor import ReplyEditor
from lmstudio_lite.ui.formula_pictures import FormulaPictures
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

_SAID_LENGTH = 300
"""So much of its text a screen reader says of a message that gets the focus."""


class MessageWidget(QWidget):
    """Shows a ``StoredMessage``; ``set_message`` brings it up to date. GUI thread."""

    edit_requested = Signal(object)  # StoredMessage
    regenerate_requested = Signal(object)
    continue_requested = Signal(object)
    branch_requested = Signal(object, int)  # StoredMessage, -1 or +1
    reply_edited = Signal(object, str)  # StoredMessage, the user's wording
    edit_left = Signal(object, str)  # StoredMessage, what was not saved of it, "" if nothing was changed
    edit_typed = Signal(object, str)  # StoredMessage, the text so far, "" if it is what the reply says
    rework_requested = Signal(object, str, float)  # StoredMessage, what is selected of it, where (0 to 1)
    liked = Signal(object, bool)  # StoredMessage, whether it is a good answer
    rich_copy_wanted = Signal(str)
    view_added = Signal(object)  # QTextEdit
    code_save_wanted = Signal(str, str)  # code, a name for its file
    menu_wanted = Signal(object, object)  # StoredMessage, the QMenu that is to be filled
    passages_unfolded = Signal(object)  # StoredMessage
    passage_chosen = Signal(object, int)  # StoredMessage, place among its passages
    cost_wanted = Signal(object)  # StoredMessage, whose documents could be read whole
    read_all_wanted = Signal(object)

    def __init__(
        self,
        theme: Theme,
        message: StoredMessage,
        parent: QWidget | None = None,
        *,
        formulas: FormulaPictures | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.message = message
        self._is_last = False
        self._is_busy = False
        self._num_chars = self._num_reasoning_chars = 0
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self.reasoning: ReasoningView | None = None
        self.editor: ReplyEditor | None = None
        self.passages: PassagesView | None = None
        if message.attachments:
            self.chips = ChipRow(theme, self, can_remove=False, is_end=True)
            self.chips.show_attachments(message.attachments)
            self._column.addWidget(self.chips)
        if message.role is Role.USER:
            self.body: QWidget = UserText(theme, message.text, self)
        else:
            body = MarkdownBody(theme, self, formulas=formulas, can_save_code=True)
            body.code_save_wanted.connect(self.code_save_wanted)
            body.view_added.connect(self.view_added)
            self.body = body
        self._column.addWidget(self.body)
        self.reading = ReadingLine(self)
        self._column.addWidget(self.reading)
        self.note = NoteLine(self)
        self._column.addWidget(self.note)
        self.tools = MessageTools(theme, message.role, self)
        self._column.addWidget(self.tools)
        self.tools.copy_button.clicked.connect(self._on_copy_clicked)
        self.tools.edit_button.clicked.connect(lambda: self.edit_requested.emit(self.message))
        self.tools.rework_button.clicked.connect(self.request_rework)
        self.tools.regenerate_button.clicked.connect(lambda: self.regenerate_requested.emit(self.message))
        self.tools.previous_button.clicked.connect(lambda: self.branch_requested.emit(self.message, -1))
        self.tools.next_button.clicked.connect(lambda: self.branch_requested.emit(self.message, +1))
        self.tools.like_button.clicked.connect(self._on_like_clicked)
        self.tools.more_button.clicked.connect(self._on_more_clicked)
        self.note.continue_button.clicked.connect(lambda: self.continue_requested.emit(self.message))
        self.note.retry_button.clicked.connect(lambda: self.regenerate_requested.emit(self.message))
        self.set_message(message)

    @property
    def views(self) -> list[QTextEdit]:
        """What shows the text, in its order."""
        return self.body.views if isinstance(self.body, MarkdownBody | UserText) else []

    @property
    def text(self) -> str:
        return self.body.text if isinstance(self.body, MarkdownBody) else self.message.text

    def set_message(self, message: StoredMessage) -> None:
        """Show another state of the same message."""
        self.message = message
        self._num_chars, self._num_reasoning_chars = len(message.text), len(message.reasoning)
        if isinstance(self.body, MarkdownBody):
            self.body.set_text(message.text)
        is_working = message.state is MessageState.STREAMING
        self.reading.set_waiting(is_working and not message.text and not message.reasoning)
        self._show_reasoning(message.reasoning, message.reasoning_s, is_working=is_working)
        self.note.show_state(message)
        self._show_passages()
        self.tools.setVisible(not is_working and not self.is_editing)
        self.tools.set_empty(is_empty=not message.text.strip())
        self.tools.show_liked(message.is_liked)
        making = message.note.making
        model = safe_line(making.model) if making is not None and not message.note.is_edited else ""
        self.tools.show_branch(message.sibling_index, message.num_siblings, model)
        self.setAccessibleDescription(safe_line(message.text[:_SAID_LENGTH]))
        self.setAccessibleName(tr("You") if message.role is Role.USER else tr("Reply"))

    def append(self, reply: ReplyText) -> bool:
        """Show what a reply on its way goes on with; False if that is not the next that is missing here."""
        is_next = (reply.start, reply.reasoning_start) == (self._num_chars, self._num_reasoning_chars)
        if not is_next or not isinstance(self.body, MarkdownBody):
            return False
        self._num_chars += len(reply.added)
        self._num_reasoning_chars += len(reply.added_reasoning)
        self.reading.set_waiting(not self._num_chars and not self._num_reasoning_chars)
        if reply.added_reasoning or self.reasoning is not None:
            self._reasoning_view().append(
                reply.added_reasoning, reply.reasoning_s, is_thinking=reply.reasoning_s is None
            )
        if reply.added:
            self.body.append_text(reply.added)
        return True

    def show_reading(self, num_done: int, num_total: int) -> None:
        """Show how much of the prompt the model has read while there is no text yet."""
        self.reading.set_progress(num_done, num_total)

    def add_line(self, line: QWidget) -> None:
        """Put a line below the reply, before what can be done with it."""
        self._column.insertWidget(self._column.indexOf(self.tools), line)
        line.show()

    def show_parts_read(self, num_done: int, num_total: int, seconds_left: float | None) -> None:
        """Show how many parts of whole documents have been read before the reply."""
        self.reading.set_parts(num_done, num_total, seconds_left)

    def show_comparing(self, num_done: int, num_total: int) -> None:
        """Show that it is worked out what passages mean before the reply begins."""
        self.reading.set_comparing(num_done, num_total)

    def show_summarizing(self, num_done: int, num_total: int) -> None:
        """Show that older turns are summarized before the reply begins."""
        self.reading.set_summarizing(num_done, num_total)

    def show_error(self, error: AppError) -> None:
        """Say with its numbers why this reply failed."""
        self.note.show_error(error)

    @Slot()
    def request_rework(self) -> None:
        """Ask to change what is selected of this reply, or all of it."""
        selected = self.body.selection if isinstance(self.body, MarkdownBody) else ("", 0.0)
        self.rework_requested.emit(self.message, *selected)

    @property
    def has_selection(self) -> bool:
        """Whether some of the reply's words are selected."""
        return isinstance(self.body, MarkdownBody) and bool(self.body.selection[0])

    @property
    def is_editing(self) -> bool:
        """True while the reply's text is in an editor."""
        return self.editor is not None and not self.editor.isHidden()

    def begin_edit(self, text: str) -> ReplyEditor:
        """Put ``text`` in an editor where the reply stands."""
        if self.editor is None:
            self.editor = ReplyEditor(self._theme, self)
            self.editor.saved.connect(self._on_editor_saved)
            self.editor.cancelled.connect(self._on_editor_cancelled)
            self.editor.edited.connect(lambda typed: self.edit_typed.emit(self.message, typed))
            self._column.insertWidget(self._column.indexOf(self.body), self.editor)
        self.editor.begin(self.message.text, text)
        self._show_editor(is_shown=True)
        return self.editor

    def set_unsaved(self, is_unsaved: bool) -> None:
        """Say that there are changes to this reply which were not saved."""
        self.note.set_unsaved(is_unsaved)

    def end_edit(self) -> None:
        """Show the reply again."""
        if self.editor is not None:
            self._show_editor(is_shown=False)

    def _show_editor(self, *, is_shown: bool) -> None:
        if self.editor is not None:
            self.editor.setVisible(is_shown)
        self.body.setVisible(not is_shown)
        self.tools.setVisible(not is_shown)
        self.set_busy(self._is_busy)

    def set_last(self, is_last: bool) -> None:
        """Only the thread's last message can be gone on with; a reply there keeps its actions in sight."""
        self._is_last = is_last
        self.note.set_last(is_last)
        self._show_tools()

    def set_busy(self, is_busy: bool) -> None:
        """While a reply streams, the conversation can be read and copied but not branched."""
        self._is_busy = is_busy
        self.tools.set_busy(is_busy)
        self.note.set_busy(is_busy or self.is_editing)
        if self.passages is not None:
            self.passages.set_busy(is_busy)
        if self.editor is not None:
            self.editor.set_busy(is_busy)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu key of a message that has the focus, and a right click beside its text."""
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            self._on_more_clicked()
        else:
            self._open_menu(event.globalPos())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()
        self._show_tools()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
        self._show_tools()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show where the keys go, while they go to the message itself."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QColor(self._theme.tokens.accent))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            ring = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(ring, design.RADIUS, design.RADIUS)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._show_tools(is_near=True)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._show_tools()

    def _show_reasoning(self, text: str, seconds: float | None, *, is_working: bool) -> None:
        """Show it above the reply; most messages have none and get no widget for it."""
        if text or self.reasoning is not None:
            is_thinking = is_working and seconds is None
            self._reasoning_view().show_reasoning(text, seconds, is_thinking=is_thinking)

    def _reasoning_view(self) -> ReasoningView:
        if self.reasoning is None:
            self.reasoning = ReasoningView(self._theme, self)
            self._column.insertWidget(0, self.reasoning)
        return self.reasoning

    def _show_passages(self) -> None:
        """Show below the reply what it was made with; most were made with nothing."""
        found = self.message.note.passages if self.message.role is Role.ASSISTANT else ()
        if self.passages is not None and self.passages.passages != found:
            self._column.removeWidget(self.passages)
            self.passages.deleteLater()
            self.passages = None
        if found and self.passages is None:
            has_more = self.message.note.num_passages_in_all > self.message.note.num_passages
            self.passages = PassagesView(self._theme, found, self, offers_all=has_more)
            self.passages.set_busy(self._is_busy)
            self._column.insertWidget(self._column.indexOf(self.note) + 1, self.passages)
            self.passages.unfolded.connect(lambda: self.passages_unfolded.emit(self.message))
            self.passages.cost_wanted.connect(lambda: self.cost_wanted.emit(self.message))
            self.passages.read_all_wanted.connect(lambda: self.read_all_wanted.emit(self.message))
            self.passages.passage_chosen.connect(lambda place: self.passage_chosen.emit(self.message, place))

    def _show_tools(self, *, is_near: bool = False) -> None:
        is_last_reply = self._is_last and self.message.role is Role.ASSISTANT
        self.tools.set_shown(is_near or is_last_reply or self.underMouse() or self.hasFocus())

    @Slot(str)
    def _on_editor_saved(self, text: str) -> None:
        self.reply_edited.emit(self.message, text)

    @Slot()
    def _on_editor_cancelled(self) -> None:
        self.end_edit()
        if self.editor is not None:
            self.edit_left.emit(self.message, self.editor.text if self.editor.is_changed else "")
        self.tools.edit_button.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(bool)
    def _on_like_clicked(self, is_liked: bool) -> None:
        self.message = replace(self.message, is_liked=is_liked)
        self.tools.show_liked(is_liked)
        self.liked.emit(self.message, is_liked)

    @Slot()
    def _on_more_clicked(self) -> None:
        button = self.tools.more_button
        self._open_menu(button.mapToGlobal(button.rect().bottomLeft()))

    def _open_menu(self, place: QPoint) -> None:
        """Open a menu that others fill."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.menu_wanted.emit(self.message, menu)
        menu.popup(place)

    @Slot()
    def _on_copy_clicked(self) -> None:
        if self.message.role is Role.ASSISTANT:
            self.rich_copy_wanted.emit(self.text)
        else:
            QGuiApplication.clipboard().setText(self.text)
        self.tools.show_copied()
