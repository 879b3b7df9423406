r"""Lines of a PDF's pages to paragraphs that a model reads well.

A PDF knows lines, not paragraphs. Kreuzberg's own Markdown for PDFs was tried and rejected: it takes formula
parts for headings and joins hyphens blindly ("chatoptimized").
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

import regex

from lmstudio_lite.documents.pdf.characters import clean
from lmstudio_lite.documents.pdf.columns import PageLine
from lmstudio_lite.documents.pdf.hyphens import DIVIDED, Hyphens
from lmstudio_lite.documents.pdf.lines import mark_divided

_LIST_ITEM = regex.compile(r"(?:[•◦▪‣●○■–*-]|[(\[]?(?:\d{1,2}|\p{L})[.)\]])\s")
_SENTENCE_END = regex.compile(r"[\p{SB=AT}\p{SB=ST}:][\p{Pe}\p{Pf}\p{Pi}\"'\p{Nd}]*\Z")
_CJK = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]|[，。、；：？！]")
_GOES_ON_AT = regex.compile(r"\p{N}[-–−]\Z|\w[/—]\Z")

_FULL_LINE = 0.72
_LONGEST_HEADING = 0.5
_SHORTEST_FULL_LINE = 16


def lines_of(text: str) -> list[PageLine]:
    """Return the lines of a text without places, a recognized one."""
    lines = [line for line in (clean(line).strip() for line in text.splitlines()) if line]
    return [PageLine(mark_divided(line)) for line in lines[:-1]] + [PageLine(line) for line in lines[-1:]]


def join_pages(
    pages: Sequence[Sequence[PageLine]], language_of: Callable[[str], str] = lambda _: ""
) -> tuple[str, list[tuple[int, int]]]:
    """Return the text of ``pages`` and each page's half-open range in it.

    A paragraph, or a word, that crosses a page goes on. ``language_of`` is asked for the language where a
    hyphen depends on it.
    """
    joined = [_join_lines(lines) for lines in pages]
    hyphens = Hyphens(joined, lambda: language_of("\n".join(joined)))
    texts = list(map(hyphens.undo, joined))
    separators = [""] * len(texts)
    last: int | None = None
    for index, text in enumerate(texts):
        if text and last is not None:
            texts[last], separators[index] = _across(texts[last], text, hyphens)
        last = index if text else last
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    length = 0
    for separator, text in zip(separators, texts, strict=True):
        text = text.replace(DIVIDED, "-")
        parts += [separator, text]
        spans.append((length + len(separator), length + len(separator) + len(text)))
        length = spans[-1][1]
    return "".join(parts), spans


def _across(before: str, page: str, hyphens: Hyphens) -> tuple[str, str]:
    """Return the page ``before`` without the mark of a word that goes on, and what parts it from the next."""
    marked = mark_divided(before)
    between = hyphens.undo_between(marked, page) if marked.endswith(DIVIDED) else None
    if between is None:
        return before, _page_separator(before, page)
    hyphen = between.rstrip()
    return marked.removesuffix(DIVIDED) + hyphen, between[len(hyphen) :]


def _join_lines(lines: Sequence[PageLine]) -> str:
    """Join a full line with the next by a space; part paragraphs by a blank line, short lines by a break."""
    if not lines:
        return ""
    lengths = [_width(line.text) for line in lines]
    width = statistics.quantiles(lengths, n=10)[7] if len(lengths) > 3 else 0
    parts: list[str] = []
    was_full = False
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        parts.append(line.text)
        if following is None:
            break
        is_full = _width(line.text) >= max(width * _FULL_LINE, _SHORTEST_FULL_LINE)
        goes_on = line.text.endswith(DIVIDED) or (is_full and _goes_on(line, following, width))
        if line.is_row and following.is_row:
            parts.append("\n")
        elif line.is_row or following.is_row:
            parts.append("\n\n")
        elif goes_on:
            parts.append(_space_between(line.text, following.text))
        elif is_full or was_full or following.is_apart or _width(following.text) >= width * _FULL_LINE:
            parts.append("\n\n")
        else:
            parts.append("\n")
        was_full = goes_on
    return "".join(parts)


def _width(text: str) -> int:
    """Return how wide a line is, in letters: an ideograph is as wide as two."""
    return len(text) if text.isascii() else len(text) + len(_CJK.findall(text))


def _goes_on(line: PageLine, following: PageLine, width: float) -> bool:
    if _LIST_ITEM.match(following.text) or _is_heading_after(line.text, following.text, width):
        return False
    if following.text[0].islower() or not following.is_apart:
        return True
    return not (following.is_other_size or _SENTENCE_END.search(line.text[-12:]))


def _is_heading_after(line: str, following: str, width: float) -> bool:
    """Whether ``line`` ends a sentence and ``following``, short, capitalized, no sentence, is a heading."""
    return (
        following[0].isupper()
        and len(following) < width * _LONGEST_HEADING
        and _SENTENCE_END.search(line[-12:]) is not None
        and _SENTENCE_END.search(following[-12:]) is None
    )


def _space_between(line: str, following: str) -> str:
    if line.endswith(DIVIDED) or (_CJK.match(line[-1]) and _CJK.match(following)):
        return ""
    return "" if _GOES_ON_AT.search(line[-2:]) and following[0].isalnum() else " "


def _page_separator(before: str, page: str) -> str:
    if not before or not page:
        return ""
    if page[0].islower() and not _SENTENCE_END.search(before[-12:]):
        return _space_between(before, page)
    return "\n\n"
