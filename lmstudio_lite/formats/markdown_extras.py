"""What GitHub's Markdown has beside CommonMark: points to tick off, and footnotes.

Footnotes stay where they are written, under the label that they are given: a text that grows would otherwise
number what was shown long ago anew.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

TASK = "task"
"""The type of a token at the beginning of a point; ``info`` is "x" where it is done."""
TASK_MARKS = {"": "☐", "x": "☑"}
FOOTNOTE_REF = "footnote_ref"
"""The type of a token whose ``content`` is the label, as that of ``footnote_open``."""

_TASK = re.compile(r"\[([ xX])\](?=[ \t\n])\s*")
_LABEL = r"\[\^(\d{1,4}|[A-Za-z]\w{1,31})\]"
_REFERENCE = re.compile(_LABEL + r"(?!:)")
_DEFINITION = re.compile(_LABEL + r":[ \t]*")


def add_to(parser: MarkdownIt) -> None:
    """Teach ``parser`` both."""
    parser.core.ruler.after("inline", TASK, _mark_tasks)
    parser.inline.ruler.before("link", FOOTNOTE_REF, _take_reference)
    parser.block.ruler.before("reference", "footnote", _take_definition, {"alt": ["paragraph", "reference"]})


def _mark_tasks(state: StateCore) -> None:
    for place in range(2, len(state.tokens)):
        item, paragraph, inline = state.tokens[place - 2 : place + 1]
        if (item.type, paragraph.type, inline.type) == ("list_item_open", "paragraph_open", "inline"):
            _mark_task(inline)


def _mark_task(inline: Token) -> None:
    from markdown_it.token import Token

    children = inline.children or []
    found = _TASK.match(inline.content)
    if found is None or not children or not children[0].content.startswith(found[0].rstrip()):
        return
    first = children[0]
    first.content = first.content.removeprefix(found[0].rstrip()).lstrip()
    inline.children = [Token(TASK, "", 0, info=found[1].strip().lower()), *children]


def _take_reference(state: StateInline, silent: bool) -> bool:
    found = _REFERENCE.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        token = state.push(FOOTNOTE_REF, "", 0)
        token.content, token.info = found[1], found[0]
    state.pos = found.end()
    return True


def _take_definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Take a note: its first line, and what is not separated from it by a blank line or is indented."""
    if state.is_code_block(start) or state.level:
        return False
    begin = state.bMarks[start] + state.tShift[start]
    found = _DEFINITION.match(state.src, begin, state.eMarks[start])
    if found is None:
        return False
    if silent:
        return True
    token = state.push("footnote_open", "", 1)
    token.content, token.map = found[1], [start, end]
    kept = (state.bMarks[start], state.tShift[start], state.sCount[start], state.blkIndent, state.lineMax)
    state.bMarks[start] = found.end()
    state.tShift[start], state.sCount[start] = 0, 0
    state.lineMax = _end_of_note(state, start, end)
    state.parentType = "blockquote"
    state.md.block.tokenize(state, start, state.lineMax)
    token.map[1] = state.line = max(state.line, start + 1)
    state.bMarks[start], state.tShift[start], state.sCount[start], state.blkIndent, state.lineMax = kept
    state.push("footnote_close", "", -1)
    return True


def _end_of_note(state: StateBlock, start: int, end: int) -> int:
    line = start + 1
    while line < end and not state.isEmpty(line):
        if _DEFINITION.match(state.src, state.bMarks[line] + state.tShift[line], state.eMarks[line]):
            break
        line += 1
    return line
