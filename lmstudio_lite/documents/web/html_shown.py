"""What a page shows without holding it as text: pictures, films, frames, and the fields of its forms."""

from __future__ import annotations

import regex

from lmstudio_lite.documents.web.html_blocks import Writer
from lmstudio_lite.documents.web.html_hidden import is_small
from lmstudio_lite.documents.web.html_tree import Element, attribute, name_of
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread

_FILE_NAME = regex.compile(r"\S+\.(?:jpe?g|png|gif|webp|svg|bmp|avif)", regex.IGNORECASE)
_MOST_PARTS = 500
_LARGEST_ICON = 48
_LARGEST_COUNTER = 2


class Shown:
    """Writes the words that stand for such an element, and keeps the ``parts`` that have none.

    Every ``read_…`` tells whether the element's contents are done with.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._told: set[tuple[PartKind, str]] = set()
        self._num_noscript = 0
        self.parts: list[Part] = []

    def open_noscript(self, _element: Element) -> None:
        self._num_noscript += 1

    def close_noscript(self, _element: Element) -> None:
        self._writer.end_block()
        self._num_noscript -= 1

    def read_picture(self, element: Element) -> bool:
        alternative = element.get("alt")
        words = " ".join((alternative or "").split())
        if words and not _FILE_NAME.fullmatch(words):
            # Without scripts a page shows its pictures a second time.
            self._writer.add_apart("" if self._num_noscript else words)
        elif (alternative is None or words) and not is_small(element, _LARGEST_ICON):
            address = element.get("src") or attribute(element, "href")
            self._tell(PartKind.PICTURE, address, WhyUnread.PICTURE)
        return True

    def tell_frame(self, element: Element) -> None:
        address = element.get("src") or ""
        is_blank = not address or address.startswith(("about:", "javascript:"))
        if not is_blank and not is_small(element, _LARGEST_COUNTER):
            self._tell(PartKind.FRAME, address, WhyUnread.UNSUPPORTED)

    def read_film(self, element: Element) -> bool:
        """Name a film or sound; what stands within is for browsers that can't play it."""
        sources = (each.get("src") or "" for each in element if name_of(each) == "source")
        self._tell(PartKind.EMBEDDED, element.get("src") or next(sources, ""), WhyUnread.UNSUPPORTED)
        return True

    def read_object(self, element: Element) -> bool:
        """Name what is embedded; what stands within is what a browser shows that can't show it."""
        self._tell(PartKind.EMBEDDED, element.get("data") or element.get("src") or "", WhyUnread.UNSUPPORTED)
        return False

    def read_input(self, element: Element) -> bool:
        kind = (element.get("type") or "text").lower()
        if element.get("role") == "button":
            return True  # what opens a menu
        if kind in ("checkbox", "radio"):
            self._writer.add_apart("[x]" if element.get("checked") is not None else "[ ]")
        elif kind == "image":
            self._writer.add_apart(element.get("alt") or "")
        elif kind not in ("hidden", "password", "file"):
            self._writer.add_apart(element.get("value") or element.get("placeholder") or "")
        return True

    def read_choice(self, element: Element) -> bool:
        """Write what is chosen in a list: that is what a browser shows of it."""
        options = [each for each in element.iter() if name_of(each) == "option"]
        chosen = [each for each in options if each.get("selected") is not None]
        size = (element.get("size") or "").strip()
        is_open = element.get("multiple") is not None or size not in ("", "0", "1")
        for option in options if is_open else chosen[:1] or options[:1]:
            self._writer.add_apart(option.get("label") or "".join(option.itertext()))
        return True

    def read_formula(self, element: Element) -> bool:
        words = attribute(element, "alttext")
        self._writer.add_apart(words)
        return bool(words)

    def _tell(self, kind: PartKind, address: str, why_inside: WhyUnread) -> None:
        is_inside = address.startswith("data:")
        name = "" if is_inside else address
        if (not address or (name and (kind, name) in self._told)) or len(self.parts) >= _MOST_PARTS:
            return
        self._told.add((kind, name))
        why = why_inside if is_inside else WhyUnread.OUTSIDE
        self.parts.append(Part(kind, 0, name, None, HowRead.NOT_READ, why))
