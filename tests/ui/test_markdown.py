"""Markdown as it streams shows what it would show at once."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.chat.code_view import CodeView
from lmstudio_lite.ui.chat.message_body import MarkdownBody
from lmstudio_lite.ui.chat.prose_view import ProseView
from lmstudio_lite.ui.highlight import CodeKind, Colours, Span, highlight
from lmstudio_lite.ui.markdown import CodeBlock, parse_blocks
from lmstudio_lite.ui.markdown_stream import MarkdownStream
from lmstudio_lite.ui.theme import Theme

_PIECES = st.sampled_from(
    [
        "word ",
        "**bold** ",
        "\n",
        "\n\n",
        "- item\n",
        "  - nested\n",
        "1. one\n",
        "# Title\n",
        "```python\n",
        "x = 1  # note\n",
        "```\n",
        "> quote\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "`code` ",
        "    indented\n",
        "---\n",
        "你好。",
        "مرحبا ",
        "<b>html</b> ",
        "[link](https://example.org) ",
        "![image](https://example.org/x.png) ",
        "\r\n",
        "$x^2$ ",
        "$$\na\n$$\n",
        "- [x] done\n",
        "[^1]: note\n",
    ]
)


def shown(body: MarkdownBody) -> list[tuple[str, str]]:
    """Return every view's kind and text, in order."""
    column = body.layout()
    assert column is not None
    items = [column.itemAt(place) for place in range(column.count())]
    views = [item.widget() for item in items if item is not None]
    result = []
    for view in views:
        if isinstance(view, CodeView):
            result.append(("code", view.text.toPlainText()))
        elif isinstance(view, ProseView):
            result.append(("prose", view.document().toHtml()))
    return result


@given(pieces=st.lists(_PIECES, max_size=14))
@example(pieces=["word ", "\n\n", "---\n", "| a | b |\n|---|---|\n| 1 | 2 |\n", "word "])
@settings(max_examples=60, deadline=None)
def test_streamed_text_looks_like_whole_text(qapp: QApplication, theme: Theme, pieces: list[str]) -> None:
    streamed, whole = MarkdownBody(theme), MarkdownBody(theme)
    for piece in pieces:
        streamed.append_text(piece)
    streamed.set_text("".join(pieces))
    whole.set_text("".join(pieces))
    assert shown(streamed) == shown(whole)
    streamed.deleteLater()
    whole.deleteLater()


@given(pieces=st.lists(_PIECES, max_size=14))
@example(pieces=["word ", "\n\n", "---\n", "| a | b |\n|---|---|\n| 1 | 2 |\n", "word "])
@settings(deadline=None)
def test_blocks_are_ordered_and_only_the_tail_changes(pieces: list[str]) -> None:
    stream = MarkdownStream()
    text = ""
    for piece in pieces:
        before = [(block.start, block.end) for block in stream.blocks]
        text += piece
        first = stream.set_text(text)
        after = [(block.start, block.end) for block in stream.blocks]
        assert after[:first] == before[:first]
        assert all(one[1] <= two[0] for one, two in pairwise(after))


def test_html_stays_text_and_nothing_is_fetched(theme: Theme, qtbot: QtBot) -> None:
    body = MarkdownBody(theme)
    qtbot.addWidget(body)
    body.set_text('<img src="https://example.org/a.png"> ![alt](https://example.org/b.png)')
    ((_, html),) = shown(body)
    assert "<img" not in html
    assert "alt" in html


def test_a_fence_names_its_language_and_its_code_is_coloured() -> None:
    (block,) = parse_blocks("```python title=x\nif True:\n    pass\n```\n")
    assert isinstance(block, CodeBlock)
    assert (block.language, block.code) == ("python", "if True:\n    pass")
    spans = [(block.code[start:end], kind) for start, end, kind in highlight(block.code, block.language)]
    assert ("if", CodeKind.KEYWORD) in spans


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", 'def one(a):\n    """Say\n\nmore."""\n    return a + 1  # note\n\n\n'),
        ("c", "/* a comment\nof two lines */\nint main(void) {\n    return 1; // end\n}\n\n"),
        ("html", "<p class='a'>text <b>bold</b></p>\n<!-- a\ncomment -->\n<script>let x = 1;</script>\n"),
    ],
)
def test_code_that_grows_gets_the_colours_of_the_whole(language: str, code: str) -> None:
    whole, colours = code * 150, Colours()
    spans: dict[int, list[Span]] = {}
    sizes = []
    for end in range(0, len(whole) + 1, 301):
        first, found = colours.find(whole[:end], language)
        spans = {row: of_row for row, of_row in spans.items() if row < first} | found
        sizes.append(whole[:end].count("\n") - first)
    first, found = colours.find(whole, language)
    spans = {row: of_row for row, of_row in spans.items() if row < first} | found
    assert spans == Colours().find(whole, language)[1]
    assert max(sizes) < whole.count("\n") / 2  # lines that are lexed again


def test_an_unknown_language_is_plain() -> None:
    assert list(highlight("whatever", "no-such-language")) == []


def test_what_is_nested_too_deep_is_shown_as_it_was_typed(theme: Theme, qtbot: QtBot) -> None:
    body = MarkdownBody(theme)
    qtbot.addWidget(body)
    body.set_text("> " * 100 + "the end")
    ((_, html),) = shown(body)
    assert "the end" in html
