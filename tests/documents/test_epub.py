"""Books in EPUB: every document that the book lists is read in order or named, however broken its package."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents import pictured_text
from lmstudio_lite.documents.embedded import unsupported
from lmstudio_lite.documents.formats import Kind, detect_format
from lmstudio_lite.documents.pictured_text import PicturedText
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.web.epub import read_epub
from lmstudio_lite.domain.inventory import HowRead, PartKind, WhyUnread, share_read, unread_of
from lmstudio_lite.errors import DocumentDamagedError, DocumentEncryptedError, DocumentScannedError
from tests.documents.samples import make_zip

_XHTML = "application/xhtml+xml"
_CONTAINER = '<container><rootfiles><rootfile full-path="{}"/></rootfiles></container>'


def chapter(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml" '
        f'xmlns:epub="http://www.idpf.org/2007/ops"><head><title/></head><body>{body}</body></html>'
    )


def item(identifier: str, address: str, kind: str = _XHTML, more: str = "") -> str:
    return f'<item id="{identifier}" href="{address}" media-type="{kind}" {more}/>'


def package(items: str, spine: str, metadata: str = "", more: str = "") -> str:
    return (
        f"<package><metadata><title>A book</title>{metadata}</metadata><manifest>{items}</manifest>"
        f"<spine {more}>{spine}</spine></package>"
    )


def references(*identifiers: str) -> str:
    return "".join(f'<itemref idref="{identifier}"/>' for identifier in identifiers)


def book(opf: str, members: dict[str, str], place: str = "OEBPS/a.opf") -> bytes:
    base = {"mimetype": "application/epub+zip", "META-INF/container.xml": _CONTAINER.format(place)}
    return make_zip({**base, place: opf, **members})


def read(content: bytes) -> Reading:
    return read_epub(Path("book.epub"), content, unsupported)


def unread(reading: Reading) -> list[tuple[PartKind, str, WhyUnread | None]]:
    return [(part.kind, part.name, part.why) for part in unread_of(reading.inventory)]


@pytest.mark.parametrize(
    ("address", "member"),
    [
        ("chap%201.xhtml", "OEBPS/chap 1.xhtml"),
        ("chap 1.xhtml", "OEBPS/chap%201.xhtml"),
        ("text/../a.xhtml", "OEBPS/a.xhtml"),
        ("../text/a.xhtml", "text/a.xhtml"),
        ("../../../a.xhtml", "a.xhtml"),
        ("/OEBPS/a.xhtml", "OEBPS/a.xhtml"),
        ("OEBPS/a.xhtml", "OEBPS/a.xhtml"),
        ("A.XHTML", "OEBPS/a.xhtml"),
        ("a.xhtml#part", "OEBPS/a.xhtml"),
        ("text\\a.xhtml", "OEBPS/text/a.xhtml"),
        ("%E7%AB%A0.xhtml", "OEBPS/章.xhtml"),
        ("u%CC%88.xhtml", "OEBPS/ü.xhtml"),
        ("a+b.xhtml", "OEBPS/a+b.xhtml"),
    ],
)
def test_a_chapter_is_found_however_its_name_is_written(address: str, member: str) -> None:
    opf = package(item("a", address) + item("b", "b.xhtml"), references("a", "b"))
    members = {member: chapter("<p>First.</p>"), "OEBPS/b.xhtml": chapter("<p>Second.</p>")}
    reading = read(book(opf, members))
    assert reading.text == "First.\n\nSecond."
    assert (reading.title, unread(reading)) == ("A book", [])


def test_what_the_spine_leaves_out_is_read_at_the_end() -> None:
    opf = package(
        item("a", "a.xhtml") + item("b", "b.xhtml") + item("c", "c.xhtml"),
        '<itemref idref="c" linear="no"/>' + references("b", "c", "gone"),
    )
    names = ("a", "b", "c")
    reading = read(book(opf, {f"OEBPS/{name}.xhtml": chapter(f"<p>{name}</p>") for name in names}))
    assert reading.text == "c\n\nb\n\na"
    assert [part.number for part in reading.inventory] == [1, 2, 3, 4]
    assert unread(reading) == [(PartKind.CHAPTER, "gone", WhyUnread.MISSING)]
    assert share_read(reading.inventory) == 0.75


@pytest.mark.parametrize(
    "opf", ["", "<package>", "no package", package("", ""), "<package><manifest><item id="]
)
def test_a_book_without_a_package_is_read_by_its_pages(opf: str) -> None:
    members = {f"p{number}.xhtml": chapter(f"<p>{number}</p>") for number in (10, 9, 1)}
    reading = read(book(opf, members))
    assert reading.text.split() == ["1", "9", "10"]
    assert unread(reading) == []


def test_a_book_without_a_container_is_one() -> None:
    opf = package(item("a", "a.xhtml"), references("a"))
    content = make_zip(
        {"mimetype": "application/epub+zip", "x.opf": opf, "a.xhtml": chapter("<p>Words.</p>")}
    )
    assert read(content).text == "Words."
    nameless = make_zip({"META-INF/container.xml": _CONTAINER.format("x.opf"), "x.opf": opf})
    assert detect_format(nameless, "a.zip").kind is Kind.EPUB


def test_pages_that_the_book_does_not_list_are_named() -> None:
    opf = package(item("a", "a.xhtml"), references("a"))
    members = {"OEBPS/a.xhtml": chapter("<p>a</p>"), "OEBPS/draft.xhtml": chapter("<p>draft</p>")}
    reading = read(book(opf, members))
    assert reading.text == "a"
    assert unread(reading) == [(PartKind.CHAPTER, "OEBPS/draft.xhtml", WhyUnread.LEFT_OUT)]
    assert share_read(reading.inventory) == 1.0


def test_another_version_of_the_book_is_read_where_the_first_has_no_text() -> None:
    rootfiles = '<rootfile full-path="fixed.opf"/><rootfile full-path="text.opf"/>'
    fixed = package(item("p", "p.xhtml") + item("i", "p.png", "image/png"), references("p"))
    content = make_zip(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": f"<container><rootfiles>{rootfiles}</rootfiles></container>",
            "fixed.opf": fixed,
            "text.opf": package(item("a", "a.xhtml"), references("a")),
            "p.xhtml": chapter('<img src="p.png"/>'),
            "a.xhtml": chapter("<p>The words.</p>"),
        }
    )
    reading = read(content)
    assert reading.text == "The words."
    assert unread(reading) == [(PartKind.CHAPTER, "p.xhtml", WhyUnread.LEFT_OUT)]


_NCX = (
    '<ncx><navMap><navPoint><navLabel><text>Part one</text></navLabel><content src="a.xhtml"/><navPoint>'
    '<navLabel><text>Within</text></navLabel><content src="a.xhtml#x"/></navPoint></navPoint></navMap></ncx>'
)
_NAV = '<nav epub:type="toc"><ol><li><a href="a.xhtml">Part <b>one</b></a></li></ol></nav>'


@pytest.mark.parametrize(
    ("items", "member", "more"),
    [
        (item("n", "toc.ncx", "application/x-dtbncx+xml"), {"OEBPS/toc.ncx": _NCX}, 'toc="n"'),
        (item("n", "nav.xhtml", _XHTML, 'properties="nav"'), {"OEBPS/nav.xhtml": chapter(_NAV)}, ""),
    ],
    ids=["ncx", "nav"],
)
def test_the_contents_give_chapters_their_titles(items: str, member: dict[str, str], more: str) -> None:
    opf = package(items + item("a", "a.xhtml") + item("b", "b.xhtml"), references("a", "b"), more=more)
    members = {"OEBPS/a.xhtml": chapter("<p>a</p>"), "OEBPS/b.xhtml": chapter("<h1>Own</h1><p>b</p>")}
    reading = read(book(opf, {**members, **member}))
    assert reading.text == "# Part one\n\na\n\n# Own\n\nb"
    assert [part.name for part in reading.inventory] == ["Part one", "Own"]


def test_broken_pages_named_characters_and_footnotes_are_read() -> None:
    note = '<aside epub:type="footnote" id="n1" hidden="hidden"><p>The note.</p></aside>'
    members = {
        "OEBPS/a.xhtml": chapter(f'<p>A&nbsp;fact<a epub:type="noteref" href="#n1">1</a>.</p>{note}'),
        "OEBPS/b.xhtml": chapter("<p>not <b>closed<p>and <i>crossed</b></i> & bare<br>end <svg><text>S"),
        "OEBPS/c.svg": "<svg><title>t</title><text>Drawn words</text></svg>",
        "OEBPS/d.html": "<title/><p>Old <img alt='a lamp' src='x.png'>",
    }
    items = item("a", "a.xhtml") + item("b", "b.xhtml") + item("c", "c.svg", "image/svg+xml")
    opf = package(items + item("d", "d.html", "text/html"), references("a", "b", "c", "d"))
    text = read(book(opf, members)).text
    assert text.startswith("A fact[1].\n\nThe note.\n\nnot closed\n\nand crossed & bare\nend")
    assert text.endswith("S\n\nDrawn words\n\nOld a lamp")


def test_pictures_are_named_and_a_cover_is_no_chapter_that_is_missing() -> None:
    items = (
        item("c", "cover.jpg", "image/jpeg", 'properties="cover-image"')
        + item("w", "cover.xhtml")
        + item("a", "a.xhtml")
        + item("f", "film.mp4", "video/mp4")
        + item("b", "b.xhtml")
    )
    members = {
        "OEBPS/cover.jpg": "x",
        "OEBPS/film.mp4": "x",
        "OEBPS/cover.xhtml": chapter('<svg><image href="cover.jpg"/></svg>'),
        "OEBPS/a.xhtml": chapter("<p>a</p>"),
        "OEBPS/b.xhtml": chapter("<p>b</p>"),
    }
    reading = read(book(package(items, references("w", "a", "b")), members))
    assert unread(reading) == [
        (PartKind.PICTURE, "OEBPS/cover.jpg", WhyUnread.PICTURE),
        (PartKind.EMBEDDED, "OEBPS/film.mp4", WhyUnread.UNSUPPORTED),
    ]
    assert reading.inventory[0].how is HowRead.EMPTY


def test_the_pages_of_a_picture_book_are_named_or_it_is_told_as_a_scan() -> None:
    items = item("a", "a.xhtml") + item("b", "b.xhtml")
    fixed = '<meta property="rendition:layout">pre-paginated</meta>'
    picture = chapter('<img src="a.png"/>')
    members = {"OEBPS/a.xhtml": picture, "OEBPS/b.xhtml": chapter("<p>Said in words.</p>")}
    reading = read(book(package(items, references("a", "b"), fixed), members))
    assert unread(reading) == [(PartKind.CHAPTER, "a.xhtml", WhyUnread.PICTURE)]
    with pytest.raises(DocumentScannedError) as caught:
        read(book(package(items, references("a", "b")), {**members, "OEBPS/b.xhtml": picture}))
    assert caught.value.details["num_pages"] == 2


def test_text_is_recognized_on_the_pages_of_a_picture_book(monkeypatch: pytest.MonkeyPatch) -> None:
    def recognize(content: bytes, name: str) -> Reading:
        if content == b"blank":
            raise DocumentScannedError(path=name, num_pages=0)
        return Reading(f"Said on {name}", "", is_recognized=True)

    items = item("a", "a.xhtml") + item("b", "b.xhtml") + item("c", "c.png", "image/png")
    members = {
        "OEBPS/a.xhtml": chapter('<img src="img/a%20b.png"/>'),
        "OEBPS/img/a b.png": "pixels",
        "OEBPS/b.xhtml": chapter('<svg><image href="blank.png"/></svg>'),
        "OEBPS/blank.png": "blank",
        "OEBPS/c.png": "pixels",
    }
    monkeypatch.setattr(pictured_text, "find_recognizer", lambda: None)
    content = book(package(items, references("a", "b", "c")), members)
    reading = read_epub(Path("book.epub"), content, recognize)
    assert reading.text == "Said on OEBPS/img/a b.png\n\nSaid on OEBPS/c.png"
    assert [part.how for part in reading.inventory[:3]] == [
        HowRead.RECOGNIZED,
        HowRead.NOT_READ,
        HowRead.RECOGNIZED,
    ]
    assert unread(reading) == [
        (PartKind.CHAPTER, "b.xhtml", WhyUnread.NO_RECOGNIZER),
    ]
    assert PicturedText(recognize, 0.0).read(b"", "") == ("", WhyUnread.OUT_OF_TIME)


@pytest.mark.parametrize(
    ("method", "is_refused"),
    [
        ("http://www.idpf.org/2008/embedding", False),
        ("http://ns.adobe.com/pdf/enc#RC", False),
        ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", True),
    ],
)
def test_encrypted_chapters_are_refused_and_fonts_are_not(method: str, is_refused: bool) -> None:
    data = (
        f'<encryption><EncryptedData><EncryptionMethod Algorithm="{method}"/><CipherData>'
        '<CipherReference URI="OEBPS/a.xhtml"/></CipherData></EncryptedData></encryption>'
    )
    opf = package(item("a", "a.xhtml") + item("b", "b.xhtml"), references("a", "b"))
    members = {"META-INF/encryption.xml": data, "OEBPS/a.xhtml": chapter("<p>a</p>")}
    one = package(item("a", "a.xhtml"), references("a"))
    if not is_refused:
        assert read(book(one, members)).text == "a"
        return
    with pytest.raises(DocumentEncryptedError):
        read(book(one, members))
    reading = read(book(opf, {**members, "OEBPS/b.xhtml": chapter("<p>b</p>")}))
    assert unread(reading) == [(PartKind.CHAPTER, "a.xhtml", WhyUnread.ENCRYPTED)]


def test_a_damaged_chapter_is_named() -> None:
    opf = package(item("a", "a.xhtml") + item("b", "b.xhtml"), references("a", "b"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("META-INF/container.xml", _CONTAINER.format("OEBPS/a.opf"))
        archive.writestr("OEBPS/a.opf", opf)
        archive.writestr("OEBPS/a.xhtml", chapter("<p>whole</p>"))
        archive.writestr("OEBPS/b.xhtml", chapter("<p>broken</p>"))
    reading = read(buffer.getvalue().replace(b"<p>broken", b"<p>brokeN"))
    assert reading.text == "whole"
    assert unread(reading) == [(PartKind.CHAPTER, "b.xhtml", WhyUnread.DAMAGED)]


@pytest.mark.parametrize("content", [b"PK\x03\x04 cut", make_zip({"mimetype": "application/epub+zip"})])
def test_what_is_no_book_is_damaged(content: bytes) -> None:
    with pytest.raises(DocumentDamagedError):
        read(content)


def test_a_package_brings_no_other_files_in(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("swordfish", "utf-8")
    entity = f'<!DOCTYPE html [<!ENTITY stolen SYSTEM "{secret.as_uri()}">]>'
    laughs = '<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    opf = package(item("a", "a.xhtml") + item("b", "b.xhtml"), references("a", "b"))
    page = "<html><body><p>Words &stolen; &b; more.</p></body></html>"
    text = read(book(opf, {"OEBPS/a.xhtml": entity + page, "OEBPS/b.xhtml": laughs + page})).text
    assert "swordfish" not in text
    assert "haha" not in text
    assert text.count("Words") == 2


_ADDRESSES = st.sampled_from(
    ["c{}.xhtml", "text/c%20{}.xhtml", "/OEBPS/C{}.xhtml", "./c{}.html#top", "ä{}.htm"]
)
_WHERE = st.sampled_from(["spine", "spine twice", "linear", "manifest", "missing"])


@given(st.lists(st.tuples(_ADDRESSES, _WHERE), min_size=1, max_size=12))
def test_every_chapter_of_any_book_is_read_once_or_named(chapters: list[tuple[str, str]]) -> None:
    members: dict[str, str] = {"OEBPS/zero.xhtml": chapter("<p>chapter zero</p>")}
    items, spine = item("zero", "zero.xhtml"), references("zero")
    there, missing = [], []
    for number, (address, where) in enumerate(chapters):
        address = address.format(number)
        items += item(f"c{number}", address)
        if where != "manifest":
            linear = ' linear="no"' if where == "linear" else ""
            spine += f'<itemref idref="c{number}"{linear}/>' * (2 if where == "spine twice" else 1)
        if where == "missing":
            missing.append(number)
            continue
        there.append(number)
        name = address.partition("#")[0].replace("%20", " ").removeprefix("./").removeprefix("/OEBPS/")
        members[f"OEBPS/{name.lower()}"] = chapter(f"<h1>Head</h1><p>chapter <b>n</b>{number}x</p>")
    reading = read(book(package(items, spine), members))
    assert sorted(map(int, re.findall(r"chapter n(\d+)x", reading.text))) == there
    assert [part.why for part in unread_of(reading.inventory)] == [WhyUnread.MISSING] * len(missing)
