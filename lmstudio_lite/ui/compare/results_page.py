"""Who wins here, by the votes that were given, and all that was compared; the votes can leave as a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QListWidget,
    QListWidgetItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.duels import Duels, export_preferences, preferences
from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.domain.duels import Duel, Standing, standings
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.saving import ask_where
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.duels import say_contender, say_few, say_share, say_vote
from lmstudio_lite.words.translate import tr, trn

_ID = Qt.ItemDataRole.UserRole
_TITLE_LENGTH = 90


class ResultsPage(QWidget):
    """The second page of the Compare window. GUI thread."""

    duel_wanted = Signal(str)  # its id

    def __init__(self, duels: Duels, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._duels, self._bridge = duels, bridge
        self._shown: Sequence[Duel] = ()
        self._deleted_id = ""
        self.told = text_label("", self, role="muted", wrap=True)
        self.table = QTableWidget(0, 6, self)
        self.table.setAccessibleName(tr("Who wins here"))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        names = (tr("Contender"), tr("Won"), tr("Lost"), tr("Ties"), tr("Both bad"), tr("Share of wins"))
        self.table.setHorizontalHeaderLabels(list(names))
        share_head = QTableWidgetItem(names[-1])
        share_head.setToolTip(
            tr("Ties and two bad answers are half a win. In brackets: where the share may as well be (95 %).")
        )
        self.table.setHorizontalHeaderItem(len(names) - 1, share_head)
        head = self.table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list = QListWidget(self)
        set_role(self.list, "list")
        self.list.setAccessibleName(tr("What was compared"))
        self.notice = Notice(theme, self)
        self.open_button = text_button(tr("Open"), self)
        self.delete_button = text_button(tr("Delete"), self, role="quiet")
        self.export_button = text_button(tr("Export votes…"), self)
        self.export_button.setToolTip(
            tr("As preferences (prompt, chosen, rejected), one JSON object a line, to train a model with")
        )
        self._lay_out()
        self.list.itemActivated.connect(self._on_item_activated)
        self.list.currentRowChanged.connect(self._on_row_changed)
        self.open_button.clicked.connect(self._on_open_clicked)
        self.delete_button.clicked.connect(self._on_delete_clicked)
        self.export_button.clicked.connect(self._on_export_clicked)
        delete_keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.list)
        delete_keys.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete_keys.activated.connect(self._on_delete_clicked)

    @Slot()
    def refresh(self) -> None:
        """Read the duels again."""
        self._bridge.run(
            lambda context: self._duels.list(),
            on_done=self._show,
            on_failed=self.notice.show_error,
            lane=STORAGE_LANE,
        )

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(design.SPACE_8)
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.delete_button)
        buttons.addStretch(1)
        buttons.addWidget(self.export_button)
        column = QVBoxLayout(self)
        margin = design.SPACE_16
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(design.SPACE_8)
        column.addWidget(text_label(tr("Who wins here"), self, role="heading"))
        column.addWidget(self.told)
        column.addWidget(self.table, 1)
        column.addWidget(text_label(tr("What was compared"), self, role="heading"))
        column.addWidget(self.list, 1)
        column.addWidget(self.notice)
        column.addLayout(buttons)

    def _show(self, duels: list[Duel]) -> None:
        self._shown = duels
        table = standings(duels)
        few = say_few(table)
        lacks = tr("Compare two answers and vote: the first line appears here.")
        self.told.setText(few if table else f"{few} {lacks}")
        self.table.setRowCount(len(table))
        for row, standing in enumerate(table):
            for column, cell in enumerate(_cells(standing)):
                self.table.setItem(row, column, cell)
        row = max(0, self.list.currentRow())
        self.list.clear()
        for duel in duels:
            title = safe_line(duel.prompt)[:_TITLE_LENGTH]
            item = QListWidgetItem(f"{title} · {say_vote(duel) or tr('no vote yet')}")
            item.setData(_ID, duel.id)
            self.list.addItem(item)
        self.list.setCurrentRow(min(row, len(duels) - 1))
        self.export_button.setEnabled(bool(preferences(duels)))
        self._on_row_changed(self.list.currentRow())

    @Slot(int)
    def _on_row_changed(self, row: int) -> None:
        for button in (self.open_button, self.delete_button):
            button.setEnabled(row >= 0)

    @Slot(QListWidgetItem)
    def _on_item_activated(self, item: QListWidgetItem) -> None:
        self.duel_wanted.emit(item.data(_ID))

    @Slot()
    def _on_open_clicked(self) -> None:
        if (item := self.list.currentItem()) is not None:
            self.duel_wanted.emit(item.data(_ID))

    @Slot()
    def _on_delete_clicked(self) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        duel_id = self._deleted_id = item.data(_ID)
        self._change(lambda context: self._duels.delete(duel_id))
        self.notice.show_message(
            tr("The comparison and its vote are deleted."), "", tr("Undo"), self._on_undo, kind="info"
        )

    def _on_undo(self) -> None:
        duel_id = self._deleted_id
        self.notice.clear()
        self._change(lambda context: self._duels.restore(duel_id))

    def _change(self, work: Callable[[JobContext], None]) -> None:
        self._bridge.run(
            work,
            on_done=lambda _none: self.refresh(),
            on_failed=self.notice.show_error,
            lane=STORAGE_LANE,
        )

    @Slot()
    def _on_export_clicked(self) -> None:
        ask_where(self, tr("Export votes"), "preferences.jsonl", [tr("JSON lines (*.jsonl)")], self._export)

    def _export(self, chosen: str) -> None:
        path = Path(chosen)
        duels = list(self._shown)

        def write(_context: JobContext) -> int:
            return export_preferences(duels, path)

        def tell(count: int) -> None:
            words = trn("{n} preference is in {0}.", "{n} preferences are in {0}.", count)
            self.notice.show_message(words.format(path.name), "", kind="info")

        self._bridge.run(write, on_done=tell, on_failed=self.notice.show_error)


def _cells(standing: Standing) -> list[QTableWidgetItem]:
    counts = (standing.num_won, standing.num_lost, standing.num_tied, standing.num_both_bad)
    texts = (say_contender(standing.contender), *map(str, counts), say_share(standing))
    return [QTableWidgetItem(text) for text in texts]
