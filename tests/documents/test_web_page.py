"""Web pages: what a browser shows comes out once, whole and in order; what it does not is named or gone."""

from __future__ import annotations

import plistlib
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.documents.web.html_text import read_tree
from lmstudio_lite.documents.web.html_tree import parse_html
from lmstudio_lite.documents.web.web_page import SavedPage, read_page
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread, share_read, unread_of

_MENU = "".join(f'<li><a href="/{number}">Item {number}</a></li>' for number in range(9))


def read(folder: Path, content: bytes, name: str = "page.html") -> Document:
    path = folder / name
    path.write_bytes(content)
    return read_document(path, ReadLimits())


def text_of(html: str) -> str:
    return read_page(SavedPage(html, "")).text


def parts_of(html: str, kind: PartKind) -> list[Part]:
    return [part for part in read_page(SavedPage(html, "")).inventory if part.kind is kind]


@pytest.mark.parametrize("depth", [61, 2_000, 100_000])
@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("<div>", "</div>"),
        ("<span>", "</span>"),
        ("<blockquote>", "</blockquote>"),
        ("<ul><li>", "</li></ul>"),
        ("<table><tr><td>", "</td></tr></table>"),
        ("<b><i>", ""),
        ("<x-card>", "</x-card>"),
    ],
)
def test_no_depth_loses_a_word(opening: str, closing: str, depth: int) -> None:
    depth = depth if depth < 100_000 or opening in ("<div>", "<b><i>") else 10_000
    html = f"<p>Before</p>{opening * depth}the deepest words{closing * depth}<p>After</p>"
    assert re.findall(r"\w+", text_of(html)) == ["Before", "the", "deepest", "words", "After"]


@pytest.mark.parametrize("num_levels", [21, 200])
def test_every_cell_of_nested_tables_is_read(num_levels: int) -> None:
    opening = "".join(f"<table><tr><td>cell{number}</td><td>" for number in range(num_levels))
    text = text_of(opening + "innermost" + "</td></tr></table>" * num_levels)
    assert text.split() == [*(f"cell{number}" for number in range(num_levels)), "innermost"]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<ul><li>a<ul><li>b</li><li>c</li></ul></li><li>d</li></ul>", "- a\n  - b\n  - c\n- d"),
        ("<ol start=3><li>a<li value=7>b<li>c</ol>", "3. a\n7. b\n8. c"),
        ("<ol reversed><li>a<li>b</ol>", "2. a\n1. b"),
        ("<dl><dt>Term</dt><dd>What it means.</dd></dl>", "- Term\n  What it means."),
        ("<h2>A<br>B</h2><p>c<br>d<br><br>e", "## A B\n\nc\nd\n\ne"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>c", "> a\n\n> > b\n\nc"),
        ("<pre>a\n  b\n\nc</pre>", "a\n  b\n\nc"),
        ("<pre><code>def f():\n    return 1\n</code></pre>", "```\ndef f():\n    return 1\n```"),
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rt>じ</rt></ruby>を", "漢字(かんじ)を"),
        ("10<sup>6</sup> and 1<sup>st</sup> and H<sub>2</sub>O", "10⁶ and 1st and H2O"),
        ("A fact.<sup><a href='#c4'>[4]</a></sup> Next, see <a href='#s3'>3</a>.", "A fact. Next, see 3."),
        ("<p>old <del>10</del> new <ins>20</ins> <q>so</q>", "old ~~10~~ new 20 “so”"),
        ("wo<b>r</b>d s<wbr>o&shy;ft", "word soft"),
        ("caf&eacute; &#x4e2d; &lt;b&gt; &amp;lt;", "café 中 <b> &lt;"),
        ("<p dir=rtl>שלום <bdo dir=rtl>abc</bdo>", "שלום abc"),
        ("<details><summary>More</summary>It is here.</details>", "More\n\nIt is here."),
        ("<svg><title>tip</title><text>Label</text></svg>", "Label"),
        ("<math><mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mn>1</mn></mrow></mfrac></math>", "a/(b+1)"),
        ("<p>a <img alt='a red roof' src=x> b", "a a red roof b"),
        ("<a href=x><img alt='Our shop' src=x> Our shop</a>", "Our shop"),
        ("<figure><img alt=Same src=x><figcaption>Same</figcaption></figure>", "Same"),
        ("<label>Name <input value=Ann></label> <input type=checkbox checked> yes", "Name Ann [x] yes"),
        ("<select><option>A<option selected>B</select> <textarea>C</textarea>", "B\n\nC"),
        ("<noscript><p>Without scripts.</p></noscript>", "Without scripts."),
        ("<table><caption>Costs</caption><tr><th>a|b<th>c<tr><td>1<td>2</table>",
         "Costs\n\n| a\\|b | c |\n| --- | --- |\n| 1 | 2 |"),
        ("<table><tr><td rowspan=2>a<td>b<tr><td>c</table>", "| a | b |\n| --- | --- |\n|  | c |"),
        ("<table><tr><th>People<td><ul><li>A<li>B<li>C<li>D<li>E<li>F<li>G</ul><tr><th>Since<td>1975</table>",
         "| People | A; B; C; D; E; F; G |\n| --- | --- |\n| Since | 1975 |"),
        ("<table><tr><td><h1>News</h1><td>x<tr><td>y<td>z</table>", "# News\n\nx\n\ny\n\nz"),
        ("<table><tr><td>A sentence.<tr><td>Another.</table>", "A sentence.\n\nAnother."),
        ("<p>a<div>b</p>c</div>", "a\n\nb c"),
    ],
)  # fmt: skip
def test_elements_become_markdown(html: str, text: str) -> None:
    assert text_of(html) == text


@pytest.mark.parametrize(
    "unseen",
    [
        "<script>x</script>",
        "<style>x</style>",
        "<template>x</template>",
        "<p hidden>x</p>",
        "<div style='color: red; display: none'>x</div>",
        "<p style='visibility:hidden'>x</p>",
        "<dialog>x</dialog>",
        "<input type=hidden value=x><input type=password value=x>",
        "<!-- x -->",
        "<datalist><option>x</datalist>",
        "<svg><metadata>x</metadata><defs><text>x</text></defs></svg>",
    ],
)
def test_what_is_not_shown_is_not_read(unseen: str) -> None:
    assert text_of(f"<p>before</p>{unseen}<p>after</p>") == "before\n\nafter"


def test_hidden_prose_is_named_with_its_length() -> None:
    prose = "A passage that only a script would show. " * 10
    html = f"<p>Shown.</p><div hidden><p>{prose}</p></div><div hidden><a href=x>{prose}</a></div>"
    (part,) = parts_of(html, PartKind.HIDDEN_TEXT)
    assert (part.why, part.num_characters) == (WhyUnread.HIDDEN, len(prose.strip()))


def test_frames_in_the_page_are_read_and_others_named() -> None:
    html = (
        "<p>a</p><iframe srcdoc='&lt;p&gt;inner&lt;/p&gt;'></iframe><iframe src=https://x.org/f></iframe><p>b"
    )
    assert text_of(html) == "a\n\ninner\n\nb"
    read_one, outside = parts_of(html, PartKind.FRAME)
    assert (read_one.how, read_one.num_characters) == (HowRead.TEXT, 5)
    assert (outside.name, outside.why) == ("https://x.org/f", WhyUnread.OUTSIDE)


def test_pictures_without_words_and_films_are_named() -> None:
    html = (
        "<p>a</p><img src=plan.png><img src='data:image/png;base64,AA'><img src=dot.gif width=1>"
        "<img src=b.png alt=''><img src=roof.png alt='A roof'><video src=film.mp4>no film</video>"
    )
    pictures = parts_of(html, PartKind.PICTURE)
    assert [(part.name, part.why) for part in pictures] == [
        ("plan.png", WhyUnread.OUTSIDE),
        ("", WhyUnread.PICTURE),
    ]
    assert [part.name for part in parts_of(html, PartKind.EMBEDDED)] == ["film.mp4"]
    assert text_of(html) == "a\n\nA roof"


def test_menus_go_and_are_named() -> None:
    nav = f"<nav><h2>Menu</h2><ul>{_MENU}</ul></nav>"
    page = read_page(SavedPage(f"{nav}<h1>Title</h1><p>The text.</p>", ""))
    assert page.text == "# Title\n\nThe text."
    (menus,) = (part for part in page.inventory if part.kind is PartKind.NAVIGATION)
    assert menus.why is WhyUnread.LEFT_OUT
    assert share_read(page.inventory) == 1.0
    few = "".join(f'<li><a href="/{number}">Item {number}</a></li>' for number in range(4))
    page = read_page(SavedPage(f"<ul>{few}</ul><p>The text.</p>", ""))
    assert page.text.startswith("- Item 0")
    assert unread_of(page.inventory) == ()


def test_a_page_of_links_and_nothing_else_is_kept() -> None:
    assert text_of(f"<ul>{_MENU}</ul>").startswith("- Item 0\n- Item 1")


@pytest.mark.parametrize(
    ("head", "encoding", "words"),
    [
        ('<meta charset="gb2312">', "gb18030", "新仓库的租金"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=big5">', "big5", "會議紀錄"),
        ("<meta charset=windows-1251>", "cp1251", "Аренда склада"),
        ("<META CHARSET='iso-8859-2'>", "iso8859-2", "żółta łódź"),
        ("<meta charset=koi8-r>", "koi8-r", "Аренда"),
        ("<meta charset=euc-kr>", "cp949", "회의록"),
        ("<meta charset=iso-8859-7>", "iso8859-7", "Ενοίκιο"),
        ("<meta charset=utf-16>", "utf-8", "naïve Größe"),
    ],
)
def test_the_encoding_that_a_page_states_is_used(
    tmp_path: Path, head: str, encoding: str, words: str
) -> None:
    html = f"<html><head>{head}</head><body><p>{words}</p></body></html>"
    assert read(tmp_path, html.encode(encoding)).text == words


def test_the_encoding_of_an_xml_declaration_is_used(tmp_path: Path) -> None:
    html = (
        '<?xml version="1.0" encoding="Shift_JIS"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/>'
        "</head><body><p>会議の記録<a id='x'/>です。</p></body></html>"
    )
    assert read(tmp_path, html.encode("cp932"), "page.xhtml").text == "会議の記録です。"


def test_a_browsers_archive_keeps_its_frames(tmp_path: Path) -> None:
    def page(html: str, address: str, **more: object) -> dict[str, object]:
        return {"WebMainResource": {"WebResourceData": html.encode(), "WebResourceURL": address}, **more}

    inner = [page("<p>framed</p>", "https://x.org/f"), page("<p>unplaced</p>", "https://x.org/g")]
    archive = page(
        "<p>a</p><iframe src='https://x.org/f'></iframe><p>b</p>", "https://x.org", WebSubframeArchives=inner
    )
    document = read(tmp_path, plistlib.dumps(archive, fmt=plistlib.FMT_BINARY), "a.webarchive")
    assert document.text == "a\n\nframed\n\nb\n\nunplaced"
    frames = [part.name for part in document.inventory if part.kind is PartKind.FRAME]
    assert frames == ["https://x.org/f", "https://x.org/g"]


def test_a_saved_page_keeps_its_frames(tmp_path: Path) -> None:
    parts = (
        "Content-Type: text/html\r\nContent-Location: https://x.org\r\n\r\n"
        "<p>a</p><iframe src='cid:f1'></iframe><p>b",
        "Content-Type: text/html\r\nContent-ID: <f1>\r\n\r\n<p>framed</p>",
    )
    head = 'From: <Saved by Blink>\r\nContent-Type: multipart/related; boundary="B"\r\n\r\n'
    content = head + "".join(f"--B\r\n{part}\r\n" for part in parts) + "--B--\r\n"
    assert read(tmp_path, content.encode(), "a.mhtml").text == "a\n\nframed\n\nb"


@pytest.mark.parametrize(
    "unit",
    [
        "<",
        "&",
        '<a "',
        "<!--",
        "<script>",
        "</p>",
        "<td>",
        "<table>",
        "<svg><title>",
        "<p>a",
        "<a href=#>1</a>",
    ],
)
def test_hostile_pages_cost_no_time(unit: str) -> None:
    began = time.monotonic()
    text_of("<p>words</p>" + unit * (200_000 // len(unit)))
    assert time.monotonic() - began < 20


_WRAPPERS = st.sampled_from(
    [
        ("<div>", "</div>"),
        ("<p>", "</p>"),
        ("<section><h2>", "</h2></section>"),
        ("<ul><li>", "</li></ul>"),
        ("<ol><li>", "</li><li></li></ol>"),
        ("<dl><dt>", "</dt></dl>"),
        ("<blockquote>", "</blockquote>"),
        ("<table><tr><td>", "</td></tr></table>"),
        ("<table><tr><th>h<th>h<tr><td>", "<td>h</table>"),
        ("<details><summary>", "</summary></details>"),
        ("<pre>", "</pre>"),
        ("<b>", "</b>"),
        ("<a href=x>", "</a>"),
        ("<sup>", "</sup>"),
        ("<span>", ""),
        ("<td>", "</td>"),
        ("", "</div>"),
        ("<p>", ""),
        ("<figure>", "<figcaption></figcaption></figure>"),
        ("<ruby>", "</ruby>"),
        ("<x-y>", "</x-y>"),
        ("<form><label>", "</label></form>"),
        ("<svg><text>", "</text></svg>"),
        ("<noscript>", "</noscript>"),
        ("<button>", "</button>"),
        ("<nav>", "</nav>"),
        ("<center><font>", "</font></center>"),
    ]
)
_TREES = st.recursive(
    st.just("W "),
    lambda inner: st.builds(
        lambda wrapper, pieces: wrapper[0] + "".join(pieces) + wrapper[1],
        _WRAPPERS,
        st.lists(inner, min_size=1, max_size=4),
    ),
    max_leaves=30,
)


@given(_TREES)
def test_every_word_comes_out_once(tree: str) -> None:
    pieces = tree.split("W")
    html = "".join(f"{piece}word{number}x" for number, piece in enumerate(pieces[:-1])) + pieces[-1]
    words = re.findall(r"word\d+x", read_tree(parse_html(html)).text)
    assert sorted(words) == sorted(f"word{number}x" for number in range(len(pieces) - 1))


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_is_a_page(text: str) -> None:
    page = read_page(SavedPage(f"<p>harbour</p>{text}", ""))
    assert "harbour" in page.text
    page.text.encode("utf-8")  # no half of a character comes out
