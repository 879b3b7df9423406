"""Marks the words that the model was unsure of where they are drawn, without touching the document.

A ground behind the words and a line under them, both in three steps: who sees no colours tells dots from
dashes from a wave. Only what is in sight is looked at, and a finished block once: while a reply streams, a
token costs the same at its end as at its beginning.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QTextBlock,
    QTextDocument,
    QTextLine,
)
from PySide6.QtWidgets import QTextEdit

from lmstudio_lite.domain.certainty import Doubt, TokenSpan, Word, WordList
from lmstudio_lite.ui.chat.certainty.source_places import NOWHERE, source_places
from lmstudio_lite.ui.chat.message_body import MarkdownBody
from lmstudio_lite.ui.markdown import Block, CodeBlock
from lmstudio_lite.ui.theme import Theme

_DASHES = {Doubt.SOME: [1.0, 2.5], Doubt.MUCH: [4.0, 2.5]}
_WAVE_WIDTH, _WAVE_HEIGHT = 3.0, 1.5
_FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,})[^\n]*\n")


@dataclass(frozen=True, slots=True)
class ShownWord:
    """A word and where the document has it: characters ``start`` to ``end``, in the units of Qt."""

    word: Word
    start: int
    end: int
    doubt: Doubt


@dataclass(slots=True)
class _Kept:
    """The shown words of a block as it was; the places count from its start in the document."""

    block: Block
    last: Word | None
    length: int
    words: list[ShownWord]


class Shading:
    """What is marked in one reply. GUI thread."""

    def __init__(
        self,
        theme: Theme,
        body: MarkdownBody,
        on_pointed: Callable[[QTextEdit, ShownWord], None] = lambda view, shown: None,
    ) -> None:
        """Mark nothing yet; ``on_pointed`` hears which word the pointer rests on, or was clicked."""
        self._theme = theme
        self._body = body
        self._on_pointed = on_pointed
        self._list = WordList()
        self._kept: dict[int, _Kept] = {}
        self._drawn: list[tuple[ShownWord, QRectF, float]] = []
        self._is_plain = True  # line ends are counted as the parser counts them

    @property
    def words(self) -> Sequence[Word]:
        """The words that are known of, first to last."""
        return self._list.words

    def set_tokens(self, tokens: Sequence[TokenSpan], text: str) -> None:
        """Mark the words of ``text``, the whole reply so far, by ``tokens``."""
        self._is_plain = "\r" not in text
        self._list = WordList(tokens if self._is_plain else (), text)
        self._kept.clear()

    def add_tokens(self, tokens: Sequence[TokenSpan], added: str, at: int) -> None:
        """Go on with the tokens of what the reply goes on with behind its first ``at`` characters."""
        self._is_plain = self._is_plain and "\r" not in added
        if self._is_plain:
            self._list.add(tokens, added, at)

    def paint_ground(self, view: QTextEdit, painter: QPainter, rect: QRect) -> None:
        """Draw what lies behind the text of ``view`` in ``rect`` of its viewport."""
        painter.setPen(Qt.PenStyle.NoPen)
        self._drawn = list(self._marked(view, rect))
        tokens = self._theme.tokens
        brushes = {doubt: QColor(tokens.doubt_ground(doubt)) for doubt in Doubt if doubt}
        for shown, place, _ in self._drawn:
            painter.setBrush(brushes[shown.doubt])
            painter.drawRoundedRect(place.adjusted(-1, 0, 1, 0), 3, 3)

    def paint_lines(self, view: QTextEdit, painter: QPainter, rect: QRect) -> None:
        """Draw the lines under the words that ``paint_ground`` has just drawn."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        colour = QColor(self._theme.tokens.warning)
        for shown, place, baseline in self._drawn:
            draw_line(painter, shown.doubt, place, baseline + 2.5, colour)
        self._drawn = []

    def point(self, view: QTextEdit, position: int) -> bool:
        """Tell of the word at a position of the view's document; whether there is one."""
        shown = self.word_at(view, position)
        if shown is not None:
            self._on_pointed(view, shown)
        return shown is not None

    def word_at(self, view: QTextEdit, position: int) -> ShownWord | None:
        """Return the word that the character at ``position`` of the view's document belongs to."""
        for start, length, block in self._blocks(view, position, position):
            for shown in self._shown_words(view, start, length, block):
                if shown.start <= position < shown.end:
                    return shown
        return None

    def place_of(self, word: Word) -> tuple[QTextEdit, ShownWord] | None:
        """Return the view that shows a word, and where; None if none does."""
        for view in self._body.views:
            for start, length, block in self._blocks(view, 0, view.document().characterCount()):
                if block.start <= word.start < block.end:
                    for shown in self._shown_words(view, start, length, block):
                        if shown.word.start == word.start:
                            return view, shown
        return None

    def rect_of(self, view: QTextEdit, shown: ShownWord) -> QRectF:
        """Return where a word begins in the view's viewport: its first line's part."""
        return next((place for place, _ in _places(view, shown)), QRectF())

    def _marked(self, view: QTextEdit, rect: QRect) -> Iterator[tuple[ShownWord, QRectF, float]]:
        """Yield the unsure words in ``rect``, with where each is on each of its lines, and the baseline."""
        if not self._list.words:
            return
        first, last = _line_of(view, rect.topLeft())[0], _line_of(view, rect.bottomRight())[1]
        for start, length, block in self._blocks(view, first, last):
            for shown in self._shown_words(view, start, length, block):
                if shown.doubt and shown.end > first and shown.start < last:
                    for place, baseline in _places(view, shown):
                        yield shown, place, baseline

    def _blocks(self, view: QTextEdit, first: int, last: int) -> Iterator[tuple[int, int, Block]]:
        """Yield the blocks of ``view`` between two positions, with their starts and lengths there."""
        blocks = self._body.blocks_in(view)
        end = view.document().characterCount()
        number = max(0, bisect_right(blocks, first, key=itemgetter(0)) - 1)
        while number < len(blocks) and blocks[number][0] <= last:
            start, block = blocks[number]
            number += 1
            yield start, (blocks[number][0] if number < len(blocks) else end) - start, block

    def _shown_words(self, view: QTextEdit, start: int, length: int, block: Block) -> list[ShownWord]:
        words = self._list.between(block.start, block.end)
        kept = self._kept.get(block.start)
        last = words[-1] if words else None  # which may have grown
        if kept is None or kept.block is not block or kept.last is not last or kept.length != length:
            found = _find_words(view, start, length, block, words, self._body.text)
            kept = self._kept[block.start] = _Kept(block, last, length, found)
        return [ShownWord(each.word, start + each.start, start + each.end, each.doubt) for each in kept.words]


def _find_words(
    view: QTextEdit, start: int, length: int, block: Block, words: Sequence[Word], text: str
) -> list[ShownWord]:
    """Find where a block's words are shown; the places count from ``start``."""
    visible, positions = _visible(view, start, start + length)
    is_code = isinstance(block, CodeBlock)
    source = text[block.start : block.end]
    fence = _FENCE.match(source) if is_code and not block.follows else None
    begin = fence.end() if fence else 0
    places = source_places(source[begin:], visible, is_code=is_code)
    found: list[ShownWord] = []
    known = [
        (block.start + begin + place, position - start, position - start + _width(character))
        for place, position, character in zip(places, positions, visible, strict=True)
        if place != NOWHERE
    ]
    number = 0
    for word in words:
        while number < len(known) and known[number][0] < word.start:
            number += 1
        first = number
        while number < len(known) and known[number][0] < word.end:
            number += 1
        if number > first:
            found.append(ShownWord(word, known[first][1], known[number - 1][2], word.doubt))
    return found


def _visible(view: QTextEdit, start: int, end: int) -> tuple[str, list[int]]:
    """Return the text of a document between two positions, and the position of each character."""
    texts: list[str] = []
    positions: list[int] = []
    block = view.document().findBlock(start)
    while block.isValid() and block.position() < end:
        text, at = block.text(), block.position()
        skipped = max(0, start - at)
        for character in text:
            if skipped <= 0 and at < end:
                texts.append(character)
                positions.append(at)
            width = _width(character)
            skipped -= width
            at += width
        texts.append("\u2029")
        positions.append(at)
        block = block.next()
    return "".join(texts), positions


def _width(character: str) -> int:
    """Return how many of Qt's units a character takes."""
    return 2 if character > "\uffff" else 1


def _line_of(view: QTextEdit, point: QPoint) -> tuple[int, int]:
    """Return where the line at a point of the viewport begins and ends in the document."""
    cursor = view.cursorForPosition(point)
    block = cursor.block()
    line = block.layout().lineForTextPosition(cursor.positionInBlock())
    if not line.isValid():
        return block.position(), block.position() + block.length()
    begin = block.position() + line.textStart()
    return begin, begin + line.textLength() + 1


def _places(view: QTextEdit, shown: ShownWord) -> Iterator[tuple[QRectF, float]]:
    """Yield where a word is drawn in the viewport, line by line, and the baseline there."""
    document = view.document()
    block = document.findBlock(shown.start)
    layout = block.layout()
    if not block.isValid() or layout is None:
        return
    origin = document.documentLayout().blockBoundingRect(block).topLeft()
    origin -= QPointF(view.horizontalScrollBar().value(), view.verticalScrollBar().value())
    begin, end = shown.start - block.position(), min(shown.end - block.position(), block.length() - 1)
    ascent, descent = _heights(document, block)
    while begin < end:
        line = layout.lineForTextPosition(begin)
        if not line.isValid():
            return
        stop = min(end, line.textStart() + line.textLength())
        if stop <= begin:
            return
        one, other = _x_of(line, begin), _x_of(line, stop)
        baseline = origin.y() + line.y() + line.ascent()
        yield (
            QRectF(origin.x() + min(one, other), baseline - ascent, abs(other - one), ascent + descent),
            baseline,
        )
        begin = stop


def _x_of(line: QTextLine, position: int) -> float:
    found: object = line.cursorToX(position)
    return float(found[0] if isinstance(found, tuple) else found)  # type: ignore[arg-type]


def _heights(document: QTextDocument, block: QTextBlock) -> tuple[float, float]:
    """Return how far the letters of a block reach above and below the baseline; a heading's are larger."""
    return _heights_of(document.defaultFont(), block.charFormat().fontPointSize())


@functools.lru_cache(maxsize=32)
def _heights_of(font: QFont, point_size: float) -> tuple[float, float]:
    if point_size > 0:
        font = QFont(font)
        font.setPointSizeF(point_size)
    metrics = QFontMetricsF(font)
    return metrics.ascent(), metrics.descent()


def draw_line(painter: QPainter, doubt: Doubt, place: QRectF, y: float, colour: QColor) -> None:
    """Draw dots, dashes or a wave under a place."""
    if doubt is Doubt.MOST:
        ratio = painter.device().devicePixelRatio()
        tile = _wave(colour.name(), ratio)
        strip = QRectF(place.left(), y - _WAVE_HEIGHT - 1, place.width(), tile.height() / ratio)
        painter.drawTiledPixmap(strip, tile)
        return
    pen = QPen(colour, 1.4)
    pen.setDashPattern(_DASHES[doubt])
    painter.setPen(pen)
    painter.drawLine(QPointF(place.left(), y), QPointF(place.right(), y))


@functools.lru_cache(maxsize=8)
def _wave(colour: str, ratio: float) -> QPixmap:
    """Return one period of a wave, drawn once: a path for each word took most of a frame's time."""
    width, height = 2 * _WAVE_WIDTH, 2 * _WAVE_HEIGHT + 2
    tile = QPixmap(round(width * ratio), round(height * ratio))
    tile.setDevicePixelRatio(ratio)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(colour), 1.4))
    path = QPainterPath(QPointF(-_WAVE_WIDTH, height / 2))
    for number in range(4):
        x, side = (number - 1) * _WAVE_WIDTH, 1 if number % 2 else -1
        middle = QPointF(x + _WAVE_WIDTH / 2, height / 2 + side * 2 * _WAVE_HEIGHT)
        path.quadTo(middle, QPointF(x + _WAVE_WIDTH, height / 2))
    painter.drawPath(path)
    painter.end()
    return tile
