"""Which columns of a table hold what."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.finetune.data.problems import shorten
from lmstudio_lite.finetune.data.sources import FileSource
from lmstudio_lite.finetune.data.tables import ColumnMapping
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import choice_box, text_label
from lmstudio_lite.ui.theme import set_role
from lmstudio_lite.words.languages import say_language
from lmstudio_lite.words.translate import tr


class ColumnDialog(QDialog):
    """``mapped`` comes with the source as it should be read."""

    mapped = Signal(object)  # FileSource

    def __init__(self, source: FileSource, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Columns of {0}").format(source.name))
        self._source = source
        mapping = source.mapping or ColumnMapping()
        table = source.table
        self.header_box = QCheckBox(tr("The first row holds names"), self)
        self.header_box.setChecked(table is not None and table.has_header)
        names = table.first_row if table is not None else ()
        columns: list[tuple[str, object]] = [(tr("none"), None)]
        # The first row's cells tell columns apart, names or not.
        columns += [(tr("{0}: {1}").format(at, shorten(name)), at - 1) for at, name in enumerate(names, 1)]
        languages: list[tuple[str, object]] = [(tr("not a translation"), "")]
        languages += [(say_language(code), code) for code in LANGUAGES]
        pair = mapping.languages or ("", "")
        self.question_box = choice_box(self, columns, mapping.question)
        self.answer_box = choice_box(self, columns, mapping.answer)
        self.context_box = choice_box(self, columns, mapping.context)
        self.system_box = choice_box(self, columns, mapping.system)
        self.text_box = choice_box(self, columns, mapping.text)
        self.source_box = choice_box(self, languages, pair[0])
        self.target_box = choice_box(self, languages, pair[1])
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        set_role(self.buttons.button(QDialogButtonBox.StandardButton.Ok), "primary")
        form = QFormLayout()
        form.setHorizontalSpacing(design.SPACE_16)
        form.setVerticalSpacing(design.SPACE_8)
        form.addRow("", self.header_box)
        rows: tuple[tuple[str, QComboBox], ...] = (
            (tr("Question, or source text"), self.question_box),
            (tr("Answer, or translation"), self.answer_box),
            (tr("Put below the question"), self.context_box),
            (tr("Instruction (system)"), self.system_box),
            (tr("Text, learned whole"), self.text_box),
            (tr("Translated from"), self.source_box),
            (tr("Translated into"), self.target_box),
        )
        for name, box in rows:
            form.addRow(name, box)
            box.setAccessibleName(name)
            box.currentIndexChanged.connect(self._on_changed)
        hint = tr("Choose a question and an answer, or one text.")
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_24, design.SPACE_24, design.SPACE_24, design.SPACE_16)
        column.setSpacing(design.SPACE_16)
        column.addLayout(form)
        column.addWidget(text_label(hint, self, role="small", wrap=True))
        column.addWidget(self.buttons)
        self.buttons.accepted.connect(self._on_accepted)
        self.buttons.rejected.connect(self.reject)
        self._on_changed()

    def _mapping(self) -> ColumnMapping:
        text = self.text_box.currentData()
        if text is not None:
            return ColumnMapping(text=text)
        pair = (self.source_box.currentData(), self.target_box.currentData())
        return ColumnMapping(
            question=self.question_box.currentData(),
            answer=self.answer_box.currentData(),
            context=self.context_box.currentData(),
            system=self.system_box.currentData(),
            languages=pair if all(pair) else None,
        )

    @Slot()
    def _on_changed(self) -> None:
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(self._mapping().is_usable)

    @Slot()
    def _on_accepted(self) -> None:
        table = self._source.table
        if table is not None:
            table = replace(table, has_header=self.header_box.isChecked())
        self.mapped.emit(replace(self._source, table=table, mapping=self._mapping()))
        self.accept()
