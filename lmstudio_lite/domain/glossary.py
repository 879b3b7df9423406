"""Terms that a translation is held to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Term:
    """``source`` is translated as ``target`` or, where it ``is_forbidden``, must not be.

    ``part_of_speech`` is "noun", "verb", "adjective", "name" or "". Without ``matches_case`` the term is
    found in any case. ``target`` "" with ``is_forbidden`` False: the term stays as it is.
    """

    source: str
    target: str
    part_of_speech: str = ""
    note: str = ""
    matches_case: bool = False
    is_forbidden: bool = False


@dataclass(frozen=True, slots=True)
class Glossary:
    """A named list of terms for one pair of languages (ISO 639-1). ``project`` "" serves every project."""

    id: str
    name: str
    source: str
    target: str
    project: str = ""
    num_terms: int = 0
    is_in_use: bool = True


@dataclass(frozen=True, slots=True)
class TermProposal:
    """A term that a document repeats, and how it would be translated: for the user to edit and accept."""

    term: Term
    num_found: int
    example: str = ""


@dataclass(frozen=True, slots=True)
class KeptTerm:
    """A term of a stored glossary; ``number`` is its own among all terms and grows with each added."""

    number: int
    term: Term


class EntryProblem(StrEnum):
    """Why an entry of a file of terms or of translated segments is left out."""

    NO_SOURCE = "no_source"
    NO_TARGET = "no_target"
    OTHER_LANGUAGES = "other_languages"
    """It is not of the pair of languages that is wanted."""
    TOO_LONG = "too_long"
    DAMAGED = "damaged"
    """The file breaks off in it, or can't be read any further."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """``line`` of the file, from 1; ``text`` is the beginning of what stands there, "" where nothing does."""

    line: int
    problem: EntryProblem
    text: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of a file. ``num_known`` were there before and are not doubled.

    ``num_left_out`` counts all that are left out, ``left_out`` holds the first ones.
    """

    num_added: int
    num_known: int
    num_left_out: int = 0
    left_out: tuple[LeftOut, ...] = ()
