from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from lmstudio_lite.documents.rewriting.web.html import read_page, rewritten_page
from lmstudio_lite.domain.units import (
    BilingualLayout,
    MarkKind,
    UnitKind,
    UnitText,
    WriteUnitsOptions,
)
from tests.documents.rewriting.markup_files import echoed, written_file
from tests.documents.rewriting.texts import longer, marked, pseudo

_PAGE = """<!DOCTYPE html>
<html lang=en>
<head><meta charset="utf-8"><title>A &amp; B</title>
<meta name="description" content="What the page is about">
<meta property='og:title' content='On a &quot;card&quot;'>
<meta name="viewport" content="width=device-width"><style>p::before { content: "Never <b>" }</style>
<script>if (a < b) document.write("<p>Not this</p>")</script></head>
<body class="x">
  <h1>The <em>first</em> heading</h1>
  <p>Hello <b>big <i>bad</i></b>
     world &amp; <a href="/x?a=1&b=2" title="Where it leads">you</a>.<br>Line two</p>
  <p><img src="a.png" alt="A lighthouse"> A picture first, <img src=b.png alt=Boat> then one within.</p>
  <p>Run <code>make &lt;all&gt;</code> and press <kbd>Ctrl</kbd>,
  <span translate="no">Acme Ltd</span> says.</p>
  <pre>kept as it is</pre><div class="notranslate">nor this</div>
  <ul><li>one<li><b>two</b></ul>
  <table><tr><td>outer<table><tr><td>inner cell</table><td>after</table>
  <svg viewBox="0 0 1 1"><title>Chart</title>
  <text x="1">Sales <tspan font-weight="bold">rise</tspan></text></svg>
  <form><input type=submit value="Send it"><input placeholder="Your name" value="typed">
  <select><option>Red<option>Green</select><button>Press me</button></form>
  <p dir="ltr">Price: 3 < 4, <!-- a note --> caf&eacute; &unknown; end</p>
</body></html>
"""


def test_a_page_becomes_units_with_marks(tmp_path: Path) -> None:
    found = written_file(tmp_path, "a.html", _PAGE).units
    texts = {unit.text: unit for unit in found.units}
    assert found.language == "en"
    assert found.output_suffix == ".html"
    assert list(texts)[:5] == [
        "A & B", "What the page is about", 'On a "card"', "The first heading",
        "Hello big bad world & you.\nLine two",
    ]  # fmt: skip
    for expected in (
        "Where it leads", "A lighthouse", "A picture first, then one within.".replace(", ", ",  ", 1), "Boat",
        "Run make <all> and press Ctrl, Acme Ltd says.", "one", "two", "outer", "inner cell", "after",
        "Chart", "Sales rise", "Send it", "Your name", "Red", "Green", "Press me",
    ):  # fmt: skip
        assert expected in texts
    assert "Never" not in " ".join(texts)
    assert "kept as it is" not in texts
    assert "nor this" not in texts
    assert texts["The first heading"].place.kind is UnitKind.HEADING
    assert marked(texts["Hello big bad world & you.\nLine two"]) == [
        ("style", "big bad"), ("style", "bad"), ("span", "you"), ("object", ""),
    ]  # fmt: skip
    run = texts["Run make <all> and press Ctrl, Acme Ltd says."]
    assert [mark.keeps_text for mark in run.marks] == [True, True, True]
    assert dict(found.kept) == {"code": 3, "not_to_be_translated": 2}


def test_an_echo_gives_back_the_same_bytes(tmp_path: Path) -> None:
    written_file(tmp_path, "a.html", _PAGE).assert_identity()
    written_file(tmp_path, "b.html", _PAGE.replace("\n", "\r\n")).assert_identity()
    written_file(tmp_path, "c.html", b"\xef\xbb\xbf" + _PAGE.encode()).assert_identity()


def test_only_texts_and_the_language_change(tmp_path: Path) -> None:
    page = written_file(tmp_path, "a.html", _PAGE)
    written = page.written(pseudo, "ar").decode()
    assert '<html dir="rtl" lang="ar">' in written
    assert (
        '<p>Ifmmp <b>cjh <i>cbe</i></b> xpsme &amp; <a href="/x?a=1&b=2" title="Xifsf ju mfbet">zpv</a>.'
        in written
    )
    assert "<code>make &lt;all&gt;</code>" in written
    assert '<span translate="no">Acme Ltd</span>' in written
    assert "<ul><li>pof<li><b>uxp</b></ul>" in written
    assert "alt=Boat" not in written
    assert 'alt="Cpbu"' in written
    tags = re.compile(r"<!--.*?-->|</?[a-z0-9]+")
    assert tags.findall(written) == tags.findall(_PAGE)
    assert [unit.text for unit in written_file(tmp_path, "d.html", written).units.units] == [
        pseudo(unit).text for unit in page.units.units
    ]


@pytest.mark.parametrize(
    "broken",
    [
        "<p>One <b>two <i>three</b> four</i> five",
        "<b>over <p>blocks</b> of text</p></div></div>tail",
        "<a href=x><div>Block in a link</div></a> <span>never closed",
        "text <a href='never ends>more <p>and more",
        "<title>never closed <p>Words in a page",
        "<td>cell <code>never closed <p>next <ruby>kanji<rt>reading<rt>more</ruby> end",
        "a <3 b </ c <> d <!doctype nonsense <p>e <?php echo '<p>' ?> f <![CDATA[x]]> g",
        "<select><option>a word<p>in a list</body></html><p>after the end",
    ],
)
def test_broken_pages_survive(tmp_path: Path, broken: str) -> None:
    page = written_file(tmp_path, "a.html", broken)
    page.assert_identity()
    written = page.written(pseudo).decode()
    assert re.findall(r"</?[a-z]\w*", written) == re.findall(r"</?[a-z]\w*", broken)
    assert page.texts


@pytest.mark.parametrize(
    ("charset", "declared"),
    [
        ("cp1251", "windows-1251"), ("gb18030", "gb2312"), ("cp932", "shift_jis"), ("utf-16-le", ""),
        ("iso8859-2", "iso-8859-2"), ("utf-8", "utf-8"), ("iso-2022-jp", "iso-2022-jp"),
    ],
)  # fmt: skip
def test_the_encoding_stays(tmp_path: Path, charset: str, declared: str) -> None:
    words = {
        "cp1251": "Аренда склада", "gb18030": "仓库租金", "cp932": "倉庫の賃料", "iso-2022-jp": "倉庫の賃料",
        "iso8859-2": "Příliš žluťoučký",
    }.get(charset, "Lagerhaus für Öl")  # fmt: skip
    head = f'<meta charset="{declared}">' if declared else ""
    mark = "\ufeff" if charset == "utf-16-le" else ""
    page = written_file(
        tmp_path, "a.html", f"{mark}<html><head>{head}</head><p>{words}<p>rest".encode(charset)
    )
    page.assert_identity()
    assert page.texts == [words, "rest"]
    written = page.written(lambda unit: UnitText("Ωß 日本 a", ())).decode(charset)
    assert written.startswith(f"{mark}<html lang")
    assert [unit.text for unit in written_file(tmp_path, "b.html", written.encode(charset)).units.units] == [
        "Ωß 日本 a"
    ] * 2


def test_what_an_encoding_lacks_becomes_references(tmp_path: Path) -> None:
    page = written_file(tmp_path, "a.html", "<p title=x>plain words</p>")
    assert b"&#1071;" in page.written(lambda unit: UnitText("Я", ()))
    latin = written_file(tmp_path, "b.html", b"<meta charset=latin1><p>caf\xe9 words \x81</p>")
    latin.assert_identity()
    assert latin.texts == ["café words"]
    assert b"<p>caf\xe9 &#1071; \x81</p>" in latin.written(lambda unit: UnitText("café Я", ()))


def test_languages_and_directions_of_parts(tmp_path: Path) -> None:
    page = written_file(
        tmp_path,
        "a.xhtml",
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml" xml:lang="he" dir="rtl"><body>'
        '<p lang="he">one</p><p lang="la">lorem ipsum</p><p/><a id="x"/></body></html>',
    )
    page.assert_identity()
    written = page.written(target="fr", source="he").decode()
    assert 'xml:lang="fr" dir="ltr"' in written
    assert '<p lang="fr">pof und noch mehr</p><p lang="fr">mpsfn' in written
    etree.fromstring(written.encode())
    kept = page.written(
        lambda unit: (echoed if unit.text == "lorem ipsum" else longer)(unit), "fr", "he"
    ).decode()
    assert '<p lang="la">lorem ipsum</p>' in kept


def test_a_part_in_a_third_language_says_the_targets_once_all_of_it_is_translated(tmp_path: Path) -> None:
    page = written_file(
        tmp_path,
        "a.html",
        '<html lang="en"><p>Hello</p><div lang="he" dir="rtl"><p>one</p><p>two</p></div>'
        '<p>It is <i lang="la">ad hoc</i></p><p lang="de">Wort</p></html>',
    )
    page.assert_identity()
    written = page.written(pseudo, "de").decode()
    assert '<div lang="de" dir="ltr"><p>pof</p>' in written
    assert '<i lang="la">' in written
    partly = page.written(lambda unit: (echoed if unit.text == "two" else pseudo)(unit), "de").decode()
    assert '<div lang="he" dir="rtl"><p>pof</p><p>two</p>' in partly


def test_what_a_page_says_of_its_language_beside_the_root(tmp_path: Path) -> None:
    page = written_file(
        tmp_path,
        "a.html",
        '<html lang=en><meta http-equiv="Content-Language" content="en">'
        '<meta property="og:locale" content=en_US>'
        '<body dir="ltr"><p dir=ltr lang="en-GB">words</p><bdo dir="ltr">more words</bdo></body></html>',
    )
    page.assert_identity()
    written = page.written(pseudo, "fa").decode()
    assert 'content="fa"><meta property="og:locale" content="fa_IR">' in written
    assert '<body dir="rtl"><p dir="rtl" lang="fa">xpset</p><bdo dir="ltr">' in written


def test_entities_of_the_document_are_left_alone(tmp_path: Path) -> None:
    page = written_file(
        tmp_path,
        "a.xhtml",
        '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">'
        '<!ENTITY f SYSTEM "file:///etc/passwd">]><html><p>Words &b; and &f; more</p></html>',
    )
    page.assert_identity()
    assert page.texts == ["Words  and  more"]
    assert "Xpset &b; boe &f; npsf" in page.written(pseudo).decode()


def test_a_translation_below_its_source(tmp_path: Path) -> None:
    page = written_file(
        tmp_path,
        "a.html",
        '<html lang=en><title>Name</title><body><h1 id=t>Head</h1><p id="p" class=k>Some <b>bold</b> '
        "<a id=n></a>words</p><ul><li>item</li></ul></body></html>",
    )
    below = page.written(pseudo, "he", layout=BilingualLayout.BELOW).decode()
    assert "<title>Name / Obnf</title>" in below
    assert '<h1 id=t>Head<br/><span lang="he" dir="rtl">Ifbe</span></h1>' in below
    assert '</p><p lang="he" dir="rtl" class="k">Tpnf <b>cpme</b> xpset</p>' in below
    assert '<li>item<br/><span lang="he" dir="rtl">jufn</span></li>' in below
    beside = page.written(pseudo, "de", layout=BilingualLayout.BESIDE).decode()
    assert 'vertical-align:top"><p lang="de" class="k">' in beside
    assert beside.count("<table") == beside.count("</table>") == 3
    assert "<html lang=en>" in below


@pytest.mark.parametrize(
    "hostile",
    [
        "x" + "<b>" * 20_000 + "words" + "</b>" * 20_000,
        "words" + "<b></b>" * 20_000 + " more",
        "<p>words <i>in</i> <img src=a> it<br>" * 1 + "<i>a</i><img src=a> " * 10_000,
        "<div>" * 50_000 + "words",
        "<svg>" * 5_000 + "<text>words",
        "<title>" * 20_000 + "words",
        "<code>" * 20_000 + "<p>words",
        "<a href='" * 20_000 + "words",
        "<!--" * 20_000 + "words",
        "&a" * 50_000 + " words",
    ],
)
def test_hostile_pages_cost_no_more_than_their_length(hostile: str) -> None:
    page = read_page("", hostile.encode())
    changed = {number: longer(unit, " zz") for number, unit in enumerate(page.units())}
    rewritten_page(page, changed, WriteUnitsOptions("de"))
    assert rewritten_page(page, {}, WriteUnitsOptions("de")) == hostile.encode()


_NAMES = st.sampled_from(["b", "i", "a", "span", "code", "p", "div", "li", "td", "ruby", "rt", "svg", "text"])


@st.composite
def _markup(draw: st.DrawFn) -> str:
    pieces = st.one_of(
        st.sampled_from(
            ["word ", "two words", " ", "\n  ", "&amp;", "&lt;b&gt;", "&x;", "<br>", "<img alt='A b'>", "é"]
        ),
        _NAMES.map(lambda name: f"<{name}>"),
        _NAMES.map(lambda name: f"</{name}>"),
        st.text("<>&\"'/=! -ab", max_size=8),
    )
    return "".join(draw(st.lists(pieces, max_size=30)))


@given(_markup())
def test_any_markup_keeps_its_marks(source: str) -> None:
    page = read_page("", source.encode())
    units = page.units()
    wanted = WriteUnitsOptions("de")
    assert rewritten_page(page, {n: echoed(unit) for n, unit in enumerate(units)}, wanted) == source.encode()
    changed = {number: longer(unit, " zz") for number, unit in enumerate(units)}
    again = read_page("", rewritten_page(page, changed, wanted)).units()
    expected = [changed[number].text for number in range(len(units))]
    if "<" not in re.sub(r"</?[a-z]+( alt='A b')?>", "", source):
        assert [unit.text for unit in again] == expected
        things = [sum(mark.kind is MarkKind.OBJECT for mark in unit.marks) for unit in units]
        assert [sum(mark.kind is MarkKind.OBJECT for mark in unit.marks) for unit in again] == things
