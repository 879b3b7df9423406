"""PowerPoint presentations (PresentationML, ISO 29500-1 §19): each slide with its notes and comments.

Slides come in the order of the presentation. Hidden ones are read, for they are in the file's slide list and
on its hand-outs, and are marked. What the layouts show beside their placeholders is read once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lmstudio_lite.documents.containers.office_parts import OfficeParts, PartUnreadError, Relation, part_title
from lmstudio_lite.documents.containers.office_xml import Element, children, is_on
from lmstudio_lite.documents.embedded import Holdings, ReadInner
from lmstudio_lite.documents.extraction import first_heading, stated_title
from lmstudio_lite.documents.office.drawing_text import body_text
from lmstudio_lite.documents.office.shapes import Shapes, notes_paragraphs
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.structure.passages import Passage, cleaned, join_passages, parts_of
from lmstudio_lite.domain.documents import Page
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread

_MAIN = "ppt/presentation.xml"
HIDDEN_MARK = "(hidden slide)"
NOTES_MARK = "Speaker notes:"


def read_slides(content: bytes, read_inner: ReadInner) -> Reading:
    """Read a presentation.

    Raises:
        ValueError: the archive or its main part is damaged or not there.
    """
    parts = OfficeParts(content)
    main = parts.main_part(_MAIN)
    root = parts.xml(main)
    reader = _SlidesReader(parts, main, Holdings(parts, read_inner))
    relations = parts.relations(main)
    for number, entry in enumerate(children(root.find("p:sldIdLst"), "p:sldId"), 1):
        reader.read(number, relations.get(entry.get("r:id", "")))
    return assemble_slides(reader.slides, reader.named + reader.holdings.named, part_title(parts))


def assemble_slides(slides: dict[int, list[Passage]], named: list[Part], title: str) -> Reading:
    """Return the slides' passages as one text in which each slide is a page."""
    text, pages = "", []
    for number, passages in slides.items():
        text += "\n\n" if text else ""
        start = len(text)
        text += join_passages(passages)
        pages.append(Page(number, start, len(text)))
    inventory = parts_of(passage for passages in slides.values() for passage in passages)
    inventory = sorted((*inventory, *named), key=lambda part: part.kind is not PartKind.SLIDE)
    title = stated_title(title) or first_heading(text)
    return Reading(text, title, tuple(pages), inventory=tuple(inventory))


def marked_hidden(passages: list[Passage]) -> list[Passage]:
    """Return a hidden slide's passages with a mark that people and models see, at its title if any."""
    first = passages[0] if passages else None
    if first is not None and first.text.startswith("#"):
        return [replace(first, text=f"{first.text} {HIDDEN_MARK}"), *passages[1:]]
    return [replace(first, text=HIDDEN_MARK, is_item=False), *passages] if first is not None else passages


def notes_passage(texts: list[str], number: int) -> list[Passage]:
    """Return a slide's speaker notes as one passage, none where there is no text."""
    text = "\n".join(texts)
    return [Passage(f"{NOTES_MARK} {text}", PartKind.NOTES, number)] if text.strip() else []


@dataclass(slots=True)
class _SlidesReader:
    parts: OfficeParts
    main: str
    holdings: Holdings
    slides: dict[int, list[Passage]] = field(default_factory=dict)
    named: list[Part] = field(default_factory=list)
    _margins: set[str] = field(default_factory=set)
    _templates: set[str] = field(default_factory=set)
    _authors: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for kind, tag, key in (
            ("commentAuthors", "p:cmAuthor", "id"),
            ("authors", "p188:author", "id"),
        ):
            root = self.parts.optional_xml(self.parts.related_part(self.main, kind))
            for author in children(root, tag):
                self._authors[author.get(key, "")] = author.get("name", "")

    def read(self, number: int, relation: Relation | None) -> None:
        """Read one slide, or name it."""
        target = relation.target if relation is not None else ""
        try:
            root = self.parts.xml(target)
        except PartUnreadError as error:
            self.named.append(Part(PartKind.SLIDE, number, "", None, HowRead.NOT_READ, error.why))
            self.slides[number] = []
            return
        is_hidden = not is_on(root, "show")
        how = HowRead.HIDDEN if is_hidden else HowRead.TEXT
        shapes = Shapes(self.holdings, target, PartKind.SLIDE, number, how=how)
        passages = shapes.read(root)
        passages = [
            replace(each, name=shapes.title) if each.kind is PartKind.SLIDE else each for each in passages
        ]
        if not any(each.kind is PartKind.SLIDE for each in passages):
            passages.insert(0, Passage("", PartKind.SLIDE, number, shapes.title, how))
        passages = marked_hidden(passages) if is_hidden else passages
        passages += self._template_texts(target, number)
        notes, margins = self._notes(target, number)
        passages += self._margin_texts([*shapes.margins, *margins], number)
        passages += notes_passage(notes, number)
        passages += self._comments(target, number)
        self.slides[number] = passages

    def _template_texts(self, slide: str, number: int) -> list[Passage]:
        """Return what the slide's layout and master show on it, if no slide before had them."""
        passages: list[Passage] = []
        layout = self.parts.related_part(slide, "slideLayout")
        master = self.parts.related_part(layout, "slideMaster") if layout else None
        for template in (layout, master):
            if template is None or template in self._templates:
                continue
            self._templates.add(template)
            root = self.parts.optional_xml(template)
            if root is not None:
                shapes = Shapes(self.holdings, template, PartKind.HEADER, number, is_template=True)
                found = shapes.read(root)
                passages += (each for each in found if each.text not in self._margins)
                self._margins.update(each.text for each in found)
        return passages

    def _margin_texts(self, margins: list[str], number: int) -> list[Passage]:
        new = [text for text in dict.fromkeys(margins) if text not in self._margins]
        self._margins.update(new)
        return [Passage(text, PartKind.FOOTER, number) for text in new]

    def _notes(self, slide: str, number: int) -> tuple[list[str], list[str]]:
        texts: list[str] = []
        margins: list[str] = []
        for relation in self.parts.related(slide, "notesSlide"):
            root = self._tree(relation, PartKind.NOTES, number)
            if root is not None:
                found, above_and_below = notes_paragraphs(root)
                texts += found
                margins += above_and_below
        return texts, margins

    def _comments(self, slide: str, number: int) -> list[Passage]:
        passages = []
        for relation in self.parts.related(slide, "comments") + self.parts.related(slide, "comment"):
            root = self._tree(relation, PartKind.COMMENTS, number)
            for comment in () if root is None else root.iter():
                if comment.tag == "p:cm":
                    found = comment.find("p:text")
                    text = (found.text or "") if found is not None else ""
                elif comment.tag in ("p188:cm", "p188:reply"):
                    text = body_text(comment.find("p188:txBody"))
                else:
                    continue
                author = self._authors.get(comment.get("authorId", ""), "").strip()
                words = cleaned(text)
                by = f" by {author}" if author else ""
                if words:
                    passages.append(Passage(f"[Comment{by}: {words}]", PartKind.COMMENTS, number))
        return passages

    def _tree(self, relation: Relation, kind: PartKind, number: int) -> Element | None:
        try:
            return self.parts.xml(relation.target)
        except PartUnreadError as error:
            why = WhyUnread.OUTSIDE if relation.is_external else error.why
            self.named.append(Part(kind, number, "", None, HowRead.NOT_READ, why))
            return None
