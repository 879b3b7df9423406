"""The parts of a mail: each is read in its place or named, whatever the tree is like."""

from __future__ import annotations

import base64
import quopri
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.embedded import unsupported
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.web.mail import read_mail
from lmstudio_lite.documents.web.mime import parse_message
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread, share_read, unread_of
from tests.documents.samples import make_docx

_HEAD = "From: A <a@x.org>\nTo: B <b@x.org>\nSubject: S\nMIME-Version: 1.0\n"
_PNG = "Content-Type: image/png; name=roof.png\nContent-Disposition: inline\n\npixels"
_PDF = "Content-Type: application/pdf; name=plan.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0="


def plain(words: str, more: str = "") -> str:
    return f"Content-Type: text/plain; charset=utf-8{more}\n\n{words}"


def page(words: str) -> str:
    return f"Content-Type: text/html; charset=utf-8\n\n<p>{words}</p>"


def multipart(kind: str, *parts: str, boundary: str = "B") -> str:
    body = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\nnot shown\n{body}--{boundary}--\n'


def read(content: str | bytes) -> Reading:
    content = content.replace("\n", "\r\n").encode() if isinstance(content, str) else content
    return read_mail(parse_message(content), unsupported)


def body_of(content: str | bytes) -> str:
    """Return what stands behind the head that ``_HEAD`` makes."""
    return read(content).text.partition("Subject: S\nFrom: A <a@x.org>\nTo: B <b@x.org>")[2].strip()


def told(reading: Reading) -> list[tuple[PartKind, str, HowRead]]:
    return [(part.kind, part.name, part.how) for part in reading.inventory]


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (multipart("mixed", plain("one"), _PNG, plain("two")), "one\n\ntwo\n\n- roof.png (6 B)"),
        (multipart("mixed", page("one"), _PDF, page("two")), "one\n\ntwo\n\n- plan.pdf (5 B)"),
        (multipart("x-unknown", plain("one"), plain("two")), "one\n\ntwo"),
        (multipart("parallel", plain("one"), page("two")), "one\n\ntwo"),
        (multipart("signed", plain("one"), "Content-Type: application/pgp-signature\n\nxx"), "one"),
        (multipart("report", plain("one"), "Content-Type: message/delivery-status\n\nAction: failed"),
         "one\n\nAction: failed"),
        (multipart("digest", "\nSubject: One\n\nfirst", "\nSubject: Two\n\nsecond"),
         "# One\n\nfirst\n\n# Two\n\nsecond"),
        (multipart("mixed", plain("see"), "Content-Type: message/rfc822\n\n"
                   "From: C <c@x.org>\nSubject: Inner\n\ninner words"),
         "see\n\n# Inner\n\nFrom: C <c@x.org>\n\ninner words"),
        (multipart("mixed", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
                   + base64.b64encode(b"Subject: Inner\n\ninner words").decode()), "# Inner\n\ninner words"),
        (multipart("related", page("one <img src='cid:a'> more"), _PNG), "one more\n\n- roof.png (6 B)"),
    ],
)  # fmt: skip
def test_all_parts_of_a_container_count(content: str, body: str) -> None:
    assert body_of(_HEAD + content) == body


@pytest.mark.parametrize(
    ("parts", "body"),
    [
        ((plain("The same words."), page("The same words.")), "The same words."),
        ((page("The same words."), plain("The same words.")), "The same words."),
        ((plain(" \n"), page("Only here.")), "Only here."),
        ((plain("Your program does not show HTML."), page("The words.")), "The words."),
        ((plain("Read https://x.org/a the words here."), page("Read the words here.")),
         "Read https://x.org/a the words here."),
        ((plain("Half of it."), page("Half of it. And the price: 7,300 euros.")),
         "Half of it. And the price: 7,300 euros."),
        ((plain("Ours entirely."), page("Something else.")), "Ours entirely.\n\nSomething else."),
        ((plain("Before after"), multipart("mixed", page("Before"), _PDF, page("after"), boundary="C")),
         "Before after\n\n- plan.pdf (5 B)"),
        ((multipart("related", page("In a tree."), _PNG, boundary="C"),), "In a tree.\n\n- roof.png (6 B)"),
    ],
)  # fmt: skip
def test_the_best_alternative_is_read(parts: tuple[str, ...], body: str) -> None:
    assert body_of(_HEAD + multipart("alternative", *parts)) == body


def test_an_alternative_that_is_not_read_is_in_the_inventory() -> None:
    reading = read(_HEAD + multipart("alternative", plain("The same."), page("The same.")))
    assert told(reading) == [
        (PartKind.MESSAGE, "", HowRead.TEXT),
        (PartKind.MESSAGE, "text/html", HowRead.REPEATED),
    ]
    assert share_read(reading.inventory) == 1.0


@pytest.mark.parametrize(
    ("part", "body"),
    [
        ("Content-Type: text/plain; name=a.txt; charset=iso-8859-1\nContent-Disposition: attachment\n"
         "Content-Transfer-Encoding: quoted-printable\n\nSch=F6n", "# a.txt\n\nSchön"),
        ("Content-Type: text/csv; name=a.csv\n\nx;y\n1;2", "# a.csv\n\n| x | y |\n| --- | --- |\n| 1 | 2 |"),
        ("Content-Type: application/octet-stream; name=a.md\n\n# Head\n\ntext", "# a.md\n\n# Head\n\ntext"),
        ("Content-Type: text/html; name=a.html\n\n<h1>Head</h1><p>text", "# a.html\n\n# Head\n\ntext"),
        ("Content-Type: application/octet-stream; name=a.eml\n\nSubject: Inner\n\nwords", "# Inner\n\nwords"),
        ("Content-Type: text/calendar\n\nBEGIN:VEVENT\nSUMMARY:Meet\\, all\nDTSTART:20240312T100000Z\n"
         "ATTENDEE;CN=\"Ann B\":mailto:a@x.org\nUID:1\nEND:VEVENT",
         "Summary: Meet, all\nDtstart: 2024-03-12 10:00 UTC\nAttendee: Ann B <a@x.org>"),
        ("Content-Type: text/plain\nContent-Disposition: attachment\n\nno name", "# text/plain\n\nno name"),
    ],
    ids=["text", "table", "markdown", "page", "mail", "calendar", "nameless"],
)  # fmt: skip
def test_attached_text_is_read(part: str, body: str) -> None:
    assert body_of(_HEAD + multipart("mixed", part)) == body


def test_attached_files_are_read_by_their_own_readers(tmp_path: Path) -> None:
    docx = base64.encodebytes(make_docx(["The rent is 900 euros."])).decode()
    attached = f"Content-Type: application/x; name=rent.docx\nContent-Transfer-Encoding: base64\n\n{docx}"
    path = tmp_path / "mail.eml"
    path.write_text(_HEAD + multipart("mixed", plain("See the file."), attached), "utf-8")
    document = read_document(path, ReadLimits())
    assert document.text.endswith("See the file.\n\n# rent.docx\n\nThe rent is 900 euros.")
    assert [(part.kind, part.name) for part in document.inventory] == [
        (PartKind.MESSAGE, ""),
        (PartKind.ATTACHMENT, "rent.docx"),
    ]


def test_text_is_recognized_in_pictures_that_are_attached() -> None:
    def recognize(content: bytes, name: str) -> Reading:
        return Reading(f"Said on {name}: {len(content)}", "", is_recognized=True)

    pixels = base64.encodebytes(bytes(5000)).decode()
    scan = f"Content-Type: image/png; name=scan.png\nContent-Transfer-Encoding: base64\n\n{pixels}"
    content = multipart("mixed", plain("see"), f"Content-Disposition: attachment\n{scan}", scan)
    reading = read_mail(parse_message((_HEAD + content).encode()), recognize)
    assert reading.text.endswith("see\n\n# scan.png\n\nSaid on scan.png: 5000\n\n- scan.png (5 kB)")
    assert [part.how for part in reading.inventory] == [
        HowRead.TEXT,
        HowRead.RECOGNIZED,
        HowRead.NOT_READ,
    ]


@pytest.mark.parametrize(
    ("part", "name", "why"),
    [
        (_PDF, "plan.pdf", WhyUnread.UNSUPPORTED),
        (_PNG, "roof.png", WhyUnread.PICTURE),
        ("Content-Type: application/ms-tnef; name=winmail.dat\n\nxx", "winmail.dat", WhyUnread.UNSUPPORTED),
        ("Content-Type: application/pkcs7-mime; name=smime.p7m\n\nxx", "smime.p7m", WhyUnread.ENCRYPTED),
        (multipart("encrypted", "Content-Type: application/pgp-encrypted\n\nVersion: 1",
                   "Content-Type: application/octet-stream; name=a.asc\n\nxx", boundary="C"),
         "a.asc", WhyUnread.ENCRYPTED),
        (plain("-----BEGIN PGP MESSAGE-----\n\nxx\n-----END PGP MESSAGE-----"), "", WhyUnread.ENCRYPTED),
        ("Content-Type: message/external-body; name=a.iso; access-type=URL\n\n", "a.iso", WhyUnread.OUTSIDE),
        ("Content-Type: application/zip\nContent-Disposition: inline; filename*=UTF-8''a%20%C3%A4.zip\n\nx",
         "a ä.zip", WhyUnread.UNSUPPORTED),
        ('Content-Type: application/zip; name="=?utf-8?B?w4Quemlw?="\n\nx', "Ä.zip", WhyUnread.UNSUPPORTED),
        ("Content-Type: application/zip; name*0=a; name*1=b.zip\n\nx", "ab.zip", WhyUnread.UNSUPPORTED),
        ("Content-Type: application/zip; name=\"C:\\\\temp\\\\a.zip\"\n\nx", "a.zip", WhyUnread.UNSUPPORTED),
        (plain("before\nbegin 644 a.bin\n#0V%T\n`\nend\nafter"), "a.bin", WhyUnread.UNSUPPORTED),
        ("Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nV29yZ", "", WhyUnread.DAMAGED),
        ("Content-Type: message/partial; number=1; total=2\n\nSubject: W\n\nwords", "1/2", WhyUnread.OUTSIDE),
    ],
)  # fmt: skip
def test_what_is_not_read_is_named(part: str, name: str, why: WhyUnread) -> None:
    reading = read(_HEAD + multipart("mixed", plain("words"), part))
    assert [(each.name, each.why) for each in unread_of(reading.inventory)] == [(name, why)]
    assert "words" in reading.text


def test_a_message_that_is_only_signed_is_opened() -> None:
    content = b"Content-Type: text/plain\r\n\r\nSigned words."
    octets = b"\x04" + bytes((len(content),)) + content
    data = bytes.fromhex("06092a864886f70d010701") + b"\xa0" + bytes((len(octets),)) + octets
    sealed = b"\x30\x80" + bytes.fromhex("06092a864886f70d010702") + b"\xa0\x80\x30\x80" + data
    encoded = base64.encodebytes(sealed).decode()
    kind = "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m"
    reading = read(f"{_HEAD}{kind}\nContent-Transfer-Encoding: base64\n\n{encoded}")
    assert reading.text.endswith("Signed words.")
    assert unread_of(reading.inventory) == ()


def test_a_signed_text_loses_its_frame() -> None:
    signed = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n- - a point\nWords.\n"
        "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
    )
    assert body_of(_HEAD + plain(signed)) == "- a point\nWords."


@pytest.mark.parametrize(
    ("parameters", "text", "body"),
    [
        ("; format=flowed", "A long \nparagraph.\n\n> quoted \n> more\n>> deeper\n-- \nAnna",
         "A long paragraph.\n\n> quoted more\n>> deeper\n--\nAnna"),
        ("; format=flowed; delsp=yes", "日本 \n語の文 \nです。\n次", "日本語の文です。\n次"),
        ("; format=flowed", " From here\n >not quoted", "From here\n>not quoted"),
        ("", "A line that is as long as programs wrap them, with a space at \nits end", None),
    ],
)  # fmt: skip
def test_flowed_text_is_joined(parameters: str, text: str, body: str | None) -> None:
    expected = body or text.replace(" \n", "\n")
    assert body_of(_HEAD + plain(text, parameters)) == expected


@pytest.mark.parametrize(
    ("charset", "content"),
    [
        ("us-ascii", "Schöne Grüße aus dem Süden".encode()),
        ("x-nonsense", "Schöne Grüße aus dem Süden".encode()),
        ("iso-8859-1", "Schöne Grüße aus dem Süden".encode("cp1252")),
        ("utf-8", "Schöne Grüße aus dem Süden, liebe Freunde".encode("cp1252")),
    ],
)
def test_a_wrong_charset_costs_no_letters(charset: str, content: bytes) -> None:
    head = f"{_HEAD}Content-Type: text/plain; charset={charset}\n\n".encode()
    assert "Schöne Grüße aus dem Süden" in read(head + content).text


def test_headers_in_other_encodings_are_read() -> None:
    subject = "=?UTF-8?Q?Sch=C3?= =?UTF-8?Q?=B6n?= =?gb2312?B?u+HS6Q==?= und =?bogus?Q?x=41?="
    assert read(f"Subject: {subject}\nFrom: x\n\nwords").title == "Schön会议 und xA"
    assert (
        read(b"Subject: " + "会议纪要通知全体员工".encode("gb18030") + b"\n\nwords").title
        == "会议纪要通知全体员工"
    )


@pytest.mark.parametrize(
    "content",
    [
        "Content-Type: multipart/mixed\n\n--X\n\none\n--X\n\ntwo\n--X--",
        "Content-Type: multipart/mixed; boundary=B\n\n--B\n\none\n--B\n\ntwo",
        "Content-Type: multipart/mixed; boundary=B\n\n--B\n\none\n--B--\n--B\n\ntwo\n--B--",
        "Content-Type: multipart/mixed; boundary=B\n\n--B\n\none\n--B--\ntwo",
        "Content-Type: multipart/mixed; boundary=Z\n\none\n\ntwo",
        "Content-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: multipart/mixed; boundary=B\n\n"
        "--B\n\none\n--B\n\ntwo\n--B--\n--B--",
        "Broken header line\n\none\n\ntwo",
    ],
    ids=["no boundary", "no end", "early end", "footer", "wrong boundary", "same boundary", "broken header"],
)
def test_broken_containers_are_read_all_the_same(content: str) -> None:
    assert re.findall("one|two", read(_HEAD + content).text) == ["one", "two"]


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ("Content-Type: text/plain\n\n<!DOCTYPE html><html><body><p>Hello <b>you</b>.", "Hello you."),
        ("Content-Transfer-Encoding: base64\n\nThese are words that nobody encoded.",
         "These are words that nobody encoded."),
    ],
)  # fmt: skip
def test_what_a_part_says_of_itself_may_be_wrong(content: str, body: str) -> None:
    assert body_of(_HEAD + content) == body


def test_what_apples_mail_adds_is_no_part_of_the_message() -> None:
    message = b"Subject: S\r\n\r\nThe words."
    assert (
        read(b"%d\n%s<?xml version='1.0'?><plist/>" % (len(message), message)).text
        == "Subject: S\n\nThe words."
    )


def test_mails_in_attached_mails_are_read_as_deep_as_they_go() -> None:
    content = "Subject: Deepest\n\nwords"
    for number in range(60):
        content = multipart(
            "mixed", f"Content-Type: application/octet-stream; name=a.eml\n\n{content}", boundary=f"B{number}"
        )
        content = f"Subject: S{number}\n{content}"
        reading = read(content)
        if number == 20:
            assert reading.text.endswith("# Deepest\n\nwords")
    assert [part.why for part in unread_of(reading.inventory)] == [WhyUnread.TOO_LARGE]


def test_parts_below_the_hundredth_level_are_named() -> None:
    nested = "".join(f"Content-Type: multipart/mixed; boundary=B{n}\n\n--B{n}\n" for n in range(500))
    reading = read(f"{_HEAD}{nested}{plain('deepest')}")
    assert [part.why for part in unread_of(reading.inventory)] == [WhyUnread.TOO_LARGE]


def test_parts_beyond_ten_thousand_are_named_and_the_others_read() -> None:
    reading = read(f"{_HEAD}Content-Type: multipart/mixed; boundary=B\n\n" + "--B\n\nword\n" * 10_100)
    assert reading.text.count("word") == 9_999
    assert [part.why for part in unread_of(reading.inventory)] == [WhyUnread.TOO_LARGE]


_ENCODERS = st.sampled_from(["7bit", "base64", "quoted-printable"])
_LEAVES = st.tuples(st.sampled_from(["plain", "html", "attached", "picture"]), _ENCODERS)
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.tuples(
        st.sampled_from(["mixed", "related", "signed", "digest", "forwarded", "x-other"]),
        st.lists(inner, min_size=1, max_size=4),
    ),
    max_leaves=12,
)


class Builder:
    """Writes a tree as MIME; counts what must be found in it."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.pictures: list[str] = []
        self._num_boundaries = 0

    def write(self, tree: tuple[str, object]) -> str:
        kind, rest = tree
        if isinstance(rest, str):
            return self._leaf(kind, rest)
        assert isinstance(rest, list)
        if kind == "forwarded":
            inner = multipart("mixed", *map(self.write, rest), boundary=self._boundary())
            return f"Content-Type: message/rfc822\n\nSubject: Inner\n{inner}"
        boundary = self._boundary()
        parts = [self.write(each) for each in rest]
        if kind == "digest":
            parts = [f"\nSubject: Inner\n{part}" for part in parts]
        return multipart(kind, *parts, boundary=boundary)

    def _boundary(self) -> str:
        self._num_boundaries += 1
        return f"=_{self._num_boundaries}"

    def _leaf(self, kind: str, encoding: str) -> str:
        if kind == "picture":
            name = f"picture{len(self.pictures)}.png"
            self.pictures.append(name)
            return f"Content-Type: image/png; name={name}\n\nxx"
        word = f"wörd{len(self.words)}x"
        self.words.append(word)
        text = f"<p>{word}</p>" if kind == "html" else f"{word} = {word[:4]}"
        content = text.encode()
        if encoding == "base64":
            content = base64.encodebytes(content)
        elif encoding == "quoted-printable":
            content = quopri.encodestring(content)
        media = "text/html" if kind == "html" else "text/plain"
        name = f"; name={len(self.words)}.txt" if kind == "attached" else ""
        shown = encoding if encoding != "7bit" else "8bit"
        return (
            f"Content-Type: {media}; charset=utf-8{name}\nContent-Transfer-Encoding: {shown}\n\n"
            f"{content.decode()}"
        )


@given(_TREES)
def test_every_leaf_of_any_tree_is_read_or_named(tree: tuple[str, object]) -> None:
    builder = Builder()
    content = builder.write(tree)
    reading = read(_HEAD + content)
    assert sorted(re.findall(r"wörd\d+x", reading.text)) == sorted(builder.words)
    unread: list[Part] = list(unread_of(reading.inventory))
    assert sorted(part.name for part in unread) == sorted(builder.pictures)
