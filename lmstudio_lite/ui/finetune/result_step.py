"""The last step: what training did, the files it made, and the two models side by side."""

from __future__ import annotations

import math
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.engine.interface import Running
from lmstudio_lite.finetune.protocol import Exported, ExportKind, Gate
from lmstudio_lite.services import Services
from lmstudio_lite.services.finetuning import Phase, RunRecord
from lmstudio_lite.services.jobs import Job, JobContext
from lmstudio_lite.services.trying import Answers, answer_side_by_side
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.finetune.step import StepPage
from lmstudio_lite.ui.finetune.wording import say_stage, say_verdict
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words import say_size

_STRENGTH_MAX = 200
_ANSWER_HEIGHT = 96


class ResultStep(StepPage):
    """Shows the run that the fourth step shows."""

    chat_requested = Signal(object, object, float)  # model's path, adapter's path or None, strength

    def __init__(self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._theme = theme
        self._record: RunRecord | None = None
        self._shown: object = None
        self._job: Job | None = None
        self.set_title(self.tr("What came of it"))
        self.verdict = Notice(theme, self, closable=False)
        self.waiting = text_label("", self, role="muted", wrap=True)
        self.notice = Notice(theme, self)
        content = QWidget(self)
        self._inner = QVBoxLayout(content)
        self._inner.setContentsMargins(0, 0, design.SPACE_8, 0)
        self._inner.setSpacing(design.SPACE_12)
        self._inner.addWidget(self.verdict)
        self._inner.addWidget(self.waiting)
        self.gate = GateTable(content)
        self._inner.addWidget(self.gate)
        self._files = QVBoxLayout()
        self._files.setSpacing(design.SPACE_8)
        self.file_rows: list[ExportRow] = []
        self._inner.addLayout(self._files)
        self.trial = self._build_trial(content)
        self._inner.addWidget(self.trial)
        self._inner.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(content)
        self.column.addWidget(self.notice)
        self.column.addWidget(scroll, 1)
        self.show_run(None)

    def show_run(self, record: RunRecord | None) -> None:
        """Show what a run made."""
        state = None
        if record is not None:
            state = (record.folder.path, record.phase, record.stage, record.gate, tuple(record.exports))
        if state == self._shown and self._shown is not None:
            return
        self._shown, self._record = state, record
        gate = record.gate if record is not None else None
        exports = record.exports if record is not None else []
        if gate is not None:
            what, reasons, kind = say_verdict(gate)
            self.verdict.show_message(what, reasons, kind=kind)
        else:
            self.verdict.clear()
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
        self.trial.setVisible(self._adapter() is not None)

    def _waiting_words(self, record: RunRecord | None) -> str:
        if record is None:
            return self.tr("Nothing has been trained yet. What comes of it is measured and shown here.")
        if record.is_active:
            return self.tr(
                "{0}. When it is done, what it learned is measured and the files are written."
            ).format(say_stage(record))
        if record.phase is not Phase.DONE:
            return self.tr("{0}. There are no files until it has come to its end.").format(say_stage(record))
        return "" if record.exports else self.tr("No files were asked for.")

    def _adapter(self) -> Path | None:
        """Return the adapter that was written, None if there is none."""
        exports = self._record.exports if self._record is not None else []
        adapters = (Path(export.path) for export in exports if export.kind is ExportKind.ADAPTER)
        return next((path for path in adapters if path.is_file()), None)

    def _build_trial(self, parent: QWidget) -> QFrame:
        frame = QFrame(parent)
        set_role(frame, "card")
        self.question_edit = QLineEdit(frame)
        self.question_edit.setPlaceholderText(self.tr("Ask both the same"))
        self.question_edit.setAccessibleName(self.tr("Question for both"))
        self.ask_button = text_button(self.tr("Ask"), frame, role="primary")
        self.strength = QSlider(Qt.Orientation.Horizontal, frame)
        self.strength.setRange(0, _STRENGTH_MAX)
        self.strength.setValue(100)
        self.strength.setMaximumWidth(200)
        self.strength.setAccessibleName(self.tr("Strength of the adapter"))
        self._strength_label = text_label("100 %", frame, role="small")
        self.base_answer, self.tuned_answer = self._answer(frame), self._answer(frame)
        top = QHBoxLayout()
        top.setSpacing(design.SPACE_8)
        top.addWidget(self.question_edit, 1)
        top.addWidget(self.ask_button)
        strength = QHBoxLayout()
        strength.setSpacing(design.SPACE_8)
        strength.addWidget(text_label(self.tr("Strength of the adapter"), frame, role="small"))
        strength.addWidget(self.strength, 1)
        strength.addWidget(self._strength_label)
        strength.addStretch(1)
        grid = QGridLayout()
        grid.setHorizontalSpacing(design.SPACE_16)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        grid.addWidget(text_label(self.tr("Base"), frame, role="small"), 0, 0)
        grid.addWidget(text_label(self.tr("Tuned"), frame, role="small"), 0, 1)
        grid.addWidget(self.base_answer, 1, 0)
        grid.addWidget(self.tuned_answer, 1, 1)
        column = QVBoxLayout(frame)
        column.setContentsMargins(design.SPACE_16, design.SPACE_12, design.SPACE_16, design.SPACE_12)
        column.setSpacing(design.SPACE_8)
        column.addWidget(text_label(self.tr("Side by side"), frame, role="heading"))
        column.addLayout(top)
        column.addLayout(strength)
        column.addLayout(grid)
        self.ask_button.clicked.connect(self._on_ask_clicked)
        self.question_edit.returnPressed.connect(self._on_ask_clicked)
        self.strength.valueChanged.connect(self._on_strength_changed)
        return frame

    def _answer(self, parent: QWidget) -> QLabel:
        label = text_label("", parent, wrap=True)
        label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.MinimumExpanding)
        label.setMinimumHeight(_ANSWER_HEIGHT)
        return label

    @Slot(int)
    def _on_strength_changed(self, percent: int) -> None:
        self._strength_label.setText(f"{percent} %")

    @Slot()
    def _on_ask_clicked(self) -> None:
        question, adapter, record = self.question_edit.text().strip(), self._adapter(), self._record
        if not question or adapter is None or record is None:
            return
        if self._job is not None:
            self._job.cancel()
        self.notice.clear()
        services, strength = self._services, self.strength.value() / 100
        base = Path(record.settings.base)
        self._show_answers(Answers("…", "…"))

        def work(context: JobContext) -> Answers:
            if services.engine.state.path != base:
                services.load_model(base, Running.FINISH)
            services.engine.wait_until_ready()
            return answer_side_by_side(
                services.engine, question, adapter, strength, context.report, context.cancellation
            )

        job: Job | None = None

        def end(then: object = None) -> None:
            if job is self._job:
                self._job = None
                if isinstance(then, Answers):
                    self._show_answers(then)
                elif isinstance(then, Exception):
                    self.notice.show_error(then)

        job = self._job = self._bridge.run(
            work,
            on_done=end,
            on_failed=end,
            on_progress=lambda answers: self._show_answers(answers) if job is self._job else None,
            on_cancelled=end,
        )

    def _show_answers(self, answers: Answers) -> None:
        self.base_answer.setText(answers.base)
        self.tuned_answer.setText(answers.tuned)

    def _chat(self, export: Exported) -> None:
        record = self._record
        assert record is not None
        if export.kind is ExportKind.ADAPTER:
            strength = self.strength.value() / 100
            self.chat_requested.emit(Path(record.settings.base), Path(export.path), strength)
        else:
            self.chat_requested.emit(Path(export.path), None, 1.0)


class GateTable(QWidget):
    """Losses and perplexities before and after."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(design.SPACE_24)
        grid.setVerticalSpacing(design.SPACE_4)
        for column, name in enumerate((self.tr("Perplexity (loss)"), self.tr("before"), self.tr("after"))):
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
        data = self.tr("On held-out examples") if gate.held_out else self.tr("On the examples themselves")
        rows = (
            (data, gate.data_before, gate.data_after),
            (self.tr("On general text"), gate.general_before, gate.general_after),
        )
        for cells, (name, before, after) in zip(self._cells, rows, strict=True):
            cells[0].setText(name)
            cells[1].setText(_perplexity(before))
            cells[2].setText(_perplexity(after))


class ExportRow(QFrame):
    """A file: what it is, that it was proven right, and what can be done with it."""

    def __init__(self, export: Exported, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "card")
        path = Path(export.path)
        name = ElidedLabel(self, role="heading", mode=Qt.TextElideMode.ElideMiddle)
        name.set_full_text(path.name)
        kind = self.tr("adapter") if export.kind is ExportKind.ADAPTER else self.tr("whole model")
        proof = self.tr("agrees with the training within {0} nats a token (allowed {1})").format(
            f"{export.kl:.4f}", f"{export.kl_limit:.3g}"
        )
        about = " · ".join((kind, export.file_type, say_size(export.num_bytes), proof))
        self.chat_button = text_button(self.tr("Chat with it"), self, role="primary")
        self.folder_button = text_button(self.tr("Show in folder"), self)
        self.chat_button.setEnabled(path.is_file())
        row = QHBoxLayout(self)
        row.setContentsMargins(design.SPACE_16, design.SPACE_8, design.SPACE_12, design.SPACE_8)
        row.setSpacing(design.SPACE_8)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(name)
        words.addWidget(text_label(about, self, role="small", wrap=True))
        row.addLayout(words, 1)
        row.addWidget(self.folder_button)
        row.addWidget(self.chat_button)
        folder = QUrl.fromLocalFile(str(path.parent))
        self.folder_button.clicked.connect(lambda: QDesktopServices.openUrl(folder))


def _perplexity(loss: float) -> str:
    value = math.exp(min(loss, 50.0))
    return f"{value:,.1f} ({loss:.3f})" if loss < 50 else f"∞ ({loss:.3f})"
