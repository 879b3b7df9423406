"""Conversations as documents for readers: Word, HTML, Markdown and plain text.

What a person typed stands there letter for letter and is no Markdown; an answer is read as the window reads
it. In Markdown both stand as they were written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lmstudio_lite.domain.chat_files import ChatLine, ChatText
from lmstudio_lite.formats.docx import to_docx
from lmstudio_lite.formats.html import to_page
from lmstudio_lite.formats.markdown import escaped, parse, without_unwanted
from lmstudio_lite.formats.plain import to_plain_text
from lmstudio_lite.formats.tree import Block, Blocks, Heading, Inline, LineBreak, Paragraph, Rule, Text


def chats_to_docx(chats: Sequence[ChatText]) -> bytes:
    """Return a Word file."""
    return to_docx(chat_blocks(chats), title=_title(chats))


def chats_to_page(chats: Sequence[ChatText]) -> str:
    """Return a page that stands alone."""
    return to_page(chat_blocks(chats), title=_title(chats))


def chats_to_text(chats: Sequence[ChatText]) -> str:
    """Return a plain text."""
    return to_plain_text(chat_blocks(chats))


def chats_to_markdown(chats: Sequence[ChatText]) -> str:
    """Return Markdown."""
    return "\n---\n\n".join(map(_markdown_of, chats))


def chat_blocks(chats: Sequence[ChatText]) -> Blocks:
    """Return the conversations as blocks, for whoever writes them."""
    blocks: list[Block] = []
    for number, chat in enumerate(chats):
        if number:
            blocks.append(Rule())
        blocks.append(Heading(1, (Text(without_unwanted(chat.title)),)))
        for line in chat.lines:
            blocks += _blocks_of(line)
    return tuple(blocks)


def _blocks_of(line: ChatLine) -> Iterator[Block]:
    yield Heading(2, (Text(line.speaker),))
    if details := _details(line):
        yield Paragraph((Text(details, is_italic=True),))
    if line.is_user:
        yield from map(_as_typed, without_unwanted(line.text).strip("\n").split("\n\n"))
    else:
        yield from parse(line.text)


def _as_typed(paragraph: str) -> Paragraph:
    inlines: list[Inline] = []
    for number, words in enumerate(paragraph.split("\n")):
        if number:
            inlines.append(LineBreak())
        inlines.append(Text(words))
    return Paragraph(tuple(inlines))


def _markdown_of(chat: ChatText) -> str:
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
