"""What a file holds as plain JSON values: part by part, what was read, how, and what was not.

``place`` is English whatever language the program speaks: scripts look for "page 2".
"""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.domain.documents import RECOGNIZED, Document
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, unread_of

Json = dict[str, object]

_NOUNS = {PartKind.BODY: "text", PartKind.NOTES: "speaker notes", PartKind.EMBEDDED: "embedded file"}
_BY_NUMBER = frozenset((PartKind.PAGE, PartKind.SLIDE))


def place_of(part: Part) -> str:
    """Name a part: ``page 2``, ``sheet “Costs”``, ``speaker notes of slide 3``."""
    noun = _NOUNS.get(part.kind, part.kind.replace("_", " "))
    if part.kind is PartKind.NOTES and part.number:
        return f"{noun} of slide {part.number}"
    if part.name and not (part.kind in _BY_NUMBER and part.number):
        return f"{noun} “{part.name}”"
    return f"{noun} {part.number}" if part.number else noun


def inventory_to_json(inventory: Sequence[Part]) -> list[Json]:
    """Return all parts in the order of the file; ``characters`` is null where nobody knows."""
    return [
        {
            **_place(part),
            "number": part.number,
            "name": part.name,
            "characters": part.num_characters,
            "how": part.how.value,
        }
        for part in inventory
    ]


def unread_to_json(unread: Sequence[Part]) -> list[Json]:
    """Return the parts that were not read, each with the reason."""
    return [{**_place(part), "why": part.why.value if part.why else ""} for part in unread]


def document_to_json(document: Document) -> Json:
    """Return a document as it was read."""
    return {
        "title": document.title,
        "text": document.text,
        "inventory": inventory_to_json(document.inventory),
        "unread": unread_to_json(unread_of(document.inventory)),
        **encoding_to_json(document),
        "language": document.language,
        "mime_type": document.mime_type.removesuffix(RECOGNIZED),
        "pages": [{"number": page.number, "start": page.start, "end": page.end} for page in document.pages],
    }


def encoding_to_json(document: Document) -> Json:
    """Return which encoding a document was read in; where that is in doubt, which others it may be in."""
    others = [each.encoding for each in document.possible_encodings if each.encoding != document.encoding]
    return {
        "encoding": document.encoding,
        "is_encoding_sure": document.is_encoding_sure,
        **({"other_encodings": others} if others else {}),
    }


def origin_to_json(document: Document) -> Json:
    """Return what a reader of a result must know of its source: where it is from, what may be wrong in it.

    ``recognized`` are the parts whose text was recognized in pictures.
    """
    recognized = [_place(part) for part in document.inventory if part.how is HowRead.RECOGNIZED]
    return {
        **({"address": document.address} if document.address else {}),
        **(encoding_to_json(document) if document.encoding else {}),
        **({"recognized": recognized} if recognized else {}),
    }


def _place(part: Part) -> Json:
    return {"place": place_of(part), "kind": part.kind.value}
