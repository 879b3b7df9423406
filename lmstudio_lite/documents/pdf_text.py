r"""Lines of a PDF's pages to paragraphs that a model reads well.

A PDF knows lines, not paragraphs. Kreuzberg's own Markdown for PDFs was tried and rejected: it takes formula
parts for headings and joins hyphens blindly ("chatoptimized").
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

import regex

from lmstudio_lite.documents.hyphens import DIVIDED, Hyphens
from lmstudio_lite.documents.pdf_columns import PageLine
from lmstudio_lite.documents.pdf_lines import mark_divided

_LIST_ITEM = regex.compile(r"(?:[•◦▪‣●○■–*-]|[(\[]?(?:\d{1,2}|\p{L})[.)\]])\s")
_SENTENCE_END = regex.compile(r"[\p{SB=AT}\p{SB=ST}:][\p{Pe}\p{Pf}\p{Pi}\"'\p{Nd}]*\Z")
_CJK = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]|[，。、；：？！]")
_GOES_ON_AT = regex.compile(r"\p{N}[-–−]\Z|\w[/—]\Z")

_FULL_LINE = 0.72
_LONGEST_HEADING = 0.5
_SHORTEST_FULL_LINE = 16

_LIGATURES = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}
_CODES_OF_TEX = {"\x0b": "ff", "\x0c": "fi", "\x0d": "fl", "\x0e": "ffi", "\x0f": "ffl"}
_CODE_OF_TEX = regex.compile(r"(?<=\p{L})[\x0b-\x0f]|[\x0b-\x0f](?=\p{Ll})")
"""Ligatures in TeX's old encoding OT1, where a font does not say what its codes mean; alone, strokes."""
_BULLETS = dict.fromkeys((0xF0B7, 0xF0A7, 0xF076, 0xF0D8, 0xF06E), "•")
"""As Symbol and Wingdings have them, in the private use area."""
_WINDOWS = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}
"""C1 controls are Windows' quotation marks and dashes, unmapped."""
_DROPPED = dict.fromkeys(
    [*range(0x02), *range(0x03, 0x09), *range(0x0B, 0x20), 0x7F, 0xAD, 0x200B, 0xFEFF, 0xFFFE, 0xFFFF], ""
)
_CLEANED = _LIGATURES | _BULLETS | _WINDOWS | _DROPPED
_UNCLEAN = regex.compile(
    "[\x00\x01\x03-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\ufeff\uf000-\uf0ff\ufb00-\ufb06\ud800-\udfff\ufffe\uffff]"
)


def clean(text: str) -> str:
    """Return a line's text without soft hyphens and controls, ligatures as their letters."""
    if not _UNCLEAN.search(text):
        return text
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = _CODE_OF_TEX.sub(lambda code: _CODES_OF_TEX[code[0]], text)
    return text.translate(_CLEANED)


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
    lengths = [len(line.text) for line in lines]
    width = statistics.quantiles(lengths, n=10)[7] if len(lengths) > 3 else 0
    parts: list[str] = []
    was_full = False
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        parts.append(line.text)
        if following is None:
            break
        is_full = len(line.text) >= max(width * _FULL_LINE, _SHORTEST_FULL_LINE)
        goes_on = line.text.endswith(DIVIDED) or (is_full and _goes_on(line, following, width))
        if line.is_row and following.is_row:
            parts.append("\n")
        elif line.is_row or following.is_row:
            parts.append("\n\n")
        elif goes_on:
            parts.append(_space_between(line.text, following.text))
        elif is_full or was_full or following.is_apart or len(following.text) >= width * _FULL_LINE:
            parts.append("\n\n")
        else:
            parts.append("\n")
        was_full = goes_on
    return "".join(parts)


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
