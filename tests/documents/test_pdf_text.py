from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.pdf.characters import clean
from lmstudio_lite.documents.pdf.columns import PageLine
from lmstudio_lite.documents.pdf.running import drop_running_lines
from lmstudio_lite.documents.pdf.text import join_pages

LINE = "This is a full line of a paragraph that goes on and on until its"


def page(*lines: str) -> list[PageLine]:
    return [PageLine(line) for line in lines]


def texts(*pages: list[PageLine]) -> list[str]:
    text, spans = join_pages(drop_running_lines(pages)[0])
    return [text[start:end] for start, end in spans]


def joined(*pages: list[PageLine], language: str = "en") -> str:
    return join_pages(pages, lambda _: language)[0]


LINES = st.text(alphabet="aB3 .-中•", min_size=1, max_size=80).map(str.strip).filter(bool)
MARKED = st.builds(lambda line, mark: line + mark, LINES, st.sampled_from(["", "\x02"]))


@given(st.lists(st.lists(st.builds(PageLine, MARKED, st.booleans(), st.booleans()), max_size=5), max_size=6))
def test_pages_are_in_order_and_lose_no_letters(pages: list[list[PageLine]]) -> None:
    text, spans = join_pages(pages)
    letters = [letter for lines in pages for line in lines for letter in line.text if letter.isalnum()]
    assert [letter for letter in text if letter.isalnum()] == letters
    assert len(spans) == len(pages)
    position = 0
    for start, end in spans:
        assert position <= start <= end <= len(text)
        assert not text[position:start].strip()
        position = end
    assert position == len(text)
    assert "\x02" not in text


def test_hyphens_at_line_ends() -> None:
    first = "One chat is con\x02firming, pro\x02gramming a chat\x02optimized and self\x02Made one is a way of"
    (text,) = texts(page(first, "programming."))
    whole = "One chat is confirming, programming a chat-optimized and self-Made one is a way of programming."
    assert text == whole


def test_page_numbers_and_running_heads_go() -> None:
    pages = [
        page(f"{number} 1.{number // 4} TOPOLOGY", LINE, LINE, f"{LINE} end {number}.")
        for number in range(8, 16)
    ]
    assert not any("TOPOLOGY" in text for text in texts(*pages))
    pages = [
        page("The Journal", LINE, LINE, f"Text {number * number}.", f"Page {number} of 9")
        for number in range(1, 9)
    ]
    assert not any("Journal" in text or "Page" in text for text in texts(*pages))
    assert texts(page(LINE, "xii"), page(LINE, "- 13 -")) == [LINE, LINE]


def test_the_only_line_of_a_page_stays() -> None:
    assert texts(*[page("Left blank on purpose.")] * 4) == ["Left blank on purpose."] * 4


def test_headings_and_columns_of_numbers_stay() -> None:
    chapters = [
        page("Chapter 1", LINE),
        page(LINE),
        page("Chapter 2", LINE),
        page(LINE, LINE),
        page("Chapter 3", LINE),
    ]
    assert [number for number in "123" if f"Chapter {number}" in join_pages(chapters)[0]] == ["1", "2", "3"]
    assert texts(page(LINE, LINE, LINE, "101", "202", "303"))[0].split()[-3:] == ["101", "202", "303"]
    assert texts(page(LINE, "civil")) == [f"{LINE} civil"]


def test_headings_and_items_are_paragraphs_of_their_own() -> None:
    (text,) = texts(
        page("1 Introduction", LINE, LINE, f"{LINE[:50]} its end.", "Methods", LINE, "• one", "• two")
    )
    assert (
        text == f"1 Introduction\n\n{LINE} {LINE} {LINE[:50]} its end.\n\nMethods\n\n{LINE}\n\n• one\n• two"
    )


def test_chinese_lines_join_without_a_space() -> None:
    line = "语言模型是一种基于机器学习技术的自然语言处理工具它通过学习"
    assert texts(page(line, line)) == [line + line]


@pytest.mark.parametrize(
    ("divided", "whole"),
    [
        ("govern\x02ment", "government"),
        ("develop\x02ment", "development"),
        ("insur\x02ance", "insurance"),
        ("inter\x02national", "international"),
        ("under\x02standing", "understanding"),
        ("organ\x02ization", "organization"),
        ("some\x02times", "sometimes"),
        ("hard\x02ware", "hardware"),
        ("thou\x02sand", "thousand"),
        ("com\x02mu\x02nity", "community"),
        ("GOVERN\x02MENT", "GOVERNMENT"),
        ("well\x02known", "well-known"),
        ("self\x02esteem", "self-esteem"),
        ("e\x02mail", "e-mail"),
        ("twenty\x02three", "twenty-three"),
        ("long\x02term", "long-term"),
        ("COVID\x0219", "COVID-19"),
        ("Jean\x02Paul", "Jean-Paul"),
        ("state-of-the\x02art", "state-of-the-art"),
        ("pre\x02and post-war", "pre- and post-war"),
    ],
)
def test_a_divided_word_is_whole_and_a_compound_keeps_its_hyphen(divided: str, whole: str) -> None:
    assert joined(page(f"There is a {divided} in it.")) == f"There is a {whole} in it."
    left, mark, right = divided.rpartition("\x02")
    assert joined(page(f"There is a {left}{mark}"), page(f"{right} in it.")) == f"There is a {whole} in it."


def test_the_rest_of_the_document_decides_first() -> None:
    assert joined(page("A data\x02driven job.", "It is data driven.")).startswith("A data-driven job.")
    assert joined(page("The work\x02shop closed.", "A workshop opened.")).startswith("The workshop closed.")
    assert joined(page("A co\x02operative.", "One co-operative bank.")).startswith("A co-operative.")
    # A half of a divided word is no word of the document.
    assert joined(page("The govern\x02mental govern\x02mental act.")) == "The governmental governmental act."


def test_german_writes_compounds_as_one_word_and_keeps_a_hyphen_before_and() -> None:
    text = joined(page("Die Daten\x02bank und die Bank der Daten, Haus\x02und Hoftiere."), language="de")
    assert text == "Die Datenbank und die Bank der Daten, Haus- und Hoftiere."


def test_ranges_and_paths_at_line_ends_get_no_space() -> None:
    assert joined(page(f"{LINE} in the years 2019-", "2021 it rose.")).endswith("2019-2021 it rose.")
    assert joined(page(f"{LINE} see the file and/", "or the page.")).endswith("and/or the page.")


def test_cleaning() -> None:
    assert clean("in\xadter\xadnational \ufb01re\ufb02y e\ufb03cient") == "international firefly efficient"
    assert clean("\x93quoted\x94 \x96 it\x92s") == "“quoted” – it’s"
    assert clean("de\x0cne a\x0bect \x0c | \x0c") == "define affect  | "
    assert clean("语⾔模型⻓") == "语言模型长"
    assert clean("\ud83d\ude00 \uf0b7 point\x07") == "😀 • point"


def test_rows_of_a_table_stay_lines() -> None:
    rows = [PageLine(f"Number {n} of a table that is as wide as all the text", is_row=True) for n in range(3)]
    assert joined([*page(LINE), *rows, *page(LINE)]).split("\n\n")[1].count("\n") == 2
