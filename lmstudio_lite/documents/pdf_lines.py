r"""A PDF page's characters to lines of words with their places.

PDFium tells the characters in the order in which they are drawn, and parts them into lines and words. It
does so well for upright text; turned text (a page turned by ``/Rotate``, a landscape table on a portrait
page, a note up the margin) comes out with lines glued, in reverse or not at all. Turned text is therefore
put together here from the places of its characters, in a frame in which it is upright.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from lmstudio_lite.documents.hyphens import DIVIDED
from lmstudio_lite.documents.pdfium import Box, PdfPage

_SPACES = " \t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000\u2028\u2029"
_PIECES = re.compile(rf"\r\n?|\n|\x02|[^{_SPACES}\r\n\x02]+")
_SPACE = re.compile(rf"[{_SPACES}\r\n]")
_HYPHEN_AT_END = re.compile(r"(?<=[^\W\d_])[-\u2010\xad]\Z")
_LEVEL = math.radians(10)
"""Text that leans less counts as upright: a scan's, by the program that recognized it."""

_WORD_GAP = 0.25
"""In sizes of the font: the narrowest spaces are about that wide, the widest gaps within words narrower."""
_NO_GAP, _NO_GAP_BEFORE_CLOSING, _SCRIPT_SIZE = 0.08, 0.2, 0.85
"""In heights of a line."""
_CLOSING = frozenset(".,;:)]}”’")
_SAME_LINE = 0.45
_STEP_BACK = 0.5
_SAMPLED = 200
"""So many words are enough to tell whether a page says what its characters mean."""

_PART_GAP = 0.9
"""In heights of a line: the narrowest gutters are wider."""
_WIDER_THAN_SPACE = 1.8
"""Times the line's middle space: justified lines of narrow columns have spaces as wide as gutters."""
_WIDEST_SPACE = 1.6


class Word(NamedTuple):
    """``left`` to ``top`` are its box in the frame of its line, in which text runs to the right."""

    text: str
    left: float
    bottom: float
    right: float
    top: float


@dataclass(slots=True)
class Line:
    """``turn`` is by how many quarters (0 to 3) the text is turned, None for text that leans."""

    words: list[Word]
    turn: int | None = 0
    left: float = field(init=False)
    bottom: float = field(init=False)
    right: float = field(init=False)
    top: float = field(init=False)

    def __post_init__(self) -> None:
        words = self.words
        self.left = min(word.left for word in words)
        self.right = max(word.right for word in words)
        self.bottom = min(word.bottom for word in words)
        self.top = max(word.top for word in words)

    @property
    def text(self) -> str:
        return " ".join([word.text for word in self.words])

    @property
    def height(self) -> float:
        return self.top - self.bottom


@dataclass(frozen=True, slots=True)
class RawPage:
    """A page's lines in the order in which they are drawn, upright ones before turned ones.

    ``unmapped_share`` (0 to 1) is how many of its words the file does not say the characters of, ``unmapped``
    some of them; ``is_rebuilt`` tells that lines were put together here.
    """

    lines: list[Line]
    unmapped_share: float = 0.0
    unmapped: str = ""
    is_rebuilt: bool = False


def read_lines(page: PdfPage) -> RawPage:
    """Return the lines of ``page``; its text is left as it is but for white space."""
    text = page.text()
    upright: list[Line] = []
    turned: list[int] = []
    leaning: list[Line] = []
    all_spans: list[tuple[int, int]] = []
    for spans, is_divided in _spans_of_lines(text):
        all_spans += spans
        match _turn(page, spans):
            case 0:
                upright += _upright_lines(page, text, spans, is_divided)
            case None:
                leaning.append(_leaning_line(page, text, spans))
            case _:
                turned += range(spans[0][0], spans[-1][1])
    lines = upright
    if turned:
        # Whole lines are put together again: what PDFium took for one line may be turned in part.
        lines = sorted(
            [*upright, *_turned_lines(page, text, turned)], key=_rank_of_turn(upright, len(turned))
        )
    sample = all_spans[:: max(1, len(all_spans) // _SAMPLED)]
    unmapped = [text[start:end] for start, end in sample if page.is_unmapped(start)]
    return RawPage(lines + leaning, len(unmapped) / max(1, len(sample)), " ".join(unmapped), bool(turned))


def parts_of(line: Line) -> list[Line]:
    """Return what gaps wider than a space part a line into, itself without any."""
    words = line.words
    gaps = [max(w.left - v.right, v.left - w.right) for v, w in pairwise(words)]
    height = max(words[0].top - words[0].bottom, 1.0)
    if not gaps or max(gaps) <= _PART_GAP * height:
        return [line]
    space = min(_WIDER_THAN_SPACE * median(gaps), _WIDEST_SPACE * height) if len(gaps) > 3 else 0.0
    least = max(_PART_GAP * height, space)
    cuts = [0, *(at for at, gap in enumerate(gaps, 1) if gap > least), len(words)]
    return [Line(words[start:end], line.turn) for start, end in pairwise(cuts)] if len(cuts) > 2 else [line]


def split_at_edges(lines: Sequence[Line], page: Box) -> tuple[list[Line], list[Line]]:
    """Return what of ``lines`` is on the page as it is shown, and what is beyond its edges."""
    inside: list[Line] = []
    outside: list[Line] = []
    for line in lines:
        box = _turned_box(page, line.turn)
        if (
            line.left >= box.left
            and line.right <= box.right
            and line.bottom >= box.bottom
            and line.top <= box.top
        ):
            inside.append(line)
            continue
        for part in parts_of(line):
            x, y = (part.left + part.right) / 2, (part.bottom + part.top) / 2
            is_inside = box.left <= x <= box.right and box.bottom <= y <= box.top
            (inside if is_inside else outside).append(part)
    return inside, outside


def _turned_box(box: Box, turn: int | None) -> Box:
    """Return a box of the page in the frame of lines that are turned by ``turn`` quarters."""
    match turn:
        case 1:
            return Box(box.bottom, -box.right, box.top, -box.left)
        case 2:
            return Box(-box.right, -box.top, -box.left, -box.bottom)
        case 3:
            return Box(-box.top, box.left, -box.bottom, box.right)
        case _:
            return box


def _spans_of_lines(text: str) -> Iterable[tuple[list[tuple[int, int]], bool]]:
    """Yield the spans of each line's words, and whether its last word is divided."""
    spans: list[tuple[int, int]] = []
    for piece in _PIECES.finditer(text):
        start, end = piece.span()
        if text[start] in "\r\n\x02":
            if spans:
                yield spans, text[start] == DIVIDED
            spans = []
        else:
            spans.append((start, end))
    if spans:
        yield spans, False


def _turn(page: PdfPage, spans: Sequence[tuple[int, int]]) -> int | None:
    """Return by how many quarters a line is turned, judged by its ends; None if it leans."""
    turns = {_quarters(page.angle(number)) for number in (spans[0][0], spans[-1][1] - 1)}
    if len(turns) == 1:
        return turns.pop()
    return next((turn for turn in turns if turn), None)


def _quarters(angle: float) -> int | None:
    quarters = round(angle / (math.pi / 2))
    if abs(angle - quarters * math.pi / 2) > _LEVEL:
        return None
    return quarters % 4


def _upright_lines(
    page: PdfPage, text: str, spans: Sequence[tuple[int, int]], is_divided: bool
) -> list[Line]:
    """Return the words of ``spans`` as a line; as several where PDFium did not see that a line ends."""
    lines: list[list[Word]] = [[]]
    for start, end in spans:
        first, last = page.line_box(start), page.glyph_box(end - 1)
        bottom, top = first.bottom, first.top
        if top - bottom < 0.1:
            bottom, top = min(bottom, last.bottom), max(top, last.top)
        word = Word(text[start:end], min(first.left, last.left), bottom, max(first.right, last.right), top)
        before = lines[-1][-1] if lines[-1] else None
        if before and (word.top < before.bottom or word.bottom > before.top):
            lines.append([])
        elif before and _is_script(before, word) and page.is_generated(start - 1):
            # PDFium puts a space between a base and what is raised or lowered.
            lines[-1][-1] = _glued(before, word)
            continue
        lines[-1].append(word)
    if is_divided:
        lines[-1][-1] = lines[-1][-1]._replace(text=lines[-1][-1].text + DIVIDED)
    return [Line(words) for words in lines]


def _is_script(before: Word, word: Word) -> bool:
    """Whether ``word`` is raised or lowered behind ``before``, or closes what was."""
    height = before.top - before.bottom
    gap = abs(word.left - before.right)
    if word.text[0] in _CLOSING:
        return gap < _NO_GAP_BEFORE_CLOSING * height
    return gap < _NO_GAP * height and word.top - word.bottom < _SCRIPT_SIZE * height


def _glued(one: Word, other: Word) -> Word:
    left, right = min(one.left, other.left), max(one.right, other.right)
    return Word(one.text + other.text, left, one.bottom, right, one.top)


def _leaning_line(page: PdfPage, text: str, spans: Sequence[tuple[int, int]]) -> Line:
    """Return a line that leans, a watermark say, as PDFium tells it."""
    return Line([Word(text[start:end], *_around(page, range(start, end))) for start, end in spans], None)


def _around(page: PdfPage, numbers: Iterable[int]) -> Box:
    boxes = [page.glyph_box(number) for number in numbers]
    return Box(
        min(box.left for box in boxes),
        min(box.bottom for box in boxes),
        max(box.right for box in boxes),
        max(box.top for box in boxes),
    )


class _Glyph(NamedTuple):
    text: str
    left: float
    right: float
    base: float
    size: float


def _turned_lines(page: PdfPage, text: str, numbers: Sequence[int]) -> list[Line]:
    """Put lines together from the characters ``numbers``, each quarter turn in a frame of its own."""
    words: defaultdict[int, list[list[_Glyph]]] = defaultdict(list)
    is_new = True
    for number in numbers:
        place = None if _SPACE.match(text[number]) else page.place(number)
        turn = _quarters(math.atan2(place.along[1], place.along[0])) if place else None
        if place is None or turn is None or page.is_generated(number):
            is_new = True
            continue
        (ax, ay), (ux, uy) = place.along, place.up
        box = page.glyph_box(number)
        ends = [x * ax + y * ay for x in (box.left, box.right) for y in (box.bottom, box.top)]
        start = place.x * ax + place.y * ay
        glyph = _Glyph(text[number], start, max(start, *ends), place.x * ux + place.y * uy, place.size)
        before = words[turn][-1][-1] if words[turn] else None
        if is_new or before is None or _starts_word(before, glyph):
            words[turn].append([])
        words[turn][-1].append(glyph)
        is_new = False
    return [line for turn in words for line in _rows_of_words(words[turn], turn)]


def _starts_word(before: _Glyph, glyph: _Glyph) -> bool:
    size = max(before.size, glyph.size)
    return (
        glyph.left - before.right > _WORD_GAP * size
        or glyph.left < before.left - _STEP_BACK * size
        or abs(glyph.base - before.base) > _SAME_LINE * size
    )


def _rows_of_words(words: Sequence[Sequence[_Glyph]], turn: int) -> list[Line]:
    """Sort words into rows from the top down; a word divided at a row's end is marked."""
    rows: list[list[Sequence[_Glyph]]] = []
    for word in sorted(words, key=lambda glyphs: -glyphs[0].base):
        head, size = (rows[-1][0][0], rows[-1][0][0].size) if rows else (word[0], 0.0)
        if rows and head.base - word[0].base <= _SAME_LINE * min(size, word[0].size):
            rows[-1].append(word)
        else:
            rows.append([word])
    lines = []
    for index, row in enumerate(rows):
        row.sort(key=lambda glyphs: glyphs[0].left)
        texts = ["".join(glyph.text for glyph in word).replace(DIVIDED, "-") for word in row]
        if index + 1 < len(rows):
            texts[-1] = mark_divided(texts[-1])
        lines.append(Line([_word(*each) for each in zip(texts, row, strict=True)], turn))
    return lines


def mark_divided(line: str) -> str:
    """Return a line's text, its hyphen at the end marked if it may divide a word."""
    return _HYPHEN_AT_END.sub(DIVIDED, line)


def _word(text: str, glyphs: Sequence[_Glyph]) -> Word:
    size, base = glyphs[0].size, glyphs[0].base
    return Word(text, glyphs[0].left, base - 0.2 * size, max(g.right for g in glyphs), base + 0.8 * size)


def _rank_of_turn(upright: Sequence[Line], num_turned: int) -> Callable[[Line], bool]:
    """Rank the turn that most of the page's characters have before the others."""
    num_upright = sum(len(word.text) for line in upright for word in line.words)
    return lambda line: (line.turn == 0) if num_turned > num_upright else (line.turn != 0)
