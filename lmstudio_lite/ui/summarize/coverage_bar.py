"""A thin strip along the source: what was read, what was left out, what is missing, what is spoken of."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from lmstudio_lite.app.summaries import Coverage, Span
from lmstudio_lite.domain.inventory import Part
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import mix
from lmstudio_lite.words.inventory import say_places
from lmstudio_lite.words.translate import tr

_WIDTH = 12
_STRIP_WIDTH = 6
_LEAST_HEIGHT = 2.0
_GAP_HEIGHT = 3.0
_GAP_SLACK = 3.0


class CoverageBar(QWidget):
    """Drawn from top to bottom as the text runs; a click asks for the place."""

    place_chosen = Signal(int)  # offset in the text

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._coverage = Coverage()
        self.setFixedWidth(_WIDTH)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(tr("What was read of the source"))
        theme.changed.connect(self.update)

    @property
    def coverage(self) -> Coverage:
        return self._coverage

    def set_coverage(self, coverage: Coverage) -> None:
        """Draw other ranges."""
        if coverage != self._coverage:
            self._coverage = coverage
            missing = [part for _, part in coverage.gaps]
            self.setAccessibleDescription(tr("Not read: {0}").format(say_places(missing)) if missing else "")
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, 80)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, coverage = self._theme.tokens, self._coverage
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = (self.width() - _STRIP_WIDTH) / 2
        painter.fillRect(QRectF(left, 0, _STRIP_WIDTH, self.height()), QColor(tokens.pressed))
        if coverage.length:
            self._fill(painter, coverage.read, QColor(mix(tokens.accent, tokens.page, 0.3)))
            hatched = QBrush(QColor(tokens.muted), Qt.BrushStyle.BDiagPattern)
            self._fill(painter, coverage.left_out, QColor(tokens.pressed))
            self._fill(painter, coverage.left_out, hatched)
            self._fill(painter, coverage.spoken_of, QColor(tokens.accent))
            for top in {round(self._top_of_gap(offset)) for offset, _ in coverage.gaps}:
                painter.fillRect(QRectF(0, top, self.width(), _GAP_HEIGHT), QColor(tokens.warning))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._coverage.length:
            self.place_chosen.emit(self._offset_at(event.position().y()))

    def event(self, event: QEvent) -> bool:
        """Say what stands under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._coverage.length:
            QToolTip.showText(event.globalPos(), plain_tip(self._words_at(event.pos().y())), self)
            return True
        return super().event(event)

    def _fill(self, painter: QPainter, spans: Sequence[Span], brush: QColor | QBrush) -> None:
        left, scale = (self.width() - _STRIP_WIDTH) / 2, self.height() / self._coverage.length
        for start, end in spans:
            height = max(_LEAST_HEIGHT, (end - start) * scale)
            painter.fillRect(QRectF(left, start * scale, _STRIP_WIDTH, height), brush)

    def _top_of_gap(self, offset: int) -> float:
        """Return where a part that is missing at ``offset`` is marked: inside the bar, also at its ends."""
        top = offset * self.height() / max(1, self._coverage.length)
        return min(max(0.0, top - _GAP_HEIGHT / 2), self.height() - _GAP_HEIGHT)

    def _parts_missing_at(self, top: float) -> list[Part]:
        return [
            part
            for offset, part in self._coverage.gaps
            if -_GAP_SLACK <= top - self._top_of_gap(offset) <= _GAP_HEIGHT + _GAP_SLACK
        ]

    def _offset_at(self, top: float) -> int:
        share = min(1.0, max(0.0, top / max(1, self.height())))
        return min(self._coverage.length - 1, int(share * self._coverage.length))

    def _words_at(self, top: float) -> str:
        if missing := self._parts_missing_at(top):
            return tr("Not read: {0}").format(say_places(missing))
        offset = self._offset_at(top)

        def is_in(spans: Sequence[Span]) -> bool:
            return any(start <= offset < end for start, end in spans)

        if is_in(self._coverage.spoken_of):
            return tr("The summary speaks of this")
        if is_in(self._coverage.left_out):
            return tr("Left out: contents, references or menus")
        return tr("Read") if is_in(self._coverage.read) else tr("Not read")
