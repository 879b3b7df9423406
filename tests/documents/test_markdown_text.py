from __future__ import annotations

import time

import pytest

from lmstudio_lite.documents.markdown_text import clean_markdown


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ('See [the page](https://x.org/a_(b) "Title") now.', "See the page now."),
        ("![A red square](square.png) text", "A red square text"),
        ("[![Logo](logo.png)](https://x.org)", "Logo"),
        ("A fact.[[4]](#cite_note-4) Next", "A fact. Next"),
        ("1\\. Not a list\\! \\*stars\\*", "1. Not a list! *stars*"),
        ("- **Comment\n\n**\n\nEnd", "- Comment\n\nEnd"),
        ("A **bold** word", "A **bold** word"),
        ("| a    | b |\n| ------- | --- |", "| a | b |\n| --- | --- |"),
        ("one\n\n\n\n\ntwo", "one\n\ntwo"),
        ("f\\[i\\](x) stays, so does [no link]", "f[i](x) stays, so does [no link]"),
        ("\\![A picture](a.png)", "A picture"),
    ],
)
def test_cleaning(markdown: str, text: str) -> None:
    assert clean_markdown(markdown) == text


@pytest.mark.parametrize("unit", ["[", "](", "[a](", "![", "[[", "\\[", "**", "- [a](b) "])
def test_hostile_marks_cost_no_time(unit: str) -> None:
    start = time.monotonic()
    clean_markdown(unit * 100_000)
    assert time.monotonic() - start < 10
