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
_LINE = re.compile(r"[^\r\n\x02]+")
_WORD = re.compile(rf"[^{_SPACES}\r\n\x02]+")
_SPACE = re.compile(rf"[{_SPACES}\r\n]")
_WIDE_SPACE = re.compile(rf"[{_SPACES}]{{2,}}|[{_SPACES[1:]}]")
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
_BEFORE_CLOSING = re.compile(r" [.,;:)\]}”’]")
_SAMPLED = 60
"""So many characters are enough to tell whether a page says what its characters mean."""
_STRETCHED = 1.2
"""Times the page's usual width of a character: there is a gap within the line."""

_PART_GAP = 0.9
"""In heights of a line: the narrowest gutters are wider."""
_WIDER_THAN_SPACE = 1.8
"""Times the line's middle space: justified lines of narrow columns have spaces as wide as gutters."""
_WIDEST_SPACE = 1.6


class Word(NamedTuple):
    """``left`` to ``top`` are its box in the frame of its line, in which text runs to the right.

    A line without gaps is one with all its spaces: to look at each word costs half the time of reading.
    """

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


def read_lines(page: PdfPage, *, is_by_word: bool = False) -> RawPage:
    """Return the lines of ``page``; its text is left as it is but for white space.

    ``is_by_word`` asks for the place of each word, which is told otherwise only for lines with gaps.
    """
    text = page.text()
    spans = [_stripped(text, *match.span()) for match in _LINE.finditer(text)]
    spans = [span for span in spans if span[0] < span[1]]
    turns = [_turn(page, span) for span in spans]
    is_by_word |= any(turn != 0 for turn in turns)
    unmapped_share, unmapped = _unmapped(page, text)
    if is_by_word:
        upright = [
            line
            for span, turn in zip(spans, turns, strict=True)
            if turn == 0
            for line in _lines_by_word(page, text, span)
        ]
    else:
        upright = _whole_lines(page, text, spans)
    upright = _mended(upright)
    leaning = [
        _leaning_line(page, text, span) for span, turn in zip(spans, turns, strict=True) if turn is None
    ]
    turned = [number for span, turn in zip(spans, turns, strict=True) if turn for number in range(*span)]
    lines = upright
    if turned:
        # Whole lines are put together again: what PDFium took for one line may be turned in part.
        lines = sorted(
            [*upright, *_turned_lines(page, text, turned)], key=_rank_of_turn(upright, len(turned))
        )
    return RawPage(lines + leaning, unmapped_share, unmapped, bool(turned))


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and _SPACE.match(text, start):
        start += 1
    while start < end and _SPACE.match(text, end - 1):
        end -= 1
    return start, end


def _whole_lines(page: PdfPage, text: str, spans: Sequence[tuple[int, int]]) -> list[Line]:
    """Return upright lines, word by word where there is a gap between the pieces in which they are drawn."""
    is_odd = _WIDE_SPACE.search(text) is not None
    pieces = page.pieces()
    at = 0
    found: list[tuple[Line | None, tuple[int, int]]] = []
    for span in spans:
        line = _whole_line(page, text, span, is_odd=is_odd)
        num_pieces = _num_pieces(pieces, at, line) if line else 0
        is_plain = num_pieces == 1 or (num_pieces > 1 and not _BEFORE_CLOSING.search(text, *span))
        found.append((line if is_plain else None, span))
        at += abs(num_pieces)
    widths = [(line.right - line.left) / (end - start) for line, (start, end) in found if line]
    widest = _STRETCHED * median(widths) if len(widths) > 3 else math.inf
    lines: list[Line] = []
    for line, span in found:
        is_stretched = line and (line.right - line.left) > widest * (span[1] - span[0])
        lines += [line] if line and not is_stretched else _lines_by_word(page, text, span)
    return lines


def _whole_line(page: PdfPage, text: str, span: tuple[int, int], *, is_odd: bool) -> Line | None:
    """Return a line as one word; None if it is more than a line or its font tells no height."""
    start, end = span
    first, last = page.line_box(start), page.glyph_box(end - 1)
    if first.top - first.bottom < 0.1 or last.bottom > first.top or last.top < first.bottom:
        return None
    line = _WIDE_SPACE.sub(" ", text[start:end]) if is_odd else text[start:end]
    if text[end : end + 1] == DIVIDED:
        line += DIVIDED
    left, right = min(first.left, last.left), max(first.right, last.right)
    return Line([Word(line, left, first.bottom, right, first.top)])


def _num_pieces(pieces: Sequence[Box], at: int, line: Line) -> int:
    """Return how many of ``pieces`` from ``at`` on are the line's; negative if a gap is between them."""
    word = line.words[0]
    slack = 0.3 * (word.top - word.bottom)
    widest = _PART_GAP * (word.top - word.bottom)
    has_gap = False
    right = word.left
    number = at
    while number < len(pieces):
        left, bottom, piece_right, top = pieces[number]
        middle = (bottom + top) / 2
        is_on_level = word.bottom - slack <= middle <= word.top + slack
        if not is_on_level or left < word.left - slack or piece_right > word.right + slack:
            break
        has_gap |= number > at and (left - right > widest or left < right - widest)
        right = piece_right
        number += 1
    return at - number if has_gap else number - at


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


def _turn(page: PdfPage, span: tuple[int, int]) -> int | None:
    """Return by how many quarters a line is turned, judged by its ends; None if it leans."""
    turns = {_quarters(page.angle(number)) for number in (span[0], span[1] - 1)}
    if len(turns) == 1:
        return turns.pop()
    return next((turn for turn in turns if turn), None)


def _quarters(angle: float) -> int | None:
    quarters = round(angle / (math.pi / 2))
    if abs(angle - quarters * math.pi / 2) > _LEVEL:
        return None
    return quarters % 4


def _lines_by_word(page: PdfPage, text: str, span: tuple[int, int]) -> list[Line]:
    """Return the words of ``span`` as a line; as several where PDFium did not see that a line ends."""
    lines: list[list[Word]] = [[]]
    for match in _WORD.finditer(text, *span):
        start, end = match.span()
        first, last = page.line_box(start), page.glyph_box(end - 1)
        bottom, top = first.bottom, first.top
        if top - bottom < 0.1:
            bottom, top = min(bottom, last.bottom), max(top, last.top)
        word = Word(match[0], min(first.left, last.left), bottom, max(first.right, last.right), top)
        before = lines[-1][-1] if lines[-1] else None
        if before and (word.top < before.bottom or word.bottom > before.top):
            lines.append([])
        elif before and _is_script(before, word) and page.is_generated(start - 1):
            # PDFium puts a space between a base and what is raised or lowered.
            lines[-1][-1] = _glued(before, word)
            continue
        lines[-1].append(word)
    if text[span[1] : span[1] + 1] == DIVIDED:
        lines[-1][-1] = lines[-1][-1]._replace(text=lines[-1][-1].text + DIVIDED)
    return [Line(words) for words in lines]


def _mended(lines: Sequence[Line]) -> list[Line]:
    """Join lines that PDFium parts within a line: before and behind what is raised, at a hyphen."""
    mended: list[Line] = []
    for line in lines:
        before = mended[-1] if mended else None
        height = before.words[-1].top - before.words[-1].bottom if before else 0.0
        gap = line.left - before.right if before else math.inf
        if before is None or abs(gap) > _WORD_GAP * height or not _is_level(before, line):
            mended.append(line)
            continue
        first, *rest = line.words
        last = before.words[-1]._replace(text=before.words[-1].text.replace(DIVIDED, "-"))
        joined = [_glued(last, first)] if gap < _NO_GAP_BEFORE_CLOSING * height else [last, first]
        mended[-1] = Line([*before.words[:-1], *joined, *rest])
    return mended


def _is_level(one: Line, other: Line) -> bool:
    shared = min(one.top, other.top) - max(one.bottom, other.bottom)
    return shared > 0.5 * min(one.height, other.height)


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


def _leaning_line(page: PdfPage, text: str, span: tuple[int, int]) -> Line:
    """Return a line that leans, a watermark say, as PDFium tells it."""
    words = [match.span() for match in _WORD.finditer(text, *span)]
    return Line([Word(text[start:end], *_around(page, range(start, end))) for start, end in words], None)


def _unmapped(page: PdfPage, text: str) -> tuple[float, str]:
    """Return the share of a sample of words that the file does not say the characters of, and those words."""
    step = max(1, len(text) // _SAMPLED)
    sample = [at for at in range(0, len(text), step) if not _SPACE.match(text, at) and text[at] != DIVIDED]
    if not any(map(page.is_unmapped, sample)):
        return 0.0, ""
    words = list(_WORD.finditer(text))
    words = words[:: max(1, len(words) // (4 * _SAMPLED))]
    unmapped = [word[0] for word in words if page.is_unmapped(word.start())]
    return len(unmapped) / max(1, len(words)), " ".join(unmapped)


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
    """Put words into lines in the order in which they are drawn; a word divided at a line's end is marked."""
    rows: list[list[Sequence[_Glyph]]] = []
    for word in words:
        before = rows[-1][-1] if rows else None
        size = min(before[0].size, word[0].size) if before else 0.0
        is_level = before is not None and abs(before[0].base - word[0].base) <= _SAME_LINE * size
        if before is not None and is_level and word[0].left >= before[-1].right - _STEP_BACK * size:
            rows[-1].append(word)
        else:
            rows.append([word])
    lines = []
    for index, row in enumerate(rows):
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
