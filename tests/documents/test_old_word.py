"""Files of Word 97 to 2003, written stream by stream ([MS-DOC])."""

# ruff: noqa: E501 - runs of text are easier to read in one line
from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import PartKind, WhyUnread, unread_of
from lmstudio_lite.errors import DocumentEncryptedError, DocumentError
from tests.documents.compound_file import Tree, make_compound_file

TEXT_AT = 0x800
HIDDEN, DELETED, RAISED = b"\x3c\x08\x01", b"\x00\x08\x01", b"\x48\x2a\x01"
IN_TABLE, ROW_END, IN_LIST = b"\x16\x24\x01", b"\x17\x24\x01", b"\x0b\x46\x01\x00"
FOOTNOTES, COMMENTS, ENDNOTES = (2, 3), (4, 5), (46, 47)


@dataclass
class OldWord:
    """Texts of the file's parts in their order, and properties by the piece of text they are said of."""

    body: list[tuple[str, bytes]]
    """Runs of the body, each with the properties of its characters."""
    paragraphs: list[tuple[int, bytes]] = field(default_factory=list)
    """Style and properties of each paragraph of the body, in order."""
    footnotes: list[tuple[int, str]] = field(default_factory=list)
    """Place of the mark in the body, and the note's text."""
    comments: list[tuple[int, str]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    """From the seventh on: even and odd header, even and odd footer, first header, first footer."""
    boxes: str = ""
    flags: int = 0
    storages: Tree = field(default_factory=dict)

    def content(self) -> bytes:
        self.body = [(_units(text), properties) for text, properties in self.body]
        body = "".join(text for text, _ in self.body)
        parts = [
            body, "".join(text for _, text in self.footnotes), "".join(self.headers), "",
            "".join(text for _, text in self.comments), "", self.boxes, "",
        ]  # fmt: skip
        text = "".join(parts).encode("utf-16-le", "surrogatepass")
        tables: dict[int, bytes] = {
            33: b"\x02" + struct.pack("<IiiHIH", 16, 0, len(text) // 2, 0, TEXT_AT, 0),
            FOOTNOTES[0]: self._references(self.footnotes, 2),
            FOOTNOTES[1]: self._places([text for _, text in self.footnotes]),
            COMMENTS[0]: self._references(self.comments, 30),
            COMMENTS[1]: self._places([text for _, text in self.comments]),
            11: self._places(self.headers),
        }
        first_page = (TEXT_AT + len(text)) // 512 + 1
        looks, forms = self._looks(), self._forms(body)
        for number, index in enumerate((12, 13)):
            tables[index] = struct.pack("<iiI", TEXT_AT, TEXT_AT + len(text), first_page + number)
        head = bytearray(TEXT_AT)
        struct.pack_into("<HH", head, 0, 0xA5EC, 0x00C1)
        struct.pack_into("<H", head, 10, self.flags)
        struct.pack_into("<8i", head, 0x4C, *map(len, parts))
        table = b""
        for index, block in tables.items():
            if block:
                struct.pack_into("<II", head, 0x9A + 8 * index, len(table), len(block))
                table += block
        stream = bytes(head) + text
        stream = stream.ljust(512 * first_page, b"\0") + looks + forms
        return make_compound_file({"WordDocument": stream, "0Table": table, **self.storages})

    @staticmethod
    def _references(entries: list[tuple[int, str]], size: int) -> bytes:
        places = [place for place, _ in entries]
        initials = struct.pack("<H", 1) + "A".encode("utf-16-le")
        extra = b"".join((initials if size == 30 else b"").ljust(size, b"\0") for _ in entries)
        return struct.pack(f"<{len(places) + 1}i", *places, 0) + extra if entries else b""

    @staticmethod
    def _places(texts: list[str]) -> bytes:
        places = [0]
        for text in texts:
            places.append(places[-1] + len(text))
        return struct.pack(f"<{len(places)}i", *places) if texts else b""

    def _looks(self) -> bytes:
        starts, entries, place = [], [], TEXT_AT
        for text, properties in self.body:
            starts.append(place)
            entries.append(bytes((len(properties),)) + properties if properties else b"")
            place += 2 * len(text)
        return _page([*starts, place], entries, 1)

    def _forms(self, body: str) -> bytes:
        starts, entries, place = [], [], 0
        given_forms = [*self.paragraphs, *[(0, b"")] * body.count("\r")]
        ends = [at + 1 for at, letter in enumerate(body) if letter in "\r\x07"]
        for end, (style, properties) in zip(ends, given_forms, strict=False):
            starts.append(TEXT_AT + 2 * place)
            content = struct.pack("<H", style) + properties
            content += b"\0" * (1 - len(content) % 2)
            entries.append(bytes(((len(content) + 1) // 2,)) + content)
            place = end
        return _page([*starts, TEXT_AT + 2 * place], entries, 13)


def _units(text: str) -> str:
    """Return text with a character for each unit of UTF-16: places are counted in those."""
    content = text.encode("utf-16-le")
    return "".join(map(chr, struct.unpack(f"<{len(content) // 2}H", content)))


def _page(starts: list[int], entries: list[bytes], size: int) -> bytes:
    """Return a page of properties: places, offsets in words, and the entries from its end upwards."""
    page = bytearray(512)
    struct.pack_into(f"<{len(starts)}I", page, 0, *starts)
    at = 510
    for number, entry in enumerate(entries):
        if entry:
            at = (at - len(entry)) // 2 * 2
            page[at : at + len(entry)] = entry
            page[4 * len(starts) + size * number] = at // 2
    page[511] = len(entries)
    return bytes(page)


def read(tmp_path: Path, content: bytes) -> Document:
    path = tmp_path / "old.doc"
    path.write_bytes(content)
    return read_document(path, ReadLimits())


def test_text_as_accepted_with_its_form(tmp_path: Path) -> None:
    body = [
        ("The title\rRent: ", b""), ("900", DELETED), ("1,150 euros", b""), (" UNSEEN", HIDDEN), (", 10", b""),
        ("6", RAISED), (".\x0bNew line \x13 HYPERLINK GONE \x14link\x15 e\x1email, soft\x1fhyphen\ritem\r", b""),
        ("A\x07B | x\x07\x07C\x07D\x07\x07", b""), ("End 😀 中文\r", b""),
    ]  # fmt: skip
    cells = [(0, IN_TABLE), (0, IN_TABLE), (0, IN_TABLE + ROW_END)]
    document = read(
        tmp_path, OldWord(body, [(1, b""), (0, b""), (0, IN_LIST), *cells, *cells, (0, b"")]).content()
    )
    assert document.text.split("\n\n") == [
        "# The title",
        "Rent: 1,150 euros, 10⁶.\nNew line link e-mail, softhyphen",
        "- item",
        "| A | B \\| x |\n| --- | --- |\n| C | D |",
        "End 😀 中文",
    ]
    assert [(part.kind, part.num_characters) for part in unread_of(document.inventory)] == [
        (PartKind.HIDDEN_TEXT, 6)
    ]


def test_notes_comments_headers_boxes_and_objects(tmp_path: Path) -> None:
    headers = ["", "", "", "", "", "", "", "Harbour office\r", "", "7\r", "Harbour office\r", ""]
    file = OldWord(
        [("A note\x02 and\x05 on. \x01\x01\rNext.\r", b"")],
        footnotes=[(6, "\x02 Below it.\r")],
        comments=[(11, "\x05Really?\r")],
        headers=headers,
        boxes="Boxed.\r",
        storages={"ObjectPool": {"_123": {"Contents": b"x"}}},
    )
    document = read(tmp_path, file.content())
    assert document.text.split("\n\n") == [
        "A note[^1] and on.",
        "[^1]: Below it.",
        "[Comment by A: Really?]",
        "Next.",
        "Boxed.",
        "Harbour office",
    ]
    assert [(part.kind, part.name, part.why) for part in unread_of(document.inventory)] == [
        (PartKind.EMBEDDED, "_123", WhyUnread.UNSUPPORTED),
        (PartKind.PICTURE, "", WhyUnread.PICTURE),
    ]


def test_an_encrypted_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DocumentEncryptedError):
        read(tmp_path, OldWord([("Words\r", b"")], flags=0x0100).content())


@given(st.data())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_damaged_files_are_read_or_told(tmp_path: Path, data: st.DataObject) -> None:
    file = OldWord([("Words\x02 and more\r", b""), ("hidden\r", HIDDEN)], footnotes=[(5, "Note.\r")])
    content = bytearray(file.content())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(512, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        document = read(tmp_path, bytes(content))
    except DocumentError:
        return
    assert document.inventory
    assert all((part.why is not None) == part.is_unread for part in document.inventory)
    document.text.encode("utf-8")  # no half of a character comes out
