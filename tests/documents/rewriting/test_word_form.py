# ruff: noqa: E501 - XML is easier to read in the lines of its elements
from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from lmstudio_lite.documents.rewriting.files import write_translation
from lmstudio_lite.domain.units import (
    BilingualLayout,
    Mark,
    MarkKind,
    UnitKind,
    UnitText,
    WriteUnitsOptions,
)
from lmstudio_lite.errors import DocumentDamagedError, DocumentUnsupportedError, InvariantError
from tests.documents.office_files import docx, paragraph, relations, run, word_xml, workbook
from tests.documents.rewriting.trial import (
    LIMITS,
    NO_OPTIONS,
    changed_parts,
    check_echo,
    check_pseudo,
    parts_of,
    pseudo,
    read,
    texts_of,
    written,
)
from tests.documents.samples import sample

BOLD = "<w:b/>"


def field_mark(kind: str, properties: str = "") -> str:
    return f'<w:r>{properties}<w:fldChar w:fldCharType="{kind}"/></w:r>'


def field(code: str, result: str) -> str:
    instruction = f'<w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>'
    return field_mark("begin") + instruction + field_mark("separate") + result + field_mark("end")


def box(text: str) -> str:
    """Return a text box as Word writes it: once for itself and once for its older versions."""
    inner = f"<w:txbxContent>{paragraph(text)}</w:txbxContent>"
    return (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:wsp><wps:txbx>"
        f"{inner}</wps:txbx></wps:wsp></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:group><v:textbox>{inner}</v:textbox></v:group></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )


def table(*cells: str) -> str:
    return (
        "<w:tbl><w:tblPr><w:tblW w:w='0'/></w:tblPr><w:tr>"
        + "".join(f"<w:tc>{cell}</w:tc>" for cell in cells)
        + "</w:tr></w:tbl>"
    )


CASES = {
    "plain": paragraph("Hello boats"),
    "bold": f"<w:p>{run('Some ')}{run('bold', BOLD)}{run(' words')}</w:p>",
    "fragments": "<w:p><w:r w:rsidR='1'><w:t>One</w:t></w:r><w:proofErr w:type='spellStart'/><w:r w:rsidR='2'><w:rPr><w:lang w:val='en-US'/></w:rPr><w:t> word</w:t></w:r></w:p>",
    "link": f"<w:p>{run('See ')}<w:hyperlink r:id='rId9'>{run('the page', '<w:u/>')}</w:hyperlink>{run(' now')}</w:p>",
    "tracked": f"<w:p>{run('Rent is ')}<w:del w:id='1'><w:r><w:delText>900</w:delText></w:r></w:del><w:ins w:id='2'>{run('a thousand')}</w:ins>{run(' euros')}</w:p>",
    "moved": f"<w:p><w:moveFrom w:id='1'>{run('Gone away')}</w:moveFrom>{run('Here')}</w:p>",
    "nested tables": table(paragraph("Outer") + table(paragraph("Inner"), paragraph("Other")) + "<w:p/>", paragraph("Last")),
    "boxes in a group": f"<w:p>{run('Before')}{box('In the box')}{run(' after')}</w:p>",
    "field over runs": f"<w:p>{run('As in ')}{field('REF _a', run('Chapter ', BOLD) + run('two'))}{run(' above')}</w:p>",
    "field in field": f"<w:p>{run('Say ')}{field('IF ' + field_mark('begin') + '<w:r><w:instrText>PAGE</w:instrText></w:r>' + field_mark('end'), run('more words'))}{run(' here')}</w:p>",
    "field over paragraphs": f"<w:p>{field_mark('begin')}<w:r><w:instrText>TOC</w:instrText></w:r>{field_mark('separate')}{run('First entry')}</w:p><w:p>{run('Second entry')}</w:p><w:p>{field_mark('end')}</w:p>",
    "endless field": f"<w:p>{field_mark('begin')}<w:r><w:instrText>TOC</w:instrText></w:r></w:p>{paragraph('All that follows')}",
    "page numbers": f"<w:p>{run('Page ')}{field('PAGE', run('3'))}{run(' of ')}<w:fldSimple w:instr='NUMPAGES'>{run('10')}</w:fldSimple></w:p>",
    "breaks": "<w:p><w:r><w:t>Name:</w:t><w:tab/><w:t>Anna</w:t><w:br/><w:t>Town</w:t></w:r></w:p>",
    "notes": f"<w:p>{run('A claim')}<w:r><w:footnoteReference w:id='2'/></w:r>{run(' and more')}<w:r><w:footnoteReference w:id='3'/></w:r></w:p>",
    "bookmarks": f"<w:p>{run('To ')}<w:bookmarkStart w:id='7' w:name='a'/>{run('this place')}<w:bookmarkEnd w:id='7'/>{run(' go')}</w:p>",
    "control": f"<w:p>{run('Your name: ')}<w:sdt><w:sdtPr><w:alias w:val='x'/></w:sdtPr><w:sdtContent>{run('click here')}</w:sdtContent></w:sdt></w:p>",
    "ruby": "<w:p><w:r><w:ruby><w:rubyPr/><w:rt><w:r><w:t>kan</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>漢字</w:t></w:r></w:rubyBase></w:ruby></w:r><w:r><w:t>です</w:t></w:r></w:p>",
    "math": f"<w:p>{run('Where ')}<m:oMath><m:r><m:t>x</m:t></m:r></m:oMath>{run(' is long')}</w:p>",
    "right to left": f"<w:p><w:pPr><w:bidi/><w:rPr><w:rtl/></w:rPr></w:pPr>{run('مرحبا', '<w:rtl/>')}</w:p>",
    "entities": "<w:p><w:r><w:t>A &amp; B &lt;c&gt; &#233;<![CDATA[ <raw> ]]></w:t></w:r></w:p>",
    "no-break hyphen": "<w:p><w:r><w:t>e</w:t><w:noBreakHyphen/><w:t>mail</w:t></w:r></w:p>",
    "hidden": f"<w:p>{run('Seen ')}{run('unseen', '<w:vanish/>')}{run('words')}</w:p>",
    "inner section": f"<w:p><w:pPr><w:sectPr><w:pgSz w:w='1'/></w:sectPr></w:pPr>{run('End of a section')}</w:p>{paragraph('Next')}",
    "smile": f"<w:p>{run('Well ')}{run('J', '<w:rFonts w:ascii=' + chr(34) + 'Wingdings' + chr(34) + '/>')}{run('done')}</w:p>",
    "empty": "<w:p/><w:p></w:p><w:p><w:pPr/></w:p><w:p><w:r/></w:p>",
    "blank run in bold": f"<w:p>{run('One')}{run(' ', BOLD)}{run('two')}</w:p>",
    "linked picture": f"<w:p>{run('See ')}<w:hyperlink r:id='r1'><w:r><w:drawing><wp:docPr id='1' name='x' descr='A red boat'/></w:drawing></w:r></w:hyperlink>{run(' there')}</w:p>",
}  # fmt: skip

WITHOUT_TEXTS = {"empty"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.docx"


@pytest.mark.parametrize("name", CASES)
def test_an_echo_is_the_same_file(path: Path, name: str) -> None:
    path.write_bytes(docx(CASES[name]))
    units = check_echo(path).units
    assert bool(units) == (name not in WITHOUT_TEXTS)


@pytest.mark.parametrize("target", ["de", "ar", "zh"])
@pytest.mark.parametrize("name", CASES)
def test_all_texts_change_and_all_marks_stay(path: Path, name: str, target: str) -> None:
    path.write_bytes(docx(CASES[name]))
    out = check_pseudo(path, target)
    before, after = parts_of(path)["word/document.xml"], parts_of(out)["word/document.xml"]
    for kept in (b"<w:del ", b"instrText", b"w:footnoteReference", b"w:bookmark", b"<m:oMath>", b"w:drawing", b"<w:ruby>", b"<w:tab/>", b"<w:noBreakHyphen/>", b"<w:ins ", b"<w:hyperlink "):  # fmt: skip
        assert before.count(kept) == after.count(kept), kept


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fragments", ["One word"]),
        ("tracked", ["Rent is a thousand euros"]),
        ("moved", ["Here"]),
        ("nested tables", ["Outer", "Inner", "Other", "Last"]),
        ("boxes in a group", ["Before after", "In the box"]),
        ("field over runs", ["As in Chapter two above"]),
        ("field in field", ["Say more words here"]),
        ("field over paragraphs", ["First entry", "Second entry"]),
        ("endless field", ["All that follows"]),
        ("breaks", ["Name:\tAnna\nTown"]),
        ("entities", ["A & B <c> é <raw> "]),
        ("no-break hyphen", ["e‑mail"]),
        ("hidden", ["Seen words"]),
        ("smile", ["Well done"]),
        ("linked picture", ["See  there", "A red boat"]),
    ],
)
def test_what_is_a_text(path: Path, name: str, expected: list[str]) -> None:
    path.write_bytes(docx(CASES[name]))
    assert texts_of(path) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain", []),
        ("fragments", []),
        ("bold", [(MarkKind.STYLE, "bold")]),
        ("link", [(MarkKind.SPAN, "the page")]),
        ("tracked", [(MarkKind.OBJECT, ""), (MarkKind.SPAN, "a thousand")]),
        ("field over runs", [(MarkKind.SPAN, "Chapter two"), (MarkKind.STYLE, "two")]),
        ("page numbers", [(MarkKind.SPAN, "3"), (MarkKind.SPAN, "10")]),
        ("notes", [(MarkKind.OBJECT, "")]),
        ("bookmarks", [(MarkKind.OBJECT, ""), (MarkKind.OBJECT, "")]),
        ("blank run in bold", []),
    ],
)
def test_which_marks_there_are(path: Path, name: str, expected: list[tuple[MarkKind, str]]) -> None:
    path.write_bytes(docx(CASES[name]))
    (unit,) = read(path).units
    assert [(mark.kind, unit.text[mark.start : mark.end]) for mark in unit.marks] == expected


def test_a_translation_stands_in_its_runs(path: Path) -> None:
    path.write_bytes(docx(CASES["bold"]))
    text = UnitText("Fette Wörter & mehr", (Mark(1, MarkKind.STYLE, 0, 5),))
    body = parts_of(written(path, {0: text}))["word/document.xml"].decode()
    assert (
        '<w:p><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">Fette</w:t></w:r>'
        '<w:r><w:t xml:space="preserve"> Wörter &amp; mehr</w:t></w:r></w:p>'
    ) in body


def test_a_style_may_be_given_up_and_nothing_else(path: Path) -> None:
    path.write_bytes(docx(CASES["bold"]))
    assert texts_of(written(path, {0: UnitText("Einige Wörter")})) == ["Einige Wörter"]
    path.write_bytes(docx(CASES["link"]))
    with pytest.raises(InvariantError):
        written(path, {0: UnitText("Siehe Seite")})


def test_a_break_does_not_double_the_blank_that_stands_for_it(path: Path) -> None:
    path.write_bytes(docx(CASES["breaks"]))
    (unit,) = read(path).units
    marks = (Mark(1, MarkKind.OBJECT, 5, 5), Mark(2, MarkKind.OBJECT, 10, 10))
    body = parts_of(written(path, {0: UnitText("Name: Anne Stadt", marks)}))["word/document.xml"].decode()
    assert [mark.start for mark in unit.marks] == [5, 10]
    words = body.replace("<w:tab/>", "|").replace("<w:br/>", "/").split('<w:t xml:space="preserve">')
    assert [word.partition("<")[0] for word in words[1:]] == ["Name:", "Anne", "Stadt"]


def test_the_ends_of_a_bookmark_keep_their_order(path: Path) -> None:
    path.write_bytes(docx(CASES["bookmarks"]))
    turned = (Mark(1, MarkKind.OBJECT, 9, 9), Mark(2, MarkKind.OBJECT, 2, 2))
    body = parts_of(written(path, {0: UnitText("Geh hierhin", turned)}))["word/document.xml"]
    assert body.index(b"bookmarkStart") < body.index(b"bookmarkEnd")


def test_both_forms_of_a_box_get_the_text(path: Path) -> None:
    path.write_bytes(docx(CASES["boxes in a group"]))
    box_text = read(path).units[1]
    assert box_text.place.kind is UnitKind.TEXT_BOX
    body = parts_of(written(path, {1: UnitText("Im Kasten")}))["word/document.xml"].decode()
    assert body.count("Im Kasten") == 2
    assert "In the box" not in body


def test_page_numbers_stay_whatever_a_translation_says(path: Path) -> None:
    path.write_bytes(docx(CASES["page numbers"]))
    (unit,) = read(path).units
    assert all(mark.keeps_text for mark in unit.marks)
    text = UnitText(
        "Seite 4 von 11",
        (Mark(1, MarkKind.SPAN, 6, 7, keeps_text=True), Mark(2, MarkKind.SPAN, 12, 14, keeps_text=True)),
    )
    assert texts_of(written(path, {0: text})) == ["Seite 3 von 10"]


def test_every_part_with_text_is_read(path: Path) -> None:
    linked = {
        "rId1": ("header", "header1.xml"),
        "rId2": ("footer", "footer1.xml"),
        "rId3": ("footnotes", "footnotes.xml"),
        "rId4": ("endnotes", "endnotes.xml"),
        "rId5": ("comments", "comments.xml"),
        "rId6": ("styles", "styles.xml"),
    }
    heading = "<w:style w:type='paragraph' w:styleId='H1'><w:name w:val='heading 1'/></w:style>"
    parts = {
        "word/header1.xml": word_xml("hdr", paragraph("Head")),
        "word/footer1.xml": word_xml("ftr", paragraph("Foot")),
        "word/footnotes.xml": word_xml("footnotes", f"<w:footnote w:id='2'>{paragraph('Note')}</w:footnote>"),
        "word/endnotes.xml": word_xml("endnotes", f"<w:endnote w:id='2'>{paragraph('End')}</w:endnote>"),
        "word/comments.xml": word_xml("comments", f"<w:comment w:id='0'>{paragraph('Why')}</w:comment>"),
        "word/styles.xml": word_xml("styles", heading),
    }
    body = paragraph("Title", "<w:pStyle w:val='H1'/>") + table(paragraph("Cell"))
    path.write_bytes(docx(body, linked, parts))
    units = check_echo(path).units
    assert [(unit.place.kind, unit.text) for unit in units] == [
        (UnitKind.HEADING, "Title"),
        (UnitKind.CELL, "Cell"),
        (UnitKind.HEADER, "Head"),
        (UnitKind.FOOTER, "Foot"),
        (UnitKind.FOOTNOTE, "Note"),
        (UnitKind.ENDNOTE, "End"),
        (UnitKind.COMMENT, "Why"),
    ]
    check_pseudo(path)


def test_the_language_of_the_file_is_set(path: Path) -> None:
    styles = (
        "<w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val='22'/>"
        "<w:lang w:val='en-US' w:eastAsia='en-US' w:bidi='ar-SA'/></w:rPr></w:rPrDefault></w:docDefaults>"
    )
    linked = {"rId1": ("styles", "styles.xml"), "rId2": ("settings", "settings.xml")}
    parts = {
        "word/styles.xml": word_xml("styles", styles),
        "word/settings.xml": word_xml("settings", "<w:themeFontLang w:val='en-US'/>"),
    }
    body = f"<w:p>{run('Hello', '<w:lang w:val=' + chr(39) + 'en-GB' + chr(39) + '/>')}</w:p><w:sectPr/>"
    path.write_bytes(docx(body, linked, parts))
    assert read(path).language == "en"
    german = parts_of(written(path, {0: UnitText("Hallo")}, "de"))
    assert b"<w:lang w:val=\"de-DE\" w:eastAsia='en-US' w:bidi='ar-SA'/>" in german["word/styles.xml"]
    assert b'<w:lang w:val="de-DE"/>' in german["word/document.xml"]
    chinese = parts_of(written(path, {0: UnitText("你好")}, "zh"))
    assert b'w:eastAsia="zh-CN"' in chinese["word/styles.xml"]
    assert b"<w:themeFontLang w:eastAsia=\"zh-CN\" w:val='en-US'/>" in chinese["word/settings.xml"]


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("", '<w:r><w:rPr><w:rFonts w:hint="eastAsia"/></w:rPr><w:t'),
        ("<w:rStyle w:val='a'/><w:b/>", "<w:rStyle w:val='a'/><w:rFonts w:hint=\"eastAsia\"/><w:b/>"),
        ("<w:rFonts w:ascii='x'/>", "<w:rFonts w:ascii='x' w:hint=\"eastAsia\"/>"),
        ("<w:rFonts w:hint='default'/>", "<w:rFonts w:hint='default'/>"),
    ],
)
def test_chinese_runs_are_set_in_the_chinese_font(path: Path, properties: str, expected: str) -> None:
    path.write_bytes(docx(f"<w:p>{run('Quoted', properties)}</w:p>"))
    assert expected in parts_of(written(path, {0: UnitText("“引用”")}, "zh"))["word/document.xml"].decode()


def test_a_file_without_a_language_gets_one(path: Path) -> None:
    for styles in ("", "<w:docDefaults/>", "<w:docDefaults><w:rPrDefault><w:rPr><w:sz/></w:rPr></w:rPrDefault></w:docDefaults>"):  # fmt: skip
        linked = {"rId1": ("styles", "styles.xml")}
        path.write_bytes(docx(paragraph("Hello"), linked, {"word/styles.xml": word_xml("styles", styles)}))
        assert read(path).language == ""
        assert read(written(path, {0: UnitText("Hallo")}, "de")).language == "de"


def test_a_language_that_the_words_contradict_is_not_believed(path: Path) -> None:
    styles = (
        "<w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val='en-US'/></w:rPr></w:rPrDefault></w:docDefaults>"
    )
    german = "Der Hafenmeister zählt jeden Morgen die Boote und schreibt ihre Zahl in ein dickes Buch. " * 4
    for text, language in (("Boote", "en"), (german, "")):
        parts = {"word/styles.xml": word_xml("styles", styles)}
        path.write_bytes(docx(paragraph(text), {"rId1": ("styles", "styles.xml")}, parts))
        assert read(path).language == language


def test_a_document_into_arabic_runs_from_right_to_left(path: Path) -> None:
    body = (
        f"<w:p><w:pPr><w:pStyle w:val='a'/><w:jc w:val='left'/></w:pPr>{run('Bold', BOLD)}</w:p>"
        + table(paragraph("Cell"))
        + "<w:sectPr><w:pgSz w:w='1'/><w:docGrid/></w:sectPr>"
    )
    path.write_bytes(docx(body))
    out = written(path, {0: UnitText("عريض"), 1: UnitText("خلية")}, "ar")
    content = parts_of(out)["word/document.xml"].decode()
    assert "<w:pPr><w:pStyle w:val='a'/><w:bidi/><w:jc w:val='left'/></w:pPr>" in content
    assert "<w:rPr><w:b/><w:bCs/><w:rtl/></w:rPr>" in content
    assert "<w:p><w:pPr><w:bidi/></w:pPr><w:r><w:rPr><w:rtl/></w:rPr>" in content
    assert "<w:tblPr><w:bidiVisual/><w:tblW w:w='0'/></w:tblPr>" in content
    assert "<w:sectPr><w:pgSz w:w='1'/><w:bidi/><w:docGrid/></w:sectPr>" in content
    back = parts_of(written(out, {0: UnitText("Bold"), 1: UnitText("Cell")}, "en"))["word/document.xml"]
    assert b"<w:bidi/>" not in back
    assert b"<w:rtl/>" not in back


def test_bold_letters_stay_bold_in_either_direction(path: Path) -> None:
    path.write_bytes(
        docx(f"<w:p>{run('שלום', '<w:bCs/><w:szCs w:val=' + chr(34) + '28' + chr(34) + '/><w:rtl/>')}</w:p>")
    )
    content = parts_of(written(path, {0: UnitText("Hello")}, "en"))["word/document.xml"]
    assert b'<w:rPr><w:b/><w:bCs/><w:sz w:val="28"/><w:szCs w:val="28"/></w:rPr>' in content


def test_each_translation_below_its_paragraph(path: Path) -> None:
    body = (
        paragraph("One", "<w:pStyle w:val='a'/><w:numPr><w:numId w:val='3'/></w:numPr>")
        + CASES["notes"]
        + CASES["inner section"]
        + table(paragraph("Cell"))
    )
    path.write_bytes(docx(body))
    units = read(path).units
    texts = {number: pseudo(unit) for number, unit in enumerate(units)}
    out = written(path, texts, layout=BilingualLayout.BELOW)
    both = [text for number, unit in enumerate(units) for text in (unit.text, texts[number].text)]
    assert texts_of(out) == both
    content = parts_of(out)["word/document.xml"]
    assert content.count(b"footnoteReference") == 2
    assert content.count(b"<w:sectPr>") == 1
    assert content.index(b"<w:sectPr>") > content.index(b"End of a section")
    assert content.count(b'<w:numId w:val="0"/>') == 1


def test_source_and_translation_side_by_side(path: Path) -> None:
    path.write_bytes(docx(paragraph("One") + CASES["inner section"] + table(paragraph("Cell"))))
    units = read(path).units
    texts = {number: pseudo(unit) for number, unit in enumerate(units)}
    out = written(path, texts, layout=BilingualLayout.BESIDE)
    both = [text for number, unit in enumerate(units) for text in (unit.text, texts[number].text)]
    assert texts_of(out) == both
    content = parts_of(out)["word/document.xml"]
    assert content.count(b"<w:tbl>") == 4
    assert content.count(b"<w:sectPr>") == 1


def test_the_words_before_numbers_are_translated(path: Path) -> None:
    levels = "".join(
        f"<w:lvl><w:numFmt w:val='{kind}'/><w:lvlText w:val='{text}'/></w:lvl>"
        for kind, text in (
            ("decimal", "Article %1, part %2"),
            ("decimal", "%1."),
            ("lowerLetter", "a%1)"),
            ("bullet", "oo"),
        )
    )
    parts = {"word/numbering.xml": word_xml("numbering", f"<w:abstractNum>{levels}</w:abstractNum>")}
    path.write_bytes(docx(paragraph("Hello"), {"rId1": ("numbering", "numbering.xml")}, parts))
    label = check_echo(path).units[1]
    assert label.text == "Article %1, part %2"
    assert [mark.keeps_text for mark in label.marks] == [True, True]
    turned = (Mark(1, MarkKind.SPAN, 16, 18, keeps_text=True), Mark(2, MarkKind.SPAN, 5, 7, keeps_text=True))
    out = parts_of(written(path, {1: UnitText("Teil %9 Artikel %8", turned)}))
    assert b"w:val='Teil %2 Artikel %1'" in out["word/numbering.xml"]


def test_a_translated_control_no_longer_shows_the_old_data(path: Path) -> None:
    def control(name: str, text: str) -> str:
        binding = f"<w:dataBinding w:xpath='/ns0:coreProperties[1]/ns1:{name}[1]'/>"
        return f"<w:sdt><w:sdtPr>{binding}</w:sdtPr><w:sdtContent>{paragraph(text)}</w:sdtContent></w:sdt>"

    path.write_bytes(
        docx(control("subject", "About boats") + control("title", "Boats") + control("subject", "Harbours"))
    )
    check_echo(path)
    out = written(path, {0: UnitText("Über Boote"), 1: UnitText("Boote")})
    assert parts_of(out)["word/document.xml"].count(b"w:dataBinding") == 2


def test_names_without_a_prefix(path: Path) -> None:
    name = "http://purl.oclc.org/ooxml/wordprocessingml/main"
    inner = "<r><rPr><b/><lang w:val='en-US'/></rPr><t>Bold</t></r><r><t> words</t></r>"
    body = f'<document xmlns="{name}" xmlns:w="{name}"><body><p>{inner}</p></body></document>'
    path.write_bytes(docx("", None, {"word/document.xml": body}))
    check_echo(path)
    assert read(path).units[0].marks == (Mark(1, MarkKind.STYLE, 0, 4),)
    content = parts_of(check_pseudo(path))["word/document.xml"]
    assert b'<rPr><b/><lang w:val="de-DE"/></rPr>' in content


def test_a_part_in_another_encoding_keeps_it(path: Path) -> None:
    body = word_xml("document", f"<w:body>{paragraph('Größe')}</w:body>")
    for declared, encoding in (("UTF-16", "utf-16"), ("ISO-8859-1", "latin-1")):
        content = f'<?xml version="1.0" encoding="{declared}"?>{body}'.encode(encoding)
        path.write_bytes(docx(""))
        parts = parts_of(path) | {"word/document.xml": content}
        with zipfile.ZipFile(path, "w") as archive:
            for name, each in parts.items():
                archive.writestr(name, each)
        check_echo(path)
        out = written(path, {0: UnitText("Länge и ширина")})
        assert texts_of(out) == ["Länge и ширина"]
        assert (
            parts_of(out)["word/document.xml"]
            .decode(encoding)
            .startswith(f'<?xml version="1.0" encoding="{declared}"?>')
        )


def test_a_signed_file_is_told(path: Path) -> None:
    signed = {
        "_rels/.rels": relations(
            {
                "rId1": ("officeDocument", "word/document.xml"),
                "rId2": ("origin", "_xmlsignatures/origin.sigs"),
            }
        ),
        "_xmlsignatures/origin.sigs": "",
    }
    path.write_bytes(docx(paragraph("Hello"), None, signed))
    wanted = WriteUnitsOptions("de")
    for text, told in (("Hello", ()), ("Hallo", ("signature_invalid",))):
        assert (
            write_translation(
                path, {0: UnitText(text)}, path.with_name("out.docx"), NO_OPTIONS, wanted, LIMITS
            )
            == told
        )


def test_macros_and_all_other_parts_stay(tmp_path: Path) -> None:
    path = tmp_path / "macro.docm"
    path.write_bytes(
        docx(paragraph("Hello"), None, {"word/vbaProject.bin": "macro", "customXml/item1.xml": "<a/>"})
    )
    assert changed_parts(path, written(path, {0: UnitText("Hallo")})) == {"word/document.xml"}


def test_what_is_no_word_file_is_told(path: Path) -> None:
    path.write_bytes(workbook({"A": ""}))
    with pytest.raises(DocumentUnsupportedError):
        read(path)
    path.write_bytes(docx("<w:p><w:r>"))
    with pytest.raises(DocumentDamagedError):
        read(path)


def test_an_entity_is_refused(path: Path) -> None:
    bomb = '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    path.write_bytes(docx("", None, {"word/document.xml": bomb + word_xml("document", "<w:body/>")}))
    with pytest.raises(DocumentDamagedError):
        read(path)


def test_deeply_nested_elements_stop_nothing(path: Path) -> None:
    deep = "<w:ins w:id='1'>" * 400 + run("deep") + "</w:ins>" * 400
    tables = paragraph("inner")
    for _ in range(100):
        tables = table(tables + "<w:p/>")
    path.write_bytes(docx(f"<w:p>{run('Some text')}{deep}</w:p>{tables}"))
    check_echo(path)
    assert texts_of(check_pseudo(path))[-1] == pseudo(read(path).units[-1]).text


@pytest.mark.parametrize("name", ["paper.docx"])
def test_samples(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(sample(name).read_bytes())
    assert len(check_echo(path).units) > 10
    for target in ("de", "ar", "zh"):
        check_pseudo(path, target)
