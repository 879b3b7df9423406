"""A Word file is made of Word's own lists, tables and links, and opens without complaint."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.formats.docx import to_docx
from tests.formats.written import HOSTILE, LANGUAGES, REFERENCE, TEXTS, WORD, opened, text_of, value

STYLE, LEVEL, NUMBER = "pPr/pStyle", "pPr/numPr/ilvl", "pPr/numPr/numId"


def test_headings_quotes_and_rules_have_styles() -> None:
    file = opened(to_docx("# One\n\n###### Six\n\nText\n\n> Said\n\n---"))
    assert [(text_of(each), value(each, STYLE)) for each in file.paragraphs] == [
        ("One", "Heading1"),
        ("Six", "Heading6"),
        ("Text", None),
        ("Said", "Quote"),
        ("", "HorizontalRule"),
    ]


def test_lists_have_levels_and_numbers_of_their_own() -> None:
    file = opened(to_docx("- a\n  - b\n    1. c\n       more of c\n\n       of c too\n\n7. d\n8. e\n"))
    assert [(text_of(each), value(each, LEVEL), value(each, NUMBER)) for each in file.paragraphs] == [
        ("a", "0", "1"),
        ("b", "1", "1"),
        ("c more of c", "2", "2"),
        ("of c too", None, None),
        ("d", "0", "3"),
        ("e", "0", "3"),
    ]
    assert file.starts == {"2": ("2", "1"), "3": ("0", "7")}


def test_an_item_that_begins_with_code_has_its_mark() -> None:
    file = opened(to_docx("- ```\n  x\n  ```\n- ## Two\n-\n"))
    assert [(text_of(each), value(each, STYLE), value(each, LEVEL)) for each in file.paragraphs] == [
        ("", "ListParagraph", "0"),
        ("x", "Code", None),
        ("Two", "Heading2", "0"),
        ("", "ListParagraph", "0"),
    ]


def test_lists_deeper_than_word_has_levels_keep_their_text() -> None:
    file = opened(to_docx("".join(f"{'  ' * level}- level {level}\n" for level in range(11))))
    assert [value(each, LEVEL) for each in file.paragraphs] == [*"012345678", "8", "8"]


def test_what_is_nested_deep_leaves_room_for_its_text() -> None:
    file = opened(to_docx("> " * 24 + "the end\n\n" + "- " * 12 + "more"))
    indents = [int(each.get(f"{WORD}left", "")) for each in file.body.iter(f"{WORD}ind")]
    assert max(indents) <= 5000  # of 9070


def test_a_table_has_a_header_row_and_alignments() -> None:
    file = opened(to_docx("| a | b | c |\n|---|:-:|--:|\n| 1 | **2** | |\n\n| d |\n|---|\n"))
    first, second = file.body.iter(f"{WORD}tbl")
    rows = list(first.iter(f"{WORD}tr"))
    assert [[text_of(cell) for cell in row.iter(f"{WORD}tc")] for row in rows] == [
        ["a", "b", "c"],
        ["1", "2", ""],
    ]
    assert [value(row, "trPr/tblHeader") for row in rows] == ["", None]
    assert [value(each, "pPr/jc") for each in rows[1].iter(f"{WORD}p")] == [None, "center", "right"]
    assert text_of(second) == "d"


def test_code_keeps_its_lines_and_spaces() -> None:
    file = opened(to_docx("```py\nif x:\n\n    y\tz\n```\n\nand `a  b`"))
    assert [text_of(each) for each in file.paragraphs if value(each, STYLE) == "Code"] == [
        "if x:",
        "",
        "    y\tz",
    ]
    (run,) = (each for each in file.body.iter(f"{WORD}r") if text_of(each) == "a  b")
    assert value(run, "rPr/rStyle") == "CodeCharacters"


def test_runs_have_the_style_of_their_text() -> None:
    file = opened(to_docx("**a***b*~~c~~***d***\\\ne"))
    runs = list(file.paragraphs[0].iter(f"{WORD}r"))
    styles = [
        [mark for mark in ("b", "i", "strike") if value(run, f"rPr/{mark}") is not None] for run in runs
    ]
    assert [text_of(run) for run in runs] == ["a", "b", "c", "d", "\n", "e"]
    assert styles == [["b"], ["i"], ["strike"], ["b", "i"], [], []]


def test_links_are_links() -> None:
    file = opened(
        to_docx(
            "[a **b**](https://example.org/?x=1&y=2) [c](<https://example.org/?x=1&y=2>) [d](ftp://x.org)"
        )
    )
    links = list(file.body.iter(f"{WORD}hyperlink"))
    assert [text_of(each) for each in links] == ["a b", "c"]
    assert {file.links[each.get(REFERENCE, "")] for each in links} == {"https://example.org/?x=1&y=2"}
    assert text_of(file.paragraphs[0]) == "a b c d"


def test_arabic_and_hebrew_run_from_right_to_left() -> None:
    file = opened(
        to_docx("שלום Windows 11 עולם\n\nEnglish שלום\n\n| שם | x |\n|:--|--:|\n| 1 | 2 |", language="he")
    )
    hebrew, english = file.paragraphs[:2]
    assert value(hebrew, "pPr/bidi") == ""
    assert [(text_of(run), value(run, "rPr/rtl")) for run in hebrew.iter(f"{WORD}r")] == [
        ("שלום ", ""),
        ("Windows 11", None),
        (" עולם", ""),
    ]
    assert value(english, "pPr/bidi") is None
    assert [value(run, "rPr/rtl") for run in english.iter(f"{WORD}r")] == [None, ""]
    (table,) = file.body.iter(f"{WORD}tbl")
    assert value(table, "tblPr/bidiVisual") == ""
    # "right" is where lines begin: at the left of a paragraph from right to left.
    assert value(table[-1][1][-1], "pPr/jc") == "right"
    assert value(file.body, "sectPr/bidi") == ""


def test_chinese_is_set_in_a_chinese_font() -> None:
    (run,) = opened(to_docx("漢字")).body.iter(f"{WORD}r")
    fonts = run.find(f"{WORD}rPr/{WORD}rFonts")
    assert fonts is not None
    assert fonts.get(f"{WORD}hint") == "eastAsia"


def test_a_table_wider_than_word_can_is_lines() -> None:
    file = opened(to_docx("|" + "a|" * 64 + "\n|" + "-|" * 64 + "\n|" + "b|" * 64))
    assert not list(file.body.iter(f"{WORD}tbl"))
    assert text_of(file.paragraphs[2]) == " | ".join("b" * 64)


def test_another_program_reads_what_was_written(tmp_path: Path) -> None:
    source = (
        "# Harbours\n\n- The **harbour** was built in 1200.\n- Salt came by barge,\n  which took long.\n\n"
        "| Town | Ships |\n|---|--:|\n| Hamburg | 3 |\n\n```\nfirst = 1\nsecond = 2\n```\n\n"
        "> Nothing else.\n\n1. First of all.\n2. Ende der Geschichte: 完。\n"
    )
    path = tmp_path / "out.docx"
    path.write_bytes(to_docx(source, title="Harbours", language="en"))
    lines = read_document(path, ReadLimits()).text.splitlines()
    for line in (
        "# Harbours",
        "- The harbour was built in 1200.",
        "- Salt came by barge, which took long.",
        "| Hamburg | 3 |",
        "first = 1",
        "second = 2",
        "Nothing else.",
        "1. First of all.",
        "2. Ende der Geschichte: 完。",
    ):
        assert line in lines


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_is_a_file_that_opens(source: str) -> None:
    file = opened(to_docx(source, title=source[:50]))
    assert "the end" in "".join(map(text_of, file.paragraphs))


@given(TEXTS, LANGUAGES)
def test_any_text_makes_the_same_well_formed_file_each_time(source: str, language: str) -> None:
    content = to_docx(source, title=source, language=language)
    assert to_docx(source, title=source, language=language) == content
    for address in opened(content).links.values():
        assert address.lower().startswith(("http:", "https:", "mailto:"))
