"""Outlook's messages: their words in whatever form, what is attached, and the messages within."""

from __future__ import annotations

import random
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.office.compressed_rtf import expanded_rtf
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import PartKind, WhyUnread, unread_of
from lmstudio_lite.errors import DocumentError
from tests.documents.compound_file import Tree, make_attachment, make_compound_file, make_message, make_msg

_SUBJECT, _SENDER, _TO, _BODY, _HTML = 0x0037, 0x0C1A, 0x0E04, 0x1000, 0x1013
_NAMES = {_SUBJECT: "The roof", _SENDER: "Anna", _TO: "Boris"}


def read(folder: Path, tree: Tree) -> Document:
    path = folder / "mail.msg"
    path.write_bytes(make_compound_file(tree))
    return read_document(path, ReadLimits())


def test_what_is_attached_is_read_or_named(tmp_path: Path) -> None:
    inner = make_message(
        {_SUBJECT: "Inner", _SENDER: "Cleo", _BODY: "The inner words."},
        attachments=[make_attachment("deep.txt", b"The deepest words.")],
        is_within=True,
    )
    attachments = [
        make_attachment("notes.txt", "Schöne Notizen für alle.".encode()),
        make_attachment("plan.pdf", b"%PDF- broken", kind="application/pdf"),
        make_attachment("roof.png", b"pixels", kind="image/png"),
        make_attachment("Inner.msg", inner),
    ]
    sent = datetime(2024, 3, 12, 10, 30, tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)
    times = {0x0039: int(sent.total_seconds()) * 10_000_000}
    tree = make_message({**_NAMES, _BODY: "Look."}, attachments=attachments, times=times)
    document = read(tmp_path, tree)
    assert document.title == "The roof"
    assert document.text == (
        "Subject: The roof\nFrom: Anna\nTo: Boris\nDate: Tue, 12 Mar 2024 10:30:00 +0000\n\nLook.\n\n"
        "# notes.txt\n\nSchöne Notizen für alle.\n\n# Inner\n\nFrom: Cleo\n\nThe inner words.\n\n"
        "# deep.txt\n\nThe deepest words.\n\n- plan.pdf (12 B)\n- roof.png (6 B)"
    )
    assert [(part.kind, part.name, part.why) for part in unread_of(document.inventory)] == [
        (PartKind.ATTACHMENT, "plan.pdf", WhyUnread.DAMAGED),
        (PartKind.PICTURE, "roof.png", WhyUnread.PICTURE),
    ]


@pytest.mark.parametrize(
    ("streams", "code_page"),
    [
        ({"__substg1.0_10130102": "<p>Nur <b>hier</b>: Größe</p>".encode()}, 65001),
        ({"__substg1.0_10130102": "<p>Nur <b>hier</b>: Größe</p>".encode("cp1252")}, 1252),
        ({"__substg1.0_10130102": "<meta charset=utf-8><p>Nur <b>hier</b>: Größe</p>".encode()}, 0),
        ({"__substg1.0_1013001F": "<p>Nur <b>hier</b>: Größe</p>".encode("utf-16-le")}, 0),
        ({"__substg1.0_1000001E": "Nur hier: Größe".encode("cp1252")}, 0),
    ],
)
def test_words_are_read_in_whatever_form_they_are(tmp_path: Path, streams: Tree, code_page: int) -> None:
    tree = dict(make_message(_NAMES, streams=streams))
    properties = tree["__properties_version1.0"]
    assert isinstance(properties, bytes)
    tree["__properties_version1.0"] = properties + struct.pack("<HHIQ", 3, 0x3FDE, 6, code_page)
    assert read(tmp_path, tree).text.endswith("To: Boris\n\nNur hier: Größe")


_RTF = rb"{\rtf1\ansi\ansicpg1252 The words that are only here, only here, only here.\par}"


def compressed(rtf: bytes) -> bytes:
    """Return ``rtf`` as MS-OXRTFCP has it, without making it any smaller."""
    runs = [rtf[start : start + 8] for start in range(0, len(rtf), 8)]
    content = b"".join(b"\0" + run for run in runs)
    return struct.pack("<II4sI", len(content) + 12, len(rtf), b"LZFu", 0) + content


def test_words_that_are_only_in_rtf_are_read(tmp_path: Path) -> None:
    tree = make_message(_NAMES, streams={"__substg1.0_10090102": compressed(_RTF)})
    assert "The words that are only here, only here, only here." in read(tmp_path, tree).text


@pytest.mark.parametrize("stream", ["WordDocument", "Workbook", "EncryptedPackage"])
def test_an_object_within_a_message_does_not_make_it_another_file(tmp_path: Path, stream: str) -> None:
    attached = make_attachment("plan.doc", {stream: b"nothing that is known"})
    document = read(tmp_path, make_message({**_NAMES, _BODY: "Look."}, attachments=[attached]))
    assert document.text.startswith("Subject: The roof\nFrom: Anna\nTo: Boris\n\nLook.")
    assert [part.name for part in unread_of(document.inventory)] == ["plan.doc"]


def test_compressed_rtf_refers_to_what_came_before() -> None:
    # The example in the specification, section 3.1.1.
    content = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert expanded_rtf(content) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert expanded_rtf(struct.pack("<II4sI", 15, 3, b"MELA", 0) + b"abc") == b"abc"
    with pytest.raises(ValueError, match="compressed"):
        expanded_rtf(b"nonsense that is long enough")


def test_damaged_messages_are_told_or_read(tmp_path: Path) -> None:
    content = make_msg("Subject", "Anna", "Boris", "Words. " * 2000)
    chance = random.Random(5)
    path = tmp_path / "a.msg"
    for _ in range(60):
        damaged = bytearray(content)
        for _ in range(chance.randint(1, 40)):
            damaged[chance.randrange(8, len(damaged))] = chance.randrange(256)
        path.write_bytes(bytes(damaged[: chance.randrange(600, len(damaged))]))
        try:
            document = read_document(path, ReadLimits())
        except DocumentError:
            continue
        assert document.inventory
        assert all((part.why is not None) == part.is_unread for part in document.inventory)
        document.text.encode("utf-8")  # no half of a character comes out
