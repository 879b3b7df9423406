"""What stands below the curve: the newest numbers, and the answers to the user's own questions."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QSizePolicy, QWidget

from lmstudio_lite.app.train import RunRecord
from lmstudio_lite.finetune.protocol import Sample
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.words import say_size
from lmstudio_lite.words.translate import tr


class NumbersRow(QWidget):
    """The newest numbers in a row."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        names = (
            tr("Error"),
            tr("Error, held back"),
            tr("Learning rate"),
            tr("Tokens a second"),
            tr("Memory"),
        )
        self.values: list[QLabel] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(0)
        for number, name in enumerate(names):
            value = text_label("–", self, role="heading")
            value.setAccessibleName(name)
            grid.addWidget(value, 0, number)
            name_label = text_label(name, self, role="small", wrap=True)
            grid.addWidget(name_label, 1, number, Qt.AlignmentFlag.AlignTop)
            grid.setColumnStretch(number, 1)
            self.values.append(value)

    def show_run(self, record: RunRecord | None) -> None:
        step = record.steps[-1] if record is not None and record.steps else None
        evaluated = record.evaluations[-1] if record is not None and record.evaluations else None
        words = ["–"] * len(self.values)
        if step is not None:
            words = [
                f"{step.loss:.3f}",
                "–",
                f"{step.learning_rate:.2e}",
                f"{step.tokens_per_s:,.0f}",
                say_size(step.memory_bytes),
            ]
        if evaluated is not None:
            words[1] = f"{evaluated.validation_loss:.3f}"
        for label, text in zip(self.values, words, strict=True):
            label.setText(text)


class SamplesView(QScrollArea):
    """The answers to the user's own questions: the base model's beside the newest."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setAccessibleName(tr("Answers to your test questions"))
        self._content = QWidget(self)
        self._grid = QGridLayout(self._content)
        self._grid.setContentsMargins(0, 0, design.SPACE_8, 0)
        self._grid.setHorizontalSpacing(design.SPACE_16)
        self._grid.setVerticalSpacing(design.SPACE_8)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        self.setWidget(self._content)
        self._shown: list[Sample] | None = None
        self.show_samples([])

    def show_samples(self, samples: list[Sample]) -> None:
        """Show the newest answer to each question beside the base's."""
        if self._shown == samples:
            return
        self._shown = list(samples)
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for row in range(self._grid.rowCount()):
            self._grid.setRowStretch(row, 0)
        if not samples:
            words = tr("Write test questions in the settings: their answers appear here as it learns.")
            self._put(0, 0, words, "muted", span=2)
        row = 0
        for prompt in dict.fromkeys(sample.prompt for sample in samples):
            answers = [sample for sample in samples if sample.prompt == prompt]
            base = next((sample.answer for sample in answers if sample.step == 0), "")
            newest = answers[-1]
            self._put(row, 0, prompt, "heading", span=2)
            self._put(row + 1, 0, tr("before"), "small")
            after = tr("after {0} steps").format(f"{newest.step:,}") if newest.step else "…"
            self._put(row + 1, 1, after, "small")
            self._put(row + 2, 0, base or "…", "")
            self._put(row + 2, 1, newest.answer if newest.step else "…", "")
            row += 3
        self._grid.setRowStretch(row + 1, 1)

    def _put(self, row: int, column: int, text: str, role: str, *, span: int = 1) -> None:
        label = text_label(text, self._content, role=role, wrap=True)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        self._grid.addWidget(label, row, column, 1, span)
