"""Conversations as documents for readers: Word, HTML, Markdown and plain text.

What a person typed stands there letter for letter and is no Markdown; an answer is read as the window reads
it. In Markdown both stand as they were written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from lmstudio_lite.domain.chat_files import ChatLine, ChatText, OnStep, no_step
from lmstudio_lite.formats.html import to_page
from lmstudio_lite.formats.markdown import escaped, parse, without_unwanted
from lmstudio_lite.formats.plain import to_plain_text
from lmstudio_lite.formats.tree import Block, Blocks, Heading, Inline, LineBreak, Paragraph, Rule, Text

_SPACES = re.compile(r"(?m)^[ \t]+|[ \t]{2,}|\t")
_HARD_SPACE = "\u00a0"
_TAB = 4


def chats_to_docx(
    chats: Sequence[ChatText],
    on_step: OnStep = no_step,
    with_pictures: Callable[[Blocks], Blocks] = lambda blocks: blocks,
) -> bytes:
    """Return a Word file; ``on_step`` of all of these is told the messages that are read."""
    from lmstudio_lite.formats.docx import to_docx  # late: few write Word files, all open the window

    return to_docx(with_pictures(chat_blocks(chats, on_step)), title=_title(chats))


def chats_to_page(chats: Sequence[ChatText], on_step: OnStep = no_step) -> str:
    """Return a page that stands alone."""
    return to_page(chat_blocks(chats, on_step, has_hard_spaces=True), title=_title(chats))


def chats_to_text(chats: Sequence[ChatText], on_step: OnStep = no_step) -> str:
    """Return a plain text."""
    return to_plain_text(chat_blocks(chats, on_step))


def chats_to_markdown(chats: Sequence[ChatText]) -> str:
    """Return Markdown."""
    return "\n---\n\n".join(map(_markdown_of, chats))


def chat_blocks(
    chats: Sequence[ChatText], on_step: OnStep = no_step, *, has_hard_spaces: bool = False
) -> Blocks:
    """Return the conversations as blocks, for whoever writes them.

    ``has_hard_spaces``: for HTML, which would make one of the many spaces of typed code.
    """
    blocks: list[Block] = []
    num_done, num_lines = 0, sum(len(chat.lines) for chat in chats)
    for number, chat in enumerate(chats):
        if number:
            blocks.append(Rule())
        if not chat.is_message:
            blocks.append(Heading(1, (Text(without_unwanted(chat.title)),)))
        for line in chat.lines:
            on_step(num_done, num_lines)
            num_done += 1
            if not chat.is_message:
                blocks += _head_of(line)
            blocks += _blocks_of(line, has_hard_spaces=has_hard_spaces)
    return tuple(blocks)


def _head_of(line: ChatLine) -> Iterator[Block]:
    yield Heading(2, (Text(line.speaker),))
    if details := _details(line):
        yield Paragraph((Text(details, is_italic=True),))


def _blocks_of(line: ChatLine, *, has_hard_spaces: bool) -> Iterator[Block]:
    if not line.is_user:
        yield from parse(line.text)
        return
    text = without_unwanted(line.text).strip("\n")
    if has_hard_spaces:
        text = _SPACES.sub(lambda found: _HARD_SPACE * len(found[0].expandtabs(_TAB)), text)
    yield from map(_as_typed, text.split("\n\n"))


def _as_typed(paragraph: str) -> Paragraph:
    inlines: list[Inline] = []
    for number, words in enumerate(paragraph.split("\n")):
        if number:
            inlines.append(LineBreak())
        inlines.append(Text(words))
    return Paragraph(tuple(inlines))


def _markdown_of(chat: ChatText) -> str:
    if chat.is_message:
        return "\n\n".join(line.text for line in chat.lines)
    parts = [f"# {escaped(chat.title)}"]
    for line in chat.lines:
        parts.append(f"## {line.speaker}")
        if details := _details(line):
            parts.append(f"*{escaped(details)}*")
        parts.append(line.text.strip("\n"))
    return "\n\n".join(parts) + "\n"


def _details(line: ChatLine) -> str:
    time = [f"{line.created_at.astimezone():%Y-%m-%d %H:%M}"] if line.created_at is not None else []
    return without_unwanted(" · ".join([*time, *line.notes]))


def _title(chats: Sequence[ChatText]) -> str:
    return chats[0].title if len(chats) == 1 else ""
