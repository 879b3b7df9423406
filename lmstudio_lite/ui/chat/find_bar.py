"""Find in a conversation: goes from message to message, with every hit marked where it stands.

A message has the words if its source has them, whatever case and accents; so one is found that is not drawn
yet. What is marked is what the views show. What is typed here is one phrase; what the list was searched for
are words that may stand apart, and behind the last message that has one the next conversation follows.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QTextEdit, QWidget

from lmstudio_lite.app.find import fold_words, places_of, utf16_places, words_looked_for
from lmstudio_lite.domain.conversations import StoredMessage
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.thread_view import ThreadView
from lmstudio_lite.ui.controls import IconButton, text_label
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.translate import tr

_TYPED_MS = 120
_MARKS_MAX = 500
"""In one view; more would take longer to draw than anyone looks at them."""


class FindBar(QFrame):
    """Hidden until it is asked for. GUI thread."""

    beyond = Signal(int)  # +1 behind the last hit, -1 before the first, of what the list was searched for

    def __init__(self, theme: Theme, view: ThreadView, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "panel")
        self._theme, self._view = theme, view
        self._hits: list[StoredMessage] = []
        self._place = -1
        self._phrases: list[str] = []
        self._is_of_list = False
        self._begins_at_first = False
        self._folded: dict[str, tuple[str, str]] = {}  # by id: a message's text, as it was and folded
        self._marked: dict[QTextEdit, QTextCursor] = {}
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(tr("Find in this conversation"))
        self.field.setAccessibleName(tr("Find in this conversation"))
        self.count = text_label("", self, role="small")
        self.previous_button = IconButton(theme, "chevron-up", tr("Previous"), self)
        self.next_button = IconButton(theme, "chevron-down", tr("Next"), self)
        self.close_button = IconButton(theme, "close", tr("Close"), self)
        row = QHBoxLayout(self)
        row.setContentsMargins(design.SPACE_24, design.SPACE_4, design.SPACE_12, design.SPACE_4)
        row.setSpacing(design.SPACE_8)
        row.addWidget(self.field, 1)
        row.addWidget(self.count)
        for button in (self.previous_button, self.next_button, self.close_button):
            row.addWidget(button)
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_TYPED_MS)
        self._typed.timeout.connect(self._on_typed)
        self.field.textEdited.connect(self._typed.start)
        self.previous_button.clicked.connect(self.go_back)
        self.next_button.clicked.connect(self.go_on)
        self.close_button.clicked.connect(self.end)
        self.hide()

    @Slot()
    def begin(self) -> None:
        """Open the bar, with what is looked for already selected, ready to be typed over."""
        self.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
        self._look(keeps_place=True)

    def look_for(self, query: str, *, begins_at_first: bool = False) -> None:
        """Open the bar for what the list was searched for; "" closes it.

        The last hit is shown, or the first.
        """
        self.field.setText(query)
        self.setVisible(bool(query))
        self._is_of_list = bool(query)
        self._phrases = words_looked_for(query)
        self._begins_at_first = begins_at_first
        self._look()

    @Slot()
    def refresh(self) -> None:
        """Look again: the thread is another one, or has more messages."""
        if self.isVisible():
            self._look(keeps_place=True)

    @Slot()
    def go_on(self) -> None:
        """Go to the next message that has the words, from the last one to the first."""
        self._go(1)

    @Slot()
    def go_back(self) -> None:
        """Go to the message before."""
        self._go(-1)

    @Slot()
    def end(self) -> None:
        """Close the bar and take the marks away."""
        self._folded.clear()
        self.hide()
        self._unmark()
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on, with Shift back; Esc closes."""
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._go(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            case Qt.Key.Key_Escape:
                self.end()
            case _:
                super().keyPressEvent(event)

    @Slot()
    def _on_typed(self) -> None:
        self._is_of_list = self._begins_at_first = False
        phrase = fold_words(self.field.text())
        self._phrases = [phrase] if phrase else []
        self._look()

    def _look(self, *, keeps_place: bool = False) -> None:
        """Find the messages; show the last one, or stay at the one that is shown."""
        shown = self._hits[self._place].id if keeps_place and 0 <= self._place < len(self._hits) else ""
        self._hits = [each for each in self._view.messages if self._has_words(each)]
        places = [place for place, message in enumerate(self._hits) if message.id == shown]
        begin = 0 if self._begins_at_first and self._hits else len(self._hits) - 1
        self._place = places[0] if places else begin
        self._show(reveals=not places)

    def _has_words(self, message: StoredMessage) -> bool:
        known = self._folded.get(message.id)
        if known is None or known[0] != message.text:
            known = self._folded[message.id] = (message.text, fold_words(message.text))
        return any(phrase in known[1] for phrase in self._phrases)

    def _go(self, step: int) -> None:
        if self._typed.isActive():
            self._typed.stop()
            self._on_typed()
        if self._is_of_list and not 0 <= self._place + step < len(self._hits):
            self.beyond.emit(step)
        else:
            self.go_round(step)

    def go_round(self, step: int) -> None:
        """Go a hit further in this conversation, from the last to the first."""
        if self._hits:
            self._place = (self._place + step) % len(self._hits)
            self._show(reveals=True)

    def _show(self, *, reveals: bool) -> None:
        has_words = bool(self.field.text().strip())
        number = tr("{0} of {1}").format(self._place + 1, len(self._hits)) if self._hits else tr("Not found")
        self.count.setText(number if has_words else "")
        for button in (self.previous_button, self.next_button):
            button.setEnabled(len(self._hits) > 1 or self._is_of_list)
        self._unmark()
        if not self._hits:
            return
        widget = self._view.reveal(self._hits[self._place].id) if reveals else None
        for each in self._view.widgets:
            for view in _views_of(each.body):
                self._mark(view, is_current=each.message.id == self._hits[self._place].id)
        if widget is not None:
            first = next((view for view in _views_of(widget.body) if view in self._marked), None)
            if first is not None:
                place = first.cursorRect(self._marked[first])
                self._view.show_place(first.mapTo(widget, place.center()), widget)

    def _mark(self, view: QTextEdit, *, is_current: bool) -> None:
        tokens = self._theme.tokens
        form = QTextCharFormat()
        form.setBackground(QColor(tokens.highlight))
        form.setForeground(QColor(tokens.text))
        if is_current:
            form.setFontUnderline(True)
        text = _text_of(view)
        found: list[QTextEdit.ExtraSelection] = []
        for start, end in utf16_places(text, places_of(text, self._phrases, _MARKS_MAX)):
            selection = QTextEdit.ExtraSelection()
            selection.cursor = QTextCursor(view.document())
            selection.cursor.setPosition(start)
            selection.cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            selection.format = form
            found.append(selection)
        if found:
            view.setExtraSelections(found)
            self._marked[view] = QTextCursor(found[0].cursor)

    def _unmark(self) -> None:
        shown = {view for each in self._view.widgets for view in _views_of(each.body)}
        for view in self._marked:
            if view in shown:  # the others are gone with their messages
                view.setExtraSelections([])
        self._marked.clear()


def _text_of(view: QTextEdit) -> str:
    """Return what a view shows, a character for each place of its document."""
    cursor = QTextCursor(view.document())
    cursor.select(QTextCursor.SelectionType.Document)
    return cursor.selectedText()


def _views_of(body: QWidget) -> list[QTextEdit]:
    return [body] if isinstance(body, QTextEdit) else body.findChildren(QTextEdit)
