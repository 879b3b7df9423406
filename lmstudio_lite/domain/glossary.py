"""Terms that a translation is held to."""

from __future__ import annotations

from dataclasses import dataclass


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
