"""What a translation reports while it is made, and what it is in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from lmstudio_lite.domain.progress import Delay, TaskWarning
from lmstudio_lite.domain.units import Mark, Place, UnitText


class TextForm(StrEnum):
    """What a text is written in, as far as its file's name says; the form is kept in its translation."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    TABLE = "table"
    """Separated values."""


class Register(StrEnum):
    """How the reader is addressed."""

    ANY = ""
    FORMAL = "formal"
    INFORMAL = "informal"


class Origin(StrEnum):
    """Where a segment's translation comes from."""

    MODEL = "model"
    MEMORY = "memory"
    FILE = "file"
    """The file held it already (PO, XLIFF)."""
    EDITED = "edited"
    SOURCE = "source"
    """No translation was good enough: the original stands there."""


class FlagKind(StrEnum):
    """Why a reviewer should look at a segment, from nothing at all to a matter of taste."""

    EMPTY = "empty"
    LOOP = "loop"
    WRONG_LANGUAGE = "wrong_language"
    ECHO = "echo"
    OBEYED = "obeyed"
    ANSWERED = "answered"
    LEAK = "leak"
    ADDED = "added"
    OMITTED = "omitted"
    NUMBER = "number"
    VALUES = "values"
    """An address, a placeholder, code."""
    NEGATION = "negation"
    TERM = "term"
    """``detail``: the term that is missing."""
    FORBIDDEN_TERM = "forbidden_term"
    NAME = "name"
    """Spelled in another way elsewhere in the document."""
    UNTRANSLATED = "untranslated"
    """Words of the source stand in the translation."""
    LEFTOVER = "leftover"
    MARK = "mark"
    """A style was given up, or a mark's place is a guess."""
    TOO_LONG = "too_long"
    """Longer than its place can take."""
    ODD_LENGTH = "odd_length"
    CUT_SHORT = "cut_short"
    FUZZY = "fuzzy"
    """From a memory's segment that is only alike."""


@dataclass(frozen=True, slots=True)
class Flag:
    """``detail`` are the words it is about, of the source or of the translation, "" for the whole."""

    kind: FlagKind
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TranslationOptions:
    """What is asked for beside the pair of languages (ISO 639-1; ``source`` "" is detected).

    ``audience`` and ``instruction`` are the user's own words, "" for none.
    """

    source: str
    target: str
    register: Register = Register.ANY
    audience: str = ""
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class TranslationProgress:
    """``text_so_far`` is the translation up to the last sentence that has begun, "…" where one has not.

    ``delay`` is why there is more time left than was told before.
    """

    num_done: int
    num_total: int
    seconds_left: float | None
    text_so_far: str
    delay: Delay | None = None


@dataclass(frozen=True, slots=True)
class TranslatedSegment:
    """A sentence and its translation; ``problem`` is a ``Problem``'s value, "" if none was found.

    ``text`` is the original where ``is_kept``. ``unit`` is the number of its unit, None in a text that is
    no file; ``source`` stands in the unit's text from ``start`` on, and ``marks`` lie in ``text``.
    ``confidence`` is 0.0 to 1.0, None where no model made it: the share of such segments that a reviewer
    would leave as they are, see ``tasks.translate.confidence``.
    """

    source: str
    text: str
    problem: str
    is_kept: bool
    unit: int | None = None
    start: int = 0
    place: Place | None = None
    marks: tuple[Mark, ...] = ()
    flags: tuple[Flag, ...] = ()
    confidence: float | None = None
    origin: Origin = Origin.MODEL


@dataclass(frozen=True, slots=True)
class UnitsProgress:
    """How far the translation of a file is.

    ``segments`` are those that are done or changed since the last report, by their number in reading order
    from 0: a table shows them at once. A later check may change one that was reported before. ``begun`` are
    the texts so far of those that are being written.
    """

    num_done: int
    num_total: int
    seconds_left: float | None
    segments: Mapping[int, TranslatedSegment] = field(default_factory=dict)
    delay: Delay | None = None
    begun: Mapping[int, str] = field(default_factory=dict)


class SegmentRecord(Protocol):
    """The segments of one file's translation, by their number in reading order from 0.

    They outlive the run: what a killed run had is found by the next one, and what its reviewer has edited
    meanwhile. Neither method raises: what the disk refuses waits in memory.
    """

    def find(self) -> Mapping[int, TranslatedSegment]:
        """Return what is there, of earlier runs over the same units and of their reviewer."""

    def keep(self, segments: Mapping[int, TranslatedSegment]) -> None:
        """Keep segments as soon as they are done; one that its reviewer has touched stays as it is."""


@dataclass(frozen=True, slots=True)
class UnitsTranslation:
    """What came of a file's units. ``texts`` has those that are done, by number.

    ``source`` was detected if it was not given. ``segments`` are in order.
    A unit without words has no segment and no text.
    """

    texts: dict[int, UnitText]
    segments: tuple[TranslatedSegment, ...]
    source: str
    target: str
    seconds: float
    warnings: tuple[TaskWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class Translation:
    """``source`` is the language translated from, given or detected; "" if it can't be told.

    ``warnings`` are for ``words.explain_warning``.
    """

    text: str
    source: str
    target: str
    num_segments: int
    seconds: float
    warnings: tuple[TaskWarning, ...]
    segments: tuple[TranslatedSegment, ...]
