"""How a language model is born: stage by stage, with the numbers of this very run.

Follows the run while it trains; a slider goes back to how the model was at every evaluation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSlider, QVBoxLayout, QWidget

from lmstudio_lite.app.train import Lesson, RunRecord
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.finetune.lesson_stages import (
    AttentionStage,
    DataStage,
    EmbeddingStage,
    LossStage,
    TextStage,
    TokenizerStage,
)
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

if TYPE_CHECKING:
    from lmstudio_lite.ui.finetune.chart import LossChart

_Seen = TypeVar("_Seen")
_CHART_HEIGHT = 200
_SLIDER_WIDTH = 260


class LessonView(QWidget):
    """Six stages below each other. ``begin`` brings the curve's library in."""

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._record: RunRecord | None = None
        self._shown: object = None
        self.chart: LossChart | None = None
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setAccessibleName(tr("How far the training was"))
        self.slider.setMaximumWidth(_SLIDER_WIDTH)
        self._when = text_label("", self, role="small")
        content = QWidget(self)
        self.data = DataStage(content)
        self.tokenizer = TokenizerStage(bridge, theme, content)
        self.embedding = EmbeddingStage(theme, content)
        self.attention = AttentionStage(theme, content)
        self.loss = LossStage(theme, content)
        self.text = TextStage(content)
        self._lay_out(content)
        self.slider.valueChanged.connect(self._on_step_chosen)

    def _lay_out(self, content: QWidget) -> None:
        top = QHBoxLayout()
        top.setSpacing(design.SPACE_8)
        top.addWidget(text_label(tr("The model as it was"), self, role="small"))
        top.addWidget(self.slider, 1)
        top.addWidget(self._when)
        top.addStretch(1)
        stages = QVBoxLayout(content)
        stages.setContentsMargins(0, 0, design.SPACE_8, 0)
        stages.setSpacing(design.SPACE_12)
        for stage in (self.data, self.tokenizer, self.embedding, self.attention, self.loss, self.text):
            stages.addWidget(stage)
        stages.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(tr("How a language model is born"))
        area.setWidget(content)
        self.area = area
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(design.SPACE_8)
        column.addLayout(top)
        column.addWidget(area, 1)

    def begin(self) -> None:
        """Build the curve, whose library comes only now."""
        if self.chart is None:
            from lmstudio_lite.ui.finetune.chart import LossChart

            self.chart = LossChart(self._theme, self.loss)
            self.chart.setFixedHeight(_CHART_HEIGHT)
            self.loss.column.addWidget(self.chart)

    def show_run(self, record: RunRecord | None) -> None:
        """Show what a run has said so far; the slider stays at the newest unless it was moved away."""
        if record is not None and self.chart is not None:
            self.chart.show_run(record)
        lesson = record.lesson if record is not None else Lesson()
        samples = record.samples if record is not None else []
        evaluations = record.evaluations if record is not None else []
        folder = record.folder.path if record is not None else None
        counts = len(lesson.guesses), len(lesson.embeddings), len(samples), len(evaluations)
        state = (folder, lesson.texts, lesson.tokenizer, counts)
        if state == self._shown:
            return
        is_other = self._record is None or record is None or self._record.folder != record.folder
        follows = is_other or self.slider.value() == self.slider.maximum()
        self._record, self._shown = record, state
        count = max(0, len(lesson.guesses) - 1)
        self.slider.blockSignals(True)
        self.slider.setRange(0, count)
        if follows:
            self.slider.setValue(count)
        self.slider.blockSignals(False)
        self.slider.setEnabled(count > 0)
        self.data.show_texts(lesson.texts)
        self.tokenizer.show_run(record)
        self.text.show_samples(samples)
        self._show_moment()

    @Slot(int)
    def _on_step_chosen(self, _number: int) -> None:
        self._show_moment()

    def _show_moment(self) -> None:
        """Show the model at the step that the slider is at."""
        record, number = self._record, self.slider.value()
        lesson = record.lesson if record is not None else Lesson()
        guess = _at(lesson.guesses, number)
        self._when.setText(tr("after {0} steps").format(f"{guess.step:,}") if guess is not None else "")
        self.embedding.show_embedding(_at(lesson.embeddings, number))
        self.attention.show_attention(_at(lesson.attentions, number))
        self.loss.show_guess(guess, record.evaluations if record is not None else [])


def _at(events: list[_Seen], number: int) -> _Seen | None:
    return events[min(number, len(events) - 1)] if events else None
