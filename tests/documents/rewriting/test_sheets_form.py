# ruff: noqa: E501 - XML is easier to read in the lines of its elements
from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

from lmstudio_lite.domain.units import BilingualLayout, Mark, MarkKind, ReadUnitsOptions, UnitKind, UnitText
from lmstudio_lite.errors import DocumentLayoutError, DocumentUnsupportedError
from tests.documents.office_files import NAMES, cells, docx, paragraph, relations, workbook
from tests.documents.rewriting.trial import (
    changed_parts,
    check_echo,
    check_pseudo,
    parts_of,
    pseudo,
    read,
    texts_of,
    written,
)

SHARED = "xl/sharedStrings.xml"
SHEET = "xl/worksheets/sheet1.xml"
CORE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.xlsx"


def shared_workbook(
    strings: str, rows: str, *, before: str = "", after: str = "", parts: dict[str, str] | None = None
) -> bytes:
    """Return a workbook of one sheet called "Costs" with shared strings."""
    sheet = f"{before}<s:sheetData>{rows}</s:sheetData>{after}"
    return workbook({"Costs": sheet}, parts={SHARED: f"<s:sst {NAMES}>{strings}</s:sst>", **(parts or {})})


def row(*numbers: int) -> str:
    return (
        "<s:row>"
        + "".join(
            f'<s:c r="{chr(65 + place)}1" t="s"><s:v>{number}</s:v></s:c>'
            for place, number in enumerate(numbers)
        )
        + "</s:row>"
    )


STRINGS = {
    "plain": "<s:si><s:t>Two boats</s:t></s:si>",
    "runs": '<s:si><s:r><s:t xml:space="preserve">Two </s:t></s:r><s:r><s:rPr><s:b/></s:rPr><s:t>red</s:t></s:r><s:r><s:rPr><s:sz val="9"/></s:rPr><s:t xml:space="preserve"> boats</s:t></s:r></s:si>',
    "readings": '<s:si><s:t>漢字です</s:t><s:rPh sb="0" eb="2"><s:t>かんじ</s:t></s:rPh><s:phoneticPr fontId="1"/></s:si>',
    "escapes": "<s:si><s:t>A_x000D_\nB &amp; _x005F_x0041_</s:t></s:si>",
    "text before runs": "<s:si><s:t>Two </s:t><s:r><s:rPr><s:b/></s:rPr><s:t>boats</s:t></s:r></s:si>",
}  # fmt: skip


@pytest.mark.parametrize("name", STRINGS)
def test_shared_strings(path: Path, name: str) -> None:
    path.write_bytes(shared_workbook(STRINGS[name], row(0)))
    check_echo(path)
    out = check_pseudo(path)
    assert changed_parts(path, out) <= {SHARED, SHEET}
    before, after = parts_of(path)[SHARED], parts_of(out)[SHARED]
    for kept in (b"<s:b/>", b"<s:rPh", b"<s:phoneticPr", b"<s:sz"):
        assert before.count(kept) == after.count(kept)


def test_the_text_of_escapes(path: Path) -> None:
    path.write_bytes(shared_workbook(STRINGS["escapes"], row(0)))
    assert texts_of(path) == ["A\nB & _x0041_"]
    assert texts_of(written(path, {0: UnitText("_x0042_ <b>")})) == ["_x0042_ <b>"]


def test_readings_end_where_the_text_does(path: Path) -> None:
    path.write_bytes(shared_workbook(STRINGS["readings"], row(0)))
    assert b'<s:rPh sb="0" eb="1">' in parts_of(written(path, {0: UnitText("字")}))[SHARED]


def test_cells_come_in_the_order_of_the_sheet_and_each_text_once(path: Path) -> None:
    strings = "".join(f"<s:si><s:t>{text}</s:t></s:si>" for text in ("Unused", "Second", "First", "12"))
    path.write_bytes(shared_workbook(strings, row(2, 1, 2, 3)))
    units = check_echo(path).units
    assert [(unit.text, unit.place.part) for unit in units] == [("First", "Costs"), ("Second", "Costs")]


def test_texts_in_the_cells_themselves(path: Path) -> None:
    path.write_bytes(workbook({"A": cells([["One", "Two"]]), "B": cells([["Three"]])}))
    assert [unit.text for unit in check_echo(path).units] == ["One", "Two", "Three"]
    check_pseudo(path)


def test_formulas_are_never_touched(path: Path) -> None:
    rows = '<s:row><s:c r="A1" t="s"><s:v>0</s:v></s:c><s:c r="B1" t="str"><s:f>A1&amp;" old"</s:f><s:v>Word old</s:v></s:c></s:row>'
    main = f'<s:workbook {NAMES}><s:sheets><s:sheet name="Costs" sheetId="1" r:id="rId1"/></s:sheets><s:calcPr calcId="1"/></s:workbook>'
    path.write_bytes(shared_workbook("<s:si><s:t>Word</s:t></s:si>", rows, parts={"xl/workbook.xml": main}))
    assert dict(read(path).kept) == {"formula": 1}
    out = written(path, {0: UnitText("Wort")})
    assert changed_parts(path, out) == {SHARED, "xl/workbook.xml"}
    assert b'<s:calcPr fullCalcOnLoad="1" calcId="1"/>' in parts_of(out)["xl/workbook.xml"]


def test_headers_and_footers(path: Path) -> None:
    after = "<s:headerFooter><s:oddHeader>&amp;L&amp;BThe boats &amp;amp; more&amp;CPage &amp;P of &amp;N&amp;R&amp;D</s:oddHeader><s:oddFooter>&amp;&quot;Arial,Bold&quot;&amp;12Salt &amp;&amp; pepper</s:oddFooter></s:headerFooter>"
    after = after.replace("&amp;amp;", "&amp;&amp;")
    path.write_bytes(shared_workbook("", "", after=after))
    units = check_echo(path).units
    assert [(unit.text, unit.place.kind) for unit in units] == [
        ("The boats & more", UnitKind.HEADER),
        ("Page &P of &N", UnitKind.HEADER),
        ("Salt & pepper", UnitKind.FOOTER),
    ]
    assert [mark.keeps_text for mark in units[1].marks] == [True, True]
    content = parts_of(check_pseudo(path))[SHEET].decode()
    assert "&amp;L&amp;B" in content
    assert "&amp;P" in content
    assert "&amp;R&amp;D</s:oddHeader>" in content
    assert "&amp;&quot;Arial,Bold&quot;&amp;12" in content


def test_arabic_sheets_begin_at_the_right(path: Path) -> None:
    before = '<s:sheetViews><s:sheetView workbookViewId="0"/></s:sheetViews>'
    path.write_bytes(shared_workbook(STRINGS["plain"], row(0), before=before))
    out = written(path, {0: UnitText("قاربان")}, "ar")
    assert b'<s:sheetView rightToLeft="1" workbookViewId="0"/>' in parts_of(out)[SHEET]
    back = written(out, {0: UnitText("Two boats")}, "en")
    assert b'rightToLeft="0"' in parts_of(back)[SHEET]


def test_comments_of_both_kinds(path: Path) -> None:
    linked = relations(
        {"r1": ("comments", "../comments1.xml"), "r2": ("threadedComment", "../threadedComments/t1.xml")}
    )
    threads = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    parts = {
        "xl/worksheets/_rels/sheet1.xml.rels": linked,
        "xl/comments1.xml": f"<s:comments {NAMES}><s:commentList><s:comment ref='A1'><s:text><s:r><s:rPr><s:b/></s:rPr><s:t>Ann:</s:t></s:r><s:r><s:t> too much</s:t></s:r></s:text></s:comment></s:commentList></s:comments>",
        "xl/threadedComments/t1.xml": f'<ThreadedComments xmlns="{threads}"><threadedComment><text>Why so?</text></threadedComment></ThreadedComments>',
    }
    path.write_bytes(shared_workbook("", "", parts=parts))
    units = check_echo(path).units
    assert [unit.text for unit in units] == ["Ann: too much", "Why so?"]
    assert {unit.place.kind for unit in units} == {UnitKind.COMMENT}
    check_pseudo(path)


def rich_workbook(path: Path) -> None:
    """Write a workbook as openpyxl makes it: rich text, merged cells, a table, a chart, a comment, a check."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "Costs"
    for line in (("Item", "Amount"), ("Roof", 7300), ("Door", 450)):
        sheet.append(line)
    sheet["D1"] = CellRichText("All ", TextBlock(InlineFont(b=True), "boats"), " here")
    sheet.merge_cells("D2:E3")
    sheet["D2"] = "Merged words"
    sheet["A5"] = "=SUM(B2:B3)"
    sheet["A1"].comment = Comment("Ask Nora", "Ann")
    sheet.add_table(Table(displayName="Costs_1", ref="A1:B3"))
    chart = BarChart()
    chart.title = "What it costs"
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=3), titles_from_data=True)
    sheet.add_chart(chart, "G2")
    check = DataValidation(type="list", formula1='"Yes,No"', prompt="Choose one", promptTitle="Choice")
    check.add("F1")
    sheet.add_data_validation(check)
    made.properties.title = "The costs"
    made.save(path)


def test_a_workbook_of_another_program(path: Path) -> None:
    rich_workbook(path)
    units = check_echo(path).units
    kinds = {unit.text: unit.place.kind for unit in units}
    assert kinds["The costs"] is UnitKind.TITLE
    assert kinds["What it costs"] is UnitKind.CHART
    assert kinds["Ask Nora"] is UnitKind.COMMENT
    assert {kinds[text] for text in ("Item", "Amount", "All boats here", "Merged words")} == {UnitKind.CELL}
    assert {unit.text: unit.max_characters for unit in units}["Choice"] == 32
    out = check_pseudo(path)
    sheet = openpyxl.load_workbook(out, rich_text=True)["Costs"]
    texts = {unit.text: pseudo(unit).text for unit in units}
    assert sheet["A1"].value == texts["Item"]
    assert [column.name for column in sheet.tables["Costs_1"].tableColumns] == [
        texts["Item"],
        texts["Amount"],
    ]
    assert str(sheet["D1"].value) == texts["All boats here"]
    assert sheet["A5"].value == "=SUM(B2:B3)"
    assert sheet.data_validations.dataValidation[0].formula1 == '"Yes,No"'
    assert sheet["D2"].value == texts["Merged words"]


def table_parts(names: list[str]) -> dict[str, str]:
    columns = "".join(f'<tableColumn id="{number}" name="{name}"/>' for number, name in enumerate(names, 1))
    return {
        "xl/worksheets/_rels/sheet1.xml.rels": relations({"r1": ("table", "../tables/table1.xml")}),
        "xl/tables/table1.xml": f'<table {CORE} id="1" ref="A1:{chr(64 + len(names))}3"><tableColumns>{columns}</tableColumns></table>',
    }


def test_columns_of_a_table_keep_names_of_their_own(path: Path) -> None:
    strings = "".join(f"<s:si><s:t>{text}</s:t></s:si>" for text in ("Amount", "Sum", "Two\nlines"))
    path.write_bytes(
        shared_workbook(strings, row(0, 1, 2), parts=table_parts(["Amount", "Sum", "Two_x000a_lines"]))
    )
    assert len(check_echo(path).units) == 3
    out = written(path, {0: UnitText("Betrag"), 1: UnitText("betrag"), 2: UnitText("Zwei\nZeilen")})
    assert texts_of(out) == ["Betrag", "betrag 2", "Zwei\nZeilen"]
    names = parts_of(out)["xl/tables/table1.xml"].decode()
    assert [name in names for name in ('name="Betrag"', 'name="betrag 2"', 'name="Zwei_x000a_Zeilen"')] == [
        True
    ] * 3


def test_a_column_that_a_formula_names_keeps_its_name(path: Path) -> None:
    strings = "".join(f"<s:si><s:t>{text}</s:t></s:si>" for text in ("Amount", "Item"))
    rows = row(0, 1) + '<s:row><s:c r="D9"><s:f>SUM(Costs[Amount])</s:f></s:c></s:row>'
    path.write_bytes(shared_workbook(strings, rows, parts=table_parts(["Amount", "Item"])))
    units = check_echo(path)
    assert [unit.text for unit in units.units] == ["Item"]
    assert dict(units.kept)["column_name"] == 1


def test_what_a_pivot_table_knows_columns_by_stays(path: Path) -> None:
    strings = "".join(f"<s:si><s:t>{text}</s:t></s:si>" for text in ("Amount", "Item"))
    parts = {
        "xl/_rels/workbook.xml.rels": relations(
            {
                "rId1": ("worksheet", "worksheets/sheet1.xml"),
                "rIdT": ("sharedStrings", "sharedStrings.xml"),
                "r9": ("pivotCacheDefinition", "pivotCache/d1.xml"),
            }
        ),
        "xl/pivotCache/d1.xml": f'<pivotCacheDefinition {CORE}><cacheFields><cacheField name="Amount"/></cacheFields></pivotCacheDefinition>',
    }
    path.write_bytes(shared_workbook(strings, row(0, 1), parts=parts))
    units = check_echo(path)
    assert [unit.text for unit in units.units] == ["Item"]
    assert dict(units.kept) == {"column_name": 1, "pivot_table": 1}


def test_what_stands_on_buttons_is_translated_once(path: Path) -> None:
    caption = '<v:textbox><div style=\'text-align:center\'><font face="Calibri" size="220">{0}</font></div></v:textbox>'
    vml = (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:x="urn:schemas-microsoft-com:office:excel">'
        f"<v:shape>{caption.format('Count again')}</v:shape><v:shape>{caption.format('Only boats')}</v:shape>"
        "<v:shape><v:textbox><div style='text-align:left'></div></v:textbox></v:shape></xml>"
    )
    drawing = f"<xdr:wsDr {NAMES}><xdr:sp><xdr:txBody><a:p><a:r><a:t>Count again</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:wsDr>"
    extra = {
        "xl/worksheets/_rels/sheet1.xml.rels": relations(
            {
                "r1": ("drawing", "../drawings/drawing1.xml"),
                "r2": ("vmlDrawing", "../drawings/vmlDrawing1.vml"),
            }
        ),
        "xl/drawings/drawing1.xml": drawing,
        "xl/drawings/vmlDrawing1.vml": vml,
    }
    path.write_bytes(shared_workbook(STRINGS["plain"], row(0), parts=extra))
    units = check_echo(path).units
    assert [unit.text for unit in units if unit.place.kind is UnitKind.SHAPE] == ["Count again", "Only boats"]
    texts = {
        n: UnitText(f"{unit.text} & mehr")
        for n, unit in enumerate(units)
        if unit.place.kind is UnitKind.SHAPE
    }
    out = parts_of(written(path, texts))
    assert out["xl/drawings/vmlDrawing1.vml"].decode() == vml.replace("again<", "again &amp; mehr<").replace(
        "boats<", "boats &amp; mehr<"
    )
    assert b"Count again &amp; mehr" in out["xl/drawings/drawing1.xml"]


def test_a_chart_repeats_what_its_cells_say(path: Path) -> None:
    chart = "<c:ser><c:tx><c:strRef><c:f>Costs!A1</c:f><c:strCache><c:pt idx='0'><c:v>Two boats</c:v></c:pt></c:strCache></c:strRef></c:tx><c:val><c:numCache><c:pt><c:v>3</c:v></c:pt></c:numCache></c:val></c:ser>"
    parts = {
        "xl/worksheets/_rels/sheet1.xml.rels": relations({"r1": ("drawing", "../drawings/drawing1.xml")}),
        "xl/drawings/drawing1.xml": f"<xdr:wsDr {NAMES}><xdr:sp><xdr:txBody><a:p><a:r><a:t>In a shape</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:wsDr>",
        "xl/drawings/_rels/drawing1.xml.rels": relations({"r1": ("chart", "../charts/chart1.xml")}),
        "xl/charts/chart1.xml": f"<c:chartSpace {NAMES}>{chart}</c:chartSpace>",
    }
    path.write_bytes(shared_workbook(STRINGS["plain"], row(0), parts=parts))
    assert [unit.text for unit in check_echo(path).units] == ["Two boats", "In a shape"]
    out = parts_of(written(path, {0: UnitText("Zwei Boote")}))
    assert b"<c:v>Zwei Boote</c:v>" in out["xl/charts/chart1.xml"]
    assert b"<c:f>Costs!A1</c:f>" in out["xl/charts/chart1.xml"]


def test_a_bold_word_stays_bold(path: Path) -> None:
    path.write_bytes(shared_workbook(STRINGS["text before runs"], row(0)))
    (unit,) = read(path).units
    assert unit.marks == (Mark(1, MarkKind.STYLE, 0, 4),)
    out = written(path, {0: UnitText("Boote zwei", (Mark(1, MarkKind.STYLE, 6, 10),))})
    assert (
        b'<s:r><s:rPr><s:b/></s:rPr><s:t xml:space="preserve">Boote </s:t></s:r><s:r><s:t xml:space="preserve">zwei</s:t></s:r></s:si>'
        in parts_of(out)[SHARED]
    )


def test_a_sheet_has_one_language(path: Path) -> None:
    path.write_bytes(shared_workbook(STRINGS["plain"], row(0)))
    with pytest.raises(DocumentLayoutError):
        written(path, {0: UnitText("Zwei Boote")}, layout=BilingualLayout.BELOW)


def test_what_is_no_workbook_is_told(path: Path) -> None:
    path.write_bytes(docx(paragraph("Hello")))
    with pytest.raises(DocumentUnsupportedError):
        read(path)


WITH_NAMES = ReadUnitsOptions(with_sheet_names=True)


def named_workbook(formula: str, parts: dict[str, str] | None = None) -> bytes:
    """Return a workbook of two sheets that know each other, with a name, a chart, a link and a list of them."""
    sheet = f'<s:sheetData><s:row><s:c r="A1"><s:f>{formula}</s:f></s:c></s:row></s:sheetData><s:hyperlinks><s:hyperlink ref="A1" location="\'My costs\'!A1"/></s:hyperlinks>'
    linked = {"rId1": ("worksheet", "worksheets/sheet1.xml"), "rId2": ("worksheet", "worksheets/sheet2.xml")}
    return workbook({"My costs": sheet, "Data": cells([["Word"]])}, parts={
        "_rels/.rels": relations({"rId1": ("officeDocument", "/xl/workbook.xml"), "rId2": ("extended-properties", "docProps/app.xml")}),
        "docProps/app.xml": '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties" xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"><TitlesOfParts><vt:vector><vt:lpstr>My costs</vt:lpstr><vt:lpstr>Data</vt:lpstr></vt:vector></TitlesOfParts></Properties>',
        "xl/workbook.xml": f'<s:workbook {NAMES}><s:sheets><s:sheet name="My costs" sheetId="1" r:id="rId1"/><s:sheet name="Data" sheetId="2" r:id="rId2"/></s:sheets><s:definedNames><s:definedName name="All">\'My costs\'!$A$1</s:definedName></s:definedNames></s:workbook>',
        "xl/_rels/workbook.xml.rels": relations(linked),
        "xl/worksheets/_rels/sheet1.xml.rels": relations({"r1": ("drawing", "../drawings/drawing1.xml")}),
        "xl/drawings/drawing1.xml": f"<xdr:wsDr {NAMES}/>",
        "xl/drawings/_rels/drawing1.xml.rels": relations({"r1": ("chart", "../charts/chart1.xml")}),
        "xl/charts/chart1.xml": f"<c:chartSpace {NAMES}><c:f>Data!$A$1:$A$2</c:f></c:chartSpace>",
        **(parts or {}),
    })  # fmt: skip


def test_names_of_sheets_change_wherever_they_are_used(path: Path) -> None:
    path.write_bytes(named_workbook("'My costs'!B1+Data!A1&amp;\"Data!\"+[1]Data!A1"))
    units = check_echo(path, WITH_NAMES).units
    assert [(unit.text, unit.place.kind, unit.max_characters) for unit in units] == [
        ("My costs", UnitKind.SHEET_NAME, 31),
        ("Data", UnitKind.SHEET_NAME, 31),
        ("Word", UnitKind.CELL, None),
    ]
    texts = {0: UnitText("Kosten: Oma's Boot und alles was dazu gehört"), 1: UnitText("Daten")}
    out = parts_of(written(path, texts, options=WITH_NAMES))
    first = "Kosten Oma's Boot und alles was"
    assert f'name="{first.replace(chr(39), "&apos;")}"' in out["xl/workbook.xml"].decode()
    quoted = "'Kosten Oma''s Boot und alles was'"
    assert f"{quoted}!$A$1</s:definedName>" in out["xl/workbook.xml"].decode()
    sheet = out[SHEET].decode()
    assert f"<s:f>{quoted}!B1+'Daten'!A1&amp;\"Data!\"+[1]Data!A1</s:f>" in sheet
    assert 'location="&apos;Kosten Oma&apos;&apos;s Boot und alles was&apos;!A1"' in sheet
    assert b"<c:f>'Daten'!$A$1:$A$2</c:f>" in out["xl/charts/chart1.xml"]
    assert f"<vt:lpstr>{first}</vt:lpstr><vt:lpstr>Daten</vt:lpstr>" in out["docProps/app.xml"].decode()


def test_two_sheets_never_get_one_name(path: Path) -> None:
    path.write_bytes(named_workbook("1"))
    out = written(path, {0: UnitText("Werte"), 1: UnitText("werte")}, options=WITH_NAMES)
    assert texts_of(out, WITH_NAMES)[:2] == ["Werte", "werte 2"]


@pytest.mark.parametrize(
    ("formula", "parts"),
    [
        ('INDIRECT("Data!A"&amp;1)', {}),
        ("SUM(Data:Other!A1)", {}),
        ("1", {"xl/drawings/drawing1.xml": f"<xdr:wsDr {NAMES}><xdr:sp textlink='Data!A1'/></xdr:wsDr>"}),
    ],
)
def test_names_that_may_be_used_elsewhere_stay(path: Path, formula: str, parts: dict[str, str]) -> None:
    path.write_bytes(named_workbook(formula, parts))
    units = read(path, WITH_NAMES)
    assert [unit.text for unit in units.units] == ["Word"]
    assert dict(units.kept)["sheet_name"] == 2


def test_texts_that_formulas_compare_with_stay(path: Path) -> None:
    strings = "".join(f"<s:si><s:t>{text}</s:t></s:si>" for text in ("Done", "yes", "Item", "Door"))
    rows = row(0, 1, 2, 3) + '<s:row><s:c r="D9"><s:f>COUNTIF(A1:A9,"done")</s:f></s:c></s:row>'
    after = '<s:dataValidations><s:dataValidation type="list"><s:formula1>"Yes, No"</s:formula1></s:dataValidation></s:dataValidations>'
    path.write_bytes(shared_workbook(strings, rows, after=after))
    units = check_echo(path)
    assert [unit.text for unit in units.units] == ["Item", "Door"]
    assert dict(units.kept)["formula_text"] == 2


def test_filters_look_for_the_new_words(path: Path) -> None:
    after = '<s:autoFilter ref="A1:A3"><s:filterColumn colId="0"><s:filters><s:filter val="Two boats"/><s:filter val="3"/></s:filters></s:filterColumn></s:autoFilter>'
    path.write_bytes(shared_workbook(STRINGS["plain"], row(0), after=after))
    out = written(path, {0: UnitText("Zwei Boote")})
    assert b'<s:filter val="Zwei Boote"/><s:filter val="3"/>' in parts_of(out)[SHEET]
