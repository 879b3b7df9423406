"""One more file of a run that is done: another kind or quantization, proven like the first."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from lmstudio_lite.app.train import RunRecord
from lmstudio_lite.finetune.protocol import Export, ExportKind, Method
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.choice_box import ChoiceBox
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.theme import set_role
from lmstudio_lite.words.runs import say_state
from lmstudio_lite.words.translate import tr

ADAPTER_TYPES = ("F16", "F32")
WHOLE_TYPES = ("F32", "F16", "BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q3_K_M")


class AnotherFileBox(QFrame):
    """Offers what is not there yet; while it is written, how far that is, and the way out."""

    wanted = Signal(object)  # Export
    cancelled = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "card")
        self._offered: list[Export] = []
        self._is_asked = False
        self.choice = ChoiceBox(self)
        self.choice.setAccessibleName(tr("Kind of the further file"))
        self.write_button = text_button(tr("Write it"), self)
        self.state = text_label("", self, role="small", wrap=True)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("How much of the file is done"))
        self.cancel_button = text_button(tr("Cancel"), self)
        row = QHBoxLayout()
        row.setSpacing(design.SPACE_8)
        row.addWidget(self.choice)
        row.addWidget(self.write_button)
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel_button)
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_16, design.SPACE_12, design.SPACE_16, design.SPACE_12)
        column.setSpacing(design.SPACE_8)
        column.addWidget(text_label(tr("Another file"), self, role="heading"))
        column.addLayout(row)
        column.addWidget(self.state)
        self.write_button.clicked.connect(self._on_write_clicked)
        self.cancel_button.clicked.connect(self._on_cancel_clicked)

    def show_run(self, record: RunRecord, *, is_busy: bool) -> None:
        """Show what can be written of ``record``; ``is_busy``: something else trains."""
        is_writing = record.exporting is not None
        offered = _missing(record)
        if offered != self._offered:
            self._offered = offered
            self.choice.clear()
            for export in offered:
                self.choice.addItem(self._name(export))
        for control in (self.choice, self.write_button):
            control.setVisible(not is_writing)
            control.setEnabled(bool(offered) and not is_busy)
        self._is_asked = self._is_asked and is_busy
        self.bar.setVisible(is_writing)
        self.cancel_button.setVisible(is_writing)
        if not is_writing:
            self.cancel_button.setEnabled(True)
            words = tr("From what was learned, without training again; checked as the first was.")
            if is_busy:
                wait = tr("Wait until the training that goes on is over.")
                words = tr("Starting") if self._is_asked else wait
            self.state.setText(words)
            return
        progress = record.progress
        if progress is not None and progress.num_total:
            self.bar.setRange(0, progress.num_total)
            self.bar.setValue(progress.num_done)
        else:
            self.bar.setRange(0, 0)
        assert record.exporting is not None
        self.state.setText(f"{self._name(record.exporting)}: {say_state(record)}")

    def _name(self, export: Export) -> str:
        is_adapter = export.kind is ExportKind.ADAPTER
        words = tr("Adapter, {0}") if is_adapter else tr("Whole model, {0}")
        return words.format(export.file_type)

    @Slot()
    def _on_write_clicked(self) -> None:
        number = self.choice.currentIndex()
        if 0 <= number < len(self._offered):
            self._is_asked = True
            self.wanted.emit(self._offered[number])

    @Slot()
    def _on_cancel_clicked(self) -> None:
        self.cancel_button.setEnabled(False)
        self.state.setText(tr("Stopping"))
        self.cancelled.emit()


def _missing(record: RunRecord) -> list[Export]:
    """Return what the run's method can be written as and is not yet."""
    can_adapt = record.settings.method in (Method.LORA, Method.RSLORA)
    possible = [Export(ExportKind.ADAPTER, name) for name in ADAPTER_TYPES] if can_adapt else []
    possible += [Export(ExportKind.MERGED, name) for name in WHOLE_TYPES]
    written = {(export.kind, export.file_type) for export in record.exports}
    return [export for export in possible if (export.kind, export.file_type) not in written]
