from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.app.markdown_marks import readable_line, without_marks


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("# Release notes", "Release notes"),
        ("**Important:** read this", "Important: read this"),
        ("A [link](https://example.org) here", "A link here"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("#hashtag stays", "#hashtag stays"),
        ("##", "##"),
        ("## العنوان", "العنوان"),
        ("C:\\folder\\file", "C:\\folder\\file"),
    ],
)
def test_a_title_is_read_without_marks(title: str, read: str) -> None:
    assert without_marks(title) == read


@settings(deadline=None)
@given(st.text("ab #*_`[]()|\\-é", max_size=40))
def test_every_place_of_the_text_is_found_in_the_source_and_back(line: str) -> None:
    shown = readable_line(line)
    assert len(shown.text) == len(line) - sum(length for _, length in shown.cuts)
    for column, character in enumerate(shown.text):
        source = shown.source_column(column)
        assert line[source] == character or character in "│─"
        assert shown.shown_column(source) == column
