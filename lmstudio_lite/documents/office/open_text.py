"""OpenDocument texts: the body, headers and footers once each, notes and comments behind their paragraph."""

from __future__ import annotations

from lmstudio_lite.documents.embedded import Holdings, ReadInner
from lmstudio_lite.documents.extraction import first_heading, stated_title
from lmstudio_lite.documents.office.open_blocks import OpenBlocks
from lmstudio_lite.documents.office.open_file import OpenFile, open_parts
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.structure.passages import Passage, join_passages, parts_of
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread

_PAGE_FIELDS = frozenset(("text:page-number", "text:page-count", "text:sheet-name", "text:title"))


def read_open_text(content: bytes, read_inner: ReadInner) -> Reading:
    """Read a text.

    Raises:
        ValueError: it is damaged.
    """
    parts = open_parts(content)
    file = OpenFile(parts, Holdings(parts, read_inner))
    body = file.body("text")
    passages = OpenBlocks(file).read(body if body is not None else file.content)
    passages += margin_passages(file)
    text = join_passages(passages)
    inventory = parts_of([Passage(""), *passages]) + file.holdings.named
    if file.num_hidden:
        num = file.num_hidden
        inventory.append(Part(PartKind.HIDDEN_TEXT, 0, "", num, HowRead.NOT_READ, WhyUnread.HIDDEN))
    return Reading(text, stated_title(file.title) or first_heading(text), inventory=tuple(inventory))


def margin_passages(file: OpenFile) -> list[Passage]:
    """Return the headers and footers of the page styles, each text once, without page numbers alone."""
    passages: list[Passage] = []
    seen: set[str] = set()
    pages = [] if file.styles_root is None else list(file.styles_root.iter("style:master-page"))
    numbers = {PartKind.HEADER: 0, PartKind.FOOTER: 0}
    for margin in (each for page in pages for each in page):
        if (
            not margin.tag.startswith(("style:header", "style:footer"))
            or margin.get("style:display") == "false"
        ):
            continue
        for field in margin.iter():
            if field.tag in _PAGE_FIELDS:
                field.text = ""
        kind = PartKind.HEADER if margin.tag.startswith("style:header") else PartKind.FOOTER
        found = OpenBlocks(file, kind, numbers[kind] + 1).read(margin)
        text = join_passages(found)
        if any(map(str.isalpha, text)) and text not in seen:
            passages += found
            numbers[kind] += 1
            seen.add(text)
    return passages
