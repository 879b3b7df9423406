"""Excel's binary packages, written record by record ([MS-XLSB])."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.office.binary_workbook import binary_comments
from lmstudio_lite.documents.readers import read_document, read_sheets
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import HowRead, WhyUnread
from lmstudio_lite.errors import DocumentError
from tests.documents.office_files import relations


def record(kind: int, content: bytes = b"") -> bytes:
    head = bytes((kind,)) if kind < 0x80 else bytes((kind & 0x7F | 0x80, kind >> 7))
    size = len(content)
    return head + (bytes((size,)) if size < 0x80 else bytes((size & 0x7F | 0x80, size >> 7))) + content


def text(value: str) -> bytes:
    return struct.pack("<I", len(value)) + value.encode("utf-16-le")


def row(number: int, *cells: bytes, is_hidden: bool = False) -> bytes:
    flags = bytes((0, 0x10 if is_hidden else 0, 0))
    return record(0, struct.pack("<IIH", number, 0, 300) + flags + bytes(4)) + b"".join(cells)


def cell(kind: int, column: int, content: bytes, style: int = 0) -> bytes:
    return record(kind, struct.pack("<II", column, style) + content)


def workbook(sheets: list[tuple[str, int, bytes]], strings: list[str]) -> bytes:
    """Return a workbook of sheets, each with its name, its state (0 is visible) and its records."""
    listed = b"".join(
        record(156, struct.pack("<II", state, number) + text(f"rId{number}") + text(name))
        for number, (name, state, _) in enumerate(sheets, 1)
    )
    styles = record(44, struct.pack("<H", 164) + text('#,##0.00 "EUR"'))
    formats = b"".join(record(47, struct.pack("<HH", 0, code) + bytes(12)) for code in (0, 14, 164))
    styles += record(47, struct.pack("<HH", 0, 9) + bytes(12)) + record(617) + formats + record(618)
    linked = {f"rId{n}": ("worksheet", f"worksheets/sheet{n}.bin") for n in range(1, len(sheets) + 1)}
    linked |= {"rS": ("styles", "styles.bin"), "rT": ("sharedStrings", "sharedStrings.bin")}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("_rels/.rels", relations({"r": ("officeDocument", "xl/workbook.bin")}))
        archive.writestr("xl/workbook.bin", record(153, bytes(12)) + listed)
        archive.writestr("xl/_rels/workbook.bin.rels", relations(linked))
        archive.writestr("xl/styles.bin", styles)
        archive.writestr("xl/sharedStrings.bin", b"".join(record(19, b"\0" + text(each)) for each in strings))
        for number, (_, _, body) in enumerate(sheets, 1):
            archive.writestr(f"xl/worksheets/sheet{number}.bin", body)
    return buffer.getvalue()


def read(tmp_path: Path, content: bytes) -> Document:
    path = tmp_path / "book.xlsb"
    path.write_bytes(content)
    return read_document(path, ReadLimits())


def test_cells_as_shown_and_hidden_sheets_named(tmp_path: Path) -> None:
    double = struct.Struct("<d").pack
    body = record(60, struct.pack("<IIIIH", 3, 3, 0, 0, 1)) + (
        row(
            0,
            cell(7, 0, struct.pack("<I", 0)),
            cell(6, 1, text("When")),
            cell(6, 2, text("Sum")),
            cell(6, 3, text("X")),
        )
        + row(
            1,
            cell(7, 0, struct.pack("<I", 1)),
            cell(5, 1, double(45363.0), 1),
            cell(2, 2, struct.pack("<I", (730050 << 2) | 3), 2),
            cell(4, 3, b"\1"),
            is_hidden=True,
        )
        + row(2, cell(8, 0, text("worked out")), cell(3, 1, b"\x07"), cell(9, 2, double(2.5)))
    )
    hidden = row(0, cell(6, 0, text("UNSEEN")))
    document = read(tmp_path, workbook([("Costs", 0, body), ("Secret", 1, hidden)], ["Item", "Roof | gross"]))
    assert document.text == (
        "## Costs\n\n| Item | When | Sum | X |\n| --- | --- | --- | --- |\n"
        "| Roof \\| gross | 2024-03-12 | 7,300.50 EUR | TRUE |\n| worked out | #DIV/0! | 2.5 |  |"
    )
    assert [(part.name, part.how, part.why) for part in document.inventory] == [
        ("Costs", HowRead.TEXT, None),
        ("Costs!2:2,D:D", HowRead.HIDDEN, None),
        ("Secret", HowRead.NOT_READ, WhyUnread.HIDDEN),
    ]
    assert read_sheets(tmp_path / "book.xlsb", ReadLimits())[0].rows[1][0] == "Roof | gross"


def test_comments() -> None:
    content = (
        record(632, text("Anna"))
        + record(635, struct.pack("<5I", 0, 1, 1, 2, 2) + bytes(16))
        + record(637, b"\0" + text("Really?"))
    )
    assert binary_comments(content) == [("C2", "Anna", "Really?")]


@given(st.data())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_damaged_workbooks_are_read_or_told(tmp_path: Path, data: st.DataObject) -> None:
    body = row(0, cell(7, 0, bytes(4)), cell(6, 1, text("words")), cell(5, 2, bytes(8)))
    content = bytearray(workbook([("A", 0, body)], ["b"]))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    code = ""
    try:
        document = read(tmp_path, bytes(content))
    except DocumentError as error:
        code = error.code
    if code:
        assert code.startswith("document_")
        return
    # The members have checksums: what stands in the text is what was there, and what is missing is told.
    assert "words" in document.text or any(part.is_unread for part in document.inventory)
