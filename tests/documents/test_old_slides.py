"""Presentations of PowerPoint 97 to 2003, written record by record ([MS-PPT])."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.office.slide_records import RecordKind
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import HowRead, PartKind, WhyUnread
from lmstudio_lite.errors import DocumentEncryptedError, DocumentError
from tests.documents.compound_file import make_compound_file

PLAIN, ENCRYPTED = 0xE391C05F, 0xF3D1C4DF
NOTES = 0x03F0


def record(kind: int, content: bytes = b"", instance: int = 0) -> bytes:
    return struct.pack("<HHI", instance << 4, kind, len(content)) + content


def container(kind: int, *inner: bytes, instance: int = 0) -> bytes:
    content = b"".join(inner)
    return struct.pack("<HHI", instance << 4 | 0xF, kind, len(content)) + content


def characters(text: str) -> bytes:
    return record(RecordKind.TEXT_CHARACTERS, text.encode("utf-16-le"))


def string(text: str, instance: int) -> bytes:
    return record(RecordKind.STRING, text.encode("utf-16-le"), instance)


def shape(*inner: bytes, frame: int = 202) -> bytes:
    return container(RecordKind.SHAPE, record(RecordKind.SHAPE_PROPERTIES, bytes(8), frame), *inner)


def box(kind: int, text: str) -> bytes:
    return shape(
        container(
            RecordKind.TEXT_BOX, record(RecordKind.TEXT_HEADER, struct.pack("<I", kind)), characters(text)
        )
    )


def placeholder(reference: int) -> bytes:
    return shape(
        container(RecordKind.TEXT_BOX, record(RecordKind.TEXT_REFERENCE, struct.pack("<I", reference))),
        container(0xF011, record(RecordKind.PLACEHOLDER, bytes(8))),
    )


def described(text: str) -> bytes:
    words = text.encode("utf-16-le") + b"\0\0"
    return shape(
        record(RecordKind.OPTIONS, struct.pack("<HI", 0x8381, len(words)) + words, instance=1), frame=75
    )


def page(kind: int, *inner: bytes, is_hidden: bool = False, atom: bytes = b"") -> bytes:
    show = record(RecordKind.SHOW_INFO, bytes(10) + struct.pack("<H", 4 if is_hidden else 0) + bytes(4))
    drawing = container(0x040C, container(0xF002, container(0xF003, *inner)))
    return container(kind, atom, show, drawing)


def listed(number: int, key: int, texts: list[tuple[int, str]]) -> bytes:
    out = record(RecordKind.SLIDE_PERSIST, struct.pack("<IIiII", number, 0, len(texts), key, 0))
    for kind, text in texts:
        out += record(RecordKind.TEXT_HEADER, struct.pack("<I", kind)) + characters(text)
    return out


def presentation(
    slides: list[tuple[bytes, list[tuple[int, str]]]],
    notes: dict[int, bytes] | None = None,
    master: bytes = b"",
    token: int = PLAIN,
) -> bytes:
    """Return a file of slides with the texts of their placeholders; notes are by the slide's number."""
    pages = [body for body, _ in slides] + list((notes or {}).values()) + ([master] if master else [])
    first = 2
    lists: list[tuple[int, list[tuple[int, int, list[tuple[int, str]]]]]] = [
        (0, [(first + at, 256 + at, texts) for at, (_, texts) in enumerate(slides)]),
        (2, [(first + len(slides) + at, 600 + at, []) for at in range(len(notes or {}))]),
        (1, [(first + len(pages) - 1, 900, [])] if master else []),
    ]
    document = container(
        RecordKind.DOCUMENT,
        *(
            container(RecordKind.TEXT_LIST, *(listed(*entry) for entry in entries), instance=instance)
            for instance, entries in lists
        ),
        container(RecordKind.HEADERS, string("Spring meeting", 2)),
    )
    stream, places = b"", []
    for body in (document, *pages):
        places.append(len(stream))
        stream += body
    directory = len(stream)
    entry = struct.pack("<I", len(places) << 20 | 1) + struct.pack(f"<{len(places)}I", *places)
    stream += record(RecordKind.PERSIST_DIRECTORY, entry)
    edit = len(stream)
    stream += record(RecordKind.USER_EDIT, struct.pack("<IHBBIIIII", 0, 0, 0, 3, 0, directory, 1, 0, 0))
    user = record(0x0FF6, struct.pack("<IIIHHBB", 20, token, edit, 0, 0x03F4, 3, 0))
    return make_compound_file({"PowerPoint Document": stream, "Current User": user})


def read(tmp_path: Path, content: bytes) -> Document:
    path = tmp_path / "old.ppt"
    path.write_bytes(content)
    return read_document(path, ReadLimits())


def test_slides_with_all_that_hangs_on_them(tmp_path: Path) -> None:
    comment = container(RecordKind.COMMENT, string("Anna", 0), string("Really?", 1))
    blob = container(0x1388, container(0x138A, record(RecordKind.TAG_BLOB, comment)))
    first = page(RecordKind.SLIDE, box(4, "Boxed 中文"), placeholder(1), placeholder(0), described("A ship"))
    first = container(RecordKind.SLIDE, first[8:], blob)
    second = page(RecordKind.SLIDE, placeholder(0), is_hidden=True)
    notes = page(
        NOTES,
        box(2, "Say it\rloudly"),
        box(4, "*"),
        atom=record(RecordKind.NOTES_ATOM, struct.pack("<II", 256, 0)),
    )
    master = page(RecordKind.MASTER, placeholder(0), box(4, "Harbour Ltd"))
    content = presentation(
        [(first, [(0, "Costs"), (1, "Roof\rDoor\x0bnew")]), (second, [(0, "Draft")])], {1: notes}, master
    )
    document = read(tmp_path, content)
    assert [document.text[each.start : each.end] for each in document.pages] == [
        "## Costs\n\nBoxed 中文\n\n- Roof\n- Door\n- new\n\n[A ship]\n\nSpring meeting\n\nHarbour Ltd\n\n"
        "Speaker notes: Say it\nloudly\n\n[Comment by Anna: Really?]",
        "## Draft (hidden slide)",
    ]
    assert [(part.kind, part.number, part.how, part.why) for part in document.inventory] == [
        (PartKind.SLIDE, 1, HowRead.TEXT, None),
        (PartKind.SLIDE, 2, HowRead.HIDDEN, None),
        (PartKind.FOOTER, 1, HowRead.TEXT, None),
        (PartKind.HEADER, 1, HowRead.TEXT, None),
        (PartKind.NOTES, 1, HowRead.TEXT, None),
        (PartKind.COMMENTS, 1, HowRead.TEXT, None),
        (PartKind.PICTURE, 1, HowRead.NOT_READ, WhyUnread.PICTURE),
    ]


def test_an_encrypted_file_is_told(tmp_path: Path) -> None:
    content = presentation([(page(RecordKind.SLIDE, box(4, "Words")), [])], token=ENCRYPTED)
    with pytest.raises(DocumentEncryptedError):
        read(tmp_path, content)


@given(st.data())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_damaged_files_are_read_or_told(tmp_path: Path, data: st.DataObject) -> None:
    slide = page(RecordKind.SLIDE, box(4, "Words"), described("A ship"))
    content = bytearray(presentation([(slide, [(0, "Title")])] * 3))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(512, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        document = read(tmp_path, bytes(content))
    except DocumentError:
        return
    assert document.inventory
    assert all((part.why is not None) == part.is_unread for part in document.inventory)
    document.text.encode("utf-8")  # no half of a character comes out
