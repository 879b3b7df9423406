"""Which blocks of a text a translation keeps as they are: front matter, code, formulas, HTML, definitions.

Fences, formulas and front matter are told in any text. What only Markdown means (four spaces before a line
are code, a line of HTML begins a block) is asked of a parser of CommonMark, and holds for files that are
Markdown; in a text that only looks like it, indented lines are code if they read like code: people indent
verses and quotations too.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import regex

from lmstudio_lite.documents.plain.front_matter import find_front_matter

if TYPE_CHECKING:
    from markdown_it.token import Token

_FENCE = regex.compile(r"[ >]*(?P<mark>`{3,}|~{3,}|\$\$)(?P<rest>.*)")
_LINE_END = regex.compile(r"\r\n|\r|\n")
_MARKDOWN = regex.compile(
    r"^(?:\#{1,6} \S|[ >]*(?:```|~~~)|\[[^\]\n]+\]: *\S)|\]\([^)\s]+\)", regex.MULTILINE
)
_CODE_LINE = regex.compile(
    r"[=(){}\[\];<>$|\\@`]|^\s*(?:\$|#|//|--|sudo|pip|npm|git|cd|ls|cp|import|from|def|return)\b|\w_\w"
)
_SURE_CODE_LINE = regex.compile(
    r"\s*(?:[\w.\[\]\"'-]+\s*(?::=|\+=|=)\s*\S|\$\s\w|(?:sudo|pip|npm|git|cd|cp|apt|brew|docker|curl)\s+[\w./-]+"
    r"|\w[\w.]*\(.*\)\s*;?\s*\Z|.*[;{}]\s*\Z)"
)
_INDENTED = regex.compile(r"(?<=\n[ \t]*\n)(?:(?: {4}|\t)[^\n]*(?:\n|\Z))+")
_TEMPLATE_LINE = regex.compile(
    r"\s*(?:\{%.*%\}|\{\{[<%].*[>%]\}\}|:::.*|(?:import|export)\s.*['\"{}].*)\s*\Z"
)
_FOOTNOTE = "^"


def split_blocks(text: str, *, is_markdown: bool) -> Iterator[tuple[str, bool]]:
    """Yield blocks that join to ``text``, each with whether it is kept; neighbours may be of one kind."""
    front_matter = find_front_matter(text)
    start = front_matter.end if front_matter else 0
    if start:
        yield text[:start], True
    text = text[start:]
    position = 0
    for first, last in _joined(_kept_ranges(text, is_markdown=is_markdown)):
        yield from _fenced(text[position:first])
        yield text[first:last], True
        position = last
    yield from _fenced(text[position:])


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _kept_ranges(text: str, *, is_markdown: bool) -> list[tuple[int, int]]:
    """Return the ranges of whole lines that Markdown says are no text."""
    if not is_markdown and not _MARKDOWN.search(text):
        return []
    # Imported late: a text without Markdown does without the parser.
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table").disable("inline")
    environment: dict[str, dict[str, dict[str, list[int]]]] = {}
    tokens = parser.parse(text, environment)
    starts = [0, *(match.end() for match in _LINE_END.finditer(text)), len(text)]

    def range_of(lines: list[int]) -> tuple[int, int]:
        return starts[min(lines[0], len(starts) - 1)], starts[min(lines[1], len(starts) - 1)]

    kept = [range_of(token.map) for token in tokens if token.map and _is_kept(token, is_markdown=is_markdown)]
    for label, reference in environment.get("references", {}).items():
        if not label.startswith(_FOOTNOTE) and "map" in reference:
            kept.append(range_of(reference["map"]))
    # Behind a list's item four spaces go on with the item, but people write code there all the same.
    kept += [block.span() for block in _INDENTED.finditer(text) if _is_surely_code(block[0])]
    if is_markdown:
        kept += [
            (start, end)
            for start, end in pairwise(starts)
            if _TEMPLATE_LINE.match(text[start:end].rstrip("\r\n"))
        ]
    return kept


def _is_kept(token: Token, *, is_markdown: bool) -> bool:
    match token.type:
        case "fence":
            return True
        case "code_block":
            return is_markdown or _reads_like_code(token.content)
        case "html_block":
            return is_markdown
        case _:
            return False


def _reads_like_code(content: str) -> bool:
    lines = [line for line in content.splitlines() if line.strip()]
    return sum(_CODE_LINE.search(line) is not None for line in lines) * 2 > len(lines)


def _is_surely_code(content: str) -> bool:
    lines = [line for line in content.splitlines() if line.strip()]
    return bool(lines) and all(map(_SURE_CODE_LINE.match, lines))


def _fenced(text: str) -> Iterator[tuple[str, bool]]:
    """Yield fenced blocks (kept) and what stands between them; an open fence is kept to the end."""
    lines: list[str] = []
    fence = ""
    for line in text.splitlines(keepends=True):
        match = _FENCE.match(line)
        if fence:
            lines.append(line)
            if match and match["mark"].startswith(fence) and not match["rest"].strip():
                yield "".join(lines), True
                lines, fence = [], ""
        elif match and match["mark"] == "$$" and match["rest"].strip().endswith("$$"):
            yield "".join(lines), False
            yield line, True
            lines = []
        elif match and not (match["mark"] == "$$" and match["rest"].strip()):
            yield "".join(lines), False
            lines, fence = [line], match["mark"]
        else:
            lines.append(line)
    yield "".join(lines), bool(fence)
