r"""Where formulas stand in Markdown: ``$$…$$``, ``\[…\]``, ``\(…\)``, and ``$…$`` where no price is meant.

Models write all four. A dollar sign is more often a price or a shell's variable than a formula, so ``$…$``
is one only if neither delimiter touches a letter, digit or space on its wrong side, and what is between looks
like mathematics: a command, a power, an index, an equation, or a name of one or two letters. What is refused
stays text, byte for byte. Code is never looked at: its own rules come first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lmstudio_lite.domain.formulas import FORMULA_CHARS

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

FORMULA = "formula"
"""The type of a token: ``content`` is the TeX, ``markup`` what opens it, ``info`` the source as it stands."""
BLOCK_CHARS = 4_000
"""Lines of a longer formula are lines of a paragraph. What is too long to be drawn stays whole up to here."""
OPEN_CHARS = 350
"""A formula over several lines whose end is not there yet is kept as it is written so far."""

_CLOSINGS = {"$$": "$$", "\\[": "\\]", "\\(": "\\)", "$": "$"}
_WORD = re.compile(r"[A-Za-z0-9]")
_LONG_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
_COMMAND = re.compile(r"\\[A-Za-z]")
_STRONG = re.compile(r"\\[A-Za-z,;!]|\^|_")
_EQUATION = re.compile(r"[=<>+≤≥≈∈≠→·×]")
_NUMBER = re.compile(r"[+-]?\d[\d.,]*%?")
_NAME = re.compile(
    r"[A-Za-zα-ωΑ-Ω]{1,2}'*|[A-Za-z]{0,2}\((?:[\w+\-, ]{1,12})\)|[A-Za-z]{1,2}(?:, ?[A-Za-z]{1,2})+"
)
_NEVER = re.compile(r"[`\"#@;?]|(?<!\\)\$|https?:|\n[ \t]*\n")
_MATHS = re.compile(r"[\\^_=+<>{}]|\d\s*[-*/·×]\s*\d")
_BLOCK_OPENING = re.compile(r"(?:^|\n) {0,3}(\$\$|\\\[)(?!\$)")
_OPEN_DOLLAR = re.compile(r"(?<![A-Za-z0-9$\\])\$(?![\s$])")


def add_to(parser: MarkdownIt) -> None:
    """Teach ``parser`` the formulas of a line, and those whose lines are a block of their own."""
    parser.inline.ruler.before("escape", FORMULA, _take_inline)
    parser.block.ruler.before(
        "fence", FORMULA, _take_block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )


def may_be_open(text: str) -> bool:
    """Whether a formula may have begun in the end of ``text`` that what comes next would end.

    ``text`` is source whose own formulas may stand in it as well, so the answer errs on the side of yes.
    """
    end = text[-FORMULA_CHARS:]
    for opening, closing in (("\\(", "\\)"), ("\\[", "\\]")):
        if end.rfind(opening) > end.rfind(closing):
            return True
    if end.count("$$") % 2 or is_block_open(text):
        return True
    return sum(1 for _ in _OPEN_DOLLAR.finditer(end.replace("$$", ""))) > 0 and _has_open_dollar(end)


def is_block_open(text: str) -> bool:
    """Whether a formula over several lines has begun in ``text`` that lines to come would end."""
    if text.rstrip(" \t").endswith("\n\n"):
        return False
    part = text[max(0, text.rfind("\n\n", 0, -1)) :]
    found = list(_BLOCK_OPENING.finditer(part))
    last = next((each for each in found if part.find(_CLOSINGS[each[1]], each.end()) < 0), None)
    return last is not None and len(part) - last.start() < BLOCK_CHARS


def _has_open_dollar(end: str) -> bool:
    """Whether an opening dollar sign is left when each formula found from the left is taken out."""
    place = 0
    while (found := _OPEN_DOLLAR.search(end, place)) is not None:
        closing = end.find("$", found.end())
        if closing < 0:
            return "\n\n" not in end[found.end() :]
        place = closing + 1 if _is_formula(end, found.start(), closing) else found.end()
    return False


def _take_inline(state: StateInline, silent: bool) -> bool:
    source, start = state.src, state.pos
    opening = _opening_at(source, start)
    if not opening:
        return False
    closing = _CLOSINGS[opening]
    begin = start + len(opening)
    end = source.find(closing, begin, begin + FORMULA_CHARS + len(closing))
    while end > 0 and opening.startswith("$") and source[end - 1] == "\\":
        end = source.find(closing, end + 1, begin + FORMULA_CHARS + len(closing))
    if end < 0 or end + len(closing) > state.posMax:
        return False
    tex = source[begin:end]
    if opening == "$":
        if not _is_formula(source, start, end):
            return False
    elif not tex.strip() or not _may_be_maths(tex, opening, source[end + len(closing) :][:1]):
        return False
    if not silent:
        _push(state, tex, opening, source[start : end + len(closing)])
    state.pos = end + len(closing)
    return True


def _opening_at(source: str, start: int) -> str:
    match source[start : start + 2]:
        case "$$":
            # Three of them are no formula; a fourth belongs to an empty one.
            return "" if "$" in (source[start + 2 : start + 3], source[start - 1 : start]) else "$$"
        case "\\(" | "\\[" as opening:
            return "" if start and source[start - 1] == "\\" else opening
        case two if two[:1] == "$":
            return "$"
    return ""


def _is_formula(source: str, start: int, end: int) -> bool:
    """Whether the dollar signs at ``start`` and ``end`` hold a formula rather than prices or variables."""
    before, behind = source[start - 1 : start] if start else "", source[end + 1 : end + 2]
    tex = source[start + 1 : end]
    if not tex or before in ("\\", "$") or behind == "$" or _WORD.match(before) or _WORD.match(behind):
        return False
    if tex[0].isspace() or tex[-1].isspace() or _NEVER.search(tex) or tex.count("\n") > 2:
        return False
    if _NUMBER.fullmatch(tex) or _NAME.fullmatch(tex):
        return True
    if not _is_balanced(tex):
        return False
    if _COMMAND.search(tex):
        return True
    has_words = _LONG_WORD.search(tex) is not None
    if _STRONG.search(tex):
        return not has_words or not tex[0].isdigit()
    return _EQUATION.search(tex) is not None and not has_words


def _may_be_maths(tex: str, opening: str, behind: str) -> bool:
    r"""Whether ``\[…\]`` and the like can't be a bracket that was escaped to be a bracket."""
    if "\n\n" in tex:
        return False
    if opening == "\\[" and behind == "(":
        return False
    is_name = opening == "\\(" and _NAME.fullmatch(tex.strip()) is not None
    return opening == "$$" or is_name or _MATHS.search(tex) is not None


def _is_balanced(tex: str) -> bool:
    return all(tex.count(one) == tex.count(other) for one, other in ("()", "{}")) or "\\" in tex


def _push(state: StateInline, tex: str, opening: str, source: str) -> None:
    token = state.push(FORMULA, "", 0)
    token.content, token.markup, token.info = tex.strip(), opening, source


def _take_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Take a formula whose delimiters begin and end lines; within, nothing is a list or a heading.

    One whose end has not been written yet is a paragraph as it stands, so that it does not change its looks
    with every token.
    """
    if state.is_code_block(start):
        return False
    first = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    opening = first[:2]
    if opening not in ("$$", "\\[") or first[2:3] == "$":
        return False
    begin = state.bMarks[start] + state.tShift[start] + 2
    at = state.src.find(_CLOSINGS[opening], begin, min(begin + BLOCK_CHARS, state.eMarks[end - 1]))
    if at < 0:
        is_open = not first[2:].strip() and state.eMarks[end - 1] - begin < OPEN_CHARS and not state.level
        if silent or not is_open or not _is_one(state, start, end):
            return False
        _push_open(state, start, end)
        return True
    last = next(line for line in range(start, end) if state.eMarks[line] >= at)
    if state.src[at + 2 : state.eMarks[last]].strip() or not _is_one(state, start, last + 1):
        return False
    tex = state.getLines(start, last + 1, state.blkIndent, False).strip()[2:-2]
    if not tex.strip() or (last == start and not _may_be_maths(tex, opening, "")):
        return False
    if not silent:
        _push_block(state, start, last + 1, tex, opening)
    return True


def _is_one(state: StateBlock, start: int, end: int) -> bool:
    """Whether the lines are of one paragraph: none is empty, or outside of the list or quote around."""
    return not any(state.isEmpty(line) or state.sCount[line] < state.blkIndent for line in range(start, end))


def _push_block(state: StateBlock, start: int, end: int, tex: str, opening: str) -> None:
    token = state.push(FORMULA, "", 0)
    token.content, token.markup, token.map, token.block = tex.strip(), opening, [start, end], True
    token.info = state.getLines(start, end, state.blkIndent, False).strip()
    state.line = end


def _push_open(state: StateBlock, start: int, end: int) -> None:
    from markdown_it.token import Token

    state.push("paragraph_open", "p", 1).map = [start, end]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = "", [start, end], []
    for number, line in enumerate(state.getLines(start, end, state.blkIndent, False).split("\n")):
        if number:
            inline.children.append(Token("hardbreak", "br", 0))
        inline.children.append(Token("text", "", 0, content=line.strip()))
    state.push("paragraph_close", "p", -1)
    state.line = end
