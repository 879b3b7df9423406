"""Rows written as CSV, TSV or XLSX, to be opened by spreadsheets and read by programs.

In CSV a cell that a spreadsheet would take for a formula gets an apostrophe before it
(https://owasp.org/www-community/attacks/CSV_Injection); in TSV and XLSX texts are texts.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence

from lmstudio_lite.formats.xml_text import escaped

Cell = str | int | float
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_CELL_LENGTH_MAX = 32_767
"""What Excel takes; a longer text is cut there, and ends with an ellipsis."""
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="Table" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}


def to_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return rows as CSV, in UTF-8 with the mark by which Excel knows it."""
    return b"\xef\xbb\xbf" + _separated(rows, ",", is_guarded=True)


def to_tsv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return rows as tab-separated values in UTF-8; cells with tabs or line ends are quoted."""
    return _separated(rows, "\t", is_guarded=False)


def to_xlsx(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return rows as a workbook of one sheet; numbers are numbers, texts are never formulas."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in _PARTS.items():
            package.writestr(name, _HEAD + content)
        with package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for row in rows:
                sheet.write(f"<row>{''.join(map(_xlsx_cell, row))}</row>".encode("utf-8", "replace"))
            sheet.write(b"</sheetData></worksheet>")
    return buffer.getvalue()


def _separated(rows: Iterable[Sequence[Cell]], delimiter: str, *, is_guarded: bool) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n" if delimiter == "," else "\n")
    for row in rows:
        writer.writerow([_guarded(cell) if is_guarded else cell for cell in row])
    return text.getvalue().encode("utf-8", "replace")


def _guarded(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def _xlsx_cell(cell: Cell) -> str:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return f"<c><v>{cell!r}</v></c>"
    text = str(cell)
    if len(text) > _CELL_LENGTH_MAX:
        text = f"{text[: _CELL_LENGTH_MAX - 1]}…"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escaped(text)}</t></is></c>'
