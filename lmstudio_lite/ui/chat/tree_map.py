"""The map of a conversation: every message with all its versions, the branch on the screen marked.

Arrows move, Enter or a double click goes there. Versions below a fork are drawn one step further in.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.branches import MapRow
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr, trn

_WIDTH, _HEIGHT = 560, 520
_WORDS_LENGTH = 120
_DEPTH_MAX = 12
_STEP = "      "
_ROW = Qt.ItemDataRole.UserRole + 1


class TreeMap(QDialog):
    """Announces ``chosen`` with a message's id and closes. GUI thread."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, rows: Sequence[MapRow], current_id: str, parent: QWidget) -> None:
        """``current_id`` is the message to begin at."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Map of the conversation"))
        num_forks = sum(1 for row in rows if row.message.num_siblings > 1 and row.message.sibling_index)
        words = trn("{n} message", "{n} messages", len(rows))
        if num_forks:
            words = tr("{0}, {1}").format(
                words, trn("{n} of them another version", "{n} of them other versions", num_forks)
            )
        else:
            words = tr("{0}. Edit a message or write another reply: both versions stand here then.").format(
                words
            )
        self.list = QListWidget(self)
        self.list.setAccessibleName(tr("Messages"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.list.setUniformItemSizes(True)
        self._theme = theme
        for row in rows:
            self._add(row)
        self._choose_row(rows, current_id)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.go_button: QPushButton = buttons.addButton(
            tr("Go there"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        for button in buttons.buttons():  # Enter is the list's: it would go there twice
            if isinstance(button, QPushButton):
                button.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_16, design.SPACE_16, design.SPACE_16, design.SPACE_16)
        column.setSpacing(design.SPACE_8)
        column.addWidget(text_label(words, self, role="muted", wrap=True))
        column.addWidget(self.list, 1)
        column.addWidget(buttons)
        self.resize(theme.scaled(_WIDTH), theme.scaled(_HEIGHT))
        self.list.itemActivated.connect(self._on_item_activated)
        self.go_button.clicked.connect(self._on_go_clicked)
        buttons.rejected.connect(self.reject)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add(self, row: MapRow) -> None:
        message = row.message
        who = tr("You") if message.role is Role.USER else tr("Reply")
        if message.num_siblings > 1:
            version = tr("version {0} of {1}").format(message.sibling_index + 1, message.num_siblings)
            who = tr("{0}, {1}").format(who, version)
        making = message.note.making
        model = safe_line(making.model) if making is not None else ""
        text = safe_line(message.text[:_WORDS_LENGTH]) or tr("(empty)")
        words = tr("{0}: {1}").format(" · ".join(filter(None, (who, model))), text)
        item = QListWidgetItem(f"{_STEP * min(row.depth, _DEPTH_MAX)}{words}")
        item.setIcon(self._theme.icon("check", self._theme.tokens.accent if row.is_shown else "#00000000"))
        item.setData(_ROW, message.id)
        item.setToolTip(plain_tip(f"{message.created_at.astimezone():%x %H:%M}"))
        spoken = tr("{0}, on the screen").format(words) if row.is_shown else words
        item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
        if row.is_shown:
            font = item.font()
            font.setBold(True)
            item.setFont(font)
        self.list.addItem(item)

    def _choose_row(self, rows: Sequence[MapRow], current_id: str) -> None:
        places = [place for place, row in enumerate(rows) if row.message.id == current_id]
        if places:
            self.list.setCurrentRow(places[0])
            middle = QListWidget.ScrollHint.PositionAtCenter
            QTimer.singleShot(0, self, partial(self.list.scrollToItem, self.list.item(places[0]), middle))

    @Slot(QListWidgetItem)
    def _on_item_activated(self, item: QListWidgetItem) -> None:
        self._go(item)

    @Slot()
    def _on_go_clicked(self) -> None:
        self._go(self.list.currentItem())

    def _go(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(_ROW))
            self.accept()
