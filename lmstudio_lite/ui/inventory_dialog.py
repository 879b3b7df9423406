"""“What was read”: the parts of a document's file, how each was read, and which were not and why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.domain.inventory import Part, unread_of
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.inventory_model import HOW, InventoryModel
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.encodings import say_encoding
from lmstudio_lite.words.inventory import say_recognized, say_unread
from lmstudio_lite.words.translate import tr

_SIZE = QSize(700, 480)
_ROOM_FOR_WINDOW = 0.9
_ROW_PADDING = design.SPACE_8


class InventoryDialog(QDialog):
    """Shows one inventory; nothing can be changed in it."""

    def __init__(
        self, theme: Theme, title: str, inventory: Sequence[Part], encoding: str, parent: QWidget
    ) -> None:
        """``title`` names the document, ``encoding`` the codec of a plain text, "" for another kind."""
        super().__init__(parent)
        self._theme = theme
        self.setWindowTitle(tr("What was read"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.model = InventoryModel(theme, inventory, self)
        self.title = ElidedLabel(self, role="heading", mode=Qt.TextElideMode.ElideMiddle)
        self.title.set_full_text(title)
        said = _say_all(inventory)
        if encoding:
            said.append(tr("Its characters are encoded as {0}.").format(say_encoding(encoding)))
        self.words = text_label("\n".join(said), self, wrap=True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.table = QTableView(self)
        self.copy_button = text_button(tr("Copy"), self)
        self.copy_button.setToolTip(tr("Copy the table"))
        self.close_button = text_button(tr("Close"), self, role="primary")
        self._build()
        self.resize(self._wanted_size())

    def _build(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setAccessibleName(tr("Parts of the document"))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        self._fit_rows()
        is_empty = self.model.rowCount() == 0
        table.setVisible(not is_empty)
        self.copy_button.setVisible(not is_empty)
        buttons = QHBoxLayout()
        buttons.setSpacing(design.SPACE_8)
        buttons.addWidget(self.copy_button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_24, design.SPACE_24, design.SPACE_24, design.SPACE_16)
        column.setSpacing(design.SPACE_12)
        column.addWidget(self.title)
        column.addWidget(self.words)
        column.addWidget(table, 1)
        if is_empty:
            column.addStretch(1)
        column.addLayout(buttons)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), table)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self._on_copy_requested)
        self.copy_button.clicked.connect(self._on_copy_clicked)
        self.close_button.clicked.connect(self.accept)
        self._theme.changed.connect(self._on_theme_changed)
        (self.close_button if is_empty else table).setFocus()

    def _fit_rows(self) -> None:
        table = self.table
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + _ROW_PADDING)
        table.resizeColumnsToContents()
        table.setColumnWidth(0, min(table.columnWidth(0), self._wanted_size().width() * 2 // 5))
        table.horizontalHeader().setSectionResizeMode(HOW, QHeaderView.ResizeMode.Stretch)

    def _wanted_size(self) -> QSize:
        wanted = QSize(self._theme.scaled(_SIZE.width()), self._theme.scaled(_SIZE.height()))
        screen = self.screen().availableSize()
        return wanted.boundedTo(
            QSize(round(screen.width() * _ROOM_FOR_WINDOW), round(screen.height() * _ROOM_FOR_WINDOW))
        )

    @Slot()
    def _on_copy_requested(self) -> None:
        """Copy the rows that are chosen."""
        self._copy(sorted({index.row() for index in self.table.selectionModel().selectedRows()}))

    @Slot()
    def _on_copy_clicked(self) -> None:
        self._copy(())

    def _copy(self, rows: Sequence[int]) -> None:
        QGuiApplication.clipboard().setText(self.model.as_text(rows))

    @Slot()
    def _on_theme_changed(self) -> None:
        self._fit_rows()
        self.table.viewport().update()


def show_inventory(
    theme: Theme, title: str, inventory: Sequence[Part], encoding: str, parent: QWidget
) -> InventoryDialog:
    """Open the dialog over the window ``parent`` and return it; it deletes itself once closed."""
    dialog = InventoryDialog(theme, title, inventory, encoding, parent)
    dialog.open()
    return dialog


def _say_all(inventory: Sequence[Part]) -> list[str]:
    if not inventory:
        return [tr("What the file holds is not known: it was read by an older version of the program.")]
    said = [*say_unread(unread_of(inventory)), say_recognized(inventory)]
    found = [sentence for sentence in said if sentence]
    return found if any(part.is_unread for part in inventory) else [tr("Everything was read."), *found]
