"""Full-text search that finds any part of a word in any script.

FTS5's trigram tokenizer (https://sqlite.org/fts5.html#the_trigram_tokenizer) finds every substring of
three characters or more without knowing where words begin, so it serves Chinese and German compounds
alike. One or two characters, a whole word in Chinese, are below its reach. But every trigram that begins
with them is in the index's own list of terms (https://sqlite.org/fts5.html#the_fts5vocab_virtual_table_module),
and where they end a text, its last two characters are kept beside the index. What is too common to be listed
so is soon met by whoever goes through the newest texts first: ``listed`` says which is the case.

What is indexed is folded (``fold``), so that a search minds neither case nor accents nor full-width
forms. The index keeps its own copy of that text: removing an entry never needs the old text, and a
later version of Python that folds differently can't make it disagree with itself.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from dataclasses import dataclass

NUM_TERMS_MAX = 16
_TRIGRAM = 3
_PLACES_MAX = 10_000
"""Of one or two characters; up to so many are listed in 10 ms; what has more is common."""
_BEHIND_ALL = "\U0010ffff"
_ACCENTS = re.compile("[\u0300-\u036f]")


def fold(text: str) -> str:
    """Return ``text`` without case, accents and width: ``Ｓtraße`` and ``STRASSE`` become equal.

    Only the combining marks of Latin, Greek and Cyrillic go; those of Japanese or Arabic stay.
    """
    if text.isascii():
        return text.lower().replace("\0", " ")
    parts = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", _ACCENTS.sub("", parts)).replace("\0", " ")


def terms_of(query: str) -> list[str]:
    """Return the parts of ``query`` that must all be found, folded, at most ``NUM_TERMS_MAX``."""
    return fold(storable(query)).split()[:NUM_TERMS_MAX]


def storable(text: str) -> str:
    """Return ``text`` with what UTF-8 can't hold (half a surrogate pair, from a broken paste) replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


@dataclass(frozen=True, slots=True)
class Condition:
    """A part of a statement and the values of its question marks."""

    sql: str
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """An FTS5 table with one column ``body``; its rows have the numbers of the rows they describe.

    Its list of terms is ``<table>_terms``; the ends of its texts are among ``search_endings``.
    """

    table: str

    def put(self, connection: sqlite3.Connection, number: int, text: str) -> None:
        """Index ``text`` for row ``number``, in place of what was there."""
        body = fold(text)
        self.remove(connection, number)
        connection.execute(f"INSERT INTO {self.table} (rowid, body) VALUES (?, ?)", (number, body))
        connection.execute(
            "INSERT INTO search_endings (name, number, ending, last) VALUES (?, ?, ?, ?)",
            (self.table, number, body[1 - _TRIGRAM :], body[-1:]),
        )

    def remove(self, connection: sqlite3.Connection, number: int) -> None:
        """Forget row ``number``; nothing happens when it is not indexed."""
        connection.execute(f"DELETE FROM {self.table} WHERE rowid = ?", (number,))
        connection.execute("DELETE FROM search_endings WHERE name = ? AND number = ?", (self.table, number))

    def listed(self, connection: sqlite3.Connection, term: str) -> Condition | None:
        """Return a subquery for the numbers of the rows that hold a folded ``term``.

        None if it is so common that going through the rows and asking each (``holds``) is quicker.
        """
        if len(term) >= _TRIGRAM:
            phrase = term.replace('"', '""')
            return Condition(f"SELECT rowid FROM {self.table} WHERE body MATCH ?", (f'"{phrase}"',))
        terms = f"FROM {self.table}_terms WHERE term >= ? AND term < ?"
        bounds = (term, term + _BEHIND_ALL)
        num_places: int = connection.execute(
            f"SELECT count(*) FROM (SELECT 1 {terms} LIMIT {_PLACES_MAX})", bounds
        ).fetchone()[0]
        if num_places == _PLACES_MAX:
            return None
        endings = " UNION ALL SELECT number FROM search_endings WHERE name = ?"
        return Condition(
            f"SELECT doc {terms}{endings} AND ending >= ? AND ending < ?{endings} AND last = ?",
            (*bounds, self.table, *bounds, self.table, term),
        )

    def holds(self, number: str, term: str) -> Condition:
        """Return a condition: the row whose number is the column ``number`` holds a folded ``term``."""
        return Condition(
            f"EXISTS (SELECT 1 FROM {self.table} AS s WHERE s.rowid = {number} AND instr(s.body, ?))", (term,)
        )
