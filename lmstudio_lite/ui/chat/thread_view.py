"""The column of messages: scrolls, follows a reply while the reader is at the bottom, never otherwise.

``show_thread`` keeps the widgets of messages that stay, so that nothing jumps when a reply ends or a
branch changes. Long conversations show their latest messages at once, some more in small batches, and the
earliest on request. A reply that is being edited keeps its text while another thread is shown, and what was
not saved when the editor was closed comes back when it is opened again.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.domain.conversations import StoredMessage
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.code_view import CodeText
from lmstudio_lite.ui.chat.message_widget import MessageWidget
from lmstudio_lite.ui.chat.prose_view import ProseView
from lmstudio_lite.ui.chat.reply_editor import ReplyEditor
from lmstudio_lite.ui.chat.thread_selection import ThreadSelection
from lmstudio_lite.ui.controls import IconButton, text_button
from lmstudio_lite.ui.formula_pictures import FormulaPictures
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

NUM_SHOWN_FIRST = 8
_CHARS_A_LINE = 100
_SPARE_HEIGHT = 1.5
"""Long messages fill the view with less: one of 1,000 characters with code and tables takes 10 ms to make.
How high they are is guessed from their lines; some of those are joined, or stand in a table."""
NUM_SHOWN_BATCH = 4
_FILL_AFTER_MS = 20
"""What is there is painted first."""
_FILL_UNSEEN_AFTER_MS = 250
"""Where nothing is painted, as in a window that is minimized."""
NUM_SHOWN_AT_ONCE = 40
_NEAR_BOTTOM = 24
_EDITOR_SHARE = 0.6
_LAYOUT_PASSES_MAX = 4


class ThreadView(QScrollArea):
    """Shows one conversation's thread. GUI thread."""

    edit_requested = Signal(object)
    regenerate_requested = Signal(object)
    continue_requested = Signal(object)
    branch_requested = Signal(object, int)
    reply_edited = Signal(object, str)
    edit_typed = Signal(object, str)  # StoredMessage, what is typed in its editor, "" for no change
    liked = Signal(object, bool)
    rich_copy_wanted = Signal(str)
    code_save_wanted = Signal(str, str)
    menu_wanted = Signal(object, object)  # StoredMessage, QMenu
    rework_requested = Signal(object, str, float)  # StoredMessage, what is selected of it, where (0 to 1)
    widget_added = Signal(object)  # MessageWidget
    widget_removed = Signal(object)
    passages_unfolded = Signal(object)
    passage_chosen = Signal(object, int)
    cost_wanted = Signal(object)
    read_all_wanted = Signal(object)

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, *, formulas: FormulaPictures | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._formulas = formulas
        self.selection = ThreadSelection(self, lambda: [widget.views for widget in self._widgets])
        self._thread: list[StoredMessage] = []
        self._num_shown = NUM_SHOWN_AT_ONCE
        self._widgets: list[MessageWidget] = []
        self._follows = True
        self._anchor: tuple[MessageWidget, int] | None = None
        self._is_busy = False
        self._edits: dict[str, str] = {}
        self._unsaved: dict[str, str] = {}
        self._revealed: MessageWidget | None = None
        self._sought: tuple[MessageWidget, QPoint] | None = None
        self._waits_for_paint = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("Conversation"))

        page = QWidget(self)
        self._prose = QWidget(page)
        self._prose.setMaximumWidth(theme.reading_width)
        theme.changed.connect(self._on_theme_changed)
        self._prose.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = self._row = QHBoxLayout(page)
        row.setContentsMargins(design.SPACE_24, design.SPACE_24, design.SPACE_24, design.SPACE_8)
        row.addStretch(1)
        row.addWidget(self._prose, 100)
        row.addStretch(1)
        self._column = QVBoxLayout(self._prose)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(design.SPACE_12)
        self.earlier_button = text_button(tr("Show earlier messages"), self._prose, role="quiet")
        self.earlier_button.hide()
        self._column.addWidget(self.earlier_button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._column.addStretch(1)
        self.setWidget(page)
        page.installEventFilter(self)

        self.latest_button = IconButton(theme, "arrow-down", tr("To the latest message"), self, role="filled")
        self.latest_button.hide()
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(0)
        self._settled.timeout.connect(self._on_settled)
        self._filling = QTimer(self)
        self._filling.setSingleShot(True)
        self._filling.timeout.connect(self._on_filling)
        self.latest_button.clicked.connect(self.follow)
        self.earlier_button.clicked.connect(self._on_earlier_clicked)
        self.verticalScrollBar().actionTriggered.connect(self._on_bar_action_triggered)
        self.verticalScrollBar().valueChanged.connect(self._on_bar_value_changed)
        self.verticalScrollBar().rangeChanged.connect(self._on_bar_range_changed)

    def show_thread(self, thread: Sequence[StoredMessage]) -> None:
        """Show ``thread``, keeping what of it is already there."""
        self._thread = list(thread)
        self._filling.stop()
        num_known = len(self._widgets)
        if thread and not num_known:
            num_known = self._num_first() - NUM_SHOWN_BATCH
            self._waits_for_paint = True
        shown = self._thread[-min(self._num_shown, num_known + NUM_SHOWN_BATCH) :]
        if len(shown) < min(self._num_shown, len(self._thread)):
            self._filling.start(_FILL_UNSEEN_AFTER_MS if self._waits_for_paint else _FILL_AFTER_MS)
        ids = [message.id for message in shown]
        for widget in [widget for widget in self._widgets if widget.message.id not in ids]:
            self._remove(widget)
        known = {widget.message.id: widget for widget in self._widgets}
        self._widgets = []
        added: list[MessageWidget] = []
        for place, message in enumerate(shown):
            widget = known.get(message.id) or self._new_widget(message)
            if message.id not in known:
                self._column.insertWidget(place + 1, widget)
                added.append(widget)
            elif widget.message is not message:
                widget.set_message(message)
            if message.id in self._edits:
                self._open_editor(widget, self._edits.pop(message.id))
            widget.set_unsaved(message.id in self._unsaved)
            self._widgets.append(widget)
        for widget in self._widgets:
            widget.set_last(widget is self._widgets[-1])
            widget.set_busy(self._is_busy)
        for widget in added:
            self.widget_added.emit(widget)
        self.earlier_button.setVisible(len(self._thread) > self._num_shown)
        if added:
            self._lay_out(added)
        self._settled.start()

    def clear(self) -> None:
        """Show nothing, and follow the next conversation from its end."""
        self._num_shown = NUM_SHOWN_AT_ONCE
        self._follows = True
        self.show_thread([])

    def widget_of(self, message_id: str) -> MessageWidget | None:
        """Return the widget that shows a message, None if none does."""
        return next((widget for widget in self._widgets if widget.message.id == message_id), None)

    def begin_edit(self, message: StoredMessage) -> None:
        """Let the user change a reply where it stands, and keep it in sight."""
        widget = self.widget_of(message.id)
        if widget is None or widget.is_editing:
            return
        self._follows = False
        self._drop_anchor()
        text = self.take_unsaved(message)
        self._open_editor(widget, text).setFocus(Qt.FocusReason.OtherFocusReason)
        self._revealed = widget
        self._settled.start()

    def end_edit(self, message_id: str) -> None:
        """The user's wording is kept; the editor is not needed any more."""
        self._edits.pop(message_id, None)
        self.set_unsaved(message_id, "")
        widget = self.widget_of(message_id)
        if widget is not None:
            widget.end_edit()

    def set_unsaved(self, message_id: str, text: str) -> None:
        """Note what was typed in place of a message and not saved, "" for nothing: Edit brings it back."""
        if text:
            self._unsaved[message_id] = text
        else:
            self._unsaved.pop(message_id, None)
        widget = self.widget_of(message_id)
        if widget is not None:
            widget.set_unsaved(bool(text))

    def take_unsaved(self, message: StoredMessage) -> str:
        """Return what was typed in place of a message before, or what it says; it is not noted any more."""
        text = self._unsaved.get(message.id, message.text)
        self.set_unsaved(message.id, "")
        return text

    def go_on_editing(self, message_id: str) -> None:
        """The user's wording could not be kept; it stays in the editor."""
        widget = self.widget_of(message_id)
        if widget is not None and widget.editor is not None:
            widget.editor.set_saving(False)

    @property
    def widgets(self) -> Sequence[MessageWidget]:
        """Return what shows the messages, first to last."""
        return self._widgets

    @property
    def messages(self) -> Sequence[StoredMessage]:
        """Return the whole thread, shown or not."""
        return self._thread

    def reveal(self, message_id: str) -> MessageWidget | None:
        """Draw a message, with all that follow it; None if the thread has it not."""
        places = [place for place, message in enumerate(self._thread) if message.id == message_id]
        if not places:
            return None
        self._follows = False
        self._revealed = None
        self._num_shown = max(self._num_shown, len(self._thread) - places[0] + NUM_SHOWN_BATCH)
        while self.widget_of(message_id) is None:
            self.show_thread(self._thread)
        return self.widget_of(message_id)

    @property
    def focused(self) -> MessageWidget | None:
        """Return the message that the focus is on or within, None if it is elsewhere."""
        widget = QApplication.focusWidget()
        while widget is not None and not isinstance(widget, MessageWidget):
            widget = widget.parentWidget()
        return widget if widget in self._widgets else None

    def focus_message(self, step: int) -> None:
        """Move the focus to the message ``step`` places further, from outside to the last one."""
        if not self._widgets:
            return
        focused, last = self.focused, len(self._widgets) - 1
        place = last if focused is None else self._widgets.index(focused) + step
        widget = self._widgets[min(max(0, place), last)]
        widget.setFocus(Qt.FocusReason.OtherFocusReason)
        self._follows = False
        self.ensureWidgetVisible(widget, 0, design.SPACE_24)
        self._drop_anchor()

    def show_place(self, place: QPoint, widget: MessageWidget) -> None:
        """Scroll until a place of a message is in sight, and stay there."""
        self._sought = (widget, place)
        self._settled.start()

    def hold(self) -> bool:
        """Stay where it is, however the messages grow; whether it has followed them until now."""
        was_following, self._follows = self._follows, False
        self._drop_anchor()
        return was_following

    def show_at_once(self, place: QPoint, widget: MessageWidget) -> None:
        """As ``show_place``, before anything else happens."""
        self._follows = False
        self._sought = (widget, place)
        self._reveal_sought()

    def set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        for widget in self._widgets:
            widget.set_busy(is_busy)

    @Slot()
    def follow(self) -> None:
        """Go to the bottom and stay there."""
        self._revealed = None
        self._follows = True
        self._settled.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for widget in self._widgets:
            if widget.editor is not None:
                widget.editor.set_height_max(self._editor_height())
        self._place_latest_button()
        self._settled.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        """What fills the view is seen: now the rest may be made."""
        super().paintEvent(event)
        if self._waits_for_paint and self._widgets and self._widgets[-1].isVisible():
            self._waits_for_paint = False
            if self._filling.isActive():
                self._filling.start(_FILL_AFTER_MS)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice that messages grew."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._settled.start()
        return super().eventFilter(watched, event)

    def _new_widget(self, message: StoredMessage) -> MessageWidget:
        widget = MessageWidget(self._theme, message, self._prose, formulas=self._formulas)
        widget.edit_requested.connect(self.edit_requested)
        widget.regenerate_requested.connect(self.regenerate_requested)
        widget.continue_requested.connect(self.continue_requested)
        widget.branch_requested.connect(self.branch_requested)
        widget.reply_edited.connect(self.reply_edited)
        widget.edit_left.connect(self._on_edit_left)
        widget.edit_typed.connect(self.edit_typed)
        widget.liked.connect(self.liked)
        widget.rich_copy_wanted.connect(self.rich_copy_wanted)
        widget.code_save_wanted.connect(self.code_save_wanted)
        widget.view_added.connect(self._on_view_added)
        for view in widget.views:
            self._on_view_added(view)
        widget.menu_wanted.connect(self.menu_wanted)
        widget.rework_requested.connect(self.rework_requested)
        widget.passages_unfolded.connect(self.passages_unfolded)
        widget.passage_chosen.connect(self.passage_chosen)
        widget.cost_wanted.connect(self.cost_wanted)
        widget.read_all_wanted.connect(self.read_all_wanted)
        return widget

    def _lay_out(self, added: Sequence[MessageWidget]) -> None:
        """Give new messages, and what is around them, their heights at once.

        Left to itself Qt passes them on a level at a time, and paints in between: messages squeezed into each
        other for as long as more come.
        """
        for widget in added:
            widget.show()
        for _ in range(_LAYOUT_PASSES_MAX):
            QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            if self._prose.height() >= self._column.sizeHint().height():
                return

    def _open_editor(self, widget: MessageWidget, text: str) -> ReplyEditor:
        editor = widget.begin_edit(text)
        editor.set_height_max(self._editor_height())
        return editor

    def _editor_height(self) -> int:
        return round(self.viewport().height() * _EDITOR_SHARE)

    def _remove(self, widget: MessageWidget) -> None:
        if widget.is_editing and widget.editor is not None:
            self._edits[widget.message.id] = widget.editor.text
        if widget is self._revealed:
            self._revealed = None
        self._widgets.remove(widget)
        self.widget_removed.emit(widget)
        self._column.removeWidget(widget)
        widget.hide()
        widget.deleteLater()

    def _place_latest_button(self) -> None:
        button = self.latest_button
        view = self.viewport()
        button.move((view.width() - button.width()) // 2, view.height() - button.height() - design.SPACE_8)
        button.raise_()

    @Slot()
    def _on_theme_changed(self) -> None:
        self._prose.setMaximumWidth(self._theme.reading_width)

    @Slot(object)
    def _on_view_added(self, view: QTextEdit) -> None:
        if isinstance(view, ProseView | CodeText):
            view.together = self.selection.copy
            self.selection.watch(view)

    @Slot(object, str)
    def _on_edit_left(self, message: StoredMessage, text: str) -> None:
        self.set_unsaved(message.id, text)

    @Slot()
    def _on_settled(self) -> None:
        if self._follows:
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())
        else:
            self._hold_anchor()
        self._reveal_editor()
        self._reveal_sought()
        self._show_latest_button()

    def _reveal_sought(self) -> None:
        """Scroll to the place that is sought, once."""
        page = self.widget()
        if self._sought is not None and self._sought[0] in self._widgets and page is not None:
            widget, place = self._sought
            self._sought = None
            spot = widget.mapTo(page, place)
            self.ensureVisible(spot.x(), spot.y(), 0, self.viewport().height() // 3)
            self._drop_anchor()

    def _reveal_editor(self) -> None:
        """Keep an editor that the user opened in sight until they scroll."""
        widget = self._revealed
        if widget is not None and widget.is_editing and widget.editor is not None:
            self.ensureWidgetVisible(widget.editor, 0, design.SPACE_24)
            self._drop_anchor()

    @Slot(int)
    def _on_bar_action_triggered(self, _action: int) -> None:
        self._follows = self.verticalScrollBar().sliderPosition() >= self._bottom()
        self._revealed = None
        self._drop_anchor()

    @Slot(int)
    def _on_bar_value_changed(self, _value: int) -> None:
        self._show_latest_button()

    @Slot(int, int)
    def _on_bar_range_changed(self, _minimum: int, maximum: int) -> None:
        right = design.SPACE_24 - (self.verticalScrollBar().sizeHint().width() if maximum else 0)
        self._row.setContentsMargins(design.SPACE_24, design.SPACE_24, right, design.SPACE_8)
        if self._follows:
            self.verticalScrollBar().setValue(maximum)
        else:
            self._hold_anchor()

    def _show_latest_button(self) -> None:
        self.latest_button.setVisible(self.verticalScrollBar().value() < self._bottom() - 2 * _NEAR_BOTTOM)
        self._place_latest_button()

    def _bottom(self) -> int:
        return self.verticalScrollBar().maximum() - _NEAR_BOTTOM

    @Slot()
    def _on_earlier_clicked(self) -> None:
        self._follows = False
        self._drop_anchor()
        self._num_shown += NUM_SHOWN_AT_ONCE
        self.show_thread(self._thread)

    def _drop_anchor(self) -> None:
        """Remember what stands at the top of the view, to keep it there while more comes above it."""
        top = self.verticalScrollBar().sliderPosition()
        seen = (widget for widget in self._widgets if widget.y() + widget.height() > top)
        widget = next(seen, None)
        self._anchor = (widget, widget.y() - top) if widget else None

    def _hold_anchor(self) -> None:
        if self._anchor is not None and self._anchor[0] in self._widgets:
            widget, distance = self._anchor
            self.verticalScrollBar().setValue(widget.y() - distance)

    @Slot()
    def _on_filling(self) -> None:
        self._waits_for_paint = False
        self.show_thread(self._thread)

    def _num_first(self) -> int:
        """Return how many messages at the end of the thread are shown at once: those that fill the view."""
        num_wanted = _SPARE_HEIGHT * self.window().height() / self.fontMetrics().lineSpacing()
        num_lines = 0
        for number, message in enumerate(reversed(self._thread[-NUM_SHOWN_FIRST:]), 1):
            lines = message.text.splitlines()
            num_lines += sum(1 + len(line) // _CHARS_A_LINE for line in lines if line.strip())
            if num_lines >= num_wanted:
                return number
        return NUM_SHOWN_FIRST
