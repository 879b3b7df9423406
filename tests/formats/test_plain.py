from __future__ import annotations

import pytest
from hypothesis import given

from lmstudio_lite.formats.plain import to_plain_text
from tests.formats.written import HOSTILE, TEXTS


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("# One\nTwo", "One\n\nTwo\n"),
        ("**a** *b* `c` ~~d~~", "a b c ~~d~~\n"),
        ("a\\\nb", "a\nb\n"),
        ("- a\n  - b\n\n    c\n- d", "- a\n  - b\n\n    c\n- d\n"),
        ("9. a\n10. b\n    - c", "9. a\n10. b\n    - c\n"),
        ("> a\n>\n> b", "> a\n>\n> b\n"),
        ("```\na\n  b\n```", "    a\n      b\n"),
        (
            "[words](https://example.org) <https://example.org>",
            "words (https://example.org) https://example.org\n",
        ),
        ("<me@example.org>", "me@example.org\n"),
        ("![words](http://example.org/x.png)", "words\n"),
        ("---", "--------------------\n"),
        ("", ""),
    ],
)
def test_elements(source: str, text: str) -> None:
    assert to_plain_text(source) == text


def test_a_table_is_aligned_in_cells_of_a_terminal() -> None:
    source = "| Town | Ships | x |\n|---|--:|:-:|\n| 北京 | 3 | a |\n| Hamburg | 12000 | [b](https://b.org) |"
    assert to_plain_text(source).splitlines() == [
        "Town    | Ships |         x",
        "--------+-------+------------------",
        "北京    |     3 |         a",
        "Hamburg | 12000 | b (https://b.org)",
    ]


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_is_a_text_of_its_size(source: str) -> None:
    text = to_plain_text(source)
    assert len(text) < 10 * len(source) + 1000
    assert "the end" in text


@given(TEXTS)
def test_any_text_is_lines_without_controls(source: str) -> None:
    text = to_plain_text(source)
    text.encode("utf-8")
    assert not text or text.endswith("\n")
    assert all(each >= " " or each in "\t\n" for each in text)
