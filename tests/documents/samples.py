"""Documents made on the spot, and the sample folder beside the checkout where there is one."""

from __future__ import annotations

import io
import zipfile
from html import escape
from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"

WORD_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def sample(name: str) -> Path:
    """Return the sample document ``name``; skips the test where the samples are not there."""
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip(f"sample document {name} is not here")
    return path


def make_docx(paragraphs: list[str]) -> bytes:
    """Return a minimal Word file."""
    body = "".join(f"<w:p><w:r><w:t>{paragraph}</w:t></w:r></w:p>" for paragraph in paragraphs)
    return make_zip(
        {
            "[Content_Types].xml": (
                '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                '<Default Extension="xml" ContentType="application/xml"/></Types>'
            ),
            "word/document.xml": (
                f'<w:document xmlns:w="{WORD_NAMESPACE}"><w:body>{body}</w:body></w:document>'
            ),
        }
    )


def make_zip(members: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def make_pdf(pages: list[list[str]]) -> bytes:
    """Return a PDF in which each page is a list of ASCII lines; a page without lines has no text."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for lines in pages:
        shown = " ".join(f"({line}) Tj T*" for line in lines)
        content = f"BT /F1 10 Tf 14 TL 50 780 Td {shown} ET".encode("ascii")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode("ascii")
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def make_xlsx(rows: list[list[str]]) -> bytes:
    """Return a spreadsheet of one sheet, its texts shared as spreadsheet programs do."""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    schema = "http://schemas.openxmlformats.org"
    main = f"{schema}/spreadsheetml/2006/main"
    links = f"{schema}/officeDocument/2006/relationships"
    types = "application/vnd.openxmlformats-"
    sheet = f"{types}officedocument.spreadsheetml"
    texts = [cell for row in rows for cell in row]
    numbers = iter(range(len(texts)))
    cells = "".join(
        f'<row r="{at}">'
        + "".join(
            f'<c r="{chr(65 + column)}{at}" t="s"><v>{next(numbers)}</v></c>' for column in range(len(row))
        )
        + "</row>"
        for at, row in enumerate(rows, 1)
    )
    shared = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in texts)

    def relation(number: int, kind: str, target: str) -> str:
        return f'<Relationship Id="rId{number}" Type="{links}/{kind}" Target="{target}"/>'

    def relations(*entries: str) -> str:
        package = f"{schema}/package/2006/relationships"
        return f'{head}<Relationships xmlns="{package}">{"".join(entries)}</Relationships>'

    return make_zip(
        {
            "[Content_Types].xml": f'{head}<Types xmlns="{schema}/package/2006/content-types">'
            f'<Default Extension="rels" ContentType="{types}package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{sheet}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{sheet}.worksheet+xml"/>'
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{sheet}.sharedStrings+xml"/></Types>',
            "_rels/.rels": relations(relation(1, "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'{head}<workbook xmlns="{main}" xmlns:r="{links}"><sheets>'
            '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations(
                relation(1, "worksheet", "worksheets/sheet1.xml"),
                relation(2, "sharedStrings", "sharedStrings.xml"),
            ),
            "xl/worksheets/sheet1.xml": (
                f'{head}<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'
            ),
            "xl/sharedStrings.xml": f'{head}<sst xmlns="{main}">{shared}</sst>',
        }
    )
