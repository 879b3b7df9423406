"""Markdown as it streams shows what it would show at once."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.chat.code_view import CodeView
from lmstudio_lite.ui.chat.message_body import MarkdownBody
from lmstudio_lite.ui.chat.prose_view import ProseView
from lmstudio_lite.ui.highlight import CodeKind, highlight
from lmstudio_lite.ui.markdown import CodeBlock, MarkdownStream, parse_blocks
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
@settings(max_examples=60, deadline=None)
def test_streamed_text_looks_like_whole_text(qapp: QApplication, theme: Theme, pieces: list[str]) -> None:
    streamed, whole = MarkdownBody(theme), MarkdownBody(theme)
    text = ""
    for piece in pieces:
        text += piece
        streamed.set_text(text)
    whole.set_text(text)
    assert shown(streamed) == shown(whole)
    streamed.deleteLater()
    whole.deleteLater()


@given(pieces=st.lists(_PIECES, max_size=14))
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


def test_an_unknown_language_is_plain() -> None:
    assert list(highlight("whatever", "no-such-language")) == []


def test_what_is_nested_too_deep_is_shown_as_it_was_typed(theme: Theme, qtbot: QtBot) -> None:
    body = MarkdownBody(theme)
    qtbot.addWidget(body)
    body.set_text("> " * 100 + "the end")
    ((_, html),) = shown(body)
    assert "the end" in html
