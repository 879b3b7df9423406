from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.pdf_text import join_pages

LINE = "This is a full line of a paragraph that goes on and on until its"


def page(*lines: str) -> str:
    return "\r\n".join(lines)


def texts(*pages: str) -> list[str]:
    text, spans = join_pages(pages)
    return [text[start:end] for start, end in spans]


@given(st.lists(st.text(alphabet="aB3 .\x02中\r\n•", max_size=80), max_size=6))
def test_pages_are_in_order_and_lose_no_letters(pages: list[str]) -> None:
    text, spans = join_pages(pages)
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


def test_headings_and_columns_of_numbers_stay() -> None:
    chapters = [
        page("Chapter 1", LINE),
        page(LINE),
        page("Chapter 2", LINE),
        page(LINE, LINE),
        page("Chapter 3", LINE),
    ]
    assert [number for number in "123" if f"Chapter {number}" in join_pages(chapters)[0]] == ["1", "2", "3"]
    assert texts(page(LINE, LINE, LINE, "101", "202", "303"))[0].split()[-2:] == ["101", "202"]
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
