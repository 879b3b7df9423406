"""Word files (WordprocessingML, ISO 29500-1 §17) as they read once every tracked change is accepted.

The inventory comes from the package: the body, and whatever its relations lead to. Hidden text is left out
and named; headers and footers stand at the end, once each; notes and comments behind their paragraph.
"""

from __future__ import annotations

from lmstudio_lite.documents.containers.office_parts import OfficeParts, PartUnreadError, part_title
from lmstudio_lite.documents.containers.office_xml import Element
from lmstudio_lite.documents.embedded import Holdings, ReadInner
from lmstudio_lite.documents.extraction import first_heading, stated_title
from lmstudio_lite.documents.office.word_file import WordFile, accept_changes
from lmstudio_lite.documents.office.word_story import Story
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.structure.passages import Passage, join_passages, parts_of
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread

_MAIN = "word/document.xml"


def read_word(content: bytes, read_inner: ReadInner) -> Reading:
    """Read a Word file.

    Raises:
        ValueError: the archive or its main part is damaged or not there.
    """
    parts = OfficeParts(content)
    main = parts.main_part(_MAIN)
    root = parts.xml(main)
    gone = accept_changes(root)
    holdings = Holdings(parts, read_inner)
    file = WordFile.opened(parts, main, holdings)
    passages = Story(file, main).read(root)
    passages += _margins(file, root)
    for each in gone:
        file.drop_notes(each)
    for kind, element, source in file.left_over():
        left = Story(file, source, kind).read(element)
        passages += (Passage(each.text, kind, how=HowRead.FALLBACK) for each in left)
    text = join_passages(passages)
    inventory = parts_of([Passage(""), *passages]) + holdings.named
    if file.num_hidden:
        num = file.num_hidden
        inventory.append(Part(PartKind.HIDDEN_TEXT, 0, "", num, HowRead.NOT_READ, WhyUnread.HIDDEN))
    return Reading(text, stated_title(part_title(parts)) or first_heading(text), inventory=tuple(inventory))


def _margins(file: WordFile, root: Element) -> list[Passage]:
    """Return the headers and footers that the sections show, each text once."""
    passages: list[Passage] = []
    seen: set[str] = set()
    for kind, tag in ((PartKind.HEADER, "w:headerReference"), (PartKind.FOOTER, "w:footerReference")):
        relations = file.parts.relations(file.main)
        keys = dict.fromkeys(mark.get("r:id", "") for mark in root.iter(tag))
        for number, key in enumerate(keys, 1):
            relation = relations.get(key)
            try:
                part = file.parts.xml(relation.target if relation is not None else "")
            except PartUnreadError as error:
                file.holdings.named.append(Part(kind, number, "", None, HowRead.NOT_READ, error.why))
                continue
            accept_changes(part)
            source = relation.target if relation is not None else ""
            found = Story(file, source, kind, number).read(part)
            text = join_passages(found)
            if text not in seen and not text.strip(" -–—|/").isdecimal():
                passages += found
            seen.add(text)
    return passages
