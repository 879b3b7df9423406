"""The fourth step: the training as it goes, and the runs that were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QProgressBar,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.train import RunRecord, failure_of
from lmstudio_lite.domain.training import Phase
from lmstudio_lite.finetune.protocol import Delay, Method, RunFailed, Stage
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.choice_box import ChoiceBox
from lmstudio_lite.ui.controls import choice_box, text_button, text_label
from lmstudio_lite.ui.finetune.comparison import say_comparison
from lmstudio_lite.ui.finetune.draft import FinetuneDraft
from lmstudio_lite.ui.finetune.lesson_view import LessonView
from lmstudio_lite.ui.finetune.measures import Measure, say_measure
from lmstudio_lite.ui.finetune.run_control import RunControl
from lmstudio_lite.ui.finetune.step import StepPage
from lmstudio_lite.ui.finetune.train_views import NumbersRow, SamplesView
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words import say_duration
from lmstudio_lite.words.runs import say_delay, say_times, say_training
from lmstudio_lite.words.translate import tr

if TYPE_CHECKING:
    from lmstudio_lite.ui.finetune.chart import LossChart

_CURVES, _ANSWERS, _LESSON = range(3)
_CHART_HEIGHT = 190
_RUN_NAME_LENGTH = 14


class TrainStep(StepPage):
    """Shows the run that goes on, or the one chosen among those that were."""

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        theme: Theme,
        draft: FinetuneDraft,
        runs: RunControl,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._theme = theme
        self._draft = draft
        self._runs = runs
        self._history: list[RunRecord] = []
        self._chosen: RunRecord | None = None
        self._told: RunFailed | None = None
        self.set_title(tr("Train"))
        self._make_controls()
        self._make_views(bridge)
        self._make_choices()
        self._lay_out()
        self._connect()
        self._show()

    def _make_controls(self) -> None:
        """Make what says how the training goes, and the buttons for it."""
        self.state = text_label("", self, role="heading", wrap=True)
        self.about = text_label("", self, role="small", wrap=True)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName(tr("How much of the training is done"))
        self.start_button = text_button(tr("Start training"), self, role="primary")
        self.pause_button = text_button(tr("Pause"), self)
        self.stop_button = text_button(tr("Stop and keep"), self)
        self.cancel_button = text_button(tr("Stop without a result"), self, role="quiet")
        self.resume_button = text_button(tr("Continue training"), self)
        self.give_up_button = text_button(tr("Do not continue"), self, role="quiet")
        self.notice = Notice(self._theme, self)

    def _make_views(self, bridge: Bridge) -> None:
        """Make the pages: the curve, the answers, and how a model is born."""
        self.tabs = QTabBar(self)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.tabs.setAccessibleName(tr("Curve and answers"))
        self.tabs.addTab(tr("Curve"))
        self.tabs.addTab(tr("Answers"))
        self.tabs.addTab(tr("How it is born"))
        self.chart: LossChart | None = None
        self._chart_page = QWidget(self)
        self._chart_column = QVBoxLayout(self._chart_page)
        self._chart_column.setContentsMargins(0, 0, 0, 0)
        self._chart_column.setSpacing(0)
        self.samples = SamplesView(self)
        self.comparison = text_label("", self, role="small", wrap=True)
        self.comparison.hide()
        self.lesson = LessonView(bridge, self._theme, self)
        self._was_from_nothing = False
        self._views = QStackedWidget(self)
        self._views.setMinimumHeight(_CHART_HEIGHT)
        self._views.addWidget(self._chart_page)
        self._views.addWidget(self.samples)
        self._views.addWidget(self.lesson)
        self.numbers = NumbersRow(self)

    def _make_choices(self) -> None:
        """Make the boxes that choose what the curve shows, and of which runs."""
        self.measure_box = choice_box(
            self, [(say_measure(measure), measure) for measure in Measure], Measure.LOSS
        )
        self.measure_box.setAccessibleName(tr("What the curve shows"))
        self._chart_column.addWidget(self.measure_box, 0, Qt.AlignmentFlag.AlignLeading)
        self._chart_column.addWidget(self.comparison)
        self.run_box = ChoiceBox(self)
        self.run_box.setAccessibleName(tr("Run"))
        self.run_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.run_box.setMinimumContentsLength(_RUN_NAME_LENGTH)
        self.compare_box = ChoiceBox(self)
        self.compare_box.setAccessibleName(tr("Compare with"))
        self.compare_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.compare_box.setMinimumContentsLength(_RUN_NAME_LENGTH)

    @property
    def shown(self) -> RunRecord | None:
        """The run on the page."""
        return self._chosen or self._runs.record or self._runs.interrupted

    def begin(self) -> None:
        """Bring the curve in, which takes its library, and read the runs that were."""
        if self.chart is None:
            from lmstudio_lite.ui.finetune.chart import LossChart

            self.chart = LossChart(self._theme, self._chart_page)
            self._chart_column.insertWidget(1, self.chart, 1)
            self.lesson.begin()
        self._runs.read_history()
        self._show()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(design.SPACE_8)
        for button in (
            self.start_button,
            self.pause_button,
            self.stop_button,
            self.resume_button,
            self.give_up_button,
            self.cancel_button,
        ):
            buttons.addWidget(button)
        buttons.addStretch(1)
        history = QHBoxLayout()
        history.setSpacing(design.SPACE_8)
        self._compare_label = text_label(tr("compared with"), self, role="small")
        history.addWidget(text_label(tr("Run"), self, role="small"))
        history.addWidget(self.run_box, 2)
        history.addWidget(self._compare_label)
        history.addWidget(self.compare_box, 2)
        history.addStretch(1)
        self.column.addWidget(self.notice)
        self.column.addWidget(self.state)
        self.column.addWidget(self.about)
        self.column.addWidget(self.bar)
        self.column.addLayout(buttons)
        self.column.addLayout(history)
        # A row of its own: beside the boxes large text would have no room.
        self.column.addWidget(self.tabs)
        self.column.addWidget(self._views, 1)
        self.column.addWidget(self.numbers)

    def _connect(self) -> None:
        runs = self._runs
        self.start_button.clicked.connect(self._on_start_clicked)
        self.pause_button.clicked.connect(self._on_pause_clicked)
        self.stop_button.clicked.connect(lambda: runs.stop_and_keep())
        self.cancel_button.clicked.connect(lambda: runs.cancel())
        self.resume_button.clicked.connect(self._on_resume_clicked)
        self.give_up_button.clicked.connect(self._on_give_up_clicked)
        self.tabs.currentChanged.connect(self._on_tab_changed)
        self.run_box.activated.connect(self._on_run_chosen)
        self.compare_box.activated.connect(self._show)
        self.measure_box.currentIndexChanged.connect(self._show)
        runs.changed.connect(self._on_runs_changed)
        runs.failed.connect(self.notice.show_error)
        runs.history_read.connect(self._on_history_read)
        self._draft.changed.connect(self._show)

    @Slot(int)
    def _on_tab_changed(self, number: int) -> None:
        """The lesson is long and has the curve in it: it gets the room that the numbers take."""
        self._views.setCurrentIndex(number)
        for widget in (self.numbers, self.compare_box, self._compare_label):
            widget.setVisible(number != _LESSON)

    @Slot()
    def _on_start_clicked(self) -> None:
        collection = self._draft.data.collection
        if collection is None:
            return
        self.notice.clear()
        self._chosen = None
        self._runs.start(self._draft.settings, collection, self._draft.split_options())

    @Slot()
    def _on_pause_clicked(self) -> None:
        record = self._runs.record
        if record is not None and record.phase is Phase.PAUSED:
            self._runs.resume()
        else:
            self._runs.pause()

    @Slot()
    def _on_resume_clicked(self) -> None:
        record = self.shown
        if record is not None:
            self.notice.clear()
            self._chosen = None
            self._runs.take_up(record.folder)

    @Slot()
    def _on_give_up_clicked(self) -> None:
        record = self.shown
        if record is not None:
            self._runs.give_up(record.folder)

    @Slot(int)
    def _on_run_chosen(self, number: int) -> None:
        chosen = self._history[number] if number < len(self._history) else None
        self._chosen = chosen if chosen is not self._runs.record else None
        self._show()

    @Slot()
    def _on_runs_changed(self) -> None:
        record, chosen = self._runs.record, self._chosen
        if record is not None and chosen is not None and chosen.folder == record.folder:
            self._chosen = None  # What was read from the disk goes on now.
        if record is not None and record not in self._history and not self._runs.is_starting:
            self._runs.read_history()
        self._show()

    @Slot(object)
    def _on_history_read(self, history: list[RunRecord]) -> None:
        chosen = self._chosen.folder.path if self._chosen is not None else None
        compared = self.compare_box.currentData()
        self._history = history
        self.run_box.clear()
        self.compare_box.clear()
        self.compare_box.addItem(tr("nothing"), "")
        names = _names(history)
        for record, name in zip(history, names, strict=True):
            self.run_box.addItem(name, str(record.folder.path))
            self.compare_box.addItem(name, str(record.folder.path))
        if chosen is not None:
            self._chosen = next((record for record in history if record.folder.path == chosen), None)
        if self._chosen is None and self._runs.record is None and history:
            self._chosen = history[0]
        self.compare_box.setCurrentIndex(max(0, self.compare_box.findData(compared)))
        self._draft.learn_speed(history)
        self._show()

    @Slot()
    def _show(self, _number: int = 0) -> None:
        record, is_active = self.shown, self._runs.is_active
        is_current = record is not None and record is self._runs.record
        running = is_current and record is not None and record.is_active and record.exporting is None
        missing = not self._services.training_tools.are_there
        self.start_button.setVisible(not is_active)
        self.start_button.setEnabled(self._draft.can_train and not missing)
        self.start_button.setText(tr("Start training") if record is None else tr("Start another training"))
        for button in (self.pause_button, self.stop_button, self.cancel_button):
            button.setVisible(running)
        is_training = running and record is not None and record.stage in (Stage.TRAINING, Stage.EVALUATING)
        self.pause_button.setEnabled(is_training)
        self.stop_button.setEnabled(is_training)
        is_paused = record is not None and record.phase is Phase.PAUSED
        self.pause_button.setText(tr("Go on") if is_paused else tr("Pause"))
        can_resume = (
            record is not None
            and not is_active
            and record.phase in (Phase.STOPPED, Phase.INTERRUPTED, Phase.FAILED)
        )
        self.resume_button.setVisible(can_resume)
        is_offered = can_resume and record is not None and record.phase is Phase.INTERRUPTED
        set_role(self.resume_button, "primary" if is_offered else "")
        set_role(self.start_button, "" if is_offered else "primary")
        self.give_up_button.setVisible(is_offered and record is not self._runs.record)
        for box in (self.run_box, self.compare_box):
            box.setEnabled(bool(self._history))
        self._show_state(record, missing=missing)
        if record is not None:
            place = self.run_box.findData(str(record.folder.path))
            self.run_box.setCurrentIndex(place)
            if self.compare_box.currentData() == str(record.folder.path):
                self.compare_box.setCurrentIndex(0)  # A run is not compared with itself.
        if self.chart is not None:
            compared = self.compare_box.currentData()
            other = next((run for run in self._history if str(run.folder.path) == compared), None)
            measure = Measure(self.measure_box.currentData())
            other = other if other is not record else None
            self.chart.show_run(record, other, measure)
            self.comparison.setText(say_comparison(record, other) if record and other else "")
            self.comparison.setVisible(bool(self.comparison.text()))
        self._show_lesson(record)
        self.numbers.show_run(record)
        self.samples.show_samples(record.samples if record is not None else [])

    def _show_lesson(self, record: RunRecord | None) -> None:
        """Only a model from nothing shows how it is born; then that comes first."""
        is_from_nothing = record is not None and record.settings.method is Method.SCRATCH
        self.tabs.setTabVisible(_LESSON, is_from_nothing)
        self.tabs.setTabVisible(_ANSWERS, not is_from_nothing)
        self.lesson.show_run(record if is_from_nothing else None)
        if is_from_nothing != self._was_from_nothing:
            self._was_from_nothing = is_from_nothing
            self.tabs.updateGeometry()  # Tabs that come and go don't ask for it.
            self.tabs.setCurrentIndex(_LESSON if is_from_nothing else _CURVES)

    def _show_state(self, record: RunRecord | None, *, missing: bool) -> None:
        if self._runs.is_starting:
            self.state.setText(tr("Starting"))
            self.about.setText(tr("The data is divided and written."))
            self.bar.setRange(0, 0)
            return
        self.bar.setRange(0, 1000)
        if record is None:
            self.bar.setValue(0)
            self.state.setText(tr("Nothing has been trained yet."))
            self.about.setText(self._missing_words(missing=missing))
            return
        self.state.setText(say_training(record))
        self.about.setText(self._about(record))
        progress = record.progress
        is_over = not record.is_active or record.exporting is not None
        if record.stage in (Stage.TRAINING, Stage.EVALUATING) or is_over:
            self.bar.setValue(round(record.fraction * 1000))
        elif progress is not None and progress.num_total:
            self.bar.setValue(round(progress.num_done / progress.num_total * 1000))
        else:
            self.bar.setRange(0, 0)
        if record.failure is not self._told:
            self._told = record.failure
            error = failure_of(record)
            if error is not None:
                self.notice.show_error(error)

    def _missing_words(self, *, missing: bool) -> str:
        if missing:
            return tr("The training components are missing; the first step says how to add them.")
        if not self._draft.has_model:
            return tr("Choose a model first.")
        if self._draft.data.collection is None:
            return tr("Choose examples first.")
        if not self._draft.can_train:
            return tr("There is no example to learn from yet.")
        ready = tr("Everything is ready. It can be paused, and this window closed, at any time.")
        times = self._draft.times()
        return f"{ready} {say_times(times)}." if times is not None else ready

    def _about(self, record: RunRecord) -> str:
        parts = []
        if record.steps:
            last = record.steps[-1]
            parts.append(tr("step {0} of {1}").format(f"{last.step:,}", f"{last.num_steps:,}"))
            if record.phase is Phase.RUNNING and record.stage in (Stage.TRAINING, Stage.EVALUATING):
                parts.append(tr("about {0} left in all").format(say_duration(last.seconds_left)))
        if record.plan is not None:
            parts.append(f"{record.plan.device}, {record.plan.precision}")
        if record.checkpoint is not None:
            parts.append(tr("saved at step {0}").format(f"{record.checkpoint.step:,}"))
        if record.steps and record.steps[-1].delay is not None and record.is_active:
            parts.append(say_delay(record.steps[-1].delay))
        elif record.shrunk is not None:
            parts.append(say_delay(Delay.MEMORY))
        if record.exporting is not None:
            parts.append(tr("a further file is being written, see the next step"))
        return " · ".join(parts)


def _names(records: Sequence[RunRecord]) -> list[str]:
    """Name runs by when they began and what they are called, to the second only where that is needed."""
    short = [_name(record, 4) for record in records]
    return [
        _name(record, 6) if short.count(name) > 1 else name
        for record, name in zip(records, short, strict=True)
    ]


def _name(record: RunRecord, num_digits: int) -> str:
    day, _, rest = record.folder.path.name.partition(" ")
    clock, _, slug = rest.partition(" ")
    shown = record.settings.name or slug
    if len(clock) != 6:
        return record.folder.path.name
    return f"{shown} · {day[5:]} {':'.join(clock[at : at + 2] for at in range(0, num_digits, 2))}"
