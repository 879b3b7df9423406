from __future__ import annotations

import pytest
from hypothesis import given

from lmstudio_lite.formats.html import to_fragment, to_page
from tests.formats.written import HOSTILE, LANGUAGES, TEXTS, Page


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("## Two", "<h2>Two</h2>"),
        ("a\\\nb", "<p>a<br>\nb</p>"),
        ("**a** *b* ~~c~~ `d`", "<p><strong>a</strong> <em>b</em> <s>c</s> <code>d</code></p>"),
        ("- a\n  - b", "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul></li>\n</ul>"),
        ("- a\n\n- b", "<ul>\n<li><p>a</p></li>\n<li><p>b</p></li>\n</ul>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
        ("```c++\na < b\n  c\n```", '<pre><code class="language-c++">a &lt; b\n  c</code></pre>'),
        ("---", "<hr>"),
        ("<b>a</b>", "<p>&lt;b&gt;a&lt;/b&gt;</p>"),
        ("![a <fish>](http://example.org/x.png)", "<p>a &lt;fish&gt;</p>"),
        (
            '[a **b**](https://example.org/?x=1&y="2")',
            '<p><a href="https://example.org/?x=1&amp;y=%222%22" rel="noopener noreferrer">'
            "a <strong>b</strong></a></p>",
        ),
    ],
)
def test_elements(source: str, html: str) -> None:
    assert to_fragment(source) == html + "\n"


def test_a_table_has_a_header_and_alignments() -> None:
    html = to_fragment("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert '<thead>\n<tr><th>a</th><th style="text-align:right">b</th></tr>\n</thead>' in html
    assert '<tbody>\n<tr><td>1</td><td style="text-align:right">2</td></tr>\n</tbody>' in html


def test_a_page_stands_alone() -> None:
    page = Page(to_page("# Hello", title="A <title>", language="de"))
    assert page.of("html") == [{"lang": "de", "dir": "ltr"}]
    assert {"charset": "utf-8"} in page.of("meta")
    assert page.text.count("A <title>") == 1
    assert not page.loaded
    policies = [
        each["content"] for each in page.of("meta") if each.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


@pytest.mark.parametrize(("source", "language"), [("مرحبا", ""), ("مرحبا", "ar"), ("PDF: مرحبا", "ar")])
def test_a_page_runs_as_its_language_does(source: str, language: str) -> None:
    assert Page(to_page(source, title="", language=language)).of("html")[0]["dir"] == "rtl"


def test_a_block_says_its_direction_only_where_it_turns() -> None:
    page = to_page("# שלום\n\n- מילה\n- word\n\nEnglish\n\n```\nx\n```\n\n42", title="", language="he")
    assert "<h1>שלום</h1>" in page
    assert '<ul>\n<li>מילה</li>\n<li dir="ltr">word</li>\n</ul>' in page
    assert '<p dir="ltr">English</p>' in page
    assert '<pre dir="ltr">' in page
    assert "<p>42</p>" in page
    assert to_fragment("> שלום") == '<blockquote dir="rtl">\n<p>שלום</p>\n</blockquote>\n'


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_is_a_page_of_its_size(source: str) -> None:
    html = to_page(source, title=source[:50])
    assert len(html) < 10 * len(source) + 100_000
    assert not Page(html).loaded


@given(TEXTS, LANGUAGES)
def test_any_text_is_well_formed_and_loads_nothing(source: str, language: str) -> None:
    html = to_page(source, title=source, language=language)
    html.encode("utf-8")
    page = Page(html)
    assert not page.loaded
    for link in page.of("a"):
        assert (link["href"] or "").lower().startswith(("http:", "https:", "mailto:"))
