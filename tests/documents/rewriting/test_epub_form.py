from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree

from lmstudio_lite.domain.units import BilingualLayout, UnitKind, UnitText, check_unit_text
from lmstudio_lite.errors import DocumentDamagedError, DocumentEncryptedError
from tests.documents.rewriting.markup_files import TriedFile, package, part_of, written_file
from tests.documents.rewriting.texts import longer, pseudo

_CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
_OPF = """<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata
 xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title id="t">The Coast</dc:title><dc:creator>Ida</dc:creator>
<dc:language>en-GB</dc:language><dc:description>About a
 &lt;b&gt;coast&lt;/b&gt;</dc:description></metadata><manifest>
<item id="a" href="Text/chap%201.xhtml" media-type="application/xhtml+xml"/>
<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="p" href="plate.svg" media-type="image/svg+xml"/><item id="f" href="font.otf" media-type="font/otf"/>
<item id="x" href="toc.ncx" media-type="application/x-dtbncx+xml"/></manifest><spine toc="x"><itemref
 idref="a"/>
<itemref idref="p"/></spine><guide><reference type="toc" title="Contents"
 href="nav.xhtml"/></guide></package>"""
_CHAPTER = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"
 xml:lang="en"><head><title>One</title>
<script src="a.js"/></head><body><p><a id="p1"/>Ida took the&nbsp;early <em>train</em><a epub:type="noteref"
 href="#n1">1</a> to the <span epub:type="pagebreak" id="p5" title="5"/>coast.</p><p/>
<aside epub:type="footnote" id="n1"><p>A slow train.</p></aside>
<p><ruby>東京<rt>とうきょう</rt></ruby> <i lang="la">ad astra</i> is a city.</p><img src="a.png" alt="The
 sea"/></body></html>"""
_NAV = """<html xmlns="http://www.w3.org/1999/xhtml"
 xmlns:epub="http://www.idpf.org/2007/ops"><head><title/></head><body>
<nav epub:type="toc"><ol><li><a href="Text/chap%201.xhtml">Chapter one</a></li></ol></nav></body></html>"""
_NCX = """<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" xml:lang="en"><docTitle><text>The
 Coast</text></docTitle>
<docAuthor><text>Ida</text></docAuthor><navMap><navPoint id="n"><navLabel><text>Chapter one</text></navLabel>
<content src="Text/chap%201.xhtml"/></navPoint></navMap></ncx>"""
_PLATE = """<svg xmlns="http://www.w3.org/2000/svg"><title>A plate</title><text>Low tide</text><path
 d="M0"/></svg>"""
_FONTS = """<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData>
<EncryptionMethod
 Algorithm="{}"/><CipherData><CipherReference URI="OEBPS/{}"/></CipherData></EncryptedData></encryption>"""
_OBFUSCATION = "http://www.idpf.org/2008/embedding"


def _book(folder: Path, encryption: str = "") -> TriedFile:
    parts: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": _CONTAINER,
        "META-INF/encryption.xml": encryption
        or _FONTS.format("http://www.idpf.org/2008/embedding", "font.otf"),
        "OEBPS/book.opf": _OPF,
        "OEBPS/Text/chap 1.xhtml": _CHAPTER,
        "OEBPS/nav.xhtml": _NAV,
        "OEBPS/toc.ncx": _NCX,
        "OEBPS/plate.svg": _PLATE,
        "OEBPS/font.otf": b"\x00\x01obfuscated",
    }
    return written_file(folder, "a.epub", package(parts))


def test_a_book_becomes_units(tmp_path: Path) -> None:
    found = _book(tmp_path).units
    assert [unit.text for unit in found.units] == [
        "The Coast", "About a <b>coast</b>", "Contents", "The Coast", "Chapter one", "One",
        "Ida took the\xa0early train to the coast.", "A slow train.", "東京 ad astra is a city.", "The sea",
        "A plate", "Low tide", "Chapter one",
    ]  # fmt: skip
    assert found.language == "en"
    assert found.units[7].place.kind is UnitKind.FOOTNOTE
    assert [mark.kind.value for mark in found.units[6].marks] == ["style", "object", "object"]


def test_an_echo_gives_back_the_same_bytes(tmp_path: Path) -> None:
    _book(tmp_path).assert_identity()


def test_only_texts_and_the_language_change(tmp_path: Path) -> None:
    book = _book(tmp_path)
    written = book.written(longer, "ar")
    chapter = part_of(written, "OEBPS/Text/chap 1.xhtml")
    assert 'xml:lang="ar"><head>' in chapter.replace(' dir="rtl"', "")
    assert ' dir="rtl"' in chapter
    assert chapter.startswith(_CHAPTER[: _CHAPTER.index("<html")])
    assert '<i lang="la">' in chapter
    assert '<a epub:type="noteref"\n href="#n1">1</a>' in chapter
    assert '<span epub:type="pagebreak" id="p5" title="5"/>' in chapter
    package_file = part_of(written, "OEBPS/book.opf")
    assert "<dc:language>ar</dc:language>" in package_file
    assert '<spine page-progression-direction="rtl" toc="x">' in package_file
    assert "<dc:creator>Ida</dc:creator>" in package_file
    assert "<docAuthor><text>Ida</text>" in part_of(written, "OEBPS/toc.ncx")
    with zipfile.ZipFile(BytesIO(written)) as archive:
        assert archive.infolist()[0].filename == "mimetype"
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        assert archive.read("OEBPS/font.otf") == b"\x00\x01obfuscated"
    (tmp_path / "again").mkdir()
    again = written_file(tmp_path / "again", "a.epub", written).units
    for old, new in zip(book.units.units, again.units, strict=True):
        assert longer(old).text == new.text
        check_unit_text(old, UnitText(new.text, new.marks))


@pytest.mark.parametrize("layout", [BilingualLayout.BELOW, BilingualLayout.BESIDE])
def test_a_book_in_two_languages_stays_well_formed(tmp_path: Path, layout: BilingualLayout) -> None:
    written = _book(tmp_path).written(pseudo, "he", layout=layout)
    chapter = part_of(written, "OEBPS/Text/chap 1.xhtml")
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    etree.fromstring(re.sub("<!DOCTYPE[^>]*>", "", chapter).replace("&nbsp;", " ").encode(), parser)
    assert "Ida took the&nbsp;early" in chapter
    assert chapter.count('id="p5"') == 1
    assert 'lang="he" dir="rtl"' in chapter
    assert ">Chapter one / Dibqufs pof</a>" in part_of(written, "OEBPS/nav.xhtml")
    assert '<dc:title id="t">The Coast / Uif Dpbtu</dc:title>' in part_of(written, "OEBPS/book.opf")


def test_encrypted_and_damaged_books_are_refused(tmp_path: Path) -> None:
    chapters = _FONTS.format("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "Text/chap%201.xhtml")
    with pytest.raises(DocumentEncryptedError):
        _ = _book(tmp_path, chapters).units
    with pytest.raises(DocumentDamagedError):
        _ = written_file(tmp_path, "b.epub", package({"mimetype": "application/epub+zip"})).units
