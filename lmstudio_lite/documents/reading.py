"""What the reader of one format hands over: the text, where its pages are, and what the file holds."""

from __future__ import annotations

from dataclasses import dataclass

from lmstudio_lite.domain.documents import Page, PossibleEncoding
from lmstudio_lite.domain.inventory import Part


@dataclass(frozen=True, slots=True)
class Reading:
    """The fields of the ``Document`` that a format's reader knows.

    ``mime_type`` is given where it is not the file's: a saved page is HTML in a message.
    """

    text: str
    title: str
    pages: tuple[Page, ...] = ()
    is_recognized: bool = False
    mime_type: str = ""
    address: str = ""
    inventory: tuple[Part, ...] = ()
    encoding: str = ""
    is_encoding_sure: bool = True
    possible_encodings: tuple[PossibleEncoding, ...] = ()
