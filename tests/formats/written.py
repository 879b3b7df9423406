"""What the writers are tried with, and the files they write as values to look into."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from hypothesis import strategies as st

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
REFERENCE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_VOID = frozenset({"br", "hr", "meta", "img", "link", "input"})

_PIECES = st.sampled_from(
    [
        *"*_~`#>-|[]()!\\<&: \n\t",
        "\n\n",
        "```py\n",
        "- ",
        "  - ",
        "12. ",
        "|a|b|\n|:-|-:|\n|1|2|\n",
        "![words](http://example.org/a.png)",
        "![](file:///a.png)",
        "![x](data:image/png;base64,AAAA)",
        "[words](https://example.org/a?b=1&c=%22)",
        "[words](javascript:alert(1))",
        "<https://[::1]/>",
        "<https://[bad/>",
        '<img src="http://example.org/a.png">',
        "<script>",
        "&#8238;",
        "&#x0;",
        "\x00",
        "\u202e",
        "\ud800",
        "\ufffe",
        "مرحبا ",
        "שלום ",
        "漢字",
        "word ",
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(_PIECES, max_size=30).map("".join))
"""Any text, and texts full of marks."""

LANGUAGES = st.sampled_from(["", "en", "ar", "zh", "ja"])

HOSTILE = {
    "quotes": "> " * 10_000 + "the end",
    "quotes without spaces": ">" * 10_000 + "the end",
    "lists": "- " * 10_000 + "the end",
    "lists of two kinds": "1. - " * 5_000 + "the end",
    "emphasis": "*" * 10_000 + "the end" + "*" * 10_000,
    "brackets": "[" * 10_000 + "the end",
    "pictures in pictures": "![" * 1_000 + "the end" + "](http://example.org/a.png)" * 1_000,
    "a table of 1 MB": "| a | b |\n|---|---|\n"
    + f"| {'x' * 200} | {'y' * 200} |\n" * 2_400
    + "| the end | |",
    "a wide table": "|" + "a|" * 500 + "\n|" + "-|" * 500 + "\n|the end|",
    "one reference, many times": "[a]: http://example.org/"
    + "x" * 20_000
    + "\n\n"
    + "[a] " * 2_000
    + "the end",
    "a text beyond what is read": "word\n" * 10 + "x" * 1_000_100 + "\n\nthe end\n",
    "NUL and other controls": "a\x00b\x01c\x1b[31md\ud800\ufffe\x7f the end",
    "letters turned round": "a\u202eb\u2066c&#8238;d the end",
}


class Page(HTMLParser):
    """HTML as its tags with their attributes; raises AssertionError where tags don't match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def loaded(self) -> list[str]:
        """What opening the page would fetch or run."""
        found = [name for name, _ in self.tags if name in ("img", "script", "link", "iframe", "object")]
        found += [
            f"{tag} {key}" for tag, attrs in self.tags for key in attrs if key == "src" or key[:2] == "on"
        ]
        return found


@dataclass(frozen=True, slots=True)
class WordFile:
    """``body`` is the main part's; ``links`` are addresses by id, ``numbers`` level and start by numId."""

    body: Element
    links: dict[str, str]
    starts: dict[str, tuple[str, str]]

    @property
    def paragraphs(self) -> list[Element]:
        return list(self.body.iter(f"{WORD}p"))

    def with_text(self, text: str) -> Element:
        (found,) = (each for each in self.paragraphs if text_of(each) == text)
        return found


def text_of(element: Element) -> str:
    names = {f"{WORD}tab": "\t", f"{WORD}br": "\n"}
    return "".join(
        names.get(each.tag, each.text or "") for each in element.iter() if each.tag in (*names, f"{WORD}t")
    )


def value(element: Element, path: str) -> str | None:
    """Return ``w:val`` at ``path``, whose steps are Word's names; "" without it, None without ``path``."""
    found = element.find("/".join(f"{WORD}{step}" for step in path.split("/")))
    return None if found is None else found.get(f"{WORD}val", "")


def opened(content: bytes) -> WordFile:
    """Read a Word file as Word does: each part has a type, each reference leads somewhere."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        parts = {name: ElementTree.fromstring(archive.read(name)) for name in archive.namelist()}
    types = parts["[Content_Types].xml"]
    named = {each.get("PartName", "").removeprefix("/") for each in types.iter(f"{_TYPES}Override")}
    assert named <= parts.keys()
    assert all(name in named or name.endswith(".rels") for name in parts.keys() - {"[Content_Types].xml"})
    relations = {each.get("Id", ""): each for each in parts["word/_rels/document.xml.rels"]}
    assert all(each.tag == f"{_PACKAGE}Relationship" for each in relations.values())
    links = {}
    for key, each in relations.items():
        target = each.get("Target", "")
        if each.get("TargetMode") == "External":
            links[key] = target
        else:
            assert f"word/{target}" in parts
    assert all(each.get("Target") in parts for each in parts["_rels/.rels"])
    body = parts["word/document.xml"].find(f"{WORD}body")
    assert body is not None
    used = {each.get(REFERENCE) for each in body.iter(f"{WORD}hyperlink")}
    assert used == links.keys()
    numbering = parts["word/numbering.xml"]
    abstract = {each.get(f"{WORD}abstractNumId") for each in numbering.iter(f"{WORD}abstractNum")}
    starts = {}
    for number in numbering.iter(f"{WORD}num"):
        assert value(number, "abstractNumId") in abstract
        override = number.find(f"{WORD}lvlOverride")
        if override is not None:
            level, start = override.get(f"{WORD}ilvl", ""), value(override, "startOverride") or ""
            starts[number.get(f"{WORD}numId", "")] = (level, start)
    numbers = {each.get(f"{WORD}numId") for each in numbering.iter(f"{WORD}num")}
    assert all(each.get(f"{WORD}val") in numbers for each in body.iter(f"{WORD}numId"))
    styles = {each.get(f"{WORD}styleId") for each in parts["word/styles.xml"].iter(f"{WORD}style")}
    for kind in ("pStyle", "rStyle", "tblStyle"):
        assert all(each.get(f"{WORD}val") in styles for each in body.iter(f"{WORD}{kind}"))
    assert all(cell[-1].tag == f"{WORD}p" for cell in body.iter(f"{WORD}tc"))
    assert all(after.tag == f"{WORD}p" for each, after in pairwise(body) if each.tag == f"{WORD}tbl")
    return WordFile(body, links, starts)
