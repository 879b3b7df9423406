"""Above the status line: what of the conversation is in the model's context, left out, or summarized.

The summary can be read here, edited, and switched off; it counts again when it is switched on.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.chat_summaries import TurnsSummary
from lmstudio_lite.domain.context import ContextInventory, ContextPart, Presence
from lmstudio_lite.errors import AppError
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words import explain
from lmstudio_lite.words.context import say_inventory, say_part, say_presence
from lmstudio_lite.words.translate import tr, trn

_WIDTH, _LIST_HEIGHT, _SUMMARY_HEIGHT = 460, 260, 130
_ROWS_MAX = 60
_LANE = "context"


class ContextPopup(QFrame):
    """Shown with ``show_above``. ``changed`` follows when another summary counts from now on."""

    changed = Signal()

    def __init__(
        self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        set_role(self, "popup")
        self.setAccessibleName(tr("What is in the context"))
        self._services = services
        self._bridge = bridge
        self._theme = theme
        self._conversation_id = ""
        self._above: QWidget | None = None
        self._summary: TurnsSummary | None = None
        self._num_asked = 0
        self.said = text_label("", self, role="heading", wrap=True)
        self.told = text_label("", self, role="small", wrap=True)
        self.rows: list[QWidget] = []
        self._list = QWidget(self)
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, design.SPACE_8, 0)
        self._column.setSpacing(2)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._list)
        self.summary_edit = QPlainTextEdit(self)
        self.summary_edit.setTabChangesFocus(True)
        self.summary_edit.setAccessibleName(tr("Summary of older turns"))
        self.use_box = QCheckBox(tr("Use this summary in place of the older turns"), self)
        self.keep_button = text_button(tr("Save the summary"), self)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_16, design.SPACE_12, design.SPACE_16, design.SPACE_12)
        column.setSpacing(design.SPACE_8)
        for widget in (self.said, self.told, self._scroll, self.summary_edit, self.use_box):
            column.addWidget(widget)
        column.addWidget(self.keep_button, 0, Qt.AlignmentFlag.AlignTrailing)
        self.summary_edit.textChanged.connect(self._on_typed)
        self.use_box.clicked.connect(self._on_use_clicked)
        self.keep_button.clicked.connect(self._on_keep_clicked)

    def show_above(self, widget: QWidget, conversation_id: str) -> None:
        """Open over ``widget`` for a conversation, and take its inventory."""
        self._conversation_id, self._above = conversation_id, widget
        self._summary = None
        self._say(tr("Counting…"), "")
        self._show_rows(())
        self._show_summary(None)
        self._read()
        self._place()
        self.show()

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep what was typed: a click beside the popup closes it."""
        super().hideEvent(event)
        if self.keep_button.isEnabled():
            self._on_keep_clicked()

    def _read(self) -> None:
        conversation_id = self._conversation_id
        chat = self._services.at(conversation_id).chat
        self._num_asked += 1
        number = self._num_asked

        def show(inventory: ContextInventory | None) -> None:
            if number == self._num_asked:
                self._show_inventory(inventory)

        def fail(error: Exception) -> None:
            if number == self._num_asked:
                explanation = explain(error) if isinstance(error, AppError) else None
                told = explanation.remedy if explanation is not None else ""
                self._say(explanation.what if explanation is not None else str(error), told)
                self._place()

        self._bridge.run(
            lambda context: chat.context_of(conversation_id), on_done=show, on_failed=fail, lane=_LANE
        )

    def _show_inventory(self, inventory: ContextInventory | None) -> None:
        if inventory is None:
            self._say(tr("No model is loaded."), tr("Choose one to see what its context holds."))
            self._place()
            return
        self._say(say_inventory(inventory), self._hint(inventory))
        self._show_rows(inventory.parts)
        newest = inventory.summaries[-1] if inventory.summaries else None
        self._show_summary(inventory.summary or newest)
        self._place()

    def _hint(self, inventory: ContextInventory) -> str:
        if inventory.summary is not None or inventory.summaries:
            return tr("The turns themselves stay in the conversation; nothing of them is deleted.")
        if inventory.is_too_small:
            return tr("This model is too small to summarize older turns: they are left out.")
        if inventory.num_of(Presence.LEFT_OUT):
            return tr("“Answers…” below the message has a choice to summarize older turns instead.")
        return ""

    def _say(self, said: str, told: str) -> None:
        self.said.setText(said)
        self.told.setText(told)
        self.told.setVisible(bool(told))

    def _show_rows(self, parts: tuple[ContextPart, ...]) -> None:
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        shown, left = parts[-_ROWS_MAX:], parts[:-_ROWS_MAX]
        self.rows = []
        if left:
            told = trn("{n} earlier part", "{n} earlier parts", len(left))
            self._add_row(told, sum(part.num_tokens for part in left), "", is_in=True)
        for part in shown:
            is_in = part.presence is Presence.IN
            self._add_row(say_part(part), part.num_tokens, say_presence(part.presence), is_in=is_in)
        self._scroll.setVisible(bool(parts))

    def _add_row(self, words: str, num_tokens: int, presence: str, *, is_in: bool) -> None:
        row = QWidget(self._list)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 2, 0, 2)
        line.setSpacing(design.SPACE_12)
        name = ElidedLabel(row)
        name.set_full_text(words)
        amount = text_label(f"{num_tokens:,}", row, role="muted")
        said = "" if is_in else presence
        line.addWidget(name)
        line.addStretch(1)
        if said:
            set_role(name, "muted")
            line.addWidget(text_label(said, row, role="small"))
        line.addWidget(amount)
        tokens = trn("{n} token", "{n} tokens", num_tokens)
        row.setAccessibleName(", ".join(filter(None, (words, tokens, presence))))
        row.setToolTip(plain_tip(words))
        self._column.addWidget(row)
        row.show()
        self.rows.append(row)

    def _show_summary(self, summary: TurnsSummary | None) -> None:
        self._summary = summary
        if summary is not None and self.summary_edit.toPlainText() != summary.text:
            self.summary_edit.setPlainText(summary.text)
        self.use_box.setChecked(summary is not None and not summary.is_off)
        for widget in (self.summary_edit, self.use_box, self.keep_button):
            widget.setVisible(summary is not None)
        self._on_typed()

    def _place(self) -> None:
        widget = self._above
        if widget is None:
            return
        screen = widget.screen().availableGeometry()
        self.setFixedWidth(min(self._theme.scaled(_WIDTH), screen.width() - 2 * design.SPACE_16))
        self._scroll.setFixedHeight(
            min(self._column.totalSizeHint().height() + 4, self._theme.scaled(_LIST_HEIGHT))
        )
        self.summary_edit.setFixedHeight(self._theme.scaled(_SUMMARY_HEIGHT))
        self.adjustSize()
        corner = widget.mapToGlobal(QPoint(0, 0))
        left = min(max(screen.left(), corner.x()), screen.right() - self.width())
        self.move(left, max(screen.top(), corner.y() - self.height() - 4))

    def _change(self, work: Callable[[TurnsSummary], None]) -> None:
        summary = self._summary
        if summary is None:
            return

        def change(context: JobContext) -> None:
            work(summary)

        def show(_none: object) -> None:
            self.changed.emit()
            self._read()

        def fail(error: Exception) -> None:
            explanation = explain(error) if isinstance(error, AppError) else None
            self._say(explanation.what if explanation is not None else str(error), "")

        self._bridge.run(change, on_done=show, on_failed=fail, lane=STORAGE_LANE)

    @Slot()
    def _on_typed(self) -> None:
        summary, text = self._summary, self.summary_edit.toPlainText().strip()
        self.keep_button.setEnabled(summary is not None and bool(text) and text != summary.text)

    @Slot(bool)
    def _on_use_clicked(self, is_used: bool) -> None:
        summaries = self._services.at(self._conversation_id).turn_summaries
        self._change(lambda summary: summaries.switch(summary.id, is_off=not is_used))

    @Slot()
    def _on_keep_clicked(self) -> None:
        summaries = self._services.at(self._conversation_id).turn_summaries
        text = self.summary_edit.toPlainText().strip()
        self._change(lambda summary: summaries.edit(summary.id, text))
