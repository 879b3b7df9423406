"""What the model thought of in place of a word: a small box beside it, to choose from.

It opens under the pointer without taking the keys, and takes them when it is asked for by keyboard: up and
down go through what else there was, left and right to the words around, Enter writes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCursor, QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from lmstudio_lite.domain.certainty import OtherWay, Word, belong_together, other_ways
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.palette.delegate import HINT, CommandDelegate
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.certainty import say_meaning, say_probability, say_token
from lmstudio_lite.words.translate import tr

_WIDTH = 320
_ROWS_MAX = 8
_LEAVE_MS = 250


class WordBox(QFrame):
    """One for the tab. GUI thread."""

    way_chosen = Signal(object)  # OtherWay
    step_requested = Signal(int)  # to the word before (-1) or behind (1)
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        set_role(self, "popup")
        self._theme = theme
        self._ways: list[OtherWay] = []
        self._word_place = QRect()
        self._has_keys = False
        self.head = text_label("", self, role="heading", wrap=True)
        self.words = text_label("", self, role="small", wrap=True)
        self.list = QListWidget(self)
        self.list.setItemDelegate(CommandDelegate(theme, self.list))
        self.list.setAccessibleName(tr("What the model thought of in its place"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self.list.installEventFilter(self)
        self.meaning = text_label("", self, role="small", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_12, design.SPACE_8, design.SPACE_12, design.SPACE_8)
        column.setSpacing(design.SPACE_4)
        for part in (self.head, self.words, self.list, self.meaning):
            column.addWidget(part)
        self._leaving = QTimer(self)
        self._leaving.setInterval(_LEAVE_MS)
        self._leaving.timeout.connect(self._on_leaving)
        self.list.itemClicked.connect(self._on_item_clicked)
        self.hide()

    def show_word(self, word: Word, text: str, place: QRect, *, takes_keys: bool) -> None:
        """Open beside ``place`` in the parent's coordinates; ``text`` is the message's."""
        self._ways = other_ways(word)
        self._word_place = place
        self._has_keys = takes_keys
        name = safe_line(text[word.start : word.end])
        self.head.setText(tr("“{0}”: {1}").format(name, say_probability(word.probability)))
        self.setAccessibleName(self.head.text())
        self.words.setText(
            tr("The model also thought of:") if self._ways else tr("It thought of nothing else above 1 %.")
        )
        self.meaning.setText(" ".join((say_meaning(), tr("Choosing one writes on from there."))))
        self.meaning.setVisible(bool(self._ways))
        self._fill(word, text)
        self._stand()
        self.show()
        self.raise_()
        if takes_keys:
            target = self.list if self._ways else self
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            target.setFocus(Qt.FocusReason.PopupFocusReason)
            self._leaving.stop()
        else:
            self._leaving.start()

    def end(self) -> None:
        """Close it."""
        if self.isVisible():
            self._leaving.stop()
            self.hide()
            self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that the list has no use for; leave when the keys go elsewhere."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return self._take_key(event)
        if event.type() is QEvent.Type.FocusOut and self._has_keys:
            self.end()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._take_key(event):
            super().keyPressEvent(event)

    def _take_key(self, event: QKeyEvent) -> bool:
        is_mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        match event.key():
            case Qt.Key.Key_Escape:
                self.end()
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                is_on = (event.key() == Qt.Key.Key_Right) is not is_mirrored
                self.step_requested.emit(1 if is_on else -1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._choose(self.list.currentRow())
            case _:
                return False
        return True

    def _fill(self, word: Word, text: str) -> None:
        self.list.clear()
        for row in _rows(word, self._ways, text):
            item = QListWidgetItem(row[0])
            item.setData(HINT, row[1])
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{row[0]}, {row[1]}")
            self.list.addItem(item)
        self.list.setVisible(bool(self._ways))
        if self._ways:
            self.list.setCurrentRow(0)
            height = self.list.sizeHintForRow(0)
            self.list.setFixedHeight(height * min(_ROWS_MAX, self.list.count()) + 2 * self.list.frameWidth())

    def _stand(self) -> None:
        """Stand below the word, or above it where there is no room, within the parent."""
        parent = self._parent
        width = min(self._theme.scaled(_WIDTH), parent.width() - 2 * design.SPACE_8)
        self.setFixedWidth(width)
        layout = self.layout()
        height = layout.totalHeightForWidth(width) if layout is not None else self.sizeHint().height()
        self.setFixedHeight(min(height, parent.height() - 2 * design.SPACE_8))
        word = self._word_place
        is_mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        x = word.right() - width if is_mirrored else word.left()
        y = word.bottom() + design.SPACE_4
        if y + self.height() > parent.height() - design.SPACE_8:
            y = max(design.SPACE_8, word.top() - self.height() - design.SPACE_4)
        self.move(max(design.SPACE_8, min(x, parent.width() - width - design.SPACE_8)), y)

    @Slot()
    def _on_leaving(self) -> None:
        """Close once the pointer is neither here nor on the word, nor between them."""
        near = self.geometry().united(self._word_place).adjusted(-4, -4, 4, 4)
        if not near.contains(self._parent.mapFromGlobal(QCursor.pos())):
            self.end()

    @Slot(QListWidgetItem)
    def _on_item_clicked(self, item: QListWidgetItem) -> None:
        self._choose(self.list.row(item))

    def _choose(self, row: int) -> None:
        if 0 <= row < len(self._ways):
            way = self._ways[row]
            self.end()
            self.way_chosen.emit(way)


def _rows(word: Word, ways: Sequence[OtherWay], text: str) -> list[tuple[str, str]]:
    """Return what each way is called, the word's beginning before it, and its probability."""
    rows: list[tuple[str, str]] = []
    for way in ways:
        begun = text[word.start : way.start] if way.start > word.start else ""
        is_new_word = way.text[:1].isspace()
        said = safe_line(say_token(way.text))
        if not begun and way.start and belong_together(text[way.start - 1], way.text[0]):
            said = f"…{said}"  # it goes on with the word before
        if begun:
            said = f"{safe_line(begun)} {said}" if is_new_word else f"{safe_line(begun)}{said}"
        rows.append((said, say_probability(way.probability)))
    return rows
