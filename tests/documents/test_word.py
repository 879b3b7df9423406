"""Word files by their parts: what is read, where it stands, and what is named instead."""

# ruff: noqa: E501 - XML is easier to read in the lines of its elements
from __future__ import annotations

import struct
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread, unread_of
from lmstudio_lite.errors import DocumentDamagedError, DocumentEmptyError
from lmstudio_lite.words import explain
from tests.documents.compound_file import make_compound_file
from tests.documents.office_files import NAMES, cells, docx, paragraph, relations, run, word_xml, workbook

DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"


def read(tmp_path: Path, content: bytes) -> Document:
    path = tmp_path / "file.docx"
    path.write_bytes(content)
    return read_document(path, ReadLimits())


def text_of(tmp_path: Path, body: str) -> str:
    return read(tmp_path, docx(body)).text


def parts_of(document: Document, kind: PartKind) -> list[Part]:
    return [part for part in document.inventory if part.kind is kind]


def test_tracked_changes_read_as_accepted(tmp_path: Path) -> None:
    body = (
        f"<w:p>{run('The rent is ')}<w:del><w:r><w:delText>900</w:delText></w:r></w:del>"
        f"<w:ins>{run('1,150')}</w:ins>{run(' euros.')}</w:p>"
        f"<w:p><w:moveFrom>{run('No pets.')}</w:moveFrom></w:p>"
        f"{paragraph('In between.')}<w:p><w:moveTo>{run('No pets.')}</w:moveTo></w:p>"
        f"<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{run('One para')}</w:p>{paragraph('graph now.')}"
        f"<w:tbl><w:tr><w:tc>{paragraph('Kept')}</w:tc><w:tc>{paragraph('Too')}</w:tc></w:tr>"
        f"<w:tr><w:trPr><w:del/></w:trPr><w:tc>{paragraph('GONE')}</w:tc></w:tr></w:tbl>"
    )
    text = text_of(tmp_path, body)
    assert text.split("\n\n") == [
        "The rent is 1,150 euros.",
        "In between.",
        "No pets.",
        "One paragraph now.",
        "| Kept | Too |\n| --- | --- |",
    ]


def test_a_note_of_deleted_text_goes_with_it(tmp_path: Path) -> None:
    mark = '<w:r><w:footnoteReference w:id="{0}"/></w:r>'
    notes = "".join(f'<w:footnote w:id="{n}">{paragraph(f"Note {n}.")}</w:footnote>' for n in (2, 3, 4))
    content = docx(
        f"<w:p>{run('Kept')}{mark.format(3)}<w:del>{mark.format(2)}</w:del>{run(' on.')}</w:p>",
        {"rId1": ("footnotes", "footnotes.xml")},
        {"word/footnotes.xml": word_xml("footnotes", notes)},
    )
    document = read(tmp_path, content)
    # Note 4 hangs nowhere: it is in the file, so it is read.
    assert document.text == "Kept[^1] on.\n\n[^1]: Note 3.\n\nNote 4."
    assert [part.how for part in parts_of(document, PartKind.FOOTNOTES)] == [HowRead.TEXT, HowRead.FALLBACK]


def test_parts_beside_the_body(tmp_path: Path) -> None:
    body = (
        f'<w:p>{run("A sentence")}<w:r><w:footnoteReference w:id="1"/></w:r>{run(" goes on")}'
        f'<w:r><w:endnoteReference w:id="1"/></w:r><w:r><w:commentReference w:id="7"/></w:r></w:p>'
        '<w:sectPr><w:headerReference r:id="rH"/><w:headerReference r:id="rH2"/>'
        '<w:footerReference r:id="rF"/></w:sectPr>'
    )
    linked = {
        "r1": ("footnotes", "footnotes.xml"),
        "r2": ("endnotes", "/word/Endnotes.xml"),
        "r3": ("comments", "comments.xml"),
        "rH": ("header", "header1.xml"),
        "rH2": ("header", "header2.xml"),
        "rF": ("footer", "nowhere.xml"),
    }
    separator = f'<w:footnote w:type="separator" w:id="-1">{paragraph("SEPARATOR")}</w:footnote>'
    parts = {
        "word/footnotes.xml": word_xml(
            "footnotes", f'{separator}<w:footnote w:id="1">{paragraph("Below it.")}</w:footnote>'
        ),
        "word/endnotes.xml": word_xml(
            "endnotes", f'<w:endnote w:id="1">{paragraph("At the end.")}</w:endnote>'
        ),
        "word/comments.xml": word_xml(
            "comments", f'<w:comment w:id="7" w:author="Anna">{paragraph("Really?")}</w:comment>'
        ),
        "word/header1.xml": word_xml("hdr", paragraph("Harbour office")),
        "word/header2.xml": word_xml("hdr", paragraph("Harbour office")),
    }
    document = read(tmp_path, docx(body, linked, parts))
    assert document.text.split("\n\n") == [
        "A sentence[^1] goes on[^i]",
        "[^1]: Below it.",
        "[^i]: At the end.",
        "[Comment by Anna: Really?]",
        "Harbour office",
    ]
    assert {part.kind for part in document.inventory if not part.is_unread} == {
        PartKind.BODY,
        PartKind.FOOTNOTES,
        PartKind.ENDNOTES,
        PartKind.COMMENTS,
        PartKind.HEADER,
    }
    assert [(part.kind, part.why) for part in unread_of(document.inventory)] == [
        (PartKind.FOOTER, WhyUnread.MISSING)
    ]


def test_a_run_that_says_it_is_shown_is_shown_in_a_hidden_style(tmp_path: Path) -> None:
    style = '<w:style w:type="paragraph" w:styleId="H"><w:name w:val="Secret"/><w:rPr><w:vanish/></w:rPr></w:style>'
    body = (
        f"<w:p><w:pPr><w:pStyle w:val='H'/></w:pPr>{run('UNSEEN')}"
        f"{run('Seen.', '<w:vanish w:val=`0`/>')}</w:p>".replace("`", '"')
    )
    document = read(
        tmp_path,
        docx(body, {"r1": ("styles", "styles.xml")}, {"word/styles.xml": word_xml("styles", style)}),
    )
    assert document.text == "Seen."
    assert [part.num_characters for part in unread_of(document.inventory)] == [len("UNSEEN")]


def test_hidden_text_is_left_out_and_named(tmp_path: Path) -> None:
    style = '<w:style w:type="character" w:styleId="H"><w:name w:val="Secret"/><w:rPr><w:vanish/></w:rPr></w:style>'
    content = docx(
        f"<w:p>{run('Seen. ')}{run('UNSEEN1', '<w:vanish/>')}{run('UNSEEN2', '<w:rStyle w:val=`H`/>')}"
        f"{run('Seen too.', '<w:vanish w:val=`0`/>')}</w:p>".replace("`", '"'),
        {"r1": ("styles", "styles.xml")},
        {"word/styles.xml": word_xml("styles", style)},
    )
    document = read(tmp_path, content)
    assert document.text == "Seen. Seen too."
    assert [(part.kind, part.num_characters, part.why) for part in unread_of(document.inventory)] == [
        (PartKind.HIDDEN_TEXT, 14, WhyUnread.HIDDEN)
    ]


def test_a_text_box_is_read_once(tmp_path: Path) -> None:
    box = f"<w:txbxContent>{paragraph('In the box.')}</w:txbxContent>"
    body = (
        f"<w:p>{run('Before.')}<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>{box}"
        f"</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>{box}</v:textbox></v:shape>"
        "</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        "<w:p><w:r><w:pict><v:shape><v:textpath string='DRAFT'/></v:shape></w:pict></w:r></w:p>"
    )
    document = read(tmp_path, docx(body))
    assert document.text == "Before.\n\nIn the box.\n\nDRAFT"
    assert [part.number for part in parts_of(document, PartKind.TEXT_BOX)] == [1, 2]


def test_words_of_all_runs_are_whole(tmp_path: Path) -> None:
    body = (
        f"<w:p>{run('har')}<w:proofErr/>{run('bour', '<w:b/>')}<w:hyperlink>{run('-mas')}</w:hyperlink>"
        f"<w:smartTag>{run('ter')}</w:smartTag><w:r><w:noBreakHyphen/><w:t>E</w:t><w:softHyphen/><w:t>nd</w:t></w:r>"
        f"<w:sdt><w:sdtContent>{run(' control')}</w:sdtContent></w:sdt><w:r><w:tab/><w:t>tab</w:t><w:br/>"
        "<w:t>line</w:t></w:r></w:p>"
        f"<w:p>{run('10')}{run('6', '<w:vertAlign w:val=`superscript`/>')}{run(' H')}"
        f"{run('2', '<w:vertAlign w:val=`subscript`/>')}{run('O, 1')}"
        f"{run('st', '<w:vertAlign w:val=`superscript`/>')}</w:p>".replace("`", '"')
    )
    assert text_of(tmp_path, body) == "harbour-master-End control tab\nline\n\n10⁶ H2O, 1st"


def test_fields_show_their_results(tmp_path: Path) -> None:
    def field(code: str, result: str) -> str:
        return (
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>' + code + "</w:instrText></w:r>"
            '<w:r><w:fldChar w:fldCharType="separate"/></w:r>' + result
            + '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
        )  # fmt: skip

    inner = field("MERGEFIELD x", run("INSIDE"))
    outer = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>IF </w:instrText></w:r>'
        f'{inner}<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run("shown")}'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    box = (
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData>'
        '</w:fldChar></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    body = (
        f"<w:p>{run('A ')}{outer}{run(' z ')}{field('DATE', run('5 May'))}</w:p>"
        f"<w:p><w:fldSimple w:instr='AUTHOR'>{run('Nora')}</w:fldSimple>{box}</w:p>"
    )
    assert text_of(tmp_path, body) == "A shown z 5 May\n\nNora☒"


def test_symbols_and_equations(tmp_path: Path) -> None:
    def math(inner: str) -> str:
        return f"<m:oMath>{inner}</m:oMath>"

    def letters(text: str) -> str:
        return f"<m:r><m:t>{text}</m:t></m:r>"

    fraction = (
        f"<m:f><m:num>{letters('a+b')}</m:num><m:den>{letters('2')}</m:den></m:f>"
        f"<m:sSup><m:e>{letters('x')}</m:e><m:sup>{letters('2')}</m:sup></m:sSup>"
        f"<m:rad><m:deg/><m:e>{letters('y')}</m:e></m:rad>"
    )
    total = (
        '<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr>'
        f"<m:sub>{letters('i=1')}</m:sub><m:sup>{letters('n')}</m:sup><m:e>{letters('i')}</m:e></m:nary>"
    )
    body = (
        '<w:p><w:r><w:sym w:font="Wingdings" w:char="F0FC"/><w:t>done, </w:t>'
        '<w:sym w:font="Symbol" w:char="F061"/></w:r></w:p>'
        f"<w:p>{run('It is ')}{math(fraction)}{run('.')}</w:p><w:p><m:oMathPara>{math(total)}</m:oMathPara></w:p>"
    )
    assert text_of(tmp_path, body) == "✓done, α\n\nIt is (a+b)/2x^2√(y).\n\n∑_(i=1)^n i"


def test_headings_and_lists_as_numbered(tmp_path: Path) -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="My own"/>'
        '<w:basedOn w:val="berschrift1"/></w:style>'
    )

    def level(number: int, kind: str, text: str, start: int = 1) -> str:
        return (
            f'<w:lvl w:ilvl="{number}"><w:start w:val="{start}"/><w:numFmt w:val="{kind}"/>'
            f'<w:lvlText w:val="{text}"/></w:lvl>'
        )

    numbering = (
        f'<w:abstractNum w:abstractNumId="0">{level(0, "decimal", "%1.")}{level(1, "lowerLetter", "%2)")}</w:abstractNum>'
        f'<w:abstractNum w:abstractNumId="1">{level(0, "bullet", "o")}</w:abstractNum>'
        f'<w:abstractNum w:abstractNumId="2">{level(0, "upperRoman", "§ %1")}{level(1, "decimal", "%1.%2")}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
        '<w:num w:numId="3"><w:abstractNumId w:val="2"/></w:num>'
        '<w:num w:numId="4"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/>'
        "</w:lvlOverride></w:num>"
    )

    def item(text: str, number: int, place: int = 0) -> str:
        return paragraph(text, f'<w:numPr><w:ilvl w:val="{place}"/><w:numId w:val="{number}"/></w:numPr>')

    body = (
        paragraph("Title", '<w:pStyle w:val="Own"/>')
        + paragraph("Outlined", '<w:outlineLvl w:val="2"/>')
        + item("one", 1) + item("two", 1) + item("sub", 1, 1) + item("three", 1)
        + item("dot", 2)
        + item("clause", 3) + item("part", 3, 1)
        + item("restarted", 4)
    )  # fmt: skip
    content = docx(
        body,
        {"r1": ("styles", "styles.xml"), "r2": ("numbering", "numbering.xml")},
        {
            "word/styles.xml": word_xml("styles", styles),
            "word/numbering.xml": word_xml("numbering", numbering),
        },
    )
    assert read(tmp_path, content).text.split("\n") == [
        "# Title", "", "### Outlined", "", "1. one", "2. two", "", "a) sub", "", "3. three",
        "- dot", "", "§ I clause", "", "I.1 part", "", "5. restarted",
    ]  # fmt: skip


def test_tables(tmp_path: Path) -> None:
    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"

    merged = cell("", "<w:vMerge/>")
    body = (
        f"<w:tbl><w:tr>{cell('Item')}{cell('Costs', '<w:gridSpan w:val=`2`/>')}</w:tr>"
        f"<w:tr>{cell('Roof', '<w:vMerge w:val=`restart`/>')}{cell('net')}{cell('1,250 | gross')}</w:tr>"
        f"<w:tr>{merged}{cell('tax')}{cell('19')}</w:tr></w:tbl>"
        f"<w:tbl><w:tr><w:tc>{paragraph('Only a frame')}{paragraph('around text')}</w:tc></w:tr></w:tbl>"
    ).replace("`", '"')
    assert text_of(tmp_path, body) == (
        "| Item | Costs |  |\n| --- | --- | --- |\n| Roof | net | 1,250 \\| gross |\n|  | tax | 19 |\n\n"
        "Only a frame\n\naround text"
    )


@pytest.mark.parametrize("depth", [61, 400])
def test_tables_in_tables_lose_nothing(tmp_path: Path, depth: int) -> None:
    body = paragraph("Innermost words")
    for number in range(depth):
        body = f"<w:tbl><w:tr><w:tc>{paragraph(f'level{number}x')}{body}</w:tc></w:tr></w:tbl>"
    text = text_of(tmp_path, body)
    assert text.count("Innermost words") == 1
    assert all(text.count(f"level{number}x") == 1 for number in range(depth))


def test_pictures_charts_diagrams_and_files_within(tmp_path: Path) -> None:
    def drawing(inner: str, description: str = "") -> str:
        frame = f'<wp:docPr id="1" name="P" descr="{description}"/>' if description else ""
        return f"<w:p><w:r><w:drawing>{frame}<a:graphic>{inner}</a:graphic></w:drawing></w:r></w:p>"

    chart = (
        f"<c:chartSpace {NAMES}><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Herring</a:t></a:r></a:p></c:rich>"
        "</c:tx></c:title><c:plotArea><c:barChart><c:ser><c:tx><c:strRef><c:strCache><c:pt idx='0'><c:v>Boats"
        "</c:v></c:pt></c:strCache></c:strRef></c:tx><c:cat><c:strRef><c:strCache><c:pt idx='0'><c:v>1998</c:v>"
        "</c:pt></c:strCache></c:strRef></c:cat><c:val><c:numRef><c:numCache><c:pt idx='0'>"
        "<c:v>4.2999999999999998</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser></c:barChart></c:plotArea>"
        "</c:chart></c:chartSpace>"
    )
    points = "".join(
        f'<dgm:pt modelId="{n}" {kind}><dgm:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t></dgm:pt>'
        for n, kind, text in ((0, 'type="doc"', ""), (2, "", "Second"), (1, "", "First"))
    )
    links = '<dgm:cxn srcId="0" destId="1" srcOrd="0"/><dgm:cxn srcId="0" destId="2" srcOrd="1"/>'
    diagram = f"<dgm:dataModel {NAMES}><dgm:ptLst>{points}</dgm:ptLst><dgm:cxnLst>{links}</dgm:cxnLst></dgm:dataModel>"
    body = (
        drawing('<a:blip r:embed="rP"/>', "A ship in the harbour")
        + drawing('<a:blip r:link="rO"/>') + drawing('<a:blip r:embed="rNone"/>')
        + drawing('<c:chart r:id="rC"/>') + drawing('<dgm:relIds r:dm="rD"/>')
        + '<w:p><w:r><w:object><o:OLEObject ProgID="Excel.Sheet.12" r:id="rX"/></w:object></w:r></w:p>'
        + '<w:p><w:r><w:object><o:OLEObject ProgID="Acme.1" r:id="rB"/></w:object></w:r></w:p>'
        + '<w:altChunk r:id="rA"/>'
    )  # fmt: skip
    inner = docx(paragraph("Words of an inner document."))
    content = docx(
        body,
        {
            "rP": ("image", "media/ship.png"), "rO": ("image", "https://example.org/a.png"),
            "rC": ("chart", "charts/chart1.xml"), "rD": ("diagramData", "diagrams/data1.xml"),
            "rX": ("package", "embeddings/plan.docx"), "rB": ("oleObject", "embeddings/ole1.bin"),
            "rA": ("aFChunk", "chunk.html"),
        },
        {
            "word/media/ship.png": "PNG", "word/charts/chart1.xml": chart, "word/diagrams/data1.xml": diagram,
            "word/embeddings/ole1.bin": "MZ\0\0", "word/chunk.html": "<html><p>From a web page.</p></html>",
        },
    )  # fmt: skip
    document = read(tmp_path, with_member(content, "word/embeddings/plan.docx", inner))
    assert document.text.split("\n\n") == [
        "[A ship in the harbour]",
        "Herring",
        "|  | Boats |\n| --- | --- |\n| 1998 | 4.3 |",
        "- First\n- Second",
        "Words of an inner document.",
        "From a web page.",
    ]
    assert {(part.kind, part.name, part.why) for part in unread_of(document.inventory)} == {
        (PartKind.PICTURE, "A ship in the harbour", WhyUnread.PICTURE),
        (PartKind.PICTURE, "a.png", WhyUnread.OUTSIDE),
        (PartKind.PICTURE, "", WhyUnread.MISSING),
        (PartKind.EMBEDDED, "ole1.bin", WhyUnread.UNSUPPORTED),
    }


def test_a_document_of_nothing_but_unread_parts_says_so(tmp_path: Path) -> None:
    objects = {"rB": ("oleObject", "embeddings/ole1.bin"), "rC": ("oleObject", "embeddings/ole2.bin")}
    bodies = {"word/embeddings/ole1.bin": "MZ\0\0", "word/embeddings/ole2.bin": "MZ\0\0"}
    shown = "".join(
        f'<w:p><w:r><w:object><o:OLEObject ProgID="Acme.1" r:id="{key}"/></w:object></w:r></w:p>'
        for key in objects
    )
    with pytest.raises(DocumentEmptyError) as caught:
        read(tmp_path, docx(shown, objects, bodies))
    assert caught.value.details["num_unread"] == 2
    assert "only 2 parts that can't be read" in explain(caught.value).what


def with_member(content: bytes, name: str, inner: bytes) -> bytes:
    import io
    import zipfile

    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(name, inner)
    return buffer.getvalue()


def test_a_file_that_windows_packed_is_read(tmp_path: Path) -> None:
    inner = docx(paragraph("Packed words."))
    stream = b"\0" * 6 + b"plan.docx\0C:\\plan.docx\0" + bytes(4) + struct.pack("<I", 3) + b"C:\0"
    packed = make_compound_file({"\x01Ole10Native": stream + struct.pack("<I", len(inner)) + inner})
    body = '<w:p><w:r><w:object><o:OLEObject r:id="rX"/></w:object></w:r></w:p>'
    content = docx(body, {"rX": ("oleObject", "embeddings/oleObject1.bin")})
    document = read(tmp_path, with_member(content, "word/embeddings/oleObject1.bin", packed))
    assert document.text == "Packed words."
    assert [part.name for part in parts_of(document, PartKind.EMBEDDED)] == ["plan.docx"]


def test_a_workbook_in_a_document_is_read(tmp_path: Path) -> None:
    inner = workbook({"Costs": cells([["Roof", "7300"], ["Door", "450"]])})
    body = '<w:p><w:r><w:object><o:OLEObject r:id="rX"/></w:object></w:r></w:p>'
    content = docx(body, {"rX": ("package", "embeddings/costs.xlsx")})
    document = read(tmp_path, with_member(content, "word/embeddings/costs.xlsx", inner))
    assert "| Roof | 7300 |" in document.text
    assert [part.name for part in parts_of(document, PartKind.EMBEDDED)] == ["costs.xlsx"]


def test_other_writers_names_and_namespaces(tmp_path: Path) -> None:
    """A package in the strict namespaces, whose main part has a name of its own, in other letters."""
    from tests.documents.samples import make_zip

    strict = "http://purl.oclc.org/ooxml/wordprocessingml/main"
    links = "http://purl.oclc.org/ooxml/officeDocument/relationships"
    content = make_zip(
        {
            "[Content_Types].xml": (
                '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                '<Override PartName="/word/document2.xml" ContentType="application/vnd.openxmlformats-officedocument'
                '.wordprocessingml.document.main+xml"/></Types>'
            ),
            "_rels/.rels": relations({"r": ("officeDocument", "/Word/Document2.xml")}),
            "word/document2.xml": (
                f'<w:document xmlns:w="{strict}" xmlns:r="{links}"><w:body><w:p><w:r><w:t>Strict words.</w:t></w:r>'
                '<w:r><w:footnoteReference w:id="2"/></w:r></w:p></w:body></w:document>'
            ),
            "word/_rels/document2.xml.rels": relations({"r": ("footnotes", "foot%20notes.xml")}),
            "word/foot notes.xml": (
                f'<w:footnotes xmlns:w="{strict}"><w:footnote w:id="2"><w:p><w:r><w:t>A note.</w:t></w:r></w:p>'
                "</w:footnote></w:footnotes>"
            ),
        }
    )
    assert read(tmp_path, content).text == "Strict words.[^1]\n\n[^1]: A note."


def test_a_damaged_part_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    content = docx(
        paragraph("The body."),
        {"r1": ("footnotes", "footnotes.xml"), "r2": ("styles", "styles.xml")},
        {"word/footnotes.xml": "<w:footnotes", "word/styles.xml": "not xml"},
    )
    document = read(tmp_path, content)
    assert document.text == "The body."
    assert [(part.kind, part.why) for part in unread_of(document.inventory)] == [
        (PartKind.FOOTNOTES, WhyUnread.DAMAGED)
    ]


def test_a_damaged_body_is_told(tmp_path: Path) -> None:
    for xml in ("<w:document", "", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'):
        content = docx("", None, {"word/document.xml": xml})
        with pytest.raises(DocumentDamagedError):
            read(tmp_path, content)


def test_unknown_constructs_cost_their_form_not_their_words(tmp_path: Path) -> None:
    body = (
        f"<w:p>{run('Known. ')}<w:newThing>{run('New thing.')}</w:newThing></w:p><w:odd>{paragraph('Odd.')}</w:odd>"
        f"{run('Astray.')}"
    )
    document = read(tmp_path, docx(body))
    assert document.text == "Known. New thing.\n\nOdd.\n\nAstray."
    assert [part.how for part in parts_of(document, PartKind.BODY)] == [HowRead.TEXT, HowRead.FALLBACK]


def test_a_field_that_never_ends_loses_nothing(tmp_path: Path) -> None:
    begin = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    document = read(
        tmp_path, docx(f"<w:p>{run('Before. ')}{begin}{run('Within.')}</w:p>{paragraph('After.')}")
    )
    assert document.text == "Before.\n\nWithin. After."
    assert HowRead.FALLBACK in {part.how for part in document.inventory}


def test_boxes_in_boxes_lose_nothing(tmp_path: Path) -> None:
    body = paragraph("Innermost")
    for number in range(120):
        body = f"<w:p>{run(f'box{number}x')}<w:r><w:pict><w:txbxContent>{body}</w:txbxContent></w:pict></w:r></w:p>"
    text = text_of(tmp_path, body)
    assert text.count("Innermost") == 1
    assert all(text.count(f"box{number}x") == 1 for number in range(120))


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (r'EQ \* jc2 \* "Font:MS Mincho" \* hps11 \o\ad(\s\up 10(とうきょう),東京)', "東京(とうきょう)"),
        (r" eq \o\ac(○,1) ", "(○,1)"),
        (r"EQ \f(a,b)", "(a,b)"),
        ("EQUAL", ""),
        ("PAGE", ""),
    ],
)
def test_words_in_the_code_of_an_equation_field_are_read(tmp_path: Path, code: str, shown: str) -> None:
    field = "".join(
        f"<w:r>{inner}</w:r>"
        for inner in (
            '<w:fldChar w:fldCharType="begin"/>',
            f"<w:instrText>{escape(code)}</w:instrText>",
            '<w:fldChar w:fldCharType="end"/>',
        )
    )
    assert read(tmp_path, docx(f"<w:p>{run('To')}{field}{run('.')}</w:p>")).text == f"To{shown}."
