"""What the parts of a Word file share while they are read: styles, lists, notes, comments, what was met."""

from __future__ import annotations

from dataclasses import dataclass, field

from lmstudio_lite.documents.containers.office_parts import OfficeParts, PartUnreadError
from lmstudio_lite.documents.containers.office_xml import Element, choose_alternatives, find_inner
from lmstudio_lite.documents.embedded import Holdings
from lmstudio_lite.documents.office.word_styles import Numbering, Styles, spelled
from lmstudio_lite.domain.inventory import PartKind

TEXT_LEAVES = frozenset(("w:t", "a:t", "m:t"))
PARAGRAPHS = frozenset(("w:p", "a:p"))
_SHOWN = frozenset((*TEXT_LEAVES, "a:blip", "v:imagedata", "c:chart", "dgm:relIds", "o:OLEObject"))
_GONE = frozenset(("w:del", "w:moveFrom"))
_PROPERTIES = frozenset(("w:rPr", "w:trPr", "w:tcPr", "w:pPr", "w:ctrlPr", "m:ctrlPr", "w:numPr"))


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote or endnote; ``label`` is its number as the text shows it."""

    element: Element
    source: str
    label: str


@dataclass(frozen=True, slots=True)
class Comment:
    element: Element
    source: str
    before: str


@dataclass(slots=True)
class WordFile:
    """One file being read; ``num_hidden`` counts the characters of hidden text that were met."""

    parts: OfficeParts
    main: str
    holdings: Holdings
    styles: Styles
    numbering: Numbering
    comments: dict[str, Comment] = field(default_factory=dict)
    num_hidden: int = 0
    _notes: tuple[dict[str, Element], dict[str, Element]] = field(default_factory=lambda: ({}, {}))
    _sources: list[str] = field(default_factory=lambda: ["", ""])
    _labels: tuple[dict[str, str], dict[str, str]] = field(default_factory=lambda: ({}, {}))

    @classmethod
    def opened(cls, parts: OfficeParts, main: str, holdings: Holdings) -> WordFile:
        """Read what the body refers to; notes and comments that can't be read are named."""
        file = cls(
            parts,
            main,
            holdings,
            Styles(parts.optional_xml(parts.related_part(main, "styles"))),
            Numbering(parts.optional_xml(parts.related_part(main, "numbering"))),
        )
        for place, (kind, tag, part_kind) in enumerate(
            (
                ("footnotes", "w:footnote", PartKind.FOOTNOTES),
                ("endnotes", "w:endnote", PartKind.ENDNOTES),
            )
        ):
            for source, root in file._related(kind, part_kind):
                file._sources[place] = source
                for note in root.iter(tag):
                    if note.get("w:type", "normal") == "normal":
                        file._notes[place][note.get("w:id", "")] = note
        for source, root in file._related("comments", PartKind.COMMENTS):
            for comment in root.iter("w:comment"):
                author = " ".join(comment.get("w:author", "").split())
                before = f"[Comment by {author}: " if author else "[Comment: "
                file.comments[comment.get("w:id", "")] = Comment(comment, source, before)
        return file

    def _related(self, kind: str, part_kind: PartKind) -> list[tuple[str, Element]]:
        found = []
        for relation in self.parts.related(self.main, kind):
            try:
                root = self.parts.xml(relation.target)
            except PartUnreadError as error:
                self.holdings.name(part_kind, "", error.why)
                continue
            accept_changes(root)
            found.append((relation.target, root))
        return found

    def take_note(self, is_footnote: bool, key: str) -> Note | None:
        """Return the note that a mark in the text stands for, with its number; None for one not there.

        A note that is referred to again is not returned again: its text is there already.
        """
        place = 0 if is_footnote else 1
        element = self._notes[place].pop(key, None)
        if element is None:
            return None
        number = len(self._labels[place]) + 1
        label = str(number) if is_footnote else spelled(number, "lowerRoman")
        self._labels[place][key] = label
        return Note(element, self._sources[place], label)

    def drop_notes(self, root: Element) -> None:
        """Forget the notes and comments that ``root``, the text before changes are accepted, refers to.

        Those still here when everything was read are referred to by deleted text, and gone with it.
        """
        for place, tag in enumerate(("w:footnoteReference", "w:endnoteReference")):
            for mark in root.iter(tag):
                self._notes[place].pop(mark.get("w:id", ""), None)
        for mark in root.iter("w:commentReference"):
            self.comments.pop(mark.get("w:id", ""), None)

    def left_over(self) -> list[tuple[PartKind, Element, str]]:
        """Return the notes and comments that nothing in the text refers to."""
        kinds = (PartKind.FOOTNOTES, PartKind.ENDNOTES)
        notes = [
            (kind, element, self._sources[place])
            for place, kind in enumerate(kinds)
            for element in self._notes[place].values()
        ]
        comments = [(PartKind.COMMENTS, each.element, each.source) for each in self.comments.values()]
        return [*notes, *comments]


def accept_changes(root: Element) -> list[Element]:
    """Make a part what it is once every tracked change is accepted; return what was taken out.

    Deleted text goes, moved text stays only where it was moved to, deleted rows and cells go. The mark of a
    deleted paragraph end stays: it joins two paragraphs (``w:pPr/w:rPr/w:del``).
    """
    choose_alternatives(root, _SHOWN)
    gone: list[Element] = []
    if all(next(root.iter(tag), None) is None for tag in (*_GONE, "w:cellDel")):
        return gone
    for parent in list(root.iter()):
        if parent.tag in _PROPERTIES:
            continue
        for child in list(parent):
            if child.tag in _GONE or _is_deleted(child):
                parent.remove(child)
                gone.append(child)
    return gone


def _is_deleted(element: Element) -> bool:
    if element.tag == "w:tr":
        return find_inner(element, "w:trPr/w:del") is not None
    return element.tag == "w:tc" and find_inner(element, "w:tcPr/w:cellDel") is not None
