"""What a file holds, part by part, as its container says: what was read of it, how, and what was not.

A reader that counts what it returned always finds that everything was read. So the parts are counted where
the file lists them (a PDF's pages, an archive's members, a message's leaves), apart from the reading, and
each part says how its text came out or why it did not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class PartKind(StrEnum):
    """What a part of a file is; ``BODY`` is the text of a format that knows no smaller parts."""

    BODY = "body"
    PAGE = "page"
    SLIDE = "slide"
    SHEET = "sheet"
    CHAPTER = "chapter"
    MESSAGE = "message"
    ATTACHMENT = "attachment"
    NOTES = "notes"
    """A speaker's notes; ``number`` is the slide's."""
    FOOTNOTES = "footnotes"
    ENDNOTES = "endnotes"
    COMMENTS = "comments"
    HEADER = "header"
    FOOTER = "footer"
    TEXT_BOX = "text_box"
    FRAME = "frame"
    NAVIGATION = "navigation"
    """The menus of a web page."""
    PICTURE = "picture"
    CHART = "chart"
    DIAGRAM = "diagram"
    HIDDEN_TEXT = "hidden_text"
    """Words of a text that its writer hid: nobody sees them on the page."""
    EMBEDDED = "embedded"


class HowRead(StrEnum):
    TEXT = "text"
    FALLBACK = "fallback"
    """The first extractor lost the part, a second one read it."""
    RECOGNIZED = "recognized"
    """The text was recognized in a picture and may have mistakes."""
    HIDDEN = "hidden"
    """It was read, though the file does not show it: a hidden slide, hidden rows of a sheet."""
    NOT_READ = "not_read"
    EMPTY = "empty"
    """There is no text in the part."""
    REPEATED = "repeated"
    """It says what another part says, which was read: an alternative of it."""


class WhyUnread(StrEnum):
    PICTURE = "picture"
    """It is a picture and text could not be recognized in it."""
    NO_RECOGNIZER = "no_recognizer"
    """It is a picture and no text recognition is installed."""
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    MISSING = "missing"
    """The file lists the part, but does not hold it."""
    OUTSIDE = "outside"
    """It lies outside of the file: on the web, in another file."""
    HIDDEN = "hidden"
    LEFT_OUT = "left_out"
    """It is no text to read, and is left out on purpose."""
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too_large"
    OUT_OF_TIME = "out_of_time"
    """Reading the rest of the file took all the time there was."""
    LOST = "lost"
    """Text is there, no extractor returned it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file.

    ``number`` is from 1 in the order of the file, 0 for what is not numbered; ``name`` is the file's own (of
    a sheet, an attachment, an archive's member), "" for none. ``num_characters`` is the length of the text
    that came out; for what was not read, how much there is, None where that is not known. ``why`` is set
    exactly for ``NOT_READ``.
    """

    kind: PartKind
    number: int = 0
    name: str = ""
    num_characters: int | None = 0
    how: HowRead = HowRead.TEXT
    why: WhyUnread | None = None

    @property
    def is_unread(self) -> bool:
        return self.how is HowRead.NOT_READ


def unread_of(inventory: Sequence[Part]) -> tuple[Part, ...]:
    """Return the parts that were not read."""
    return tuple(part for part in inventory if part.is_unread)


def missing_of(inventory: Sequence[Part]) -> tuple[Part, ...]:
    """Return the parts whose text is missing: what was not read, but for pictures and the like."""
    return tuple(part for part in inventory if part.is_unread and _is_text(part))


def share_read(inventory: Sequence[Part]) -> float:
    """Return which share (0 to 1) of a file's text was read, 1 for a file of which no parts are known.

    A part of unknown length counts like the middle one of its kind, one of a kind that was nowhere read
    like the middle one of all. Pictures in a text, charts, menus and what is outside of the file are named,
    but are no text that could be counted.
    """
    counted = [part for part in inventory if _is_text(part)]
    read = [part.num_characters or 0 for part in counted if part.how not in _NOT_COUNTED_AS_READ]
    unread = [part for part in counted if part.is_unread]
    middle = _middle(read)
    middles = {
        kind: _middle(
            [part.num_characters or 0 for part in counted if part.kind is kind and not part.is_unread]
        )
        for kind in {part.kind for part in unread}
    }
    num_read = sum(read)
    num_unread = sum(max(1, part.num_characters or middles[part.kind] or middle) for part in unread)
    return num_read / (num_read + num_unread) if num_unread else 1.0


_NOT_COUNTED_AS_READ = (HowRead.NOT_READ, HowRead.REPEATED)


def _is_text(part: Part) -> bool:
    is_outside = part.why in (WhyUnread.OUTSIDE, WhyUnread.LEFT_OUT)
    return part.kind not in (PartKind.PICTURE, PartKind.CHART) and not is_outside


def _middle(lengths: Sequence[int]) -> int:
    filled = sorted(length for length in lengths if length)
    return filled[len(filled) // 2] if filled else 0
