"""The loss as it falls, or another measure, and another run's to compare with. Imports pyqtgraph."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyqtgraph
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lmstudio_lite.app.train import RunRecord
from lmstudio_lite.finetune.protocol import Evaluated, StepDone
from lmstudio_lite.ui.finetune.measures import Measure, say_measure, value_of
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import mix
from lmstudio_lite.words.translate import tr

_POINTS_MAX = 2000
_SMOOTHED_OVER = 20
_POINTS_OF_A_LINE = 2


class LossChart(QWidget):
    """Drawn anew with ``show_run``, at most a few times a second."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._record: RunRecord | None = None
        self._other: RunRecord | None = None
        self._measure = Measure.LOSS
        self.plot = pyqtgraph.PlotWidget(self, axisItems={"bottom": _StepAxis("bottom")})
        self.plot.setAccessibleName(tr("Error by step"))
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._legend = self.plot.addLegend(offset=(-8, 8))
        self._raw = self.plot.plot()
        self._smooth = self.plot.plot(name=tr("training"))
        self._validation = self.plot.plot(name=tr("held back"))
        self._compared = self.plot.plot()
        self._blind = pyqtgraph.InfiniteLine(angle=0, movable=False)
        self._blind_label = pyqtgraph.InfLineLabel(
            self._blind, "", position=0.5, anchors=[(0.5, 0), (0.5, 1)]
        )
        self.plot.addItem(self._blind)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def show_run(
        self, record: RunRecord | None, other: RunRecord | None = None, measure: Measure = Measure.LOSS
    ) -> None:
        """Draw a run's curves of ``measure``, and another's: of the loss what was held back, if a line."""
        self._record, self._other = record, other
        is_loss = measure is Measure.LOSS
        if measure is not self._measure:
            self._measure = measure
            self._name_axis()
        steps = _thinned(record.steps) if record is not None else []
        numbers, values = [step.step for step in steps], [value_of(measure, step) for step in steps]
        is_noisy = measure in (Measure.LOSS, Measure.NORM)
        self._raw.setData(*((numbers, values) if is_noisy else ([], [])))
        self._smooth.setData(numbers, _smoothed(values) if is_noisy else values)
        evaluations = record.evaluations if record is not None and is_loss else []
        self._validation.setData(*_points(evaluations))
        other_points = _points(other.evaluations) if other is not None and is_loss else ([], [])
        if other is not None and len(other_points[0]) < _POINTS_OF_A_LINE:
            thinned = _thinned(other.steps)
            others = [value_of(measure, step) for step in thinned]
            other_points = ([step.step for step in thinned], _smoothed(others) if is_noisy else others)
        self._compared.setData(*other_points)
        self._show_blind_guess(record if is_loss else None)
        self._legend.removeItem(self._compared)
        if other is not None:
            self._legend.addItem(self._compared, tr("compared run"))
            self._legend.setLabelTextColor(self._theme.tokens.muted)

    def _show_blind_guess(self, record: RunRecord | None) -> None:
        """Draw the loss of a model that gives every token the same: where one from nothing begins."""
        guesses = record.lesson.guesses if record is not None else []
        self._blind.setVisible(bool(guesses))
        if guesses:
            size, blind = guesses[0].vocabulary_size, math.log(guesses[0].vocabulary_size)
            self._blind.setValue(blind)
            self._blind_label.setFormat(tr("a blind guess: ln {0} = {1}").format(f"{size:,}", f"{blind:.2f}"))

    def _name_axis(self) -> None:
        self.plot.setAccessibleName(tr("{0} by step").format(say_measure(self._measure)))
        self.plot.setLabel("left", say_measure(self._measure), color=self._theme.tokens.muted)

    @Slot()
    def _on_theme_changed(self) -> None:
        tokens = self._theme.tokens
        self.plot.setBackground(QColor(tokens.page))
        pen = pyqtgraph.mkPen
        self._raw.setPen(pen(mix(tokens.accent, tokens.page, 0.3), width=1))
        self._smooth.setPen(pen(tokens.accent, width=2))
        self._validation.setPen(pen(tokens.warning, width=2))
        self._validation.setSymbol("o")
        self._validation.setSymbolSize(6)
        self._validation.setSymbolBrush(tokens.warning)
        self._validation.setSymbolPen(tokens.warning)
        self._compared.setPen(pen(tokens.muted, width=1.5, style=Qt.PenStyle.DashLine))
        self._blind.setPen(pen(tokens.muted, width=1, style=Qt.PenStyle.DotLine))
        self._blind_label.setColor(QColor(tokens.muted))
        self._legend.setLabelTextColor(tokens.muted)
        for sample, label in self._legend.items:
            label.setText(label.text)
            sample.update()
        for name in ("left", "bottom"):
            axis = self.plot.getAxis(name)
            axis.setPen(tokens.line)
            axis.setTextPen(tokens.muted)
            axis.setTickFont(self._theme.ui_font(0.85))
        self.plot.setLabel("bottom", tr("step"), color=tokens.muted)
        self._name_axis()
        self.plot.showGrid(x=False, y=True, alpha=0.15)


class _StepAxis(pyqtgraph.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Between two steps there is nothing to mark."""

    def tickSpacing(self, minimum: float, maximum: float, size: float) -> list[tuple[float, float]]:
        spacings = super().tickSpacing(minimum, maximum, size)
        return [(spacing, offset) for spacing, offset in spacings if spacing >= 1] or [(1.0, 0.0)]


def _points(evaluations: Sequence[Evaluated]) -> tuple[list[int], list[float]]:
    shown = list(evaluations)
    return [evaluated.step for evaluated in shown], [evaluated.validation_loss for evaluated in shown]


def _thinned(steps: Sequence[StepDone]) -> list[StepDone]:
    """Return at most so many points that drawing stays quick."""
    every = max(1, len(steps) // _POINTS_MAX)
    return list(steps[::every])


def _smoothed(losses: Sequence[float]) -> list[float]:
    """Return the running mean, exponentially weighted and corrected for its beginning (as Adam does)."""
    share = 2 / (1 + min(_SMOOTHED_OVER, max(1, len(losses) // 5)))
    mean, weight, smooth = 0.0, 0.0, []
    for loss in losses:
        mean = mean * (1 - share) + loss * share
        weight = weight * (1 - share) + share
        smooth.append(mean / weight)
    return smooth
