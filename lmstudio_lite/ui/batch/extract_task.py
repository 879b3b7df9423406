"""The values' page of the window of batches: what is wanted, and the table of what comes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QTableView, QVBoxLayout, QWidget

from lmstudio_lite.app.batch.extract import ExtractedAll, ExtractedRows, ExtractRows
from lmstudio_lite.app.batch.output import write_extracted
from lmstudio_lite.app.batch.rows import BatchInput
from lmstudio_lite.app.batch.schemas import parse_schema
from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.batch.extracted_model import ExtractedModel
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import SPACE_4
from lmstudio_lite.words.batch import say_known
from lmstudio_lite.words.translate import tr, trn

Read = Callable[[JobContext], BatchInput]


class ExtractTask(QObject):
    """Takes values out; what does not stand in the text is marked."""

    def __init__(self, services: Services, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self.hint = tr(
            "From every text the values that you name are taken. What does not stand in the text is marked, "
            "and comes first."
        )
        self.form = QWidget(parent)
        self.schema = QLineEdit(self.form)
        self.schema.setPlaceholderText(tr("name, date, amount:number"))
        self.schema.setAccessibleName(tr("Values to take, or a JSON schema"))
        self.model = ExtractedModel(theme, self)
        self.table = self.page = QTableView(parent)
        self._result: ExtractedAll | None = None
        self._set_up_table()
        column = QVBoxLayout(self.form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4)
        label = text_label(tr("Values to take"), self.form)
        label.setBuddy(self.schema)
        column.addWidget(label)
        column.addWidget(self.schema)

    def begin(self, read: Read) -> Callable[[JobContext], object]:
        """Return the work for the rows that ``read`` gives.

        Raises:
            SchemaError: no values can be asked for.
        """
        schema = parse_schema(self.schema.text())
        self.model.begin(schema.fields)
        self._result = None
        return lambda context: ExtractRows(self._services, schema, read(context).rows).run(context)

    def take(self, value: object) -> None:
        """Show what has come while the work runs."""
        if isinstance(value, ExtractedRows):
            self.model.add(value.rows)

    def finish(self, result: object) -> str:
        """Show all of it, marked rows first; returns what is to be said."""
        assert isinstance(result, ExtractedAll)
        self._result = result
        self.model.show(result.rows)
        flagged = self.model.num_flagged
        words = trn("{n} row has a mark.", "{n} rows have a mark.", flagged) if flagged else ""
        return " ".join(filter(None, (say_known(result.num_known), words)))

    def writer(self) -> Callable[[Path], None] | None:
        """Return what writes the results to a file, None where there are none."""
        result, fields = self._result, self.model.fields
        return None if result is None else lambda path: write_extracted(fields, result.rows, path)

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setAccessibleName(tr("Texts and their values"))
        table.setShowGrid(False)
        table.setCornerButtonEnabled(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setDefaultSectionSize(160)
        header.setStretchLastSection(True)
