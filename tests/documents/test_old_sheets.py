"""Workbooks of Excel 97 to 2003, written record by record ([MS-XLS])."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmstudio_lite.documents.formats import detect_format
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.office.biff import Record, RecordKind, compact_number, shared_strings
from lmstudio_lite.documents.readers import read_document, read_sheets
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import HowRead, PartKind, WhyUnread, unread_of
from lmstudio_lite.errors import DocumentEncryptedError, DocumentError
from tests.documents.compound_file import make_compound_file


def record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def text(value: str, *, is_short: bool = False, wide: bool = True) -> bytes:
    length = struct.pack("<B" if is_short else "<H", len(value))
    return length + bytes((wide,)) + value.encode("utf-16-le" if wide else "latin-1")


def begin(kind: int) -> bytes:
    return record(RecordKind.BOF, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0))


def workbook(
    sheets: list[tuple[str, int, bytes]], head: bytes = b"", strings: list[bytes] | None = None
) -> bytes:
    """Return a workbook of sheets, each with its name, its state (0 is visible) and its records."""
    shared = struct.pack("<II", 9, len(strings or [])) + b"".join(strings or [])
    rest = head + record(RecordKind.SST, shared) + record(RecordKind.EOF)
    entries = [text(name, is_short=True) for name, _, _ in sheets]
    offset = len(begin(5)) + sum(4 + 6 + len(entry) for entry in entries) + len(rest)
    bound, bodies = b"", b""
    for (_, state, body), entry in zip(sheets, entries, strict=True):
        bound += record(RecordKind.BOUNDSHEET, struct.pack("<IBB", offset + len(bodies), state, 0) + entry)
        bodies += begin(0x10) + body + record(RecordKind.EOF)
    return make_compound_file({"Workbook": begin(5) + bound + rest + bodies})


def cell(kind: int, row: int, column: int, content: bytes, style: int = 0) -> bytes:
    return record(kind, struct.pack("<HHH", row, column, style) + content)


def read(tmp_path: Path, content: bytes) -> Document:
    path = tmp_path / "old.xls"
    path.write_bytes(content)
    return read_document(path, ReadLimits())


def test_cells_of_every_kind(tmp_path: Path) -> None:
    styles = b"".join(
        record(RecordKind.XF, struct.pack("<HH", 0, code) + bytes(16)) for code in (0, 14, 164, 9)
    )
    head = record(RecordKind.FORMAT, struct.pack("<H", 164) + text('#,##0.00 "EUR"')) + styles
    double = struct.Struct("<d").pack
    result = struct.Struct("<8sHIH").pack
    body = (
        cell(RecordKind.LABELSST, 0, 0, struct.pack("<I", 1))
        + cell(RecordKind.LABEL, 0, 1, text("When"))
        + cell(RecordKind.LABEL, 0, 2, text("Sum", wide=False))
        + cell(RecordKind.LABEL, 0, 3, text("Share"))
        + cell(RecordKind.LABELSST, 1, 0, struct.pack("<I", 0))
        + cell(RecordKind.NUMBER, 1, 1, double(45363.0), 1)
        + cell(RecordKind.RK, 1, 2, struct.pack("<I", (730050 << 2) | 3), 2)
        + cell(RecordKind.NUMBER, 1, 3, double(0.25), 3)
        + record(
            RecordKind.MULRK,
            struct.pack("<HHHIHIH", 2, 1, 0, (1 << 2) | 2, 0, ((1 << 30) - 5 << 2) | 2, 2),
        )
        + cell(RecordKind.FORMULA, 3, 0, result(b"\0\0\0\0\0\0\xff\xff", 0, 0, 0))
        + record(RecordKind.STRING, text("worked out"))
        + cell(RecordKind.FORMULA, 3, 1, result(double(2.5), 0, 0, 0))
        + cell(RecordKind.FORMULA, 3, 2, result(b"\x01\0\x01\0\0\0\xff\xff", 0, 0, 0))
        + cell(RecordKind.BOOLERR, 3, 3, b"\x07\x01")
    )
    content = workbook([("Costs", 0, body)], head, [text("Roof | gross"), text("Item", wide=False)])
    document = read(tmp_path, content)
    assert document.text == (
        "## Costs\n\n| Item | When | Sum | Share |\n| --- | --- | --- | --- |\n"
        "| Roof \\| gross | 2024-03-12 | 7,300.50 EUR | 25% |\n|  | 1 | -5 |  |\n"
        "| worked out | 2.5 | TRUE | #DIV/0! |"
    )
    assert read_sheets(tmp_path / "old.xls", ReadLimits())[0].rows[1][0] == "Roof | gross"


def test_hidden_sheets_comments_charts_and_boxes(tmp_path: Path) -> None:
    def thing(kind: int, number: int, words: str) -> bytes:
        return (
            record(RecordKind.OBJ, struct.pack("<HHHH", 0x15, 18, kind, number) + bytes(14))
            + record(RecordKind.TXO, bytes(10) + struct.pack("<H", len(words)) + bytes(6))
            + record(RecordKind.CONTINUE, b"\0" + words.encode("latin-1"))
            + record(RecordKind.CONTINUE, bytes(16))
        )

    chart = (
        begin(0x20)
        + record(RecordKind.SERIES_TEXT, b"\0\0" + text("Catches", is_short=True))
        + cell(RecordKind.NUMBER, 0, 0, struct.pack("<d", 99.0))
        + record(RecordKind.EOF)
    )
    body = (
        record(RecordKind.HEADER, text("&LHarbour && Co&RPage &P"))
        + record(RecordKind.ROW, struct.pack("<HHHHHHHH", 1, 0, 2, 0, 0, 0, 0x20, 0))
        + cell(RecordKind.LABEL, 0, 0, text("shown"))
        + cell(RecordKind.LABEL, 0, 1, text("too"))
        + cell(RecordKind.LABEL, 1, 0, text("folded"))
        + thing(25, 1, "Anna:\nReally?")
        + thing(6, 2, "Boxed")
        + record(RecordKind.OBJ, struct.pack("<HHHH", 0x15, 18, 8, 3) + bytes(14))
        + chart
        + record(RecordKind.NOTE, struct.pack("<HHHH", 0, 1, 0, 1) + text("Anna"))
    )
    hidden = cell(RecordKind.LABEL, 0, 0, text("UNSEEN"))
    document = read(tmp_path, workbook([("Open", 0, body), ("Secret", 1, hidden)]))
    assert document.text.split("\n\n") == [
        "## Open",
        "| shown | too |\n| --- | --- |\n| folded |  |",
        "[Comment on B1 by Anna: Really?]",
        "Boxed",
        "Catches",
        "Harbour & Co Page",
    ]
    assert [(part.kind, part.why) for part in unread_of(document.inventory)] == [
        (PartKind.SHEET, WhyUnread.HIDDEN),
        (PartKind.PICTURE, WhyUnread.PICTURE),
    ]
    assert ("Open!2:2", HowRead.HIDDEN) in {(part.name, part.how) for part in document.inventory}


def test_an_encrypted_workbook_is_told(tmp_path: Path) -> None:
    with pytest.raises(DocumentEncryptedError):
        read(tmp_path, workbook([("A", 0, b"")], record(RecordKind.FILEPASS, bytes(6))))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.text(st.characters(codec="utf-16-le"), max_size=12), min_size=1, max_size=12),
    st.lists(st.integers(1, 30), min_size=8, max_size=8),
    st.booleans(),
)
def test_shared_strings_are_whole_wherever_they_are_cut(
    words: list[str], cuts: list[int], is_rich: bool
) -> None:
    """A record goes on anywhere between characters; what goes on begins with how characters are stored."""
    blocks = [bytearray(struct.pack("<II", len(words), len(words)))]
    sizes = iter(cuts * 100)
    room = next(sizes)
    for word in words:
        units = word.encode("utf-16-le")
        blocks[-1] += struct.pack("<HB", len(units) // 2, 1 | (8 if is_rich else 0)) + (
            b"\1\0" if is_rich else b""
        )
        for at in range(0, len(units), 2):
            if room <= 0:
                blocks.append(bytearray(b"\1"))
                room = next(sizes)
            blocks[-1] += units[at : at + 2]
            room -= 1
        blocks[-1] += b"\0\0\0\0" if is_rich else b""
    found = list(shared_strings(Record(0, RecordKind.SST, [bytes(block) for block in blocks])))
    assert found == words


@pytest.mark.parametrize(
    ("code", "number"),
    [((7 << 2) | 2, 7.0), ((730050 << 2) | 3, 7300.5), (((1 << 30) - 1 << 2) | 2, -1.0), (0x3FF00000, 1.0)],
)
def test_compact_numbers(code: int, number: float) -> None:
    assert compact_number(code) == number


@given(st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_damaged_workbooks_are_read_or_told(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(
        workbook([("A", 0, cell(RecordKind.LABEL, 0, 0, text("words")) * 20)], strings=[text("b")])
    )
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(512, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        document = read(tmp_path, bytes(content))
    except DocumentError:
        return
    assert document.inventory
    assert all((part.why is not None) == part.is_unread for part in document.inventory)
    document.text.encode("utf-8")  # no half of a character comes out


@pytest.mark.parametrize("held", ["WordDocument", "PowerPoint Document", "EncryptedPackage"])
def test_a_workbook_is_one_whatever_lies_in_it(held: str) -> None:
    content = make_compound_file({"MBD0001": {held: bytes(64)}, "Workbook": bytes(5000)})
    assert detect_format(content, "book.xls").mime_type == "application/vnd.ms-excel"
