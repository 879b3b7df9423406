"""What a part of a message is to its reader: text, a picture, a signature, something that can't be read."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import PurePath

from lmstudio_lite.documents.web.mime import Node


class Leaf(Enum):
    """How to read a part that holds no others."""

    PLAIN = auto()
    HTML = auto()
    ENRICHED = auto()
    TABLE = auto()
    SUBTITLES = auto()
    ENTRIES = auto()
    """A calendar or an address card."""
    MAIL = auto()
    PICTURE = auto()
    SIGNATURE = auto()
    SEALED = auto()
    """Signed or encrypted as a whole (S/MIME)."""
    OUTSIDE = auto()
    OTHER = auto()

    @property
    def is_text(self) -> bool:
        return self in (Leaf.PLAIN, Leaf.HTML, Leaf.ENRICHED, Leaf.TABLE, Leaf.SUBTITLES, Leaf.ENTRIES)


_BY_KIND = {
    "text/html": Leaf.HTML,
    "application/xhtml+xml": Leaf.HTML,
    "text/enriched": Leaf.ENRICHED,
    "text/richtext": Leaf.ENRICHED,
    "text/csv": Leaf.TABLE,
    "text/tab-separated-values": Leaf.TABLE,
    "text/calendar": Leaf.ENTRIES,
    "text/vcard": Leaf.ENTRIES,
    "text/x-vcard": Leaf.ENTRIES,
    "text/directory": Leaf.ENTRIES,
    "text/vtt": Leaf.SUBTITLES,
    "text/rtf": Leaf.OTHER,
    "message/rfc822": Leaf.MAIL,
    "message/global": Leaf.MAIL,
    "message/news": Leaf.MAIL,
    "message/external-body": Leaf.OUTSIDE,
    "message/partial": Leaf.MAIL,
    "application/pgp-signature": Leaf.SIGNATURE,
    "application/pkcs7-signature": Leaf.SIGNATURE,
    "application/x-pkcs7-signature": Leaf.SIGNATURE,
    "application/pgp-keys": Leaf.SIGNATURE,
    "application/pgp-encrypted": Leaf.SIGNATURE,
    "application/applefile": Leaf.SIGNATURE,
    "application/pkcs7-mime": Leaf.SEALED,
    "application/x-pkcs7-mime": Leaf.SEALED,
}
_BY_SUFFIX = {
    **dict.fromkeys((".html", ".htm", ".xhtml"), Leaf.HTML),
    **dict.fromkeys((".csv", ".tsv"), Leaf.TABLE),
    **dict.fromkeys((".srt", ".vtt"), Leaf.SUBTITLES),
    **dict.fromkeys((".ics", ".vcs", ".vcf"), Leaf.ENTRIES),
    **dict.fromkeys((".eml",), Leaf.MAIL),
    **dict.fromkeys(
        (
            ".txt",
            ".md",
            ".markdown",
            ".log",
            ".json",
            ".xml",
            ".yaml",
            ".yml",
            ".rst",
            ".tex",
            ".diff",
            ".patch",
        ),
        Leaf.PLAIN,
    ),
    **dict.fromkeys((".p7m",), Leaf.SEALED),
    **dict.fromkeys((".p7s", ".asc.sig"), Leaf.SIGNATURE),
    **dict.fromkeys(
        (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".heic"), Leaf.PICTURE
    ),
}
_PAGE_BEGINNINGS = (b"<!doctype html", b"<html")
_UNTOLD = frozenset(
    ("application/octet-stream", "application/x-octet-stream", "text/plain", "application/unknown")
)
_TEXT_ALL_THE_SAME_NAMES = (
    "application/json application/xml application/yaml application/x-yaml application/javascript "
    "application/x-sh application/sql application/x-tex application/markdown"
)
_TEXT_ALL_THE_SAME = frozenset(_TEXT_ALL_THE_SAME_NAMES.split())


def leaf_of(node: Node) -> Leaf:
    """Tell how a part is read: by its media type, or by its name where that says nothing."""
    kind = node.kind
    if kind in _UNTOLD:
        by_name = _BY_SUFFIX.get(PurePath(node.file_name.lower()).suffix)
        if by_name is not None or kind != "text/plain":
            return by_name or Leaf.OTHER
        is_page = node.content[:200].lstrip().lower().startswith(_PAGE_BEGINNINGS)
        return Leaf.HTML if is_page else Leaf.PLAIN
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    match node.main_kind:
        case "text" | "multipart" | "message":
            return Leaf.PLAIN
        case "image":
            return Leaf.PICTURE
    return Leaf.PLAIN if kind in _TEXT_ALL_THE_SAME else Leaf.OTHER


def is_attached(node: Node) -> bool:
    """Tell whether a part is a file that comes with the message rather than words of it."""
    return node.disposition == "attachment" or bool(node.file_name)


def leaves_of(node: Node) -> list[Node]:
    """Return the parts within ``node`` that hold no others, in order."""
    leaves: list[Node] = []
    waiting = [node]
    while waiting:
        each = waiting.pop()
        waiting += reversed(each.children)
        if not each.children:
            leaves.append(each)
    return leaves
