r"""Lines of a PDF page to paragraphs that a model reads well.

A PDF knows lines, not paragraphs. PDFium ends lines with ``\r\n`` and puts U+0002 where a line ends in a
hyphen. Kreuzberg's own Markdown for PDFs was tried and rejected: it takes formula parts for headings and
joins hyphens blindly ("chatoptimized").
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence

import regex

_HYPHEN_AT_LINE_END = "\x02"
_HYPHENATED = regex.compile(rf"(\p{{L}}+){_HYPHEN_AT_LINE_END}(\p{{L}}+)")
_WORD = regex.compile(r"(?<![\p{L}\p{N}-])\p{L}{2,}(?![\p{L}\p{N}-])")
_LIST_ITEM = regex.compile(r"(?:[•◦▪‣●○■–*-]|[(\[]?(?:\d{1,2}|\p{L})[.)\]])\s")
_NUMBER_ONLY = regex.compile(r"[\s\-–—|]*(?:\p{Nd}{1,4}|(?=[ivx])x{0,3}(?:ix|iv|v?i{0,3}))[\s\-–—|]*")
_DIGITS = regex.compile(r"\p{Nd}+")
_SENTENCE_END = regex.compile(r"[\p{SB=AT}\p{SB=ST}:][\p{Pe}\p{Pf}\p{Pi}\"'\p{Nd}]*\Z")
_CJK = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]|[，。、；：？！]")

_FULL_LINE = 0.72
_LONGEST_HEADING = 0.5
_SHORTEST_FULL_LINE = 16
_FEWEST_REPEATS = 3
_LONGEST_RUNNING_LINE = 100


def join_pages(pages: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Return the text of PDFium's ``pages`` and each page's half-open range in it.

    Running heads, feet and page numbers are left out; a paragraph that crosses a page goes on.
    """
    lines_of_pages = [_lines(page) for page in pages]
    _drop_running_lines(lines_of_pages)
    joined_pages = [_join_lines(lines) for lines in lines_of_pages]
    words = _words_to_join(joined_pages)
    text = ""
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    length = 0
    for joined in joined_pages:
        page = _dehyphenate(joined, words)
        separator = _page_separator(text, page)
        parts += [separator, page]
        length += len(separator)
        spans.append((length, length + len(page)))
        length += len(page)
        text = page or text
    return "".join(parts), spans


def _lines(page: str) -> list[str]:
    lines = (line.strip() for line in page.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return [line for line in lines if line]


def _drop_running_lines(lines_of_pages: list[list[str]]) -> None:
    """Remove page numbers, running heads and feet: at most the first and the last line of a page.

    A line is one if it is only a number, if three pages have just the same, or if two have the same but for
    numbers of which one counts with the pages. "Chapter 1", "Chapter 2" over chapters of several pages stay.
    """
    lines_count: Counter[str] = Counter()
    shapes_count: Counter[str] = Counter()
    offsets_count: Counter[int] = Counter()
    for index, lines in enumerate(lines_of_pages):
        outer = {line for line in (*lines[:1], *lines[-1:]) if len(line) <= _LONGEST_RUNNING_LINE}
        lines_count.update(outer)
        shapes_count.update({_shape(line) for line in outer})
        offsets_count.update({number - index for line in outer for number in _numbers(line)})

    def is_running(line: str, index: int) -> bool:
        if _NUMBER_ONLY.fullmatch(line) or lines_count[line] >= _FEWEST_REPEATS:
            return True
        is_counted = any(offsets_count[number - index] >= _FEWEST_REPEATS for number in _numbers(line))
        return is_counted and shapes_count[_shape(line)] >= 2

    for index, lines in enumerate(lines_of_pages):
        for edge in (-1, 0):
            if lines and len(lines[edge]) <= _LONGEST_RUNNING_LINE and is_running(lines[edge], index):
                del lines[edge]


def _shape(line: str) -> str:
    shape: str = _DIGITS.sub("#", line)
    return shape


def _numbers(line: str) -> set[int]:
    """Return the numbers of ``line`` that may be a page's: whole words of at most four digits."""
    return {int(word) for word in line.split() if word.isdecimal() and len(word) <= 4}


def _join_lines(lines: Sequence[str]) -> str:
    """Join a full line with the next by a space; part paragraphs by a blank line, short lines by a break."""
    if not lines:
        return ""
    lengths = [len(part) for line in lines for part in line.split(_HYPHEN_AT_LINE_END)]
    width = statistics.quantiles(lengths, n=10)[7] if len(lengths) > 3 else 0
    parts: list[str] = []
    was_full = False
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        is_full = len(line.rpartition(_HYPHEN_AT_LINE_END)[2]) >= max(width * _FULL_LINE, _SHORTEST_FULL_LINE)
        parts.append(line)
        if not following:
            break
        goes_on = (
            is_full and not _LIST_ITEM.match(following) and not _is_heading_after(line, following, width)
        )
        if goes_on:
            parts.append(_space_between(line, following))
        elif is_full or was_full or len(following) >= width * _FULL_LINE:
            parts.append("\n\n")
        else:
            parts.append("\n")
        was_full = goes_on
    return "".join(parts)


def _is_heading_after(line: str, following: str, width: float) -> bool:
    """Whether ``line`` ends a sentence and ``following``, short, capitalized, no sentence, is a heading."""
    return (
        following[0].isupper()
        and len(following) < width * _LONGEST_HEADING
        and _SENTENCE_END.search(line[-12:]) is not None
        and _SENTENCE_END.search(following[-12:]) is None
    )


def _space_between(line: str, following: str) -> str:
    return "" if _CJK.match(line[-1]) and _CJK.match(following) else " "


def _words_to_join(pages: Sequence[str]) -> frozenset[str]:
    """Return those words of ``pages`` that tell how a hyphen at a line's end is undone."""
    found = [match.groups() for page in pages for match in _HYPHENATED.finditer(page)]
    wanted = {word.casefold() for left, right in found for word in (left, left + right)}
    return frozenset(
        word for page in pages if wanted for word in _WORD.findall(page.casefold()) if word in wanted
    )


def _dehyphenate(text: str, words: frozenset[str]) -> str:
    """Undo hyphenation at line ends; keep the hyphen of a compound whose first part is a word of its own."""

    def joined(match: regex.Match[str]) -> str:
        left, right = match[1], match[2]
        whole = left + right
        is_compound = whole.casefold() not in words and left.casefold() in words and len(left) > 3
        return f"{left}-{right}" if is_compound or right[0].isupper() else whole

    whole: str = _HYPHENATED.sub(joined, text)
    return whole.replace(_HYPHEN_AT_LINE_END, "-")


def _page_separator(before: str, page: str) -> str:
    if not before or not page:
        return ""
    if page[0].islower() and not _SENTENCE_END.search(before[-12:]):
        return " "
    return "\n\n"
