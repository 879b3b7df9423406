r"""A PDF page's characters to lines of words with their places.

PDFium tells the characters in the order in which they are drawn, and parts them into lines and words. It does
so well for upright text from left to right; turned text and Arabic or Hebrew are read from the characters'
places (``turned``, ``rtl``).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from lmstudio_lite.documents.pdf.boxes import Box
from lmstudio_lite.documents.pdf.hyphens import DIVIDED
from lmstudio_lite.documents.pdf.lines import PART_GAP, Line, Word
from lmstudio_lite.documents.pdf.pdfium import PdfPage
from lmstudio_lite.documents.pdf.rtl import RTL_LETTER, mended_words, words_in_order
from lmstudio_lite.documents.pdf.spacing import without_false_spaces
from lmstudio_lite.documents.pdf.turned import quarters, turned_lines

_SPACES = " \t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000\u2028\u2029"
_LINE = re.compile(r"[^\r\n\x02]+")
_WORD = re.compile(rf"[^{_SPACES}\r\n\x02]+")
_SPACE = re.compile(rf"[{_SPACES}\r\n]")
_WIDE_SPACE = re.compile(rf"[{_SPACES}]{{2,}}|[{_SPACES[1:]}]")
_BEFORE_CLOSING = re.compile(r" [.,;:)\]}”’]")
_CLOSING = frozenset(".,;:)]}”’")
_SAME_LINE_GAP = 0.25
_NO_GAP, _NO_GAP_BEFORE_CLOSING, _SCRIPT_SIZE = 0.08, 0.2, 0.85
"""In heights of a line."""
_STRETCHED = 1.2
"""Times the page's usual width of a character: there is a gap within the line."""
_SAMPLED = 60
"""So many characters are enough to tell whether a page says what its characters mean."""


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
    text = without_false_spaces(page, page.text())
    spans = [_stripped(text, *match.span()) for match in _LINE.finditer(text)]
    spans = [span for span in spans if span[0] < span[1]]
    turns = [_turn(page, span) for span in spans]
    is_placed = [bool(turn) or (turn == 0 and page.is_turned) for turn in turns]
    upright_spans = [
        span for span, turn, placed in zip(spans, turns, is_placed, strict=True) if turn == 0 and not placed
    ]
    unmapped_share, unmapped = _unmapped(page, text)
    if RTL_LETTER.search(text):
        upright = _lines_by_place(page, text, upright_spans)
    elif is_by_word or len(upright_spans) < len(spans):
        upright = _mended([line for span in upright_spans for line in _lines_by_word(page, text, span)])
    else:
        upright = _mended(_whole_lines(page, text, spans))
    leaning = [
        _leaning_line(page, text, span) for span, turn in zip(spans, turns, strict=True) if turn is None
    ]
    turned = [
        number for span, placed in zip(spans, is_placed, strict=True) if placed for number in range(*span)
    ]
    lines = [*upright, *turned_lines(page, text, turned)]
    num_letters = Counter[int | None]()
    for line in lines:
        num_letters[line.turn] += sum(len(word.text) for word in line.words)
    lines.sort(key=lambda line: -num_letters[line.turn])
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
    widest = PART_GAP * (word.top - word.bottom)
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


def _turn(page: PdfPage, span: tuple[int, int]) -> int | None:
    """Return by how many quarters a line is turned, judged by its ends; None if it leans."""
    angles = page.angle(span[0]), page.angle(span[1] - 1)
    if angles == (0.0, 0.0):
        return 0
    turns = set(map(quarters, angles))
    if len(turns) == 1:
        return turns.pop()
    return next((turn for turn in turns if turn), None)


def _lines_by_word(page: PdfPage, text: str, span: tuple[int, int]) -> list[Line]:
    """Return the words of ``span`` as a line; as several where PDFium did not see that a line ends."""
    lines: list[list[Word]] = [[]]
    columns: list[Line] = []
    for match in _WORD.finditer(text, *span):
        start, end = match.span()
        column = _column(page, match[0], start, end)
        if column:
            columns.append(column)
            continue
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
    if text[span[1] : span[1] + 1] == DIVIDED and lines[-1]:
        lines[-1][-1] = lines[-1][-1]._replace(text=lines[-1][-1].text + DIVIDED)
    return [Line(words) for words in lines if words] + columns


def _column(page: PdfPage, word: str, start: int, end: int) -> Line | None:
    """Return Chinese or Japanese characters that stand below each other as a line, as if turned to the right.

    None for a word that is no column.
    """
    if end - start < 2 or word.isascii():
        return None
    boxes = [page.glyph_box(number) for number in sorted({start, (start + end) // 2, end - 1})]
    for one, other in pairwise(boxes):
        is_below = other.top <= (one.bottom + one.top) / 2
        if not is_below or other.left >= one.right or other.right <= one.left:
            return None
    left, right = min(box.left for box in boxes), max(box.right for box in boxes)
    return Line([Word(word, -boxes[0].top, left, -boxes[-1].bottom, right)], 3)


def _lines_by_place(page: PdfPage, text: str, spans: Sequence[tuple[int, int]]) -> list[Line]:
    """Return the lines of a page with Arabic or Hebrew on it, which PDFium parts or joins at will."""
    levels: list[list[int]] = []
    before: Box | None = None
    for span in spans:
        for numbers in _by_level(page, span):
            box = page.line_box(numbers[0])
            if before and _shares_level(before, box):
                levels[-1] += numbers
            else:
                levels.append(numbers)
            before = box
    return [line for numbers in levels for line in _lines_of_level(page, text, numbers)]


def _by_level(page: PdfPage, span: tuple[int, int]) -> list[list[int]]:
    levels: list[tuple[Box, list[int]]] = []
    for number in range(*span):
        box = page.line_box(number)
        level = next((found for head, found in levels if _shares_level(head, box)), None)
        if level is not None:
            level.append(number)
        elif box.top - box.bottom > 0.1 or not levels:
            levels.append((box, [number]))
        else:
            levels[-1][1].append(number)
    return [numbers for _, numbers in levels]


def _shares_level(one: Box, other: Box) -> bool:
    shared = min(one.top, other.top) - max(one.bottom, other.bottom)
    return shared > 0.5 * min(one.top - one.bottom, other.top - other.bottom)


def _lines_of_level(page: PdfPage, text: str, numbers: Sequence[int]) -> list[Line]:
    characters = "".join(text[number] for number in numbers)
    if not RTL_LETTER.search(characters):
        return _mended(_lines_by_word(page, text, (min(numbers), max(numbers) + 1)))
    boxes = list(map(page.line_box, numbers))
    places = [(box.left, box.right) for box in boxes]
    bottom, top = min(box.bottom for box in boxes), max(box.top for box in boxes)
    height = max(median(box.top - box.bottom for box in boxes), 1.0)
    told_whole = mended_words(characters, places, height)
    if told_whole is not None:
        left, right = min(left for left, _ in places), max(right for _, right in places)
        return [Line([Word(" ".join(told_whole.split()), left, bottom, right, top)])]
    drawn = [
        (each, place)
        for each, place in zip(characters, places, strict=True)
        if not _SPACE.match(each) and each != DIVIDED
    ]
    words = words_in_order("".join(each for each, _ in drawn), [place for _, place in drawn], height)
    return [Line([Word(word.text, word.left, bottom, word.right, top) for word in words])]


def _mended(lines: Sequence[Line]) -> list[Line]:
    """Join lines that PDFium parts within a line: before and behind what is raised, at a hyphen."""
    mended: list[Line] = []
    for line in lines:
        before = mended[-1] if mended else None
        height = before.words[-1].top - before.words[-1].bottom if before else 0.0
        gap = line.left - before.right if before else math.inf
        if before is None or abs(gap) > _SAME_LINE_GAP * height or not _is_level(before, line):
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
