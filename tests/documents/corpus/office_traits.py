"""What makes Word, PowerPoint and Excel files hard: alternatives, fields, hidden things, files in files."""

from __future__ import annotations

from collections.abc import Iterator

from tests.documents.corpus.cases import Case, Names
from tests.documents.corpus.office import A, P, content_types, make_word, paragraph, relations
from tests.documents.samples import make_zip

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
_SHAPE = 'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
_DRAWING = 'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'


def cases() -> Iterator[Case]:
    yield from _word()
    yield from _slides()
    yield from _sheets()


def _word() -> Iterator[Case]:
    traits = {
        "alternatives": (
            f"<w:p><w:r><mc:AlternateContent {_MC}><mc:Choice Requires='wps'><w:drawing><wps:txbx {_SHAPE}>"
            "<w:txbxContent><w:p><w:r><w:t>{0}</w:t></w:r></w:p></w:txbxContent></wps:txbx></w:drawing>"
            "</mc:Choice><mc:Fallback><w:pict><v:textbox xmlns:v='urn:schemas-microsoft-com:vml'>"
            "<w:txbxContent><w:p><w:r><w:t>{0}</w:t></w:r></w:p></w:txbxContent></v:textbox></w:pict>"
            "</mc:Fallback></mc:AlternateContent></w:r></w:p>"
        ),
        "simple field": "<w:p><w:fldSimple w:instr='unseen1'><w:r><w:t>{0}</w:t></w:r></w:fldSimple></w:p>",
        "complex field": (
            "<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>unseen1</w:instrText></w:r>"
            "<w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>{0}</w:t></w:r>"
            "<w:r><w:fldChar w:fldCharType='end'/></w:r></w:p>"
        ),
        "merged cells": (
            "<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr><w:p><w:r><w:t>{0}</w:t></w:r></w:p>"
            "</w:tc></w:tr><w:tr><w:tc><w:p><w:r><w:t>{1}</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r>"
            "<w:t>{2}</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
        ),
        "nested table": (
            "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>{0}</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r>"
            "<w:t>{1}</w:t></w:r></w:p></w:tc></w:tr></w:tbl><w:p/></w:tc></w:tr></w:tbl>"
        ),
        "inline control": (
            "<w:p><w:sdt><w:sdtContent><w:r><w:t>{0}</w:t></w:r></w:sdtContent></w:sdt><w:r><w:t> {1}</w:t>"
            "</w:r></w:p>"
        ),
        "smart tag": "<w:p><w:smartTag><w:r><w:t>{0}</w:t></w:r></w:smartTag></w:p>",
        "line break": "<w:p><w:r><w:t>{0}</w:t><w:br/><w:t>{1}</w:t><w:cr/><w:t>{2}</w:t></w:r></w:p>",
        "hyphens": "<w:p><w:r><w:t>{0}</w:t><w:softHyphen/><w:t> {1}</w:t></w:r></w:p>",
        "inserted paragraph": (
            "<w:p><w:pPr><w:rPr><w:ins w:id='3' w:author='A'/></w:rPr></w:pPr><w:ins w:id='4' w:author='A'>"
            "<w:r><w:t>{0}</w:t></w:r></w:ins></w:p><w:p><w:del w:id='5' w:author='A'><w:r><w:delText>unseen1"
            "</w:delText></w:r></w:del><w:r><w:t>{1}</w:t></w:r></w:p>"
        ),
        "custom xml": "<w:customXml w:element='x'><w:p><w:r><w:t>{0}</w:t></w:r></w:p></w:customXml>",
        "formula": (
            "<w:p><m:oMath xmlns:m='http://schemas.openxmlformats.org/officeDocument/2006/math'><m:r>"
            "<m:t>{0}</m:t></m:r></m:oMath><w:r><w:t> {1}</w:t></w:r></w:p>"
        ),
    }
    for trait, template in traits.items():
        names = Names("odd")
        highest = max(number for number in range(9) if f"{{{number}}}" in template)
        body = template.format(*(names.new() for _ in range(highest + 1)))
        data = make_word(paragraph(names.sentence()) + body + paragraph(names.sentence()))
        yield Case(f"word {trait}", "a.docx", data, names.words, forbidden=("unseen1",))
    names = Names("secret")
    hidden = f"<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>{names.new()}</w:t></w:r></w:p>"
    data = make_word(paragraph(names.sentence()) + hidden)
    parts = {"hidden text": names.words[:1]}
    yield Case("word hidden text", "a.docx", data, names.words[1:], parts=parts)
    names = Names("other")
    body = f"{paragraph(names.sentence())}<w:altChunk r:id='r1'/>"
    html = f"<html><body><p>{names.sentence()}</p></body></html>"
    data = make_word(body, {"chunk.html": ("aFChunk", html)})
    parts = {"embedded file": names.words[1:]}
    yield Case("word other format inside", "a.docx", data, names.words[:1], parts=parts)
    names = Names("many")
    data = make_word("".join(paragraph(names.sentence()) for _ in range(300)))
    yield Case("word 300 paragraphs", "a.docx", data, names.words)


def _slides() -> Iterator[Case]:
    def text(word: str) -> str:
        return f"<p:txBody><a:bodyPr/><a:p><a:r><a:t>{word}</a:t></a:r></a:p></p:txBody>"

    head = '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
    shape = '<p:sp><p:nvSpPr><p:cNvPr id="3" name="B"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/>{0}</p:sp>'
    names = Names("deck")
    group = (
        f"<p:grpSp>{head}{shape.format(text(names.new()))}<p:grpSp>{head}{shape.format(text(names.new()))}"
    )
    cells = "".join(
        f"<a:tc><a:txBody><a:bodyPr/><a:p><a:r><a:t>{names.new()}</a:t></a:r></a:p></a:txBody></a:tc>"
        for _ in range(2)
    )
    table = (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="9" name="T"/><p:cNvGraphicFramePr/><p:nvPr/>'
        f'</p:nvGraphicFramePr><p:xfrm/><a:graphic><a:graphicData uri="{A.replace("main", "table")}"><a:tbl>'
        f"<a:tblGrid/><a:tr>{cells}</a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )
    slide = (
        f'<p:sld xmlns:p="{P}" xmlns:a="{A}"><p:cSld><p:spTree>{head}{group}</p:grpSp></p:grpSp>{table}'
        "</p:spTree></p:cSld></p:sld>"
    )
    types = {"/ppt/presentation.xml": "presentationml.presentation.main"}
    types["/ppt/slides/slide1.xml"] = "presentationml.slide"
    data = make_zip(
        {
            "[Content_Types].xml": content_types(types),
            "_rels/.rels": relations({"r1": ("officeDocument", "ppt/presentation.xml")}),
            "ppt/presentation.xml": (
                f'<p:presentation xmlns:p="{P}" xmlns:r="{_LINKS}"><p:sldIdLst><p:sldId id="256" r:id="r1"/>'
                "</p:sldIdLst></p:presentation>"
            ),
            "ppt/_rels/presentation.xml.rels": relations({"r1": ("slide", "slides/slide1.xml")}),
            "ppt/slides/slide1.xml": slide,
        }
    )
    yield Case("slides groups and table", "a.pptx", data, names.words)


def make_workbook(sheets: dict[str, str], hidden: frozenset[str] = frozenset()) -> bytes:
    """Return a workbook; ``sheets`` are the rows' XML by name."""
    types = {"/xl/workbook.xml": "spreadsheetml.sheet.main"}
    types |= {f"/xl/worksheets/s{n}.xml": "spreadsheetml.worksheet" for n in range(1, len(sheets) + 1)}
    hiding = {name: ' state="hidden"' for name in hidden}
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"{hiding.get(name, "")}/>'
        for n, name in enumerate(sheets, 1)
    )
    members = {
        f"xl/worksheets/s{n}.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        for n, rows in enumerate(sheets.values(), 1)
    }
    related = {f"r{n}": ("worksheet", f"worksheets/s{n}.xml") for n in range(1, len(sheets) + 1)}
    return make_zip(
        {
            "[Content_Types].xml": content_types(types),
            "_rels/.rels": relations({"r1": ("officeDocument", "xl/workbook.xml")}),
            "xl/workbook.xml": (
                f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheets>{listed}</sheets></workbook>'
            ),
            "xl/_rels/workbook.xml.rels": relations(related),
            **members,
        }
    )


def _cell(place: str, word: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{word}</t></is></c>'


def _sheets() -> Iterator[Case]:
    names = Names("inline")
    rows = "".join(
        f'<row r="{n}">{_cell(f"A{n}", names.new())}{_cell(f"C{n}", names.new())}</row>' for n in (1, 2, 7)
    )
    yield Case("sheet inline and gaps", "a.xlsx", make_workbook({"One": rows}), names.words)
    names = Names("several")
    sheets = {
        name: f'<row r="1">{_cell("A1", names.new())}</row><row r="2">{_cell("A2", names.new())}</row>'
        for name in ("Costs", "Plan", "Old")
    }
    data = make_workbook(sheets, frozenset({"Old"}))
    parts = {"sheet “Old”": names.words[4:]}
    yield Case("sheet hidden", "a.xlsx", data, (*names.words[:4], "Costs", "Plan"), parts=parts)
    names = Names("number")
    cells = _cell("A1", names.new()) + (
        '<c r="B1"><v>7300</v></c><c r="C1"><f>SUM(B1:B1)</f><v>7300</v></c><c r="D1" t="b"><v>1</v></c>'
        '<c r="E1" t="e"><v>#N/A</v></c>'
    )
    formula = f'<c r="A2" t="str"><f>x()</f><v>{names.new()}</v></c>'
    rows = f'<row r="1">{cells}</row><row r="2">{formula}</row>'
    yield Case("sheet numbers and formulas", "a.xlsx", make_workbook({"S": rows}), (*names.words, "#N/A"))
