"""TBX: terms by concept, as terminology programs exchange them (ISO 30042).

Both generations are read: ``martif`` (TBX 2008, TBX-Basic) and ``tbx`` (2019) in both its styles, with data
categories as attributes (DCA) or as elements (DCT), and TBX-Min of before. Of each concept every term in the
source language is paired with the first allowed term in the target language, and with the deprecated ones as
forbidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from lmstudio_lite.documents.terminology.entries import read_entries
from lmstudio_lite.documents.terminology.pairs import language_of
from lmstudio_lite.documents.terminology.reading import LeftOutList, TermsRead, as_kept, problem_of
from lmstudio_lite.domain.glossary import EntryProblem, Term

_ROOTS = ("martif", "tbx", "TBX")
_CONCEPTS = ("termEntry", "conceptEntry", "entry")
_LANGUAGES = ("langSet", "langSec", "langGroup")
_TERMS = ("tig", "ntig", "termSec", "termGroup")
_FORBIDDEN = ("deprecatedTerm", "supersededTerm", "obsolete", "notRecommended", "forbidden")
_KINDS = {
    "noun": "noun",
    "verb": "verb",
    "adjective": "adjective",
    "properNoun": "name",
    "proper noun": "name",
}


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    kind: str
    note: str
    matches_case: bool
    is_forbidden: bool


def read_termbase(file: BinaryIO, source: str, target: str) -> TermsRead | None:
    """Read the terms of a TBX file for a pair of languages; None where it is no TBX."""
    entries = read_entries(file, _ROOTS, _CONCEPTS)
    if entries is None:
        return None
    left_out = LeftOutList()
    terms: list[Term] = []
    for entry in entries:
        if entry.element is None:
            left_out.add(entry.line, EntryProblem.DAMAGED, entry.text)
            continue
        found = list(_terms_of(entry.element, source, target))
        if not found:
            left_out.add(entry.line, EntryProblem.OTHER_LANGUAGES, entry.text)
        for term in found:
            problem = problem_of(term)
            if problem is None:
                terms.append(as_kept(term))
            else:
                left_out.add(entry.line, problem, entry.text)
    return TermsRead(tuple(terms), left_out.count, tuple(left_out.first))


def _terms_of(concept: Any, source: str, target: str) -> Iterator[Term]:
    note = _note_of(concept)
    words: dict[str, list[_Word]] = {}
    for section in concept.iter(*_LANGUAGES):
        language = language_of(section.get("lang", "") or section.get("xml:lang", ""))
        words.setdefault(language, []).extend(_words_of(section))
    targets = words.get(target, [])
    allowed = next((word for word in targets if not word.is_forbidden), None)
    for word in words.get(source, []):
        for other in targets:
            if other.is_forbidden or other is allowed:
                yield Term(
                    word.text,
                    other.text,
                    word.kind or other.kind,
                    other.note or word.note or note,
                    word.matches_case,
                    other.is_forbidden,
                )


def _words_of(section: Any) -> Iterator[_Word]:
    shared = _note_of(section)
    for group in section.iter(*_TERMS):
        term = next(group.iter("term"), None)
        text = " ".join("".join(term.itertext()).split()) if term is not None else ""
        if not text:
            continue
        kind = _category(group, "partOfSpeech")
        status = _category(group, "administrativeStatus", "administrativeStatus-admn-sts", "termStatus")
        yield _Word(
            text,
            _KINDS.get(kind, ""),
            _note_of(group) or shared,
            _category(group, "x-matchesCase") == "yes",
            status.startswith(_FORBIDDEN),
        )


def _category(group: Any, *names: str) -> str:
    """Return the value of a data category, as an attribute's (``type="partOfSpeech"``) or an element."""
    for each in group.iter():
        if each.tag in names or each.get("type") in names:
            return " ".join("".join(each.itertext()).split())
    return ""


def _note_of(element: Any) -> str:
    """Return the note or the definition that belongs to this very element."""
    own = [each for child in element for each in (child, *child) if child.tag not in (*_LANGUAGES, *_TERMS)]
    for wanted in ("note", "definition"):
        for each in own:
            if each.tag == wanted or each.get("type") == wanted:
                return " ".join("".join(each.itertext()).split())
    return ""
