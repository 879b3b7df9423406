"""The last step: what training did, the files it made, and the two models side by side."""

from __future__ import annotations

import math
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.train import RunRecord, failure_of
from lmstudio_lite.domain.training import Phase
from lmstudio_lite.finetune.protocol import Export, Exported, ExportKind, Gate, RunFailed
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.finetune.another_file import AnotherFileBox
from lmstudio_lite.ui.finetune.answers_view import AnswersView
from lmstudio_lite.ui.finetune.run_control import RunControl
from lmstudio_lite.ui.finetune.step import StepPage
from lmstudio_lite.ui.finetune.trial_box import TrialBox
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words import say_size
from lmstudio_lite.words.runs import say_state, say_verdict
from lmstudio_lite.words.translate import tr


class ResultStep(StepPage):
    """Shows the run that the fourth step shows."""

    chat_requested = Signal(object, object, float)  # model's path, adapter's path or None, strength

    def __init__(
        self, services: Services, bridge: Bridge, theme: Theme, runs: RunControl, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._runs = runs
        self._record: RunRecord | None = None
        self._shown: object = None
        self._told: RunFailed | None = None
        self.set_title(tr("Results"))
        self.verdict = Notice(theme, self, closable=False)
        self.waiting = text_label("", self, role="muted", wrap=True)
        self.notice = Notice(theme, self)
        content = QWidget(self)
        self._inner = QVBoxLayout(content)
        self._inner.setContentsMargins(0, 0, design.SPACE_8, 0)
        self._inner.setSpacing(design.SPACE_12)
        self._inner.addWidget(self.verdict)
        self._inner.addWidget(self.waiting)
        self.answers = AnswersView(content)
        self._inner.addWidget(self.answers)
        self.gate = GateTable(content)
        self._inner.addWidget(self.gate)
        self._files = QVBoxLayout()
        self._files.setSpacing(design.SPACE_8)
        self.file_rows: list[ExportRow] = []
        self._inner.addLayout(self._files)
        self.another = AnotherFileBox(content)
        self._inner.addWidget(self.another)
        self.trial = TrialBox(services, bridge, content)
        self._inner.addWidget(self.trial)
        self._inner.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(content)
        self.column.addWidget(self.notice)
        self.column.addWidget(scroll, 1)
        self.another.wanted.connect(self._on_file_wanted)
        self.another.cancelled.connect(runs.cancel)
        self.trial.failed.connect(self.notice.show_error)
        self.trial.asked.connect(self.notice.clear)
        self.show_run(None)

    def show_run(self, record: RunRecord | None) -> None:
        """Show what a run made."""
        state = None
        if record is not None:
            made = (record.gate, tuple(record.exports), tuple(record.answers))
            state = (record.folder.path, record.phase, record.stage, *made)
        self._show_another(record)
        if state == self._shown and self._shown is not None:
            return
        self._shown, self._record = state, record
        gate = record.gate if record is not None else None
        exports = record.exports if record is not None else []
        if gate is not None:
            assert record is not None
            what, reasons, kind = say_verdict(record)
            self.verdict.show_message(what, reasons, kind=kind)
        else:
            self.verdict.clear()
        self.answers.show_answers(record.answers if record is not None else [])
        self.gate.show_gate(gate)
        self.waiting.setText(self._waiting_words(record))
        self.waiting.setVisible(bool(self.waiting.text()))
        for row in self.file_rows:
            row.hide()
            row.deleteLater()
        self.file_rows = []
        for export in exports:
            row = ExportRow(export, self)
            row.chat_button.clicked.connect(lambda _checked=False, export=export: self._chat(export))
            self._files.addWidget(row)
            self.file_rows.append(row)
        self.trial.show_run(record)

    def _show_another(self, record: RunRecord | None) -> None:
        can_write = record is not None and (record.phase is Phase.DONE or record.exporting is not None)
        self.another.setVisible(can_write)
        if record is None:
            return
        if can_write:
            is_busy = self._runs.is_active and record.exporting is None
            self.another.show_run(record, is_busy=is_busy)
        failure = record.failure
        if failure is not self._told and record.phase is Phase.DONE:
            self._told = failure
            if (error := failure_of(record)) is not None:
                self.notice.show_error(error)

    @Slot(object)
    def _on_file_wanted(self, export: Export) -> None:
        if self._record is not None:
            self.notice.clear()
            self._runs.export(self._record.folder, export)

    def _waiting_words(self, record: RunRecord | None) -> str:
        if record is None:
            return tr("Nothing has been trained yet. What comes of it is measured and shown here.")
        if record.is_active and record.exporting is None:
            return tr("{0}. When it is done, what it learned is measured and the files are written.").format(
                say_state(record)
            )
        if record.phase is not Phase.DONE and record.exporting is None:
            return tr("{0}. There are no files until it has come to its end.").format(say_state(record))
        return "" if record.exports else tr("No files were asked for.")

    def _chat(self, export: Exported) -> None:
        record = self._record
        assert record is not None
        if export.kind is ExportKind.ADAPTER:
            strength = self.trial.strength.value() / 100
            self.chat_requested.emit(Path(record.settings.base), Path(export.path), strength)
        else:
            self.chat_requested.emit(Path(export.path), None, 1.0)


class GateTable(QWidget):
    """How unsure the model is before and after: its perplexity."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(design.SPACE_24)
        grid.setVerticalSpacing(design.SPACE_4)
        names = (tr("Choices it wavers between at each word"), tr("before"), tr("after"))
        for column, name in enumerate(names):
            grid.addWidget(text_label(name, self, role="small"), 0, column)
        self._cells = [[text_label("", self) for _ in range(3)] for _ in range(2)]
        for row, cells in enumerate(self._cells, 1):
            for column, cell in enumerate(cells):
                grid.addWidget(cell, row, column)
        grid.setColumnStretch(3, 1)

    def show_gate(self, gate: Gate | None) -> None:
        self.setVisible(gate is not None)
        if gate is None:
            return
        held_out, learned = tr("In examples held back"), tr("In the examples it learned from")
        data = held_out if gate.held_out else learned
        rows = (
            (data, gate.data_before, gate.data_after),
            (tr("In other texts"), gate.general_before, gate.general_after),
        )
        for cells, (name, before, after) in zip(self._cells, rows, strict=True):
            cells[0].setText(name)
            cells[1].setText(_perplexity(before))
            cells[2].setText(_perplexity(after))


class ExportRow(QFrame):
    """A file: what it is, that it was checked, and what can be done with it."""

    def __init__(self, export: Exported, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "card")
        path = Path(export.path)
        name = ElidedLabel(self, role="heading", mode=Qt.TextElideMode.ElideMiddle)
        name.set_full_text(path.name)
        kind = tr("adapter") if export.kind is ExportKind.ADAPTER else tr("whole model")
        proof = tr("checked: answers as the trained model does")
        about = " · ".join((kind, export.file_type, say_size(export.num_bytes), proof))
        self.chat_button = text_button(tr("Chat with it"), self, role="primary")
        self.folder_button = text_button(tr("Show in folder"), self)
        self.chat_button.setEnabled(path.is_file())
        row = QHBoxLayout(self)
        row.setContentsMargins(design.SPACE_16, design.SPACE_8, design.SPACE_12, design.SPACE_8)
        row.setSpacing(design.SPACE_8)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(name)
        words.addWidget(text_label(about, self, role="small", wrap=True))
        details = text_label(_say_check(export), self, role="small", wrap=True)
        details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        details.hide()
        words.addWidget(details)
        self.details_button = text_button(tr("Details"), self, role="quiet")
        self.details_button.setCheckable(True)
        self.details_button.toggled.connect(details.setVisible)
        row.addLayout(words, 1)
        row.addWidget(self.details_button)
        row.addWidget(self.folder_button)
        row.addWidget(self.chat_button)
        folder = QUrl.fromLocalFile(str(path.parent))
        self.folder_button.clicked.connect(lambda: QDesktopServices.openUrl(folder))


def _say_check(export: Exported) -> str:
    """Say in numbers how near a file is to what was trained."""
    said = tr(
        "The file's predictions for {0} tokens were compared with those of the training: they differ by {1} "
        "(mean KL divergence); up to {2} counts as the same model."
    )
    return said.format(f"{export.num_tokens:,}", f"{export.kl:.4f}", f"{export.kl_limit:.3g}")


def _perplexity(loss: float) -> str:
    return f"{math.exp(loss):,.1f}" if loss < 50 else "∞"
