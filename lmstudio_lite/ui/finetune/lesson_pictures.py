"""The lesson's pictures: pieces of a text, words on a plane, who looks at whom, and how sure a guess is.

They paint numbers that the training measured; nothing is computed here but places on the screen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from lmstudio_lite.finetune.lesson import AttentionSeen, EmbeddingSeen, GuessSeen
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import mix

_SCALE = 0.9
_GROUNDS = 4
_PAD = design.SPACE_4
_MAP_HEIGHT = 260
_CELL_MIN, _CELL_MAX = 16, 26
_BAR_WIDTH = 180


def visible(piece: str) -> str:
    """Return a piece so that one sees all of it: spaces as dots, line ends as arrows."""
    return piece.replace(" ", "·").replace("\n", "↵").replace("\t", "→")


class Picture(QWidget):
    """Paints itself anew with the theme; ``words`` say what it shows to those who can't see it."""

    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._on_theme_changed)

    def say(self, words: str) -> None:
        self.setAccessibleDescription(words)
        self.update()

    @Slot()
    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()

    def metrics(self) -> QFontMetrics:
        return QFontMetrics(self.theme.ui_font(_SCALE))

    def painter(self) -> QPainter:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.theme.ui_font(_SCALE))
        return painter


class PiecesLine(Picture):
    """A text cut into its tokens, each on a ground of its own, over as many lines as it takes."""

    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        super().__init__(theme, name, parent)
        self.pieces: tuple[str, ...] = ()
        self._rects: list[QRect] = []

    def show_pieces(self, pieces: Sequence[str]) -> None:
        self.pieces = tuple(pieces)
        self._place()
        self.say(" | ".join(map(visible, pieces)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        metrics = self.metrics()
        height = metrics.height() + 2 * _PAD
        x = y = 0
        self._rects = []
        for piece in self.pieces:
            width = metrics.horizontalAdvance(visible(piece)) + 2 * _PAD
            if x and x + width > self.width():
                x, y = 0, y + height + _PAD
            self._rects.append(QRect(x, y, width, height))
            x += width + 2
        needed = y + height if self.pieces else 0
        if needed != self.height():
            self.setFixedHeight(needed)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self.theme.tokens
        grounds = [tokens.accent, tokens.warning, tokens.muted, tokens.danger]
        painter = self.painter()
        for number, (piece, rect) in enumerate(zip(self.pieces, self._rects, strict=True)):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(mix(grounds[number % _GROUNDS], tokens.surface, 0.16)))
            painter.drawRoundedRect(rect, 4, 4)
            painter.setPen(QColor(tokens.text))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, visible(piece))
        painter.end()


class WordMap(Picture):
    """The commonest words where their vectors lie; those that would cover another are dots."""

    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        super().__init__(theme, name, parent)
        self.seen: EmbeddingSeen | None = None
        self.setFixedHeight(_MAP_HEIGHT)

    def show_embedding(self, seen: EmbeddingSeen | None) -> None:
        self.seen = seen
        self.say(", ".join(visible(place.piece) for place in seen.places) if seen else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self.theme.tokens
        painter = self.painter()
        painter.setPen(QColor(tokens.line))
        painter.setBrush(QColor(tokens.page))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        metrics = self.metrics()
        taken: list[QRect] = []
        across = self.width() / 2 - 48
        along = self.height() / 2 - 16
        for place in self.seen.places if self.seen else ():
            centre = QPointF(self.width() / 2 + place.x * across, self.height() / 2 - place.y * along)
            words = visible(place.piece)
            box = metrics.boundingRect(words).adjusted(-3, -1, 3, 1)
            box.moveCenter(centre.toPoint())
            if any(box.intersects(other) for other in taken):
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(mix(tokens.accent, tokens.page, 0.5)))
                painter.drawEllipse(centre, 2, 2)
            else:
                taken.append(box)
                painter.setPen(QColor(tokens.text))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
        painter.end()


class AttentionMap(Picture):
    """One head: each row is a token, and how dark a cell is says how much it takes from the column's."""

    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        super().__init__(theme, name, parent)
        self.seen: AttentionSeen | None = None
        self.layer = self.head = 0
        self.setMouseTracking(True)

    def show_head(self, seen: AttentionSeen | None, layer: int, head: int) -> None:
        self.seen, self.layer, self.head = seen, layer, head
        self._fit()
        self.say("; ".join(self.strongest()))

    def strongest(self) -> list[str]:
        """Return for each token the one that it takes most from."""
        seen = self.seen
        if seen is None:
            return []
        found = []
        for row, piece in enumerate(seen.pieces):
            weights = [seen.weight(self.layer, self.head, row, column) for column in range(row + 1)]
            best = max(range(len(weights)), key=weights.__getitem__)
            found.append(f"{visible(piece)} → {visible(seen.pieces[best])} {weights[best]:.0%}")
        return found

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        count = len(self.seen.pieces) if self.seen is not None else 0
        height = self._top() + self._cell() * count + 2 if count else 0
        if height != self.height():
            self.setFixedHeight(height)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            self._show_tip(event)
            return True
        return super().event(event)

    def _show_tip(self, event: QHelpEvent) -> None:
        seen, cell = self.seen, self._cell()
        if seen is None:
            return
        column, row = (event.x() - self._left()) // cell, (event.y() - self._top()) // cell
        if 0 <= column <= row < len(seen.pieces):
            share = seen.weight(self.layer, self.head, row, column)
            pair = f"{visible(seen.pieces[row])} → {visible(seen.pieces[column])}"
            QToolTip.showText(event.globalPos(), plain_tip(f"{pair}: {share:.1%}"), self)
        else:
            QToolTip.hideText()

    def _left(self) -> int:
        metrics = self.metrics()
        pieces = self.seen.pieces if self.seen else ()
        return max([metrics.horizontalAdvance(visible(piece)) for piece in pieces], default=0) + 2 * _PAD

    def _top(self) -> int:
        return self._left()

    def _cell(self) -> int:
        count = max(1, len(self.seen.pieces) if self.seen else 1)
        return min(_CELL_MAX, max(_CELL_MIN, (self.width() - self._left()) // count))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.seen is None:
            return
        tokens, cell, left, top = self.theme.tokens, self._cell(), self._left(), self._top()
        painter = self.painter()
        for row, piece in enumerate(self.seen.pieces):
            painter.setPen(QColor(tokens.text))
            names = QRect(0, top + row * cell, left - _PAD, cell)
            painter.drawText(
                names, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, visible(piece)
            )
            painter.save()
            painter.translate(left + row * cell + cell / 2, top - _PAD)
            painter.rotate(-90)
            painter.drawText(0, round(cell / 4), visible(piece))
            painter.restore()
            painter.setPen(Qt.PenStyle.NoPen)
            for column in range(row + 1):
                share = self.seen.weight(self.layer, self.head, row, column)
                painter.setBrush(QColor(mix(tokens.accent, tokens.soft, share)))
                painter.drawRect(left + column * cell, top + row * cell, cell - 1, cell - 1)
        painter.end()


class GuessBars(Picture):
    """The sentence, token by token: what probability the model gave to each before it came."""

    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        super().__init__(theme, name, parent)
        self.seen: GuessSeen | None = None

    def show_guess(self, seen: GuessSeen | None) -> None:
        self.seen = seen
        count = len(seen.shares) if seen else 0
        self.setFixedHeight(count * self._line())
        self.say(", ".join(self.lines()))

    def lines(self) -> list[str]:
        """Return what each bar says."""
        seen = self.seen
        if seen is None:
            return []
        return [
            f"{visible(piece)} {_percent(share)}, -ln {-math.log(max(share, 1e-9)):.2f}"
            for piece, share in zip(seen.pieces[1:], seen.shares, strict=True)
        ]

    def _line(self) -> int:
        return self.metrics().height() + 2

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.seen is None:
            return
        tokens, line, metrics = self.theme.tokens, self._line(), self.metrics()
        pieces = [visible(piece) for piece in self.seen.pieces[1:]]
        left = max([metrics.horizontalAdvance(piece) for piece in pieces], default=0) + 2 * _PAD
        painter = self.painter()
        for number, (piece, share) in enumerate(zip(pieces, self.seen.shares, strict=True)):
            y = number * line
            painter.setPen(QColor(tokens.text))
            painter.drawText(QRect(0, y, left - _PAD, line), _RIGHT, piece)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.soft))
            painter.drawRect(left, y + 3, _BAR_WIDTH, line - 6)
            painter.setBrush(QColor(tokens.accent))
            painter.drawRect(left, y + 3, max(1, round(_BAR_WIDTH * share)), line - 6)
            painter.setPen(QColor(tokens.muted))
            loss = -math.log(max(share, 1e-9))
            words = f"{_percent(share)}   −ln = {loss:.2f}"
            painter.drawText(left + _BAR_WIDTH + 8, y + metrics.ascent() + 1, words)
        painter.end()


_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else f"{share:.3%}"
