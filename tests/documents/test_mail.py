from __future__ import annotations

import plistlib
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.embedded import unsupported
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.documents.web.mail import read_mail
from lmstudio_lite.documents.web.mime import parse_message
from lmstudio_lite.documents.web.saved_page import address_of, read_web_archive
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.errors import DocumentDamagedError
from tests.documents.compound_file import make_msg

_HTML = (
    "<html><body><h1>The budget</h1><p>It is too small.</p><p>We need more.</p>"
    "<ul><li>one</li><li>two</li></ul><script>evil()</script></body></html>"
)
_ADDRESS = "https://example.org/article?id=1"


def read(folder: Path, name: str, content: bytes | str) -> Document:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_document(path, ReadLimits())


def mail(*lines: str, kind: str = "text/plain") -> str:
    head = ("From: Anna <a@example.org>", "To: Boris <b@example.org>", "Subject: The meeting")
    return "\r\n".join((*head, "MIME-Version: 1.0", f"Content-Type: {kind}; charset=utf-8", "", *lines))


def test_a_mail_keeps_its_head_paragraphs_and_points(tmp_path: Path) -> None:
    document = read(
        tmp_path, "a.eml", mail("Dear Boris,", "", "it is moved.", "", "- bring cake", "- and tea")
    )
    assert document.title == "The meeting"
    assert document.text == (
        "Subject: The meeting\nFrom: Anna <a@example.org>\nTo: Boris <b@example.org>\n\n"
        "Dear Boris,\n\nit is moved.\n\n- bring cake\n- and tea"
    )


def test_a_mail_of_html_keeps_its_sentences_apart(tmp_path: Path) -> None:
    text = read(tmp_path, "a.eml", mail(_HTML, kind="text/html")).text
    assert text.endswith("# The budget\n\nIt is too small.\n\nWe need more.\n\n- one\n- two")


def test_words_in_other_encodings_and_attachments_are_named(tmp_path: Path) -> None:
    content = "\r\n".join(
        (
            "From: =?utf-8?B?w4RubmE=?= <a@example.org>",
            "Subject: =?iso-8859-1?Q?=DCbersicht?=",
            "MIME-Version: 1.0",
            'Content-Type: multipart/mixed; boundary="B"',
            "",
            "--B",
            "Content-Type: text/plain; charset=iso-8859-1",
            "Content-Transfer-Encoding: quoted-printable",
            "",
            "Sch=F6ne Gr=FC=DFe.",
            "--B",
            'Content-Type: application/pdf; name="plan.pdf"',
            "Content-Transfer-Encoding: base64",
            "",
            "JVBERi0=",
            "--B--",
        )
    )
    document = read(tmp_path, "a.eml", content)
    assert document.title == "Übersicht"
    assert document.text.endswith("From: Änna <a@example.org>\n\nSchöne Grüße.\n\n- plan.pdf (5 B)")


def test_a_header_that_is_not_encoded_is_read(tmp_path: Path) -> None:
    content = (
        "From: Änna <a@example.org>\nSubject: Übersicht\n für Mai\nContent-Type: text/plain\n\nSchöne Grüße."
    )
    document = read(tmp_path, "a.eml", content)
    assert document.title == "Übersicht für Mai"
    assert document.text.endswith("From: Änna <a@example.org>\n\nSchöne Grüße.")


def test_an_outlook_message_is_read(tmp_path: Path) -> None:
    body = "Dear Boris,\r\n\r\nthe meeting is moved to 14 May.\r\n\r\nAnna\r\n" + "More follows. " * 400
    document = read(tmp_path, "renamed.bin", make_msg("The meeting", "Anna Berg", "Boris Kahn", body))
    assert document.title == "The meeting"
    assert "Boris Kahn" in document.text
    assert "Dear Boris,\n\nthe meeting is moved to 14 May.\n\nAnna\nMore follows." in document.text


def test_every_message_of_a_mailbox_is_read(tmp_path: Path) -> None:
    messages = [
        f"From x@y.org Mon Mar  4 10:00:0{n} 2024\nFrom: Anna\nSubject: Part {n}\n\nFrom here on: {n}.\n"
        for n in range(3)
    ]
    document = read(tmp_path, "inbox.mbox", "\n".join(messages))
    assert document.text == "\n\n".join(f"# Part {n}\n\nFrom: Anna\n\nFrom here on: {n}." for n in range(3))
    assert [part.name for part in document.inventory] == ["Part 0", "Part 1", "Part 2"]
    assert document.title == "inbox"
    assert read(tmp_path, "one.mbox", messages[0]).title == "Part 0"


def saved_in_one_file() -> str:
    return "\r\n".join(
        (
            "From: <Saved by Blink>",
            f"Snapshot-Content-Location: {_ADDRESS}",
            "Subject: The budget",
            "MIME-Version: 1.0",
            'Content-Type: multipart/related; type="text/html"; boundary="B"',
            "",
            "--B",
            "Content-Type: text/html",
            "Content-Transfer-Encoding: quoted-printable",
            f"Content-Location: {_ADDRESS}",
            "",
            _HTML.replace("small", "sm=\r\nall"),
            "--B",
            "Content-Type: text/css",
            "",
            "body { color: red }",
            "--B--",
        )
    )


def web_archive(html: bytes = _HTML.encode()) -> bytes:
    page = {"WebResourceData": html, "WebResourceURL": _ADDRESS, "WebResourceTextEncodingName": "UTF-8"}
    return plistlib.dumps({"WebMainResource": page}, fmt=plistlib.FMT_BINARY)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.mhtml", saved_in_one_file().encode()),
        ("page.webarchive", web_archive()),
        ("page.html", f"<!DOCTYPE html>\n<!-- saved from url=(0033){_ADDRESS} -->{_HTML}".encode()),
    ],
)
def test_a_saved_page_knows_its_address(tmp_path: Path, name: str, content: bytes) -> None:
    document = read(tmp_path, name, content)
    assert document.address == _ADDRESS
    assert document.mime_type == "text/html"
    assert document.title == "The budget"
    assert document.text == "# The budget\n\nIt is too small.\n\nWe need more.\n\n- one\n- two"


@pytest.mark.parametrize(
    "head",
    [
        f'<link rel="canonical" href="{_ADDRESS}"/>',
        f"<link href='{_ADDRESS}' hreflang=en rel='canonical'>",
        f'<meta property="og:url" content="{_ADDRESS}">',
        f"<!--\n Page saved with SingleFile \n url: {_ADDRESS} \n saved date: today\n-->",
    ],
)
def test_addresses_are_found_where_pages_have_them(head: str) -> None:
    assert address_of(f"<html><head>{head}</head><body>x</body></html>") == _ADDRESS


def test_other_addresses_are_not_the_pages_own() -> None:
    assert address_of(f'<link rel="stylesheet" href="{_ADDRESS}"><a href="{_ADDRESS}">x</a>') == ""


@pytest.mark.parametrize("content", [b"bplist00 nonsense", plistlib.dumps({"a": 1}, fmt=plistlib.FMT_BINARY)])
def test_a_damaged_archive_is_told(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DocumentDamagedError):
        read(tmp_path, "page.webarchive", content)
    with pytest.raises(ValueError, match="web archive"):
        read_web_archive(content)


@pytest.mark.parametrize(
    "content",
    [
        b"To: " + b"(" * 20_000 + b"\r\n\r\nbody",
        b"To: " + b'"a".' * 20_000 + b"\r\n\r\nbody",
        b"Subject: " + b"=?utf-8?Q?a?= " * 20_000 + b"\r\n\r\nbody",
        b"".join(
            b"Content-Type: multipart/mixed; boundary=B%d\r\n\r\n--B%d\r\n" % (n, n) for n in range(2000)
        ),
    ],
    ids=["comments", "quotes", "encoded", "parts"],
)
def test_messages_that_never_end_cost_no_time(content: bytes) -> None:
    began = time.monotonic()
    read_mail(parse_message(content), unsupported)
    assert time.monotonic() - began < 5


_LINES = st.sampled_from(
    [
        b"From: a@b.c",
        b"Subject: =?utf-8?B?w4?=",
        b"Subject: =?x-none?Q?=FF?=",
        b"Content-Type: multipart/mixed; boundary=B",
        b"Content-Type: multipart/related",
        b"Content-Type: text/plain; charset=nonsense",
        b"Content-Type: text/html; charset=utf-16",
        b"Content-Disposition: attachment; filename*=x''%FF\"",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: 8bit",
        b"Date: nonsense",
        b"To: <<>,;@",
        b"",
        b"--B",
        b"--B--",
        b"w4RubmE=",
        b"\xff\xfe words",
    ]
)


@given(st.lists(st.one_of(_LINES, st.binary(max_size=40)), max_size=30))
def test_any_message_is_taken_apart(lines: list[bytes]) -> None:
    reading = read_mail(parse_message(b"\r\n".join(lines)), unsupported)
    assert all((part.why is not None) == part.is_unread for part in reading.inventory)
    for text in (reading.text, reading.title, *(part.name for part in reading.inventory)):
        text.encode("utf-8")  # no half of a character comes out
