"""Paragraphs of any nesting, translated with their marks at any places: nothing is lost or doubled."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.domain.units import Mark, MarkKind, Unit, UnitText, check_unit_text
from tests.documents.office_files import docx, run
from tests.documents.rewriting.trial import check_echo, parts_of, read, written

WORDS = st.text("abc def ghi", min_size=1, max_size=8)
STYLES = st.sampled_from(["", "<w:b/>", "<w:i/>", "<w:b/><w:i/>"])
OBJECTS = st.sampled_from(
    [
        "<w:r><w:tab/></w:r>",
        "<w:r><w:br/></w:r>",
        "<w:r><w:footnoteReference w:id='2'/></w:r>",
        "<w:r><w:drawing><a:blip r:embed='x'/></w:drawing></w:r>",
        "<w:bookmarkStart w:id='1' w:name='n'/>",
        "<w:bookmarkEnd w:id='1'/>",
        "<w:del w:id='5'><w:r><w:delText>gone</w:delText></w:r></w:del>",
        "<m:oMath><m:r><m:t>x</m:t></m:r></m:oMath>",
        "<w:proofErr w:type='gramStart'/>",
    ]
)
SIGNS = (
    *("w:tab/", "w:br/", "w:footnoteReference", "w:drawing>", "w:bookmarkStart", "w:bookmarkEnd", "w:del "),
    *("m:oMath>", "w:hyperlink ", "w:ins ", "w:instrText", "w:fldChar", "w:sdtPr", "w:fldSimple "),
)


def mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def wrapped(inner: str, wrapper: str) -> str:
    match wrapper:
        case "link":
            return f"<w:hyperlink r:id='r1'>{inner}</w:hyperlink>"
        case "inserted":
            return f"<w:ins w:id='9'>{inner}</w:ins>"
        case "control":
            return f"<w:sdt><w:sdtPr/><w:sdtContent>{inner}</w:sdtContent></w:sdt>"
        case "simple field":
            return f"<w:fldSimple w:instr='REF'>{inner}</w:fldSimple>"
        case _:
            code = "<w:r><w:instrText>REF</w:instrText></w:r>"
            return mark("begin") + code + mark("separate") + inner + mark("end")


RUNS = st.builds(run, WORDS, STYLES)
WRAPPERS = st.sampled_from(["link", "inserted", "control", "simple field", "field"])
INLINES = st.recursive(
    RUNS | OBJECTS,
    lambda inner: st.builds(wrapped, st.lists(inner, max_size=4).map("".join), WRAPPERS),
    max_leaves=12,
)
PARAGRAPHS = st.lists(INLINES, min_size=1, max_size=8).map(lambda parts: f"<w:p>{''.join(parts)}</w:p>")


@st.composite
def translations(draw: st.DrawFn, unit: Unit) -> UnitText:
    """Draw a text with the marks of ``unit`` in one another and apart, at any places that are allowed."""
    waiting = list(draw(st.permutations([each for each in unit.marks if each.kind is not MarkKind.OBJECT])))
    text, marks = "", []
    begun: list[tuple[Mark, int]] = []
    steps = draw(st.lists(st.sampled_from(["begin", "end", "write"]), max_size=40))
    for step in (*steps, *["begin"] * len(waiting), "write", *["end"] * len(waiting)):
        if step == "begin" and waiting:
            begun.append((waiting.pop(), len(text)))
        elif step == "end" and begun and begun[-1][1] < len(text):
            each, start = begun.pop()
            marks.append(replace(each, start=start, end=len(text)))
        elif step == "write":
            text += draw(st.sampled_from("xyz \n"))
    for each in unit.marks:
        if each.kind is MarkKind.OBJECT:
            place = draw(st.integers(0, len(text)))
            marks.append(replace(each, start=place, end=place))
    return UnitText(text, tuple(marks))


def signs_of(content: bytes) -> Counter[str]:
    body = content.decode()
    return Counter({sign: len(re.findall(f"<{sign}", body)) for sign in SIGNS})


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("marks") / "file.docx"


@settings(max_examples=80, deadline=None)
@given(body=PARAGRAPHS, data=st.data())
def test_nothing_is_lost_or_doubled(path: Path, body: str, data: st.DataObject) -> None:
    path.write_bytes(docx(body))
    units = check_echo(path).units
    if not units:
        return
    text = data.draw(translations(units[0]))
    check_unit_text(units[0], text)
    out = written(path, {0: text})
    before, after = (parts_of(each)["word/document.xml"] for each in (path, out))
    was, now = signs_of(before), signs_of(after)
    breaks = {"w:tab/", "w:br/"}
    assert {sign: was[sign] for sign in SIGNS if sign not in breaks} == {
        sign: now[sign] for sign in SIGNS if sign not in breaks
    }
    assert all(now[sign] >= was[sign] for sign in breaks)
    if not any(each.keeps_text for each in units[0].marks) and read(out).units:
        again = read(out).units[0].text
        assert "".join(again.split()) == "".join(text.text.split())
