"""PDF files: pages with text, turned, in columns, as pictures, and none at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.documents.corpus.cases import Case, Names

_WIDTH, _HEIGHT = 595, 842


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: lines of ASCII text from the top, or where ``places`` puts them, and a picture over it."""

    lines: tuple[str, ...] = ()
    rotation: int = 0
    has_picture: bool = False
    places: tuple[tuple[int, int], ...] = ()
    matrix: str = ""


def cases() -> Iterator[Case]:
    for num_pages in (1, 2, 12):
        names = Names("page")
        sheets = [Sheet(tuple(names.sentence() for _ in range(3))) for _ in range(num_pages)]
        yield Case(f"pdf {num_pages} pages", "a.pdf", make_pages(sheets), names.words)
    for rotation in (90, 180, 270):
        names = Names("turned")
        sheets = [
            Sheet(tuple(names.sentence() for _ in range(3))),
            Sheet(tuple(names.sentence() for _ in range(3)), rotation),
        ]
        parts = {"page 2": names.words[3:]}
        data = make_pages(sheets)
        yield Case(f"pdf turned by {rotation}", "a.pdf", data, names.words[:3], parts=parts)
    names = Names("sideways")
    sheets = [
        Sheet(tuple(names.sentence() for _ in range(3))),
        Sheet(tuple(names.sentence() for _ in range(3)), matrix="0 1 -1 0 300 60"),
    ]
    parts = {"page 2": names.words[3:]}
    yield Case("pdf sideways text", "a.pdf", make_pages(sheets), names.words[:3], parts=parts)
    names = Names("beside")
    written = tuple(names.sentence() for _ in range(3))
    sheets = [Sheet(written), Sheet(has_picture=True), Sheet((names.sentence(),))]
    data = make_pages(sheets)
    yield Case("pdf with a scanned page", "a.pdf", data, names.words, named=("page 2",))
    names = Names("blank")
    sheets = [Sheet((names.sentence(),)), Sheet(), Sheet((names.sentence(),))]
    yield Case("pdf with a blank page", "a.pdf", make_pages(sheets), names.words)
    names = Names("column")
    left = [f"left column {names.new()} goes on" for _ in range(8)]
    right = [f"right column {names.new()} goes on" for _ in range(8)]
    rows = [line for pair in zip(left, right, strict=True) for line in pair]
    places = tuple(place for row in range(8) for place in ((50, 780 - row * 14), (320, 780 - row * 14)))
    yield Case("pdf columns in rows", "a.pdf", make_pages([Sheet(tuple(rows), places=places)]), names.words)
    names = Names("list")
    lines = tuple(f"- {names.new()} is the next point of the list" for _ in range(10))
    yield Case("pdf list", "a.pdf", make_pages([Sheet(lines)]), names.words)
    names = Names("head")
    sheets = [
        Sheet(("Annual report", *(names.sentence() for _ in range(4)), f"Page {number}"))
        for number in range(1, 6)
    ]
    yield Case("pdf report with heads", "a.pdf", make_pages(sheets), names.words, forbidden=("Page 3",))


def make_pages(sheets: list[Sheet]) -> bytes:
    """Return a PDF of ``sheets``."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        _stream(
            b"\x80\xff\x80\xff" * 16,
            b"/Type /XObject /Subtype /Image /Width 8 /Height 8 /ColorSpace /DeviceGray /BitsPerComponent 8",
        ),
    ]
    kids = []
    for sheet in sheets:
        objects.append(_stream(_content_of(sheet).encode("ascii"), b""))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Rotate %d /Contents %d 0 R /Resources "
            b"<< /Font << /F1 3 0 R >> /XObject << /Im1 4 0 R >> >> >>"
            % (_WIDTH, _HEIGHT, sheet.rotation, len(objects))
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode("ascii")
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _stream(content: bytes, entries: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(content), content)


def _content_of(sheet: Sheet) -> str:
    picture = f"q {_WIDTH} 0 0 {_HEIGHT} 0 0 cm /Im1 Do Q " if sheet.has_picture else ""
    if sheet.places:
        shown = " ".join(
            f"1 0 0 1 {left} {top} Tm ({line}) Tj"
            for line, (left, top) in zip(sheet.lines, sheet.places, strict=True)
        )
        return f"{picture}BT /F1 10 Tf {shown} ET"
    start = f"{sheet.matrix} Tm" if sheet.matrix else "50 780 Td"
    shown = " ".join(f"({line}) Tj T*" for line in sheet.lines)
    return f"{picture}BT /F1 10 Tf 14 TL {start} {shown} ET"
