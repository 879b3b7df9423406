"""Terms in separated values: CSV and TSV of spreadsheets, and the glossaries of other programs.

Columns are told by the names in the first row, which may be those of languages (memoQ, MultiTerm), "source"
and "target" (Weblate, our own) or none at all (OmegaT, DeepL: term, translation, note). Spreadsheets
run a cell that begins like a formula: where our own file has an apostrophe before such a cell it is taken
away again (https://owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from lmstudio_lite.documents.plain.separated_values import TableRow, read_rows
from lmstudio_lite.documents.plain.table_dialect import SAMPLE_LINES, find_dialect, num_lines_before
from lmstudio_lite.documents.terminology.pairs import language_named, language_of
from lmstudio_lite.documents.terminology.reading import LeftOutList, TermsRead, as_kept, problem_of
from lmstudio_lite.domain.glossary import EntryProblem, Term

_NAMES: dict[str, frozenset[str]] = {
    "source": frozenset(
        {"source", "term", "source term", "source text", "source string", "src", "original", "msgid",
         "quelle", "ausgangstext", "quellterm", "术语", "原文"}
    ),
    "target": frozenset(
        {"target", "translation", "target term", "target text", "trg", "tgt", "msgstr", "übersetzung",
         "zielterm", "zieltext", "译文", "翻译"}
    ),
    "kind": frozenset({"part of speech", "partofspeech", "pos", "word class", "wortart"}),
    "note": frozenset(
        {"note", "notes", "comment", "comments", "description", "definition", "translator comments",
         "bemerkung", "kommentar", "anmerkung", "备注"}
    ),
    "case": frozenset({"case", "matches case", "match case", "case sensitive", "case sensitivity"}),
    "forbidden": frozenset({"forbidden", "is forbidden", "do not use", "verboten", "status", "flags"}),
    "source_language": frozenset({"source lang", "source language", "sourcelang"}),
    "target_language": frozenset({"target lang", "target language", "targetlang"}),
}  # fmt: skip
_YES = frozenset({"yes", "y", "true", "1", "x", "ja", "是", "sensitive", "exact", "case sensitive"})
_FORBIDDEN = re.compile(
    r"\b(?:forbidden|prohibited|deprecated|obsolete|rejected|do not use|not recommended|verboten)\b"
)
_KINDS = {"noun": "noun", "verb": "verb", "adjective": "adjective", "adj": "adjective", "name": "name",
          "proper noun": "name", "propernoun": "name"}  # fmt: skip
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Places of columns by what they hold. ``is_guarded`` where an apostrophe may stand before a formula."""

    places: dict[str, int]
    is_guarded: bool

    def cell(self, cells: Sequence[str], name: str) -> str:
        place = self.places.get(name, len(cells))
        plain = " ".join(cells[place].split()) if place < len(cells) else ""
        return plain[1:] if self.is_guarded and _GUARDED.match(plain) else plain


def read_term_table(text: str, source: str, target: str) -> TermsRead | None:
    """Read the terms of a text for a pair of languages; None where it is no table of two columns."""
    lines = text.split("\n")
    dialect = find_dialect(list(islice(lines, SAMPLE_LINES)), is_table=True)
    if dialect is None or not dialect.delimiter:
        return None
    rows = list(read_rows(enumerate(lines, 1), dialect))
    rows = rows[num_lines_before(rows) :]
    if not rows:
        return None
    left_out = LeftOutList()
    places = _named_columns(rows[0].cells, source, target)
    if places is None and _names_other_languages(rows[0].cells):
        left_out.add(rows[0].first, EntryProblem.OTHER_LANGUAGES, " ".join(rows[0].cells))
        return TermsRead((), left_out.count, tuple(left_out.first))
    if places is None:
        places = {"source": 0, "target": 1, "note": 2}
    else:
        rows = rows[1:]
    columns = _Columns(places, is_guarded=dialect.delimiter != "\t")
    terms = [term for row in rows if (term := _term(row, columns, source, target, left_out)) is not None]
    return TermsRead(tuple(terms), left_out.count, tuple(left_out.first))


def _term(row: TableRow, columns: _Columns, source: str, target: str, left_out: LeftOutList) -> Term | None:
    cells = row.cells
    if not any(cell.strip() for cell in cells) or (len(cells) == 1 and cells[0].lstrip().startswith("#")):
        return None
    wanted = columns.cell(cells, "source_language"), columns.cell(cells, "target_language")
    shown = " ".join(cells)
    if any(code and language_of(code) != own for code, own in zip(wanted, (source, target), strict=True)):
        left_out.add(row.first, EntryProblem.OTHER_LANGUAGES, shown)
        return None
    status = columns.cell(cells, "forbidden").casefold()
    term = Term(
        source=columns.cell(cells, "source"),
        target=columns.cell(cells, "target"),
        part_of_speech=_KINDS.get(columns.cell(cells, "kind").casefold(), ""),
        note=columns.cell(cells, "note"),
        matches_case=columns.cell(cells, "case").casefold() in _YES,
        is_forbidden=status in _YES or _FORBIDDEN.search(status) is not None,
    )
    problem = EntryProblem.DAMAGED if row.is_open else problem_of(term)
    if problem is not None:
        left_out.add(row.first, problem, shown)
        return None
    return as_kept(term)


def _named_columns(cells: Sequence[str], source: str, target: str) -> dict[str, int] | None:
    """Return the columns by their names, None where the row does not name those of both terms."""
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        name = re.sub(r"[\s_-]+", " ", cell.strip().casefold())
        for column, names in _NAMES.items():
            if name in names:
                places.setdefault(column, place)
        language = language_named(cell)
        if language in (source, target):
            places.setdefault("source" if language == source else "target", place)
    return places if {"source", "target"} <= places.keys() else None


def _names_other_languages(cells: Sequence[str]) -> bool:
    """Tell whether a row names the languages of its columns, which are then not those that are wanted."""
    return len(cells) >= 2 and bool(language_named(cells[0])) and bool(language_named(cells[1]))
