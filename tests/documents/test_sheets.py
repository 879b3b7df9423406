"""Workbooks: Excel's made by openpyxl and part by part, and OpenDocument's."""

# ruff: noqa: E501 - XML is easier to read in the lines of its elements
from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.office.sheet_grid import column_letters
from lmstudio_lite.documents.office.workbook import column_number
from lmstudio_lite.documents.readers import read_document, read_sheets
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import HowRead, PartKind, WhyUnread, unread_of
from lmstudio_lite.errors import DocumentEmptyError
from tests.documents.office_files import NAMES, cells, open_document, relations, workbook


def read(
    tmp_path: Path, content: bytes, name: str = "file.xlsx", limits: ReadLimits | None = None
) -> Document:
    path = tmp_path / name
    path.write_bytes(content)
    return read_document(path, limits or ReadLimits())


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_values_as_shown(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Costs"
    sheet.append(["Item", "Date", "At", "Took", "Amount", "Share", "Paid", "Code"])
    sheet.append(
        [
            "Roof | gross",
            date(2024, 3, 12),
            time(9, 5),
            timedelta(hours=27, minutes=30),
            7300,
            0.25,
            True,
            "007",
        ]
    )
    sheet.append(["Door\nnew", datetime(2024, 4, 2, 14, 30), None, None, 450.5, 0.105, False, "#N/A"])
    sheet.append(["Total", None, None, None, "=SUM(E2:E3)"])
    sheet["E2"].number_format = '#,##0.00 "EUR"'
    sheet["F2"].number_format, sheet["F3"].number_format = "0%", "0.0%"
    sheet["A2"].comment = Comment("Check the price", "Anna")
    document = read(tmp_path, saved(book))
    assert document.text == (
        "## Costs\n\n"
        "| Item | Date | At | Took | Amount | Share | Paid | Code |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
        "| Roof \\| gross | 2024-03-12 | 09:05 | 27:30:00 | 7,300.00 EUR | 25% | TRUE | 007 |\n"
        "| Door new | 2024-04-02 14:30 |  |  | 450.5 | 10.5% | FALSE | #N/A |\n"
        "| Total |  |  |  | =SUM(E2:E3) |  |  |  |\n\n"
        "[Comment on A2 by Anna: Check the price]"
    )
    assert read_sheets(tmp_path / "file.xlsx", ReadLimits())[0].rows[1][0] == "Roof | gross"


def test_hidden_sheets_are_named_hidden_rows_are_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Open"
    for row in (["a", "b", "c"], ["folded", "2", "3"], ["x", "y", "z"]):
        sheet.append(row)
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["C"].hidden = True
    for name, state in (("Secret", "hidden"), ("Very", "veryHidden")):
        other = book.create_sheet(name)
        other.append([f"UNSEEN{name}"])
        other.sheet_state = state
    book.create_sheet("Empty")
    document = read(tmp_path, saved(book))
    assert "folded" in document.text
    assert "UNSEEN" not in document.text
    assert [(part.name, part.how, part.why) for part in document.inventory] == [
        ("Open", HowRead.TEXT, None),
        ("Open!2:2,C:C", HowRead.HIDDEN, None),
        ("Secret", HowRead.NOT_READ, WhyUnread.HIDDEN),
        ("Very", HowRead.NOT_READ, WhyUnread.HIDDEN),
        ("Empty", HowRead.EMPTY, None),
    ]
    assert len(read_sheets(tmp_path / "file.xlsx", ReadLimits())) == 1


def test_several_tables_in_one_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["Costs of the harbour"], ["Item", "Amount"], ["Roof", 7300], [], ["Door", 450], [], [],
        ["Boat", "Length"], ["Ida", 12], [], ["All lengths in metres"],
    ):  # fmt: skip
        sheet.append(row)
    assert read(tmp_path, saved(book)).text.split("\n\n") == [
        "## Sheet",
        "Costs of the harbour",
        "| Item | Amount |\n| --- | --- |\n| Roof | 7300 |\n| Door | 450 |",
        "| Boat | Length |\n| --- | --- |\n| Ida | 12 |",
        "All lengths in metres",
    ]


def test_merged_cells_and_charts(tmp_path: Path) -> None:
    from openpyxl.chart import BarChart, Reference

    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Year", "Herring", ""], [1998, 4.3, "t"], [1999, 5.1, "t"]):
        sheet.append(row)
    sheet.merge_cells("B1:C1")
    chart = BarChart()
    chart.title = "Catches of herring"
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=3), titles_from_data=True)
    sheet.add_chart(chart, "E5")
    document = read(tmp_path, saved(book))
    assert document.text.count("Herring") == 1
    assert "Catches of herring" in document.text
    assert PartKind.CHART in {part.kind for part in document.inventory}


def test_cells_of_every_kind(tmp_path: Path) -> None:
    sheet = (
        "<s:sheetData><s:row r='3'>"
        "<s:c r='B3' t='s'><s:v>0</s:v></s:c><s:c r='C3' t='s'><s:v>9</s:v></s:c>"
        "<s:c r='D3' t='str'><s:f>A1&amp;\"x\"</s:f><s:v></s:v></s:c>"
        "<s:c r='E3' t='e'><s:f>1/0</s:f><s:v>#DIV/0!</s:v></s:c>"
        "<s:c r='F3' t='d'><s:v>2024-03-12T00:00:00</s:v></s:c><s:c r='G3'><s:v>1E3</s:v></s:c>"
        "<s:c r='H3'><s:f t='shared' ref='H3:H4' si='0'>SUM($A3:G3)*Other!B3</s:f></s:c>"
        "</s:row><s:row><s:c t='inlineStr'><s:is><s:t>first</s:t></s:is></s:c>"
        "<s:c r='B4' t='inlineStr'><s:is><s:r><s:t>ri</s:t></s:r><s:r><s:t>ch_x000D_</s:t></s:r></s:is></s:c>"
        "<s:c r='H4'><s:f t='shared' si='0'/></s:c></s:row></s:sheetData>"
    )
    strings = (
        f"<s:sst {NAMES}><s:si><s:r><s:t>東</s:t></s:r><s:r><s:t>京</s:t></s:r>"
        "<s:rPh sb='0' eb='1'><s:t>トウ</s:t></s:rPh></s:si></s:sst>"
    )
    content = workbook({"Sheet 1": sheet}, parts={"xl/sharedStrings.xml": strings})
    assert read(tmp_path, content).text.split("\n")[2:] == [
        "|  | 東京 | \N{REPLACEMENT CHARACTER} | #DIV/0! | 2024-03-12 | 1000 | =SUM($A3:G3)*Other!B3 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| first | rich |  |  |  |  | =SUM($A4:G4)*Other!B4 |",
    ]


def test_threaded_comments_text_boxes_and_margins(tmp_path: Path) -> None:
    office = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    sheet = (
        cells([["a", "b"], ["1", "2"]])
        + '<s:headerFooter><s:oddHeader>&amp;L&amp;"Arial,Bold"Harbour &amp; Co&amp;RPage &amp;P</s:oddHeader>'
        "<s:oddFooter>&amp;C&amp;P / &amp;N</s:oddFooter></s:headerFooter><s:drawing r:id='rD'/>"
    )
    parts = {
        "xl/worksheets/_rels/sheet1.xml.rels": relations(
            {
                "rC": ("comments", "../comments1.xml"),
                "rT": ("threadedComment", "../threadedComments/t1.xml"),
                "rD": ("drawing", "../drawings/drawing1.xml"),
            }
        ),
        "xl/comments1.xml": (
            f"<s:comments {NAMES}><s:authors><s:author>tc=1</s:author><s:author>Bo</s:author></s:authors>"
            "<s:commentList><s:comment ref='A1' authorId='0'><s:text><s:t>[Threaded comment] Your version … "
            "Comment:\n Why?</s:t></s:text></s:comment><s:comment ref='B2' authorId='1'><s:text><s:r><s:t>Bo:"
            "</s:t></s:r><s:r><s:t>\nOld one</s:t></s:r></s:text></s:comment></s:commentList></s:comments>"
        ),
        "xl/threadedComments/t1.xml": (
            f"<ThreadedComments xmlns='{office}'><threadedComment ref='A1' personId='P'><text>Why?</text>"
            "</threadedComment><threadedComment ref='A1' personId='P'><text>Because.</text></threadedComment>"
            "</ThreadedComments>"
        ),
        "xl/drawings/drawing1.xml": (
            f"<xdr:wsDr {NAMES}><xdr:twoCellAnchor><xdr:sp><xdr:nvSpPr><xdr:cNvPr id='1' name='T'/></xdr:nvSpPr>"
            "<xdr:txBody><a:p><a:r><a:t>Boxed words</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:twoCellAnchor>"
            "</xdr:wsDr>"
        ),
    }
    document = read(tmp_path, workbook({"S": sheet}, parts=parts))
    assert document.text.split("\n\n")[2:] == [
        "[Comment on A1: Why?]",
        "[Comment on A1: Because.]",
        "[Comment on B2 by Bo: Old one]",
        "Boxed words",
        "Harbour & Co Page",
    ]
    assert {part.kind for part in document.inventory} == {
        PartKind.SHEET, PartKind.COMMENTS, PartKind.TEXT_BOX, PartKind.HEADER,
    }  # fmt: skip


def test_rows_beyond_the_limit_are_named(tmp_path: Path) -> None:
    content = workbook({"Long": cells([["some words", str(number)] for number in range(1000)])})
    document = read(tmp_path, content, limits=ReadLimits(text_length=5_000))
    assert len(document.text) < 5_000
    (part,) = unread_of(document.inventory)
    num_rows = document.text.count("some words")
    assert (part.name, part.why) == (f"Long!{num_rows + 1}:1000", WhyUnread.TOO_LARGE)


def test_damage_costs_what_is_damaged(tmp_path: Path) -> None:
    rows = cells([["whole", "row"], ["cut", "here"]])
    broken = f"<s:worksheet {NAMES}>" + rows[: rows.index("cut")]
    content = workbook(
        {"One": cells([["fine", "1"], ["too", "2"]]), "Two": "", "Three": ""},
        parts={"xl/worksheets/sheet2.xml": "<broken", "xl/worksheets/sheet3.xml": broken},
    )
    document = read(tmp_path, content)
    assert "| fine | 1 |" in document.text
    assert "whole" in document.text
    assert [(part.name, part.why) for part in unread_of(document.inventory)] == [
        ("Two", WhyUnread.DAMAGED),
        ("Three!2:", WhyUnread.DAMAGED),
    ]


def test_a_workbook_without_words_is_empty(tmp_path: Path) -> None:
    with pytest.raises(DocumentEmptyError):
        read(tmp_path, workbook({"A": "<s:sheetData/>", "B": cells([["hidden"]])}, states={"B": "hidden"}))


def test_open_document_sheets(tmp_path: Path) -> None:
    def cell(text: str, kind: str = "string", value: str = "", more: str = "") -> str:
        return f'<table:table-cell office:value-type="{kind}" {value} {more}><text:p>{text}</text:p></table:table-cell>'

    styles = (
        '<style:style style:name="ta9" style:family="table"><style:table-properties table:display="false"/>'
        "</style:style>"
    )
    comment = "<office:annotation><dc:creator>Anna</dc:creator><text:p>Sure?</text:p></office:annotation>"
    body = (
        '<table:table table:name="Costs"><table:table-column table:number-columns-repeated="4"/>'
        f"<table:table-header-rows><table:table-row>{cell('Item')}{cell('Day')}{cell('At')}{cell('Sum')}"
        "</table:table-row></table:table-header-rows>"
        f"<table:table-row>{cell(comment + 'Roof')}{cell('12.03.24', 'date', 'office:date-value=`2024-03-12`')}"
        f"{cell('09:05:00', 'time', 'office:time-value=`PT09H05M00S`')}"
        f"{cell('7.300,00 €', 'currency', 'office:value=`7300`')}</table:table-row>"
        f"<table:table-row table:visibility='collapse'>{cell('Door')}<table:table-cell/>"
        "<table:covered-table-cell/><table:table-cell table:formula='of:=SUM([.D2:.D2])'/></table:table-row>"
        "<table:table-row table:number-rows-repeated='1048000'><table:table-cell "
        "table:number-columns-repeated='16000'/></table:table-row></table:table>"
        f"<table:table table:name='Secret' table:style-name='ta9'><table:table-row>{cell('UNSEEN')}"
        "</table:table-row></table:table>"
    ).replace("`", '"')
    document = read(tmp_path, open_document("spreadsheet", body, styles=styles), "file.ods")
    assert document.text == (
        "## Costs\n\n| Item | Day | At | Sum |\n| --- | --- | --- | --- |\n"
        "| Roof | 2024-03-12 | 09:05 | 7.300,00 € |\n| Door |  |  | =SUM(D2:D2) |\n\n[Comment by Anna: Sure?]"
    )
    assert [(part.name, part.how) for part in document.inventory if part.kind is PartKind.SHEET] == [
        ("Costs", HowRead.TEXT),
        ("Costs!3:3", HowRead.HIDDEN),
        ("Secret", HowRead.NOT_READ),
    ]
    assert read_sheets(tmp_path / "file.ods", ReadLimits())[0].rows[1][:2] == ("Roof", "2024-03-12")


def test_columns_have_letters() -> None:
    assert [column_letters(number) for number in (1, 26, 27, 703, 16_384)] == ["A", "Z", "AA", "AAA", "XFD"]
    assert all(column_number(column_letters(number)) == number for number in range(1, 2000))
