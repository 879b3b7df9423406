"""Rich Text: what Word shows of it, and what is named instead."""

# ruff: noqa: E501 - Rich Text is easier to read in the lines of its groups
from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.office.rtf import read_rtf
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import PartKind, WhyUnread, unread_of

HEAD = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}{\f1\fcharset204 Times;}{\f2\fcharset134 SimSun;}"
    r"{\f3\fcharset2 Symbol;}}{\colortbl;\red1\green2\blue3;}{\stylesheet{\s0 Normal;}{\s1 heading 1;}}"
    r"{\info{\title A letter}{\author Nora}}{\*\generator Any;}"
)


def read(tmp_path: Path, body: str) -> Document:
    path = tmp_path / "letter.rtf"
    path.write_bytes((HEAD + body + "}").encode("latin-1"))
    return read_document(path, ReadLimits())


def test_characters_of_every_code_page(tmp_path: Path) -> None:
    body = (
        r"Caf\'e9 \u8364?uro em\emdash dash \ldblquote quoted\rdblquote , soft\-hyphen no\_break.\par"
        r"{\f1 \'cf\'f0\'e8\'e2\'e5\'f2}\par {\f2 \'d6\'d0\'ce\'c4}\par {\f3 \'61}\par"
        r" \uc2\u20013\'d6\'d0 \uc1\u-10179?\u-8704?\par 10{\super 6} m{\super 2}, H{\sub 2}O, 1{\super st}"
    )
    document = read(tmp_path, body)
    assert document.title == "A letter"
    assert document.text.split("\n\n") == [
        "Café €uro em—dash “quoted”, softhyphen no-break.",
        "Привет",
        "中文",
        "α",
        "中 😀",
        "10⁶ m², H2O, 1st",
    ]


def test_changes_hidden_text_and_fields(tmp_path: Path) -> None:
    body = (
        r"Wo{\b r}d {\deleted GONE}{\revised new}{\v UNSEEN} {\*\unknown GONE}\par"
        r"{\field{\*\fldinst HYPERLINK GONE}{\fldrslt link}} {\upr{GONE}{\*\ud{shown}}}\bin4 \{\{ end"
    )
    document = read(tmp_path, body)
    assert document.text == "Word new \n\nlink shown end".replace(" \n", "\n")
    assert [(part.kind, part.num_characters) for part in unread_of(document.inventory)] == [
        (PartKind.HIDDEN_TEXT, 6)
    ]


def test_paragraphs_lists_and_tables(tmp_path: Path) -> None:
    body = (
        r"\pard\s1 The title\par\pard\outlinelevel2 Lower\par\pard text\line broken\par"
        r"{\pntext\f3\'B7\tab}dot\par{\listtext 1.\tab}one\par\ilvl1{\listtext -\tab}sub\par\pard "
        r"\trowd\cellx1\cellx2\pard\intbl A1\cell B1 | x\par more\cell\row\pard\intbl A2\cell B2\cell\row\pard End"
    )
    assert read(tmp_path, body).text == (
        "# The title\n\n### Lower\n\ntext\nbroken\n\n- dot\n1. one\n  - sub\n\n"
        "| A1 | B1 \\| x more |\n| --- | --- |\n| A2 | B2 |\n\nEnd"
    )


def test_what_stands_beside_the_text(tmp_path: Path) -> None:
    body = (
        r"{\header Harbour office}{\footer \chpgn}A note{\super\chftn}{\footnote\pard\plain {\super\chftn} Below."
        r"} on.{\*\atnauthor Anna}{\*\annotation Really?}\par"
        r"{\shp{\*\shpinst{\sp{\sn wzDescription}{\sv A ship}}{\shptxt Boxed.\par}}{\shprslt GONE}}"
        r"{\*\shppict{\pict\pngblip 89504e47}}{\nonshppict{\pict 00}}"
        r"{\object\objemb{\*\objdata 0105}{\result{\pict 00}}}\par"
    )
    document = read(tmp_path, body)
    assert document.text.split("\n\n") == [
        "A note[^1] on.",
        "[^1]: Below.",
        "[Comment by Anna: Really?]",
        "[A ship]",
        "Boxed.",
        "Harbour office",
    ]
    assert [(part.kind, part.why) for part in unread_of(document.inventory)] == [
        (PartKind.PICTURE, WhyUnread.PICTURE),
        (PartKind.EMBEDDED, WhyUnread.UNSUPPORTED),
    ]


@pytest.mark.parametrize("opened", [1, 20_000])
def test_groups_that_never_close(tmp_path: Path, opened: int) -> None:
    assert read(tmp_path, "{" * opened + r"still\par read").text == "still\n\nread"


@given(st.lists(st.sampled_from([*"{}\\a1 '", r"\par", r"\u8364?", r"\'e9", r"\f1 ", r"\cell", r"\row", r"\intbl ",
                                 r"{\*\x ", r"{\footnote ", r"{\pict ", r"\v ", r"\uc3 ", r"\bin2 ", "x\n"]), max_size=40))  # fmt: skip
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_order_of_words_is_read(pieces: list[str]) -> None:
    reading = read_rtf((HEAD + "".join(pieces)).encode("latin-1"))
    assert isinstance(reading.text, str)
