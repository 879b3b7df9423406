"""A long block that is cut into pieces says the same as it would in one, and only its end is parsed again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lmstudio_lite.ui.markdown import Block, CodeBlock, ProseBlock, parse_blocks
from lmstudio_lite.ui.markdown_stream import PIECE_CHARS, MarkdownStream

_PIECES = st.sampled_from(
    [
        *(
            "word ",
            "**bold** ",
            "*",
            "`",
            "`code` ",
            "\n",
            "\n\n",
            " ",
            "\r",
            "\r\n",
            "- item\n",
            "  - nested\n",
        ),
        *(
            "  more\n",
            "1. one\n",
            "2. two\n",
            "5",
            "# Title\n",
            "#",
            "```python\n",
            "x = 1  # note\n",
            "```\n",
        ),
        *("> quote\n", "| a | b |\n|---|---|\n| 1 | 2 |\n", "| 3 | *4* |\n", "    indented\n", "---\n", "-"),
        *(
            "$x^2$ ",
            "$",
            "$$",
            "$$\n",
            "\\(a",
            "\\) ",
            "\\[b\\]",
            "- [ ] do\n",
            "[^1]",
            "[^1]: note\n",
            "$5 ",
        ),
        *("你好。好的好的", "مرحبا ", "<b>html</b> ", "[link](https://example.org) ", "&amp; ", "===\n"),
    ]
)
_ENDS = {"bullet_list_close", "ordered_list_close", "table_close", "tbody_open", "tbody_close"}

Said = list[tuple[str, str]]


def said_by(blocks: Sequence[Block]) -> list[tuple[str, Said]]:
    """Return each block's kind and what is in it, pieces put together."""
    whole: list[tuple[str, Said]] = []
    for block in blocks:
        if isinstance(block, CodeBlock):
            kind, said = "code", [("code", block.code)]
        else:
            kind, said = block.tokens[0].type, _said(block.tokens)
        if block.follows:
            assert whole
            assert whole[-1][0] == kind
        if kind == "code" and block.follows:
            whole[-1][1][-1] = ("code", f"{whole[-1][1][-1][1]}\n{said[0][1]}")
        elif block.follows or (kind == "blockquote_open" and whole and whole[-1][0] == kind):
            whole[-1] = (kind, _joined([*whole[-1][1], *said]))
        else:
            whole.append((kind, _joined(said)))
    return whole


def _said(tokens: Sequence[object]) -> Said:
    said: Said = []
    first, last = tokens[0], tokens[-1]
    for token in tokens:
        kind, children = getattr(token, "type", ""), getattr(token, "children", None)
        if kind == "inline":
            said += [(child.type, child.content) for child in children or []]
        elif token not in (first, last) and kind not in _ENDS:
            said.append((kind, str(getattr(token, "hidden", ""))))
    return said


def _joined(said: Said) -> Said:
    joined: Said = []
    for kind, text in said:
        if joined and kind == "text" == joined[-1][0]:
            joined[-1] = (kind, joined[-1][1] + text)
        elif (kind, text) != ("text", ""):
            joined.append((kind, text))
    return joined


@example(pieces=["Then\n$$\n", "a\n- b", "\n- c\n", "$$\n", "more\n\n", "end"], piece_chars=600)
@given(pieces=st.lists(_PIECES, max_size=40), piece_chars=st.sampled_from([1, 5, 12, 30, 60]))
@settings(max_examples=300, deadline=None)
def test_pieces_say_what_the_whole_says(pieces: list[str], piece_chars: int) -> None:
    stream = MarkdownStream(piece_chars)
    blocks: list[Block] = []
    for piece in pieces:
        first = stream.append(piece)
        assert stream.blocks[:first] == blocks[:first]
        blocks = list(stream.blocks)
    stream.end()
    text = "".join(pieces).replace("\r\n", "\n").replace("\r", "\n")
    assert stream.text == text
    assert said_by(stream.blocks) == said_by(parse_blocks(text))


@pytest.mark.parametrize(
    "line",
    [
        "a word and **another** one. ",
        "- a point of the list\n",
        "7. a point of the list\n",
        "- a loose point\n\n",
        "> a quoted paragraph\n>\n",
        "没有空格的中文句子，一直写下去。",
        "one*star that is never closed ",
    ],
)
def test_of_a_block_without_end_only_its_end_is_parsed_again(line: str) -> None:
    _hold_bounded("", line)


def test_of_code_and_tables_without_end_only_their_end_is_parsed_again() -> None:
    _hold_bounded("```c\n", "int value = 1;\n")
    _hold_bounded("", "    int value = 1;\n")
    _hold_bounded("| a | b |\n|---|---|\n", "| one | two |\n")


def _hold_bounded(opening: str, line: str) -> None:
    stream = MarkdownStream(PIECE_CHARS)
    stream.append(opening + line)
    sizes = []
    for _ in range(20_000 // len(line)):
        first = stream.append(line)
        sizes.append(sum(block.end - block.start for block in stream.blocks[first:]))
    assert max(sizes[len(sizes) // 2 :]) <= 5 * PIECE_CHARS
    assert len(stream.blocks) > 8


def test_a_paragraph_that_could_not_be_cut_well_is_whole_in_the_end() -> None:
    stream = MarkdownStream(20)
    for _ in range(30):
        stream.append("*begun and ")
    stream.append("ended*")
    assert len(stream.blocks) > 1
    stream.end()
    assert said_by(stream.blocks) == said_by(parse_blocks("*begun and " * 30 + "ended*"))


def test_a_line_that_is_not_complete_yet_ends_nothing() -> None:
    """ "#" is a heading and "1" a paragraph until the next token makes them a part of what stands before."""
    for before, begun, rest in (("words\n", "#", "hash"), ("1. one\n\n", "2", ". two"), ("- a\n", "*", "b*")):
        stream = MarkdownStream()
        for piece in (before, begun, rest):
            stream.append(piece)
        assert said_by(stream.blocks) == said_by(parse_blocks(before + begun + rest))


def test_the_mark_of_a_point_to_come_makes_no_heading_for_a_moment() -> None:
    stream = MarkdownStream()
    for character in "- Orange\n  - Yellow\n- Cherry\n  - Red\n":
        stream.append(character)
        assert "heading_open" not in {
            token.type for block in stream.blocks if isinstance(block, ProseBlock) for token in block.tokens
        }


@pytest.mark.parametrize("ends", [True, False])
def test_a_line_below_a_title_makes_a_heading_once_it_is_complete(ends: bool) -> None:
    stream = MarkdownStream()
    for character in "Title\n---" + "\n" * (not ends):
        stream.append(character)
    stream.end()
    assert said_by(stream.blocks) == said_by(parse_blocks("Title\n---\n"))
    (title,) = stream.blocks
    assert isinstance(title, ProseBlock)
    assert title.tokens[0].type == "heading_open"
