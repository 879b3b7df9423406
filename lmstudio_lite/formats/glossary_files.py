"""Terms as files that other programs read: CSV for spreadsheets, TSV for OmegaT and its kin, TBX-Basic.

A cell that a spreadsheet would take for a formula gets an apostrophe before it
(https://owasp.org/www-community/attacks/CSV_Injection), and CSV begins with a mark that tells Excel that it
is UTF-8. TBX is that of ISO 30042:2019 with data categories as attributes; that a term is found in its own
case only, which TBX has no category for, is a category of our own. A term that stays as it is has itself as
its translation.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from lmstudio_lite.domain.glossary import Glossary, Term
from lmstudio_lite.formats.xml_text import attribute, escaped

HEAD = ("source", "target", "part_of_speech", "note", "matches_case", "is_forbidden")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_KINDS = {"noun": "noun", "verb": "verb", "adjective": "adjective", "name": "properNoun"}


def to_csv(terms: Iterable[Term]) -> bytes:
    """Return terms as CSV."""
    return b"\xef\xbb\xbf" + _table(terms, ",", is_guarded=True)


def to_tsv(terms: Iterable[Term]) -> bytes:
    """Return terms as TSV."""
    return _table(terms, "\t", is_guarded=False)


def to_tbx(glossary: Glossary, terms: Iterable[Term]) -> bytes:
    """Return terms as TBX-Basic, a concept each."""
    return "\n".join(_tbx(glossary, terms)).encode("utf-8", "replace")


def _table(terms: Iterable[Term], delimiter: str, *, is_guarded: bool) -> bytes:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(HEAD)
    for term in terms:
        texts = (term.source, term.target or term.source, term.part_of_speech, term.note)
        marks = ("yes" if is_set else "" for is_set in (term.matches_case, term.is_forbidden))
        cells = [" ".join(text.split()) for text in texts]
        writer.writerow([*(map(_guarded, cells) if is_guarded else cells), *marks])
    return written.getvalue().encode("utf-8", "replace")


def _guarded(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _tbx(glossary: Glossary, terms: Iterable[Term]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield (
        f'<tbx style="dca" type="TBX-Basic" xml:lang={attribute(glossary.source)}'
        ' xmlns="urn:iso:std:iso:30042:ed-2">'
    )
    yield "<tbxHeader><fileDesc>"
    yield f"<titleStmt><title>{escaped(glossary.name)}</title></titleStmt>"
    yield "<sourceDesc><p>LM Studio Lite</p></sourceDesc>"
    yield "</fileDesc></tbxHeader>"
    yield "<text><body>"
    for number, term in enumerate(terms, 1):
        yield f'<conceptEntry id="c{number}">'
        yield from _language(glossary.source, term.source or term.target, _source_notes(term))
        yield from _language(glossary.target, term.target or term.source, _target_notes(term))
        yield "</conceptEntry>"
    yield "</body></text>"
    yield "</tbx>\n"


def _language(code: str, text: str, notes: Iterable[str]) -> Iterator[str]:
    yield f"<langSec xml:lang={attribute(code)}><termSec>"
    yield f"<term>{escaped(text)}</term>"
    yield from notes
    yield "</termSec></langSec>"


def _source_notes(term: Term) -> Iterator[str]:
    if term.part_of_speech in _KINDS:
        yield f'<termNote type="partOfSpeech">{_KINDS[term.part_of_speech]}</termNote>'
    if term.matches_case:
        yield '<termNote type="x-matchesCase">yes</termNote>'


def _target_notes(term: Term) -> Iterator[str]:
    if term.is_forbidden:
        yield '<termNote type="administrativeStatus">deprecatedTerm-admn-sts</termNote>'
    if term.note:
        yield f"<note>{escaped(term.note)}</note>"
