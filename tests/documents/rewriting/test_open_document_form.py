from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree

from lmstudio_lite.domain.units import (
    BilingualLayout,
    ReadUnitsOptions,
    UnitKind,
    UnitText,
    check_unit_text,
)
from lmstudio_lite.errors import DocumentDamagedError, DocumentEncryptedError, DocumentLayoutError
from tests.documents.rewriting.markup_files import TriedFile, echoed, package, part_of, written_file
from tests.documents.rewriting.texts import longer, marked, pseudo

_PREFIXES = "office text table draw style fo svg xlink dc meta presentation chart form math number manifest"
_XMLNS = " ".join(f'xmlns:{name}="urn:{name}"' for name in _PREFIXES.split())
_PARAGRAPHS = """
<text:tracked-changes><text:changed-region><text:deletion><text:p>Deleted words</text:p></text:deletion>
</text:changed-region></text:tracked-changes>
<text:h text:outline-level="1"><text:bookmark-start text:name="b"/>The <text:span
 text:style-name="T1">first</text:span>
 heading<text:bookmark-end text:name="b"/></text:h>
<text:p text:style-name="P1">Two <text:s text:c="2"/>spaces, a<text:tab/>tab,<text:line-break/>a line &amp; a
<text:a xlink:href="http://a.example/?a=1&amp;b=2">link <text:span text:style-name="T1">in
 bold</text:span></text:a>.</text:p>
<text:p>A note<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body>
<text:p>Words of the <text:span text:style-name="T2">note</text:span></text:p></text:note-body></text:note>
 and
 a remark<office:annotation><dc:creator>Somebody</dc:creator><text:p>Remark
 here</text:p></office:annotation>.</text:p>
<text:p>Page <text:page-number>7</text:page-number> of <text:page-count>9</text:page-count>,
 <text:change-start
 text:change-id="c"/>inserted<text:change-end text:change-id="c"/> words<text:soft-page-break/> here</text:p>
<text:p><draw:frame><draw:text-box><text:p>In a box</text:p></draw:text-box><svg:title>A picture</svg:title>
<svg:desc>What it shows</svg:desc></draw:frame></text:p>
<text:p><text:ruby><text:ruby-base>漢字</text:ruby-base><text:ruby-text>かんじ</text:ruby-text></text:ruby>を読む。</text:p>
<text:p>Formula
 <draw:frame><draw:object><math:math><math:mi>words</math:mi></math:math></draw:object></draw:frame></text:p>
<text:list><text:list-item><text:p>Item <text:sequence
 text:name="T">3</text:sequence></text:p></text:list-item></text:list>
<table:table table:name="Table1"><table:table-row><table:table-cell
 office:value-type="string"><text:p>Cell</text:p>
<table:table><table:table-row><table:table-cell><text:p>Nested
 cell</text:p></table:table-cell></table:table-row>
</table:table></table:table-cell><table:table-cell office:value-type="float"
 office:value="4"><text:p>four</text:p>
</table:table-cell></table:table-row></table:table>
"""
_STYLES = f"""<?xml version="1.0"?>
<office:document-styles {_XMLNS}><office:styles><style:default-style style:family="paragraph">
<style:paragraph-properties style:writing-mode="lr-tb"/><style:text-properties fo:language="en"
 fo:country="US"
 style:language-complex="hi" style:country-complex="IN"/></style:default-style>
<style:style style:name="Q" style:family="text"><style:text-properties fo:language="la"
 fo:country="none"/></style:style>
</office:styles><office:automatic-styles><style:page-layout style:name="L"><style:page-layout-properties/>
</style:page-layout></office:automatic-styles><office:master-styles><style:master-page style:name="Standard">
<style:header><text:p>Running head</text:p></style:header><style:footer><text:p>Page
 foot</text:p></style:footer>
</style:master-page></office:master-styles></office:document-styles>"""
_META = f"""<office:document-meta {_XMLNS}><office:meta><meta:generator>Some Program</meta:generator>
<dc:title>A title</dc:title><dc:creator>Jo</dc:creator></office:meta></office:document-meta>"""
_CHART = f"""<office:document-content {_XMLNS}><office:body><office:chart><chart:chart><chart:title>
<text:p>Sales a year</text:p></chart:title><table:table table:name="local-table"><table:table-row>
<table:table-cell office:value-type="string"><text:p>North</text:p></table:table-cell><table:table-cell
 office:value-type="float"
 office:value="1"><text:p>1</text:p></table:table-cell></table:table-row></table:table>
</chart:chart></office:chart></office:body></office:document-content>"""


def _content(body: str, kind: str = "text") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content {_XMLNS}><office:scripts/>'
        "<office:automatic-styles><style:style style:name='P1' style:family=\"paragraph\"/>"
        "</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )


def _odt(folder: Path, body: str = _PARAGRAPHS, name: str = "a.odt", kind: str = "text") -> TriedFile:
    parts: dict[str, str | bytes] = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": _content(body, kind),
        "Object 1/content.xml": _CHART,
        "styles.xml": _STYLES,
        "meta.xml": _META,
        "Pictures/a.png": b"\x89PNG",
        "META-INF/manifest.xml": f"<manifest:manifest {_XMLNS}/>",
    }
    return written_file(folder, name, package(parts))


def test_a_text_becomes_units_in_the_order_of_reading(tmp_path: Path) -> None:
    found = _odt(tmp_path).units
    units = {unit.text: unit for unit in found.units}
    assert list(units) == [
        "A title", "The first heading", "Two   spaces, a\ttab,\na line & a link in bold.",
        "A note and a remark.",
        "Words of the note", "Remark here", "Page 7 of 9, inserted words here", "In a box", "A picture",
        "What it shows", "漢字を読む。", "Formula", "Item 3", "Cell", "Nested cell", "Sales a year", "North",
        "Running head", "Page foot",
    ]  # fmt: skip
    assert found.language == "en"
    assert dict(found.kept) == {"deleted": 1, "field": 3, "formula": 1}
    kinds = {
        "A title": UnitKind.TITLE, "The first heading": UnitKind.HEADING,
        "Words of the note": UnitKind.FOOTNOTE,
        "Remark here": UnitKind.COMMENT, "In a box": UnitKind.TEXT_BOX, "What it shows": UnitKind.ALT_TEXT,
        "Nested cell": UnitKind.CELL, "Sales a year": UnitKind.CHART, "Page foot": UnitKind.FOOTER,
    }  # fmt: skip
    assert {text: units[text].place.kind for text in kinds} == kinds
    assert marked(units["The first heading"]) == [("style", "first")]
    assert marked(units["Page 7 of 9, inserted words here"]) == [
        ("span", "7"), ("span", "9"), ("object", ""), ("object", ""), ("object", ""),
    ]  # fmt: skip
    assert units["Running head"].place.part == "styles.xml"


def test_an_echo_gives_back_the_same_bytes(tmp_path: Path) -> None:
    _odt(tmp_path).assert_identity()


def test_only_texts_and_the_language_change(tmp_path: Path) -> None:
    file = _odt(tmp_path)
    written = file.written(longer, "ar")
    content = part_of(written, "content.xml")
    for part in ("content.xml", "styles.xml", "meta.xml", "Object 1/content.xml"):
        etree.fromstring(part_of(written, part).encode())
    again = written_file(tmp_path, "b.odt", written).units.units
    for old, new in zip(file.units.units, again, strict=True):
        assert longer(old).text == new.text
        check_unit_text(old, UnitText(new.text, new.marks))
    assert "Deleted words" in content
    assert "<text:p>four</text:p>" in content
    assert 'Uxp <text:s text:c="2"/>tqbdft, b<text:tab/>ubc,<text:line-break/>' in content
    assert "<text:note-citation>1</text:note-citation>" in content
    assert "<dc:creator>Somebody</dc:creator>" in content
    tags = re.compile(r"<[^>]*>")
    assert [tag for tag in tags.findall(content) if "text:s " not in tag] == [
        tag for tag in tags.findall(_content(_PARAGRAPHS)) if "text:s " not in tag
    ]
    styles = part_of(written, "styles.xml")
    assert 'style:language-complex="ar" style:country-complex="SA"' in styles
    assert styles.count('style:writing-mode="rl-tb"') == 2
    assert 'fo:language="la"' in styles
    with zipfile.ZipFile(BytesIO(written)) as archive:
        assert archive.infolist()[0].filename == "mimetype"
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED


def test_a_western_language_takes_the_place_of_the_source(tmp_path: Path) -> None:
    styles = part_of(_odt(tmp_path).written(pseudo, "de"), "styles.xml")
    assert 'fo:language="de"' in styles
    assert 'fo:country="DE"' in styles
    assert 'style:writing-mode="lr-tb"' in styles


_SHEET = """<table:table table:name="Costs"><table:table-row>
<table:table-cell office:value-type="string"><text:p>Rent</text:p></table:table-cell>
<table:table-cell table:formula="of:=[Costs.A1]"
 office:value-type="string"><text:p>Rent</text:p></table:table-cell>
<table:table-cell office:value-type="string"
 table:number-columns-repeated="9"><text:p>Many</text:p></table:table-cell>
</table:table-row></table:table><table:table
 table:name="Free notes"><table:shapes><draw:custom-shape><text:p>Shape
</text:p></draw:custom-shape></table:shapes></table:table><table:table table:name="Other"/>"""


def test_cells_are_translated_and_formulas_are_not(tmp_path: Path) -> None:
    file = _odt(tmp_path, _SHEET, "a.ods", "spreadsheet")
    file.assert_identity()
    assert file.texts[1:4] == ["Rent", "Many", "Shape"]
    assert dict(file.units.kept) == {"formula": 1}
    with pytest.raises(DocumentLayoutError):
        file.written(layout=BilingualLayout.BELOW)


def test_names_of_sheets_that_nothing_refers_to(tmp_path: Path) -> None:
    file = TriedFile(
        _odt(tmp_path, _SHEET, "a.ods", "spreadsheet").path, ReadUnitsOptions(with_sheet_names=True)
    )
    file.assert_identity()
    names = [unit.text for unit in file.units.units if unit.place.kind is UnitKind.SHEET_NAME]
    assert names == ["Free notes", "Other"]
    assert dict(file.units.kept) == {"formula": 1, "sheet_name": 1}
    written = file.written(lambda unit: UnitText("Ein/sehr " + "langer " * 6, unit.marks))
    found = re.findall(r'table:table\s+table:name="([^"]*)"', part_of(written, "content.xml"))
    assert found == ["Costs", "Ein sehr langer langer langer l", "Ein sehr langer langer langer 2"]


_SLIDE = """<presentation:footer-decl presentation:name="f">At the foot</presentation:footer-decl><draw:page>
<draw:frame presentation:class="title"><draw:text-box><text:p>Slide
 title</text:p></draw:text-box></draw:frame>
<draw:g><draw:custom-shape><text:p>In a group</text:p></draw:custom-shape></draw:g>
<presentation:notes><draw:frame><draw:text-box><text:p>Say this</text:p></draw:text-box></draw:frame>
</presentation:notes></draw:page>"""


def test_slides_and_their_notes(tmp_path: Path) -> None:
    file = _odt(tmp_path, _SLIDE, "a.odp", "presentation")
    file.assert_identity()
    kinds = {unit.text: unit.place.kind for unit in file.units.units}
    assert kinds["Slide title"] is UnitKind.HEADING
    assert kinds["In a group"] is UnitKind.SHAPE
    assert kinds["Say this"] is UnitKind.SPEAKER_NOTE
    assert kinds["At the foot"] is UnitKind.FOOTER


def test_a_flat_file(tmp_path: Path) -> None:
    file = written_file(tmp_path, "a.fodt", _content(_PARAGRAPHS))
    file.assert_identity()
    etree.fromstring(file.written(longer))


def test_translations_beside_and_below_their_sources(tmp_path: Path) -> None:
    file = _odt(tmp_path, '<text:p text:style-name="P1">One <text:bookmark text:name="b"/>two</text:p>')
    below = part_of(file.written(pseudo, "de", layout=BilingualLayout.BELOW), "content.xml")
    assert (
        '</text:p><text:p text:style-name="P1"><text:span text:style-name="Translation_20_text">'
        "Pof uxp</text:span></text:p>"
    ) in below
    assert 'fo:language="de" fo:country="DE"/></style:style></office:automatic-styles>' in below
    beside = part_of(file.written(pseudo, "de", layout=BilingualLayout.BESIDE), "content.xml")
    assert beside.count("<table:table-cell") == 2
    etree.fromstring(beside.encode())


def test_encrypted_and_damaged_files_are_refused(tmp_path: Path) -> None:
    manifest = "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
    parts: dict[str, str | bytes] = {"content.xml": b"\x01\x02", "META-INF/manifest.xml": manifest}
    with pytest.raises(DocumentEncryptedError):
        _ = written_file(tmp_path, "a.odt", package(parts)).units
    for broken in ("<office:text><text:p>never closed", "<a></b>"):
        with pytest.raises(DocumentDamagedError):
            _ = written_file(tmp_path, "b.odt", package({"content.xml": broken})).units
    with pytest.raises(DocumentDamagedError):
        _ = written_file(tmp_path, "c.odt", package({"other.xml": "<a/>"})).units


def test_entities_and_endless_nesting(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    content = _content("<text:p>Some &b; words &f;</text:p>").replace(
        "<office:document-content", bomb + "<office:document-content", 1
    )
    file = written_file(tmp_path, "a.odt", package({"content.xml": content}))
    file.assert_identity()
    assert file.texts == ["Some  words"]
    assert "Tpnf &b; xpset &f;" in part_of(file.written(pseudo), "content.xml")
    deep = "<text:p>In <draw:frame>" * 3000 + "</draw:frame></text:p>" * 3000
    nested = written_file(tmp_path, "b.odt", package({"content.xml": _content(deep)}))
    nested.assert_identity()
    nested.written(longer)


def test_a_signature_that_is_valid_no_more_is_told(tmp_path: Path) -> None:
    file = _odt(tmp_path)
    assert file.changes(longer) == ()
    with zipfile.ZipFile(file.path, "a") as archive:
        archive.writestr("META-INF/documentsignatures.xml", "<document-signatures/>")
    assert file.changes(longer) == ("signature_invalid",)
    assert file.changes(echoed) == ()


def test_neighbours_that_are_set_alike_are_one_mark(tmp_path: Path) -> None:
    inner = '<text:span text:style-name="T2">in</text:span>'
    body = (
        f'<text:p>A <text:span text:style-name="T1">red {inner}</text:span>'
        '<text:span text:style-name="T1"> sea</text:span><text:span text:style-name="T2">.</text:span>'
        '</text:p><text:p><text:span text:style-name="T1">All of it</text:span>'
        '<text:span text:style-name="T1">.</text:span></text:p>'
    )
    file = _odt(tmp_path, body)
    file.assert_identity()
    units = {unit.text: unit for unit in file.units.units}
    marks = units["A red in sea."].marks
    assert ["A red in sea."[mark.start : mark.end] for mark in marks] == ["red in sea", "in", "."]
    assert units["All of it."].marks == ()
    content = part_of(file.written(longer), "content.xml")
    etree.fromstring(content.encode())
    assert content.count("<text:span") == 4
