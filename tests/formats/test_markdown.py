"""Markdown is read once, and whoever reads need not fear what a model wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.formats.markdown import escaped, parse
from lmstudio_lite.formats.plain import to_plain_text
from lmstudio_lite.formats.tree import (
    Alignment,
    Block,
    BulletList,
    Code,
    Heading,
    LineBreak,
    NumberedList,
    Paragraph,
    Quote,
    Rule,
    Table,
    Text,
    words_of,
)
from tests.formats.written import HOSTILE, TEXTS


def paragraph(text: str) -> Paragraph:
    return Paragraph((Text(text),))


def words_in(blocks: tuple[Block, ...]) -> str:
    """Return all characters that a reader would see."""
    found = []
    for block in blocks:
        match block:
            case Paragraph(inlines) | Heading(_, inlines):
                found.append(words_of(inlines))
            case Code(text):
                found.append(text)
            case Quote(inner):
                found.append(words_in(inner))
            case BulletList(items) | NumberedList(items):
                found += map(words_in, items)
            case Table(header, rows):
                found += [words_of(cell) for row in (header, *rows) for cell in row]
            case Rule():
                pass
    return "\n".join(found)


@pytest.mark.parametrize(
    ("source", "blocks"),
    [
        ("# One\n\n###### Six", (Heading(1, (Text("One"),)), Heading(6, (Text("Six"),)))),
        ("One\nline", (paragraph("One line"),)),
        (
            "One\\\nTwo  \nThree",
            (Paragraph((Text("One"), LineBreak(), Text("Two"), LineBreak(), Text("Three"))),),
        ),
        ("```py x\na\n\n  b\n```", (Code("a\n\n  b", "py"),)),
        ("    a\n     b", (Code("a\n b", ""),)),
        ("> a\n> > b", (Quote((paragraph("a"), Quote((paragraph("b"),)))),)),
        ("- a\n- b", (BulletList(((paragraph("a"),), (paragraph("b"),)), is_tight=True),)),
        ("- a\n\n- b", (BulletList(((paragraph("a"),), (paragraph("b"),)), is_tight=False),)),
        ("7. a\n8. b", (NumberedList(((paragraph("a"),), (paragraph("b"),)), 7, is_tight=True),)),
        ("- ", (BulletList(((),), is_tight=True),)),
        ("---", (Rule(),)),
        ("", ()),
    ],
)
def test_blocks(source: str, blocks: tuple[Block, ...]) -> None:
    assert parse(source) == blocks


def test_lists_keep_their_levels() -> None:
    (outer,) = parse("- a\n  1. b\n     - c\n- d")
    inner = BulletList(((paragraph("c"),),), is_tight=True)
    numbered = NumberedList(((paragraph("b"), inner),), 1, is_tight=True)
    assert outer == BulletList(((paragraph("a"), numbered), (paragraph("d"),)), is_tight=True)


def test_a_table_keeps_its_cells_and_alignments() -> None:
    (table,) = parse("| a | b | c | d |\n|---|:--|:-:|--:|\n| **1** | x \\| y |\n")
    assert isinstance(table, Table)
    assert table.alignments == (Alignment.NONE, Alignment.LEFT, Alignment.CENTER, Alignment.RIGHT)
    assert [words_of(cell) for cell in table.header] == ["a", "b", "c", "d"]
    assert table.rows == (((Text("1", is_bold=True),), (Text("x | y"),), (), ()),)


def test_styles_overlap() -> None:
    (found,) = parse("**a *b*** ~~c~~ `d` [**e**](https://example.org)")
    assert found == Paragraph(
        (
            Text("a ", is_bold=True),
            Text("b", is_bold=True, is_italic=True),
            Text(" "),
            Text("c", is_struck=True),
            Text(" "),
            Text("d", is_code=True),
            Text(" "),
            Text("e", is_bold=True, href="https://example.org"),
        )
    )


@pytest.mark.parametrize(
    "address",
    ["http://example.org/a?b=1#c", "https://example.org", "mailto:me@example.org", "HTTPS://example.org"],
)
def test_an_address_of_the_web_or_mail_is_one(address: str) -> None:
    (found,) = parse(f"[words]({address})")
    assert found == Paragraph((Text("words", href=address),))


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.org",
        "other.html",
        "//example.org/a",
        "#place",
        "http:",
        "https://[bad",
        "smb://host/share",
    ],
)
def test_another_address_leaves_the_words(address: str) -> None:
    assert parse(f"[words](<{address}>)") == (paragraph("words"),)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "vbscript:x"]
)
def test_an_address_that_runs_something_is_text(address: str) -> None:
    assert parse(f"[words]({address})") == (paragraph(f"[words]({address})"),)


@pytest.mark.parametrize(
    "source",
    [
        "![a <fish>](http://example.org/x.png)",
        "![a <fish>](//example.org/x.png 'title')",
        "![a <fish>][there]\n\n[there]: https://example.org/x.png",
        "![a <fish>](data:image/png;base64,iVBORw0KGgo=)",
        "![a **<fish>**](x.png)",
    ],
)
def test_a_picture_is_its_words(source: str) -> None:
    assert parse(source) == (paragraph("a <fish>"),)


def test_a_picture_without_words_is_where_it_is_unless_the_text_carries_it() -> None:
    assert parse("![](https://example.org/x.png)") == (paragraph("https://example.org/x.png"),)
    assert parse("![](data:image/png;base64,iVBORw0KGgo=)") == ()


def test_raw_html_is_text() -> None:
    source = '<img src="http://example.org/x.png"> and <b>bold</b>'
    assert parse(source) == (paragraph(source),)
    assert parse("<div>\n\n<script>alert(1)</script>") == (
        paragraph("<div>"),
        paragraph("<script>alert(1)</script>"),
    )


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_read_to_its_end(source: str) -> None:
    assert words_in(parse(source)).rstrip().endswith(("the end", "](http://example.org/a.png)"))


@given(TEXTS)
def test_no_character_that_xml_forbids_or_that_turns_letters_is_left(source: str) -> None:
    words = words_in(parse(source))
    assert not [each for each in words if (each < " " and each not in "\t\n") or "\ud800" <= each <= "\udfff"]
    assert not set(words) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe\uffff")


@given(st.text("ab1_*[]()<>|~`\\\\!&#:;./-+= ", max_size=40))
def test_what_is_escaped_is_shown_as_it_was(text: str) -> None:
    words = " ".join(f"a {text} z".split())
    assert to_plain_text(escaped(words)) == f"{words}\n"
