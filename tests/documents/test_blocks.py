from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.structure.blocks import find_blocks
from lmstudio_lite.domain.documents import BlockKind


def blocks(text: str) -> list[tuple[BlockKind, str]]:
    return [(block.kind, text[block.start : block.end]) for block in find_blocks(text)]


def test_kinds() -> None:
    text = (
        "# Title\nA paragraph\nof two lines.\n\n- one\n  goes on\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
        "```python\n# no heading\n\nx = 1\n```\nThe end."
    )
    assert blocks(text) == [
        (BlockKind.HEADING, "# Title"),
        (BlockKind.PARAGRAPH, "A paragraph\nof two lines."),
        (BlockKind.LIST_ITEM, "- one\n  goes on"),
        (BlockKind.LIST_ITEM, "- two"),
        (BlockKind.TABLE, "| a | b |\n|---|---|\n| 1 | 2 |"),
        (BlockKind.CODE, "```python\n# no heading\n\nx = 1\n```"),
        (BlockKind.PARAGRAPH, "The end."),
    ]


def test_an_unclosed_fence_is_code_to_the_end() -> None:
    assert blocks("text\n\n```\ncode\n\nmore\n") == [
        (BlockKind.PARAGRAPH, "text"),
        (BlockKind.CODE, "```\ncode\n\nmore"),
    ]


@given(st.text(alphabet=st.sampled_from("ab #-|`1.\n\t\r\v\u2028"), max_size=200))
def test_blocks_cover_everything_but_white_space(text: str) -> None:
    position = 0
    for block in find_blocks(text):
        assert position <= block.start < block.end <= len(text)
        assert not text[position : block.start].strip()
        assert text[block.start : block.end].strip()
        position = block.end
    assert not text[position:].strip()
