"""Where what was trained is tried: beside its base, or, born from nothing, going on with a text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.train import RunRecord
from lmstudio_lite.app.trying import Answers, answer_in_turn, answer_side_by_side, go_on
from lmstudio_lite.domain.engine import Running
from lmstudio_lite.finetune.protocol import ExportKind, Method
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.theme import set_role
from lmstudio_lite.words.translate import tr

_STRENGTH_MAX = 200
_ANSWER_HEIGHT = 96


class TrialBox(QFrame):
    """An adapter has a strength; whole models are asked one after the other."""

    failed = Signal(object)  # Exception
    asked = Signal()

    def __init__(self, services: Services, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "card")
        self._services = services
        self._bridge = bridge
        self._record: RunRecord | None = None
        self._job: Job | None = None
        self._title = text_label("", self, role="heading")
        self.question_edit = QLineEdit(self)
        self.ask_button = text_button("", self, role="primary")
        self.strength = QSlider(Qt.Orientation.Horizontal, self)
        self.strength.setRange(0, _STRENGTH_MAX)
        self.strength.setValue(100)
        self.strength.setMaximumWidth(200)
        self.strength.setAccessibleName(tr("Strength of the adapter"))
        self._strength_label = text_label("100 %", self, role="small")
        self._strength_row = QWidget(self)
        self.base_answer, self.tuned_answer = self._answer(), self._answer()
        self._base_title = text_label(tr("Base"), self, role="small")
        self._tuned_title = text_label("", self, role="small")
        self._lay_out()
        self.ask_button.clicked.connect(self._on_ask_clicked)
        self.question_edit.returnPressed.connect(self._on_ask_clicked)
        self.strength.valueChanged.connect(self._on_strength_changed)

    def show_run(self, record: RunRecord | None) -> None:
        """Offer what can be tried of a run; nothing where it wrote no file."""
        before, self._record = self._record, record
        self.setVisible(self.adapter() is not None or self._whole() is not None)
        if record is None:
            return
        if before is None or before.folder != record.folder:
            self._show(Answers())
        is_from_nothing = self._is_from_nothing
        self._title.setText(tr("Let it write") if is_from_nothing else tr("Side by side"))
        name = tr("Beginning of a text") if is_from_nothing else tr("Question for both")
        hint = tr("Begin a text") if is_from_nothing else tr("Ask both the same")
        self.question_edit.setAccessibleName(name)
        self.question_edit.setPlaceholderText(hint)
        self.ask_button.setText(tr("Go on") if is_from_nothing else tr("Ask"))
        self._tuned_title.setText(tr("It goes on") if is_from_nothing else tr("Tuned"))
        for widget in (self._base_title, self.base_answer):
            widget.setVisible(not is_from_nothing)
        self._strength_row.setVisible(self.adapter() is not None)
        self._grid.setColumnStretch(0, 0 if is_from_nothing else 1)
        self._grid.setHorizontalSpacing(0 if is_from_nothing else design.SPACE_16)

    def adapter(self) -> Path | None:
        """Return the adapter that was written, None if there is none."""
        return self._file(ExportKind.ADAPTER)

    @property
    def _is_from_nothing(self) -> bool:
        return self._record is not None and self._record.settings.method is Method.SCRATCH

    def _whole(self) -> Path | None:
        return self._file(ExportKind.MERGED)

    def _file(self, kind: ExportKind) -> Path | None:
        exports = self._record.exports if self._record is not None else []
        paths = (Path(export.path) for export in exports if export.kind is kind)
        return next((path for path in paths if path.is_file()), None)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(design.SPACE_8)
        top.addWidget(self.question_edit, 1)
        top.addWidget(self.ask_button)
        strength = QHBoxLayout(self._strength_row)
        strength.setContentsMargins(0, 0, 0, 0)
        strength.setSpacing(design.SPACE_8)
        strength.addWidget(text_label(tr("Strength of the adapter"), self, role="small"))
        strength.addWidget(self.strength, 1)
        strength.addWidget(self._strength_label)
        strength.addStretch(1)
        grid = self._grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._base_title, 0, 0)
        grid.addWidget(self._tuned_title, 0, 1)
        grid.addWidget(self.base_answer, 1, 0)
        grid.addWidget(self.tuned_answer, 1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_16, design.SPACE_12, design.SPACE_16, design.SPACE_12)
        column.setSpacing(design.SPACE_8)
        column.addWidget(self._title)
        column.addLayout(top)
        column.addWidget(self._strength_row)
        column.addLayout(grid)

    def _answer(self) -> QLabel:
        label = text_label("", self, wrap=True)
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
        question = self.question_edit.text().strip()
        work = self._work(question) if question else None
        if work is None:
            return
        if self._job is not None:
            self._job.cancel()
        self.asked.emit()
        self._show(Answers("…", "…"))
        job: Job | None = None

        def end(then: object = None) -> None:
            if job is self._job:
                self._job = None
                if isinstance(then, Answers):
                    self._show(then)
                elif isinstance(then, Exception):
                    self.failed.emit(then)

        job = self._job = self._bridge.run(
            work,
            on_done=end,
            on_failed=end,
            on_progress=lambda answers: self._show(answers) if job is self._job else None,
            on_cancelled=end,
        )

    def _work(self, question: str) -> Callable[[JobContext], Answers] | None:
        """Return what answers the question, None where there is no file to ask."""
        services, record, strength = self._services, self._record, self.strength.value() / 100
        adapter, whole = self.adapter(), self._whole()
        if record is None:
            return None
        base = Path(record.settings.base)

        def load(path: Path) -> None:
            if services.engine.state.path != path:
                services.load_model(path, Running.FINISH)
            services.engine.wait_until_ready()

        def beside(context: JobContext) -> Answers:
            assert adapter is not None
            load(base)
            return answer_side_by_side(
                services.engine, question, adapter, strength, context.report, context.cancellation
            )

        def in_turn(context: JobContext) -> Answers:
            assert whole is not None
            engine, report, cancellation = services.engine, context.report, context.cancellation
            return answer_in_turn(engine, load, question, base, whole, report, cancellation)

        def onwards(context: JobContext) -> Answers:
            assert whole is not None
            load(whole)
            text = go_on(
                services.engine,
                question,
                lambda text: context.report(Answers("", question + text)),
                context.cancellation,
            )
            return Answers("", question + text)

        if adapter is not None:
            return beside
        if whole is None:
            return None
        return onwards if self._is_from_nothing else in_turn

    def _show(self, answers: Answers) -> None:
        self.base_answer.setText(answers.base)
        self.tuned_answer.setText(answers.tuned)
