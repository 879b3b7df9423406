"""OpenDocument texts: what LibreOffice shows, and what is named instead."""

# ruff: noqa: E501 - XML is easier to read in the lines of its elements
from __future__ import annotations

from pathlib import Path

import pytest

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import PartKind, WhyUnread, unread_of
from lmstudio_lite.errors import DocumentDamagedError
from tests.documents.office_files import ODF_NAMES, open_document
from tests.documents.samples import make_zip


def read(tmp_path: Path, content: bytes, name: str = "file.odt") -> Document:
    path = tmp_path / name
    path.write_bytes(content)
    return read_document(path, ReadLimits())


def test_text_as_shown(tmp_path: Path) -> None:
    styles = (
        '<style:style style:name="Up" style:family="text"><style:text-properties style:text-position="super 58%"/>'
        '</style:style><style:style style:name="Hid" style:family="text"><style:text-properties text:display="none"/>'
        "</style:style>"
        '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1" '
        'style:num-suffix="."/><text:list-level-style-number text:level="2" style:num-format="a" '
        'style:num-suffix=")"/></text:list-style>'
    )

    def item(inner: str) -> str:
        return f"<text:list-item>{inner}</text:list-item>"

    note = (
        '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body>'
        "<text:p>Below.</text:p></text:note-body></text:note>"
    )
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>GONE</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        '<text:h text:outline-level="1">The   <text:span>har</text:span>bour</text:h>'
        f'<text:p>A<text:s text:c="2"/>b<text:tab/>c<text:line-break/>d{note} 10<text:span text:style-name="Up">6'
        '</text:span><text:span text:style-name="Hid">UNSEEN</text:span><text:change text:change-id="x"/> end</text:p>'
        f'<text:list text:style-name="L1">{item("<text:p>one</text:p>")}'
        f"{item('<text:p>two</text:p><text:list>' + item('<text:p>sub</text:p>') + '</text:list>')}</text:list>"
        f"<text:list>{item('<text:p>dot</text:p>')}</text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>Who</text:p></table:table-cell><table:table-cell>"
        "<text:p>What</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell>"
        "<text:p>Nora</text:p><text:p>Berg</text:p></table:table-cell><table:table-cell><text:p>a | b</text:p>"
        "</table:table-cell></table:table-row></table:table>"
        '<text:section text:display="none"><text:p>UNSEEN TOO</text:p></text:section>'
        "<text:section><text:p>In a section.</text:p></text:section>"
        "<text:p>Anchor<office:annotation><dc:creator>Anna</dc:creator><dc:date>2024-01-01</dc:date>"
        "<text:p>Really?</text:p></office:annotation><draw:frame><draw:text-box><text:p>Boxed.</text:p>"
        "</draw:text-box></draw:frame></text:p>"
    )
    pages = (
        "<style:master-page><style:header><text:p>Harbour office</text:p></style:header><style:footer><text:p>"
        "<text:page-number>7</text:page-number></text:p></style:footer></style:master-page>"
    )
    document = read(tmp_path, open_document("text", body, styles=styles, pages=pages))
    assert document.text.split("\n\n") == [
        "# The harbour", "A  b c\nd[^1] 10⁶ end", "[^1]: Below.", "1. one\n2. two\n  a) sub\n- dot",
        "| Who | What |\n| --- | --- |\n| Nora Berg | a \\| b |", "In a section.", "Anchor",
        "[Comment by Anna: Really?]", "Boxed.", "Harbour office",
    ]  # fmt: skip
    assert document.title == "The harbour"
    assert {part.kind for part in document.inventory} == {
        PartKind.BODY, PartKind.FOOTNOTES, PartKind.COMMENTS, PartKind.TEXT_BOX, PartKind.HEADER,
        PartKind.HIDDEN_TEXT,
    }  # fmt: skip


def test_objects_are_read_or_named(tmp_path: Path) -> None:
    math = (
        '<!DOCTYPE math PUBLIC "-//OpenOffice.org//DTD Modified W3C MathML 1.01//EN" "math.dtd">'
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mrow><mi>half</mi><mi>of</mi><mfrac><mi>a</mi><mn>2</mn></mfrac></mrow>'
        '<annotation encoding="StarMath 5.0">{a} over {2}</annotation></semantics></math>'
    )
    chart = (
        f"<office:document-content {ODF_NAMES}><office:body><office:chart><chart:chart><chart:title>"
        "<text:p>Herring</text:p></chart:title><table:table><table:table-row><table:table-cell><text:p>1998</text:p>"
        "</table:table-cell><table:table-cell><text:p>4.3</text:p></table:table-cell></table:table-row></table:table>"
        "</chart:chart></office:chart></office:body></office:document-content>"
    )

    def frame(inner: str) -> str:
        return f"<text:p><draw:frame>{inner}<draw:image xlink:href='ObjectReplacements/x'/></draw:frame></text:p>"

    body = (
        frame("<draw:object xlink:href='./Object 1'/>") + frame("<draw:object xlink:href='./Object 2'/>")
        + frame("<draw:object xlink:href='./Object 3'/>") + frame("<draw:object-ole xlink:href='./ole'/>")
        + "<text:p><draw:frame><draw:image xlink:href='Pictures/a.png'/><svg:title>A ship</svg:title></draw:frame></text:p>"
    )  # fmt: skip
    parts = {
        "Object 1/content.xml": math,
        "Object 2/content.xml": chart,
        "ole": "MZ\0\0",
        "Pictures/a.png": "x",
    }
    document = read(tmp_path, open_document("text", body, parts=parts))
    assert document.text.split("\n\n") == [
        "half of a/2",
        "Herring",
        "| 1998 | 4.3 |\n| --- | --- |",
        "[A ship]",
    ]
    assert [(part.kind, part.name, part.why) for part in unread_of(document.inventory)] == [
        (PartKind.EMBEDDED, "Object 3", WhyUnread.MISSING),
        (PartKind.EMBEDDED, "ole", WhyUnread.UNSUPPORTED),
        (PartKind.PICTURE, "A ship", WhyUnread.PICTURE),
    ]


@pytest.mark.parametrize("depth", [61, 500])
def test_deep_sections_lose_nothing(tmp_path: Path, depth: int) -> None:
    body = "<text:section>" * depth + "<text:p>Innermost</text:p>" + "</text:section>" * depth
    assert read(tmp_path, open_document("text", body)).text == "Innermost"


def test_damage_is_told(tmp_path: Path) -> None:
    kind = "application/vnd.oasis.opendocument.text"
    for members in ({"mimetype": kind}, {"mimetype": kind, "content.xml": "<office"}):
        with pytest.raises(DocumentDamagedError):
            read(tmp_path, make_zip(members))


def test_frames_in_frames_lose_nothing(tmp_path: Path) -> None:
    body = "<text:p>Innermost</text:p>"
    for number in range(120):
        frame = f"<draw:frame><draw:text-box>{body}</draw:text-box></draw:frame>"
        body = f"<text:p>box{number}x {frame}</text:p>"
    text = read(tmp_path, open_document("text", body)).text
    assert text.count("Innermost") == 1
    assert all(text.count(f"box{number}x") == 1 for number in range(120))


def test_flat_files_and_packages_without_their_type(tmp_path: Path) -> None:
    body = "<office:body><office:text><text:p>Flat words</text:p></office:text></office:body>"
    kind = "application/vnd.oasis.opendocument.text"
    pages = (
        "<office:master-styles><style:master-page><style:header><text:p>Harbour office</text:p></style:header>"
        "</style:master-page></office:master-styles>"
    )
    flat = f'<?xml version="1.0"?>\n<office:document {ODF_NAMES} office:mimetype="{kind}">{pages}{body}</office:document>'
    assert read(tmp_path, flat.encode(), "letter.fodt").text == "Flat words\n\nHarbour office"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    content = f"<office:document-content {ODF_NAMES}>{body}</office:document-content>"
    package = make_zip({"content.xml": content, "META-INF/manifest.xml": manifest})
    assert read(tmp_path, package, "letter").text == "Flat words"
