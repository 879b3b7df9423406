"""Where the texts of a batch come from: lines that are typed or pasted, or a column of a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from lmstudio_lite.app.batch.rows import (
    BatchInput,
    Table,
    is_table,
    open_table,
    read_file_text,
    read_lines,
    rows_at,
)
from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.choice_box import ChoiceBox
from lmstudio_lite.ui.controls import IconButton, text_button, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import SPACE_4, SPACE_8
from lmstudio_lite.words.translate import tr, trn

_LANE = "batch"


class RowSource:
    """What is to be worked on, as it was chosen; ``read`` may take a while."""

    def __init__(
        self,
        text: str,
        table: Table | None = None,
        path: Path | None = None,
        column: int = 0,
        truth: int | None = None,
    ) -> None:
        self._text, self._table, self._path = text, table, path
        self._column, self._truth = column, truth

    def read(self) -> BatchInput:
        """Return the rows; not for the GUI thread.

        Raises:
            DocumentEmptyError: the column has no text.
        """
        if self._table is None or self._path is None:
            return read_lines(self._text)
        return rows_at(self._table, self._path, self._column, self._truth)


class InputBox(QWidget):
    """``failed`` says why a file can't be read. Without a table the lines of the text field are the rows."""

    changed = Signal()
    failed = Signal(object)  # Exception

    def __init__(self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self.path: Path | None = None
        self.table: Table | None = None
        self.text = QPlainTextEdit(self)
        self.text.setPlaceholderText(tr("One text a line. Or open a table, or drop one here."))
        self.text.setAccessibleName(tr("Texts, one a line"))
        self.text.setTabChangesFocus(True)
        self.open_button = text_button(tr("Open a file…"), self)
        self.name = ElidedLabel(self)
        self.remove_button = IconButton(theme, "close", tr("Take the file away"), self)
        self.column_box = ChoiceBox(self)
        self.truth_box = ChoiceBox(self)
        self.column_box.setAccessibleName(tr("Column with the texts"))
        self.truth_box.setAccessibleName(tr("Column with the true labels"))
        self.column_label = text_label(tr("Texts in"), self)
        self.truth_label = text_label(tr("True labels in"), self)
        self._lay_out()
        self._show_source()
        self.text.textChanged.connect(self.changed)
        self.open_button.clicked.connect(self._on_open_clicked)
        self.remove_button.clicked.connect(self.forget_file)
        self.column_box.currentIndexChanged.connect(self.changed)
        self.truth_box.currentIndexChanged.connect(self.changed)

    @property
    def has_rows(self) -> bool:
        """Whether there is anything to work on."""
        return self.table is not None or bool(self.text.toPlainText().strip())

    def source(self, *, wants_truth: bool) -> RowSource:
        """Return what is chosen now, to be read elsewhere."""
        if self.table is None or self.path is None:
            return RowSource(self.text.toPlainText())
        truth = self.truth_box.currentData() if wants_truth else None
        return RowSource("", self.table, self.path, self.column_box.currentData() or 0, truth)

    def set_wants_truth(self, wants_truth: bool) -> None:
        """Offer a column of true labels, or not."""
        self._wants_truth = wants_truth
        self._show_source()

    def open_file(self, path: Path) -> None:
        """Read a file: a table's columns, or the lines of a text."""
        reader = self._services.reader

        def work(context: JobContext) -> Table | str:
            if is_table(path):
                return open_table(path, reader, context.cancellation)
            return read_file_text(path)

        def show(found: Table | str) -> None:
            if isinstance(found, Table):
                self._show_table(path, found)
            else:
                self.forget_file()
                self.text.setPlainText(found)

        self._bridge.run(work, on_done=show, on_failed=self.failed.emit, lane=_LANE)

    @Slot()
    def forget_file(self) -> None:
        """Go back to typed lines."""
        self.path = self.table = None
        self._show_source()
        self.changed.emit()

    def _show_table(self, path: Path, table: Table) -> None:
        self.path, self.table = path, table
        names = table.names
        self.column_box.clear()
        self.truth_box.clear()
        self.truth_box.addItem(tr("no column"), None)
        for place, name in enumerate(names):
            self.column_box.addItem(name, place)
            self.truth_box.addItem(name, place)
        known = [name.casefold() for name in names]
        self.column_box.setCurrentIndex(known.index("text") if "text" in known else _longest_column(table))
        rows = trn("{n} row", "{n} rows", len(table.rows))
        self.name.set_full_text(tr("{0}: {1}").format(path.name, rows))
        self.name.setToolTip(plain_tip(str(path)))
        self._show_source()
        self.changed.emit()

    def _show_source(self) -> None:
        has_table = self.table is not None
        self.text.setVisible(not has_table)
        for widget in (self.name, self.remove_button, self.column_box, self.column_label):
            widget.setVisible(has_table)
        for widget in (self.truth_box, self.truth_label):
            widget.setVisible(has_table and self._wants_truth)

    def _lay_out(self) -> None:
        self._wants_truth = True
        self.column_label.setBuddy(self.column_box)
        self.truth_label.setBuddy(self.truth_box)
        file_row = QHBoxLayout()
        file_row.setSpacing(SPACE_8)
        file_row.addWidget(self.open_button)
        file_row.addWidget(self.name, 1)
        file_row.addWidget(self.remove_button)
        file_row.addStretch()
        columns = QHBoxLayout()
        columns.setSpacing(SPACE_8)
        for widget in (self.column_label, self.column_box, self.truth_label, self.truth_box):
            columns.addWidget(widget)
        columns.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4)
        column.addWidget(self.text, 1)
        column.addLayout(file_row)
        column.addLayout(columns)

    @Slot()
    def _on_open_clicked(self) -> None:
        dialog = QFileDialog(self, tr("Open texts"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(
            [f"{tr('Tables and texts')} (*.csv *.tsv *.xlsx *.ods *.xls *.txt)", f"{tr('All files')} (*)"]
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.open_file(Path(name)))
        dialog.open()


def _longest_column(table: Table) -> int:
    """Return the place of the column with the longest cells in the first rows: a first choice, shown."""
    rows = table.first(50)
    lengths = [sum(len(cells[at]) for cells in rows if at < len(cells)) for at in range(len(table.columns))]
    return lengths.index(max(lengths)) if lengths else 0
