"""In which form a reply comes: how long, where it ends, and the JSON schema that it is held to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFormLayout,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.chat import read_schema, schema_problem
from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.domain.control import ConversationControl
from lmstudio_lite.domain.persona_values import NUM_STOPS_MAX, SCHEMA_LENGTH_MAX, STOP_LENGTH_MAX
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import choice_box, text_button, text_label
from lmstudio_lite.ui.number_boxes import NumberBox
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.translate import tr

_STOP_HEIGHT, _SCHEMA_HEIGHT = 56, 130
_LANE = "schema"
_TOKENS_MAX = 1 << 20


class FormBox(QWidget):
    """``over`` has what stands here. ``checked`` follows what is typed as a schema. GUI thread."""

    checked = Signal()
    failed = Signal(object)

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._theme = theme
        self._num_checked = 0
        self.problem = ""
        self.length_box = NumberBox(self)
        self.length_box.setRange(0, _TOKENS_MAX)
        self.length_box.setSingleStep(50)
        self.length_box.setSpecialValueText(tr("As in the settings"))
        self.length_box.setSuffix(tr(" tokens"))
        self.length_box.lineEdit().setTextMargins(design.SPACE_8, 0, design.SPACE_8, 0)
        self.stop_edit = QPlainTextEdit(self)
        self.stop_edit.setTabChangesFocus(True)
        self.stop_edit.setPlaceholderText(tr("One a line; the reply ends before it"))
        self.schema_edit = QPlainTextEdit(self)
        self.schema_edit.setTabChangesFocus(True)
        self.schema_edit.setPlaceholderText(tr("Paste a JSON schema here"))
        self.schema_said = text_label("", self, role="small", wrap=True)
        self.open_button = text_button(tr("Open a schema…"), self, role="quiet")
        self.once_box = QCheckBox(tr("Only for the next reply"), self)
        self.summarizes_box = choice_box(
            self,
            [
                (tr("As in the settings"), None),
                (tr("Summarize them when the context is nearly full"), True),
                (tr("Leave them out when the context is full"), False),
            ],
            None,
        )
        self._lay_out()
        self.schema_edit.textChanged.connect(self._on_schema_typed)
        self.open_button.clicked.connect(self._on_open_clicked)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def show_control(self, control: ConversationControl) -> None:
        """Fill the form."""
        self.length_box.setValue(control.max_tokens or 0)
        self.stop_edit.setPlainText("\n".join(text.replace("\n", "\\n") for text in control.stop))
        self.schema_edit.setPlainText(control.json_schema)
        self.once_box.setChecked(control.is_schema_once)
        self.summarizes_box.setCurrentIndex(self.summarizes_box.findData(control.summarizes))

    def over(self, control: ConversationControl) -> ConversationControl:
        """Return ``control`` with what stands in the form."""
        lines = [line.replace("\\n", "\n") for line in self.stop_edit.toPlainText().split("\n")]
        schema = self.schema_edit.toPlainText().strip()
        return replace(
            control,
            max_tokens=self.length_box.value() or None,
            stop=tuple(line[:STOP_LENGTH_MAX] for line in lines if line)[:NUM_STOPS_MAX],
            json_schema=schema,
            is_schema_once=bool(schema) and self.once_box.isChecked(),
            summarizes=self.summarizes_box.currentData(),
        )

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(design.SPACE_16)
        form.setVerticalSpacing(design.SPACE_8)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        schema = QWidget(self)
        column = QVBoxLayout(schema)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(design.SPACE_4)
        for widget in (self.schema_edit, self.schema_said, self.open_button, self.once_box):
            column.addWidget(widget)
        rows: tuple[tuple[str, QWidget, QWidget], ...] = (
            (tr("Longest reply"), self.length_box, self.length_box),
            (tr("Stop words"), self.stop_edit, self.stop_edit),
            (tr("JSON schema"), schema, self.schema_edit),
            (tr("Older turns"), self.summarizes_box, self.summarizes_box),
        )
        for name, row, field in rows:
            label = text_label(name, self)
            label.setBuddy(field)
            form.addRow(label, row)
            field.setAccessibleName(name)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addLayout(form)

    def _say_schema(self, said: str, role: str) -> None:
        self.schema_said.setText(said)
        set_role(self.schema_said, role)
        self.schema_said.setVisible(bool(said))

    @Slot()
    def _on_schema_typed(self) -> None:
        """Check what is typed; an answer that is not the newest is dropped."""
        schema = self.schema_edit.toPlainText().strip()
        self._num_checked += 1
        number = self._num_checked
        if not schema or len(schema) > SCHEMA_LENGTH_MAX:
            self._show_problem(
                tr("longer than {0} characters").format(f"{SCHEMA_LENGTH_MAX:,}") if schema else ""
            )
            return

        def show(problem: str) -> None:
            if number == self._num_checked:
                self._show_problem(problem)

        self._bridge.run(
            lambda context: schema_problem(schema), on_done=show, on_failed=self.failed.emit, lane=_LANE
        )

    def _show_problem(self, problem: str) -> None:
        self.problem = problem
        has_schema = bool(self.schema_edit.toPlainText().strip())
        self.once_box.setEnabled(has_schema)
        if problem:
            self._say_schema(tr("This is no JSON schema: {0}.").format(problem), "danger")
        elif has_schema:
            self._say_schema(tr("Replies are held to this schema, and checked against it."), "small")
        else:
            self._say_schema("", "small")
        self.checked.emit()

    @Slot()
    def _on_open_clicked(self) -> None:
        dialog = QFileDialog(self, tr("Open a schema"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([f"{tr('JSON schema')} (*.json)", f"{tr('All files')} (*)"])
        dialog.fileSelected.connect(lambda name: self.open_file(Path(name)))
        dialog.open()

    def open_file(self, path: Path) -> None:
        """Read a schema from a file."""

        def read(context: JobContext) -> str:
            return read_schema(path)

        self._bridge.run(read, on_done=self.schema_edit.setPlainText, on_failed=self.failed.emit, lane=_LANE)

    @Slot()
    def _on_theme_changed(self) -> None:
        self.stop_edit.setFixedHeight(self._theme.scaled(_STOP_HEIGHT))
        self.schema_edit.setFixedHeight(self._theme.scaled(_SCHEMA_HEIGHT))
        self.schema_edit.setFont(self._theme.code_font())
