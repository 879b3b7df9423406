from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.hub.cards import readable, without_front_matter


@pytest.mark.parametrize(
    ("card", "text"),
    [
        ("# Model\n\nA *good* one.", "# Model\n\nA *good* one."),
        (
            '<div align="center">\n<img src="https://x.example/a.png">\n</div>\n\n# Model',
            "# Model",
        ),
        ("[![badge](https://x.example/b.svg)](https://x.example) text", " text"),
        ("a ![picture](https://x.example/b.png 'title') b", "a  b"),
        ("<p>one</p><p>two &amp; three</p>", "one\n\ntwo & three"),
        ("<h2>Use</h2>now", "\n## Use\n\nnow".strip("\n")),
        ("<!-- hidden\n\nmore --> seen", " seen"),
        ("<style>p { color: red }</style>text", "text"),
        ("a < b and c > d", "a < b and c > d"),
        ("`<b>` and <b>bold</b>", "`<b>` and bold"),
        ("```html\n<img src='x'>\n![a](b)\n```", "```html\n<img src='x'>\n![a](b)\n```"),
        ("~~~\n<b>\n```\n<i>\n~~~\n<u>x</u>", "~~~\n<b>\n```\n<i>\n~~~\nx"),
        ("| a | b |\n|---|---|\n| 1 | <br> |", "| a | b |\n|---|---|\n| 1 | \n\n |"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a · b ·"),
        ("```\nnever closed <b>", "```\nnever closed <b>"),
    ],
)
def test_a_card_is_read_without_its_looks(card: str, text: str) -> None:
    assert readable(card).strip() == text.strip()


@given(st.text("ab <>/!-`~[]()#\n\"'&;div", max_size=200))
def test_no_picture_and_no_front_of_a_tag_is_left(card: str) -> None:
    plain = "\n".join(line for line in readable(card).split("\n") if "`" not in line and "~" not in line)
    if "`" not in card and "~" not in card:
        assert "<div>" not in plain
        assert "![a](b)" not in plain


@pytest.mark.parametrize("piece", ["<div ", "![", "`", "<!--", "[](", "<h1>", "![a](", "``` x\n", "<a b='"])
def test_a_hostile_card_takes_no_time(piece: str) -> None:
    begun_s = time.process_time()
    readable(piece * (256_000 // len(piece)))
    assert time.process_time() - begun_s < 3


@pytest.mark.parametrize(
    ("card", "text"),
    [
        ("---\nlicense: mit\n---\n\n# Model\n", "# Model\n"),
        ("\ufeff---\r\nlicense: mit\r\n---\r\n# Model", "# Model"),
        ("---\nonly", "---\nonly"),
        ("# Model\n---\nx\n---\n", "# Model\n---\nx\n---\n"),
        ("---\na: b\n---", ""),
        ("", ""),
    ],
)
def test_the_card_begins_behind_its_front_matter(card: str, text: str) -> None:
    assert without_front_matter(card) == text
