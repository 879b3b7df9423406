from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.documents import Page
from lmstudio_lite.ui.long_text import LINE_LIMIT, break_long_lines, display_lines

TEXTS = st.text(st.sampled_from("ab \n\r文"), max_size=200).map(lambda text: text * 60)


@given(TEXTS)
def test_breaking_only_adds_line_feeds(text: str) -> None:
    broken = break_long_lines(text)
    assert broken.replace("\n", "") == text.replace("\n", "")
    assert max(map(len, broken.split("\n")), default=0) <= LINE_LIMIT


@given(TEXTS, st.lists(st.integers(0, 2_000), unique=True, max_size=8))
def test_every_page_is_marked_once_unless_it_shares_its_line(text: str, starts: list[int]) -> None:
    starts = sorted(start for start in starts if start < len(text))
    pages = [Page(number, start, start + 1) for number, start in enumerate(starts, 1)]
    lines = list(display_lines(text, pages))
    marked = [line.page for line in lines if line.page]
    assert marked == sorted(set(marked))
    assert (marked[:1] == [1]) == bool(pages)
    shown = "".join(line.text for line in lines)
    assert shown.replace(" ", "") == "".join(text.replace("\n", "").replace("\r", "").split(" "))


def test_a_page_begins_in_its_own_line() -> None:
    lines = list(display_lines("one\ntwo\nthree", [Page(1, 0, 4), Page(2, 4, 8), Page(3, 8, 13)]))
    assert lines == [("one", 1, 0), ("two", 2, 4), ("three", 3, 8)]


def test_of_many_blank_lines_two_are_shown() -> None:
    assert [line.text for line in display_lines("a" + "\n" * 9 + "b", [])] == ["a", "", "", "b"]
