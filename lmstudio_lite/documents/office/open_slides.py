"""OpenDocument presentations and drawings: each slide with its notes, as ``documents.slides`` has it."""

from __future__ import annotations

from dataclasses import replace

from lmstudio_lite.documents.containers.office_xml import Element, children
from lmstudio_lite.documents.embedded import Holdings, ReadInner
from lmstudio_lite.documents.office.open_blocks import OpenBlocks
from lmstudio_lite.documents.office.open_file import OpenFile, open_parts
from lmstudio_lite.documents.office.slides import assemble_slides, marked_hidden, notes_passage
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.structure.passages import Passage
from lmstudio_lite.domain.inventory import HowRead, PartKind

_NOT_ON_SLIDE = frozenset(("notes", "page", "header", "date-time", "page-number"))


def read_open_slides(content: bytes, read_inner: ReadInner) -> Reading:
    """Read a presentation or drawing.

    Raises:
        ValueError: it is damaged.
    """
    parts = open_parts(content)
    file = OpenFile(parts, Holdings(parts, read_inner))
    body = file.body("presentation")
    body = body if body is not None else file.body("drawing")
    footers = {
        each.get("presentation:name", ""): " ".join("".join(each.itertext()).split())
        for each in children(body, "presentation:footer-decl")
    }
    slides: dict[int, list[Passage]] = {}
    for number, page in enumerate(children(body, "draw:page"), 1):
        slides[number] = _read_slide(file, page, number)
        footer = footers.pop(page.get("presentation:use-footer-name", ""), "")
        if footer:
            slides[number].append(Passage(footer, PartKind.FOOTER, number))
    return assemble_slides(slides, file.holdings.named, file.title)


def _read_slide(file: OpenFile, page: Element, number: int) -> list[Passage]:
    is_hidden = file.is_hidden("drawing-page", page.get("draw:style-name"))
    how = HowRead.HIDDEN if is_hidden else HowRead.TEXT
    title = ""
    passages: list[Passage] = []
    heading: list[Passage] = []
    for element in page:
        role = element.get("presentation:class", "")
        if element.tag == "presentation:notes" or role in _NOT_ON_SLIDE:
            continue
        if element.get("presentation:placeholder") == "true":
            continue
        holder = Element("draw:page")
        holder.append(element)
        found = OpenBlocks(file, PartKind.SLIDE, number, has_boxes=False).read(holder)
        if role == "title" and found and not title:
            title = " ".join(" ".join(each.text.lstrip("# ") for each in found).split())
            heading = [Passage(f"# {title}", PartKind.SLIDE, number)]
        else:
            passages += found
    passages = [
        replace(each, name=title, how=how) if each.kind is PartKind.SLIDE else each
        for each in (*heading, *passages)
    ]
    if not any(each.kind is PartKind.SLIDE for each in passages):
        passages.insert(0, Passage("", PartKind.SLIDE, number, title, how))
    passages = marked_hidden(passages) if is_hidden else passages
    return passages + notes_passage(_notes(file, page), number)


def _notes(file: OpenFile, page: Element) -> list[str]:
    texts: list[str] = []
    for notes in children(page, "presentation:notes"):
        for frame in notes:
            if frame.get("presentation:class", "notes") != "notes":
                continue
            if frame.get("presentation:placeholder") == "true":
                continue
            holder = Element("draw:page")
            holder.append(frame)
            found = OpenBlocks(file, PartKind.NOTES, has_boxes=False).read(holder)
            texts += (each.text for each in found)
    return texts
