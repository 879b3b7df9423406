"""Web pages."""

from __future__ import annotations

from collections.abc import Iterator

from tests.documents.corpus.cases import SENTENCES, Case, Names

_TRAITS = {
    "paragraphs": "<p>{0}</p><p>{1}</p>",
    "headings": "<h1>{0}</h1><p>{1}</p><h2>{2}</h2><p>{3}</p>",
    "lists": "<ul><li>{0}<ul><li>{1}</li></ul></li></ul><ol><li>{2}</li></ol>",
    "table": "<table><tr><th>{0}</th><th>{1}</th></tr><tr><td>{2}</td><td>{3}</td></tr></table>",
    "nested tables": "<table><tr><td>{0}<table><tr><td>{1}</td></tr></table></td><td>{2}</td></tr></table>",
    "definitions": "<dl><dt>{0}</dt><dd>{1}</dd></dl>",
    "code": "<p>{0}</p><pre><code>run {1}\n  more {2}</code></pre>",
    "quote": "<blockquote><p>{0}</p></blockquote><p>{1}</p>",
    "inline": "<p>a <b>{0}</b> and <i>{1}</i>, <a href='x'>{2}</a> and <span>{3}</span></p>",
    "line breaks": "<p>{0}<br>{1}<br/>{2}</p>",
    "entities": "<p>{0} &amp; co &lt;tag&gt; &#8364; {1} &eacute;&nbsp;{2}</p>",
    "details": "<details><summary>{0}</summary><p>{1}</p></details>",
    "alternative text": "<p>{0}</p><img src='a.png' alt='{1}'>",
    "unclosed": "<p>{0}<p>{1}<div>{2}",
    "comments": "<p>{0}<!-- not shown --> {1}</p>",
    "forms": "<form><label>{0}</label><button>{1}</button></form><p>{2}</p>",
    "figure": "<figure><img src='a.png'><figcaption>{0}</figcaption></figure><p>{1}</p>",
    "sections": "<main><article><section><p>{0}</p></section><aside><p>{1}</p></aside></article></main>",
    "custom elements": "<x-card><x-title>{0}</x-title><p>{1}</p></x-card>",
}


def cases() -> Iterator[Case]:
    for trait, template in _TRAITS.items():
        names = Names("page")
        body = template.format(*(names.new() for _ in range(template.count("{"))))
        yield Case(f"html {trait}", "page.html", _page(body), names.words, forbidden=("not shown",))
    yield _hidden()
    yield from _deep()
    yield from _encoded()


def _page(body: str, head: str = "<meta charset='utf-8'>", encoding: str = "utf-8") -> bytes:
    page = f"<!DOCTYPE html><html><head>{head}<title>A page</title></head><body>{body}</body></html>"
    return page.encode(encoding)


def _hidden() -> Case:
    names = Names("shown")
    body = (
        f"<p>{names.sentence()}</p><script>var unseen1 = 1;</script><style>.unseen2 {{}}</style>"
        f"<template><p>unseen3</p></template><p>{names.sentence()}</p>"
    )
    return Case(
        "html hidden", "page.html", _page(body), names.words, forbidden=("unseen1", "unseen2", "unseen3")
    )


def _deep() -> Iterator[Case]:
    for depth in (20, 61, 200, 2000):
        names = Names("deep")
        body = f"<p>{names.sentence()}</p>{'<div>' * depth}<p>{names.sentence()}</p>{'</div>' * depth}"
        yield Case(f"html {depth} nested divs", "page.html", _page(body), names.words)
    for depth in (5, 21, 60):
        names = Names("table")
        opened = "<table><tr><td>" * depth
        body = f"<p>{names.sentence()}</p>{opened}{names.sentence()}{'</td></tr></table>' * depth}"
        yield Case(f"html {depth} nested tables", "page.html", _page(body), names.words)


def _encoded() -> Iterator[Case]:
    for language, encoding in (
        ("de", "iso-8859-1"),
        ("ru", "windows-1251"),
        ("zh", "gb2312"),
        ("ja", "shift_jis"),
        ("ko", "euc-kr"),
        ("el", "iso-8859-7"),
    ):
        sentence = SENTENCES[language]
        for kind, head in (
            ("meta", f'<meta charset="{encoding}">'),
            ("http-equiv", f'<meta http-equiv="Content-Type" content="text/html; charset={encoding}">'),
        ):
            data = _page(f"<p>{sentence}</p>", head, encoding)
            yield Case(f"html {language} {encoding} by {kind}", "page.html", data, (sentence,))
