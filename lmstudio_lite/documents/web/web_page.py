"""Web pages, as files and as browsers save them: decoded as they say themselves, and read as they are shown.

Menus are left out and named; so is prose that is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import regex

from lmstudio_lite.documents.charset.declared import declared_by_page
from lmstudio_lite.documents.charset.detection import decode_text
from lmstudio_lite.documents.extraction import stated_title
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.web.html_source import missing_pieces, pieces_of_source
from lmstudio_lite.documents.web.html_text import HtmlText, read_tree
from lmstudio_lite.documents.web.html_tree import parse_html, parse_xhtml
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread

_HTML = "text/html"
_XML_HEAD = regex.compile(r"\s*<\?xml\b")


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A web page as a browser kept it, with the address it came from; "" where it says none.

    ``frames`` are the pages within it, by their addresses.
    """

    html: str
    address: str
    frames: Mapping[str, str] = field(default_factory=dict)


def decode_page(content: bytes, declared: str = "") -> str:
    """Return the text of a page; ``declared`` is what came with it, which counts before its own word.

    Raises:
        ValueError: the bytes are not text.
    """
    return decode_text(content, declared or declared_by_page(content)).text


def read_page(page: SavedPage) -> Reading:
    """Return what a browser shows of ``page``, with its frames, pictures and films as its parts."""
    parse = parse_xhtml if _XML_HEAD.match(page.html) else parse_html
    root = parse(page.html)
    shown = read_tree(root, drops_menus=True, frames=page.frames)
    rest = "\n\n".join(missing_pieces(root, pieces_of_source(page.html)))
    unplaced = list(_unplaced_frames(page, shown))
    text = "\n\n".join(filter(None, (shown.text, rest, *(text for text, _ in unplaced))))
    return Reading(
        text,
        stated_title(shown.title) or stated_title(shown.heading),
        mime_type=_HTML,
        address=page.address,
        inventory=(*_inventory(shown, rest), *(part for _, part in unplaced)),
    )


def _unplaced_frames(page: SavedPage, shown: HtmlText) -> Iterator[tuple[str, Part]]:
    """Yield the frames that came with the page, but that it shows nowhere as it was saved."""
    placed = {page.frames.get(part.name) for part in shown.parts if part.kind is PartKind.FRAME}
    for address, html in page.frames.items():
        if html not in placed:
            placed.add(html)
            text = read_tree(parse_html(html), drops_menus=True).text
            how = HowRead.TEXT if text else HowRead.EMPTY
            yield text, Part(PartKind.FRAME, 0, address, len(text), how)


def _inventory(shown: HtmlText, rest: str) -> list[Part]:
    num_in_frames = sum(part.num_characters or 0 for part in shown.parts if not part.is_unread)
    num_characters = max(0, len(shown.text) - num_in_frames)
    parts = [Part(PartKind.BODY, 0, "", num_characters, HowRead.TEXT if num_characters else HowRead.EMPTY)]
    if rest:
        parts.append(Part(PartKind.BODY, 0, "", len(rest), HowRead.FALLBACK))
    if shown.num_hidden_characters:
        hidden = shown.num_hidden_characters
        parts.append(Part(PartKind.HIDDEN_TEXT, 0, "", hidden, HowRead.NOT_READ, WhyUnread.HIDDEN))
    if num_menu := shown.num_menu_characters:
        parts.append(Part(PartKind.NAVIGATION, 0, "", num_menu, HowRead.NOT_READ, WhyUnread.LEFT_OUT))
    return [*parts, *shown.parts]
