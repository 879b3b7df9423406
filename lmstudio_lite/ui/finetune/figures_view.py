"""The data in numbers: examples, tokens, lengths as bars, repeats, languages, and what to be warned of."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from lmstudio_lite.finetune.data.figures import DataWarning, Figures
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import mix
from lmstudio_lite.words.languages import say_language
from lmstudio_lite.words.training_data import say_warning
from lmstudio_lite.words.translate import tr

_BARS_HEIGHT = 88
_BAR_GAP = 2
_WARNINGS_SHOWN = 3


class FiguresView(QScrollArea):
    """Shows ``Figures``."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setAccessibleName(tr("The data in numbers"))
        content = QWidget(self)
        self.warnings = [Notice(theme, content, closable=False) for _ in range(_WARNINGS_SHOWN)]
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(design.SPACE_24)
        self._grid.setVerticalSpacing(design.SPACE_8)
        self._grid.setColumnStretch(1, 1)
        self._labels = [
            (text_label("", content, role="muted"), text_label("", content, wrap=True)) for _ in range(7)
        ]
        for row, (name, value) in enumerate(self._labels):
            self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, row, 1)
        self.bars = LengthBars(theme, content)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, design.SPACE_8, 0)
        column.setSpacing(design.SPACE_12)
        for warning in self.warnings:
            column.addWidget(warning)
        column.addLayout(self._grid)
        column.addWidget(text_label(tr("Lengths, from short to long"), content, role="muted", wrap=True))
        column.addWidget(self.bars)
        column.addStretch(1)
        self.setWidget(content)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:
            self._fit()
        return super().viewportEvent(event)

    def _fit(self) -> None:
        """Be as high as the words need at this width; a scrolled layout would rather cut them."""
        content = self.widget()
        layout = content.layout() if content is not None else None
        assert content is not None
        assert layout is not None
        width = max(self.viewport().width(), layout.totalMinimumSize().width())
        content.setMinimumHeight(layout.totalHeightForWidth(width))

    def show_figures(self, figures: Figures, warnings: list[DataWarning]) -> None:
        """Show the numbers of a collection."""
        for notice, warning in zip(self.warnings, warnings, strict=False):
            what, remedy = say_warning(warning)
            notice.show_message(what, remedy, kind="warning")
        for notice in self.warnings[len(warnings) :]:
            notice.clear()
        lengths = figures.lengths
        about = tr("about {0}") if figures.is_estimated else "{0}"
        rows = (
            (tr("Examples"), f"{figures.num_examples:,}"),
            (tr("Conversations"), f"{figures.num_conversations:,}"),
            (tr("Tokens"), about.format(f"{figures.num_tokens:,}")),
            (
                tr("Length"),
                tr("half are up to {0} tokens, 99 % up to {1}, the longest {2}").format(
                    f"{lengths.median:,}", f"{lengths.p99:,}", f"{lengths.longest:,}"
                ),
            ),
            (tr("Repeats"), f"{figures.num_duplicates:,}"),
            (tr("Left out"), f"{figures.num_left_out:,}"),
            (tr("Languages"), self._languages(figures)),
        )
        for (name, value), (name_words, value_words) in zip(self._labels, rows, strict=True):
            name.setText(name_words)
            value.setText(value_words)
        self.bars.show_bars(lengths.histogram)
        self._fit()

    def _languages(self, figures: Figures) -> str:
        named = (
            f"{say_language(code)} {share * 100:.0f} %" for code, share in figures.languages if share >= 0.02
        )
        return ", ".join(named) or tr("can't be told")


class LengthBars(QWidget):
    """A histogram without numbers: the shape is what matters."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bars: tuple[int, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("How long the examples are"))
        theme.changed.connect(self.update)

    def show_bars(self, bars: tuple[int, ...]) -> None:
        self._bars = bars
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, _BARS_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, highest = self._theme.tokens, max(self._bars, default=0)
        if not highest:
            return
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(mix(tokens.accent, tokens.page, 0.55)))
        width = (self.width() + _BAR_GAP) / len(self._bars)
        for number, bar in enumerate(self._bars):
            height = max(1.0 if bar else 0.0, bar / highest * (self.height() - 2))
            painter.drawRect(QRectF(number * width, self.height() - height, width - _BAR_GAP, height))
        painter.setBrush(QColor(tokens.line))
        painter.drawRect(QRectF(0, self.height() - 1, self.width(), 1))
        painter.end()
