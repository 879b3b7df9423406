"""EPUB books, FictionBook and notebooks."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.documents.corpus.cases import Case, Names
from tests.documents.samples import make_zip

_CONTAINER = (
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="{0}" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def cases() -> Iterator[Case]:
    yield from _spines()
    yield _fiction_book()
    yield _notebook()


def make_epub(chapters: dict[str, str], *, spine: list[str] | None = None, folder: str = "OEBPS/") -> bytes:
    """Return a book; ``chapters`` are bodies by the address in the manifest, ``spine`` those in order."""
    from urllib.parse import unquote

    addresses = list(chapters)
    manifest = "".join(
        f'<item id="c{number}" href="{address}" media-type="application/xhtml+xml"/>'
        for number, address in enumerate(addresses)
    )
    ordered = "".join(
        f'<itemref idref="c{addresses.index(address)}"/>'
        for address in (addresses if spine is None else spine)
    )
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A book</dc:title><dc:language>en</dc:language>'
        f'<dc:identifier id="i">x</dc:identifier></metadata><manifest>{manifest}</manifest>'
        f"<spine>{ordered}</spine></package>"
    )
    pages = {
        f"{folder}{unquote(address)}": (
            '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>A chapter</title>'
            f"</head><body>{body}</body></html>"
        )
        for address, body in chapters.items()
    }
    container = _CONTAINER.format(f"{folder}content.opf")
    members = {"mimetype": "application/epub+zip", "META-INF/container.xml": container}
    return make_zip({**members, f"{folder}content.opf": package, **pages})


def _spines() -> Iterator[Case]:
    for trait, folder, addresses in (
        ("plain", "OEBPS/", ["one.xhtml", "two.xhtml", "three.xhtml"]),
        ("in the root", "", ["one.xhtml", "two.xhtml"]),
        ("encoded names", "OEBPS/", ["part%20one.xhtml", "part%20two.xhtml"]),
        ("deep folders", "a/b/c/", ["text/one.xhtml", "text/more/two.xhtml"]),
        ("30 chapters", "OEBPS/", [f"c{number}.xhtml" for number in range(30)]),
    ):
        names = Names("chapter")
        chapters = {address: f"<h1>Part</h1><p>{names.sentence()}</p>" for address in addresses}
        yield Case(f"epub {trait}", "book.epub", make_epub(chapters, folder=folder), names.words)
    names = Names("outside")
    chapters = {name: f"<p>{names.sentence()}</p>" for name in ("one.xhtml", "two.xhtml", "notes.xhtml")}
    data = make_epub(chapters, spine=["one.xhtml", "two.xhtml"])
    yield Case(
        "epub chapter outside of the spine",
        "book.epub",
        data,
        names.words[:2],
        parts={"chapter “notes.xhtml”": names.words[2:]},
    )


def _fiction_book() -> Case:
    names = Names("fiction")
    text = (
        '<?xml version="1.0" encoding="utf-8"?><FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0">'
        "<description><title-info><book-title>A book</book-title></title-info></description><body><section>"
        f"<title><p>Part</p></title><p>{names.sentence()}</p><p>{names.sentence()}</p></section></body>"
        "</FictionBook>"
    )
    return Case("fictionbook", "book.fb2", text.encode(), names.words)


def _notebook() -> Case:
    names = Names("cell")
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": [f"# {names.new()}\n", names.sentence()]},
        {
            "cell_type": "code",
            "metadata": {},
            "execution_count": 1,
            "source": [f"print('{names.new()}')"],
            "outputs": [],
        },
    ]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return Case("notebook", "work.ipynb", json.dumps(book).encode(), names.words)
