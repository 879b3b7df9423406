"""Jupyter's notebooks (nbformat 3 and 4): texts, programs and what these wrote, cell by cell."""

from __future__ import annotations

import json
from collections.abc import Iterator

from lmstudio_lite.documents.charset.detection import decode_text
from lmstudio_lite.documents.extraction import first_heading, stated_title
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.web.html_text import read_tree
from lmstudio_lite.documents.web.html_tree import parse_html
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread
from lmstudio_lite.safe_text import without_sequences

_OLD_KEYS = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "svg": "image/svg+xml",
    "text": "text/plain",
    "html": "text/html",
}


def read_notebook(content: bytes) -> Reading:
    """Return the text of a notebook; programs and their output stand between fences.

    Raises:
        ValueError: it is none.
    """
    try:
        book = json.loads(decode_text(content, "utf-8").text)
    except RecursionError as error:
        raise ValueError("no notebook") from error
    if not isinstance(book, dict):
        raise ValueError("no notebook")
    metadata = _mapping(book.get("metadata"))
    language = str(_mapping(metadata.get("language_info")).get("name") or "")
    reader = _Notebook(language or str(_mapping(metadata.get("kernelspec")).get("language") or ""))
    text = "\n\n".join(piece for cell in _cells(book) for piece in reader.read(cell) if piece.strip())
    title = stated_title(str(metadata.get("title") or "")) or first_heading(text)
    body = Part(PartKind.BODY, 0, "", len(text), HowRead.TEXT if text else HowRead.EMPTY)
    return Reading(text, title, inventory=(body, *reader.pictures))


class _Notebook:
    def __init__(self, language: str) -> None:
        self._language = language if language.isalnum() else ""
        self.pictures: list[Part] = []

    def read(self, cell: dict[str, object]) -> Iterator[str]:
        """Yield the texts in a cell."""
        source = _text(cell.get("source") or cell.get("input"))
        for name in _mapping(cell.get("attachments")):
            self._tell(str(name))
        match cell.get("cell_type"):
            case "code":
                yield _fenced(source, self._language)
                for output in _list(cell.get("outputs")):
                    yield from self._read_output(_mapping(output))
            case "heading":
                level = cell.get("level")
                yield f"{'#' * (level if isinstance(level, int) and 0 < level < 7 else 1)} {source}"
            case _:
                yield source.strip("\n")

    def _read_output(self, output: dict[str, object]) -> Iterator[str]:
        trace = "\n".join(map(_text, _list(output.get("traceback"))))
        error = ": ".join(filter(None, (_text(output.get("ename")), _text(output.get("evalue")))))
        if trace or error:
            yield _fenced(without_sequences(trace if error in trace else f"{error}\n{trace}"))
            return
        found = _mapping(output.get("data")) or {
            kind: output[key] for key, kind in _OLD_KEYS.items() if key in output
        }
        for kind in found:
            if str(kind).startswith("image/"):
                self._tell(str(kind))
        page, plain = _text(found.get("text/html")), _text(found.get("text/plain"))
        if "<table" in page:
            yield read_tree(parse_html(page)).text
        elif markdown := _text(found.get("text/markdown") or found.get("text/latex")):
            yield markdown
        elif plain:
            yield _fenced(without_sequences(plain))
        elif page:
            yield read_tree(parse_html(page)).text

    def _tell(self, name: str) -> None:
        number = len(self.pictures) + 1
        picture = Part(PartKind.PICTURE, number, name, None, HowRead.NOT_READ, WhyUnread.PICTURE)
        self.pictures.append(picture)


def _cells(book: dict[str, object]) -> Iterator[dict[str, object]]:
    sheets = [_mapping(sheet) for sheet in _list(book.get("worksheets"))]  # nbformat 3
    for holder in (book, *sheets):
        yield from (_mapping(cell) for cell in _list(holder.get("cells")))


def _fenced(text: str, language: str = "") -> str:
    text = text.strip("\n").rstrip()
    fence = "~~~" if "```" in text else "```"
    return f"{fence}{language}\n{text}\n{fence}" if text and fence not in text else text


def _text(value: object) -> str:
    if isinstance(value, list):
        return "".join(piece for piece in value if isinstance(piece, str))
    return value if isinstance(value, str) else ""


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
