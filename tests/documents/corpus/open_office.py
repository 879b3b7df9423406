"""OpenDocument texts, sheets and presentations."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from tests.documents.corpus.cases import SENTENCES, Case, Names
from tests.documents.samples import make_zip

_SPACE = "urn:oasis:names:tc:opendocument:xmlns:"
_SPACES = " ".join(
    f'xmlns:{name}="{_SPACE}{space}:1.0"'
    for name, space in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
        ("presentation", "presentation"),
        ("style", "style"),
    )
)


def cases() -> Iterator[Case]:
    yield from _texts()
    yield from _sheets()
    yield from _presentations()


def make_open(kind: str, body: str) -> bytes:
    """Return an OpenDocument file of ``kind`` "text", "spreadsheet" or "presentation"."""
    mime_type = f"application/vnd.oasis.opendocument.{kind}"
    return make_zip(
        {
            "mimetype": mime_type,
            "META-INF/manifest.xml": (
                f'<manifest:manifest xmlns:manifest="{_SPACE}manifest:1.0"><manifest:file-entry '
                f'manifest:full-path="/" manifest:media-type="{mime_type}"/><manifest:file-entry '
                'manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
            ),
            "content.xml": (
                f'<office:document-content {_SPACES} office:version="1.2"><office:body>'
                f"<office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
            ),
        }
    )


def _paragraph(text: str) -> str:
    return f"<text:p>{escape(text)}</text:p>"


def _texts() -> Iterator[Case]:
    traits = {
        "paragraphs": "<text:p>{0}</text:p><text:p>{1}</text:p>",
        "headings": '<text:h text:outline-level="1">{0}</text:h><text:p>{1}</text:p>',
        "list": (
            "<text:list><text:list-item><text:p>{0}</text:p></text:list-item>"
            "<text:list-item><text:p>{1}</text:p></text:list-item></text:list>"
        ),
        "table": (
            "<table:table><table:table-row><table:table-cell><text:p>{0}</text:p></table:table-cell>"
            "<table:table-cell><text:p>{1}</text:p></table:table-cell></table:table-row></table:table>"
        ),
        "spans": "<text:p>one <text:span>{0}</text:span><text:tab/>{1}<text:line-break/>{2}</text:p>",
        "section": "<text:section><text:p>{0}</text:p></text:section><text:p>{1}</text:p>",
        "text box": (
            "<text:p>{0}<draw:frame><draw:text-box><text:p>{1}</text:p></draw:text-box></draw:frame></text:p>"
        ),
    }
    for trait, template in traits.items():
        names = Names("open")
        body = template.format(*(names.new() for _ in range(template.count("{")))) + _paragraph(
            names.sentence()
        )
        yield Case(f"open text {trait}", "a.odt", make_open("text", body), names.words)
    names = Names("note")
    body = (
        f'<text:p>{names.new()}<text:note text:note-class="footnote">'
        "<text:note-citation>1</text:note-citation>"
        f"<text:note-body>{_paragraph(names.sentence())}</text:note-body></text:note></text:p>"
    )
    data = make_open("text", body + _paragraph(names.sentence()))
    first, second, third = names.words
    yield Case("open text footnotes", "a.odt", data, (first, third), parts={"footnotes": (second,)})
    for language in ("de", "ru", "zh", "ar", "th"):
        data = make_open("text", _paragraph(SENTENCES[language]))
        yield Case(f"open text {language}", "a.odt", data, (SENTENCES[language],))


def _sheets() -> Iterator[Case]:
    for trait, num_sheets, num_rows in (("one", 1, 3), ("three", 3, 3), ("tall", 1, 200)):
        names, tables = Names("value"), ""
        opened = '<table:table-cell office:value-type="string">'
        for number in range(num_sheets):
            rows = "".join(
                "<table:table-row>"
                + "".join(f"{opened}{_paragraph(names.new())}</table:table-cell>" for _ in range(2))
                + "</table:table-row>"
                for _ in range(num_rows)
            )
            tables += f'<table:table table:name="Sheet{number}">{rows}</table:table>'
        yield Case(f"open sheet {trait}", "a.ods", make_open("spreadsheet", tables), names.words)


def _presentations() -> Iterator[Case]:
    def frame(text: str) -> str:
        return f"<draw:frame><draw:text-box>{_paragraph(text)}</draw:text-box></draw:frame>"

    for num_slides in (1, 5):
        names = Names("show")
        pages = "".join(f"<draw:page>{frame(names.sentence())}</draw:page>" for _ in range(num_slides))
        yield Case(f"open slides {num_slides}", "a.odp", make_open("presentation", pages), names.words)
    names = Names("spoken")
    page = (
        f"<draw:page>{frame(names.sentence())}<presentation:notes>{frame(names.sentence())}</presentation:notes>"
        "</draw:page>"
    )
    data = make_open("presentation", page)
    parts = {"speaker notes of slide 1": names.words[1:]}
    yield Case("open slides with notes", "a.odp", data, names.words[:1], parts=parts)
