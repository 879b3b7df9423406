"""Full-text search that finds any part of a word in any script.

FTS5's trigram tokenizer (https://sqlite.org/fts5.html#the_trigram_tokenizer) finds every substring of
three characters or more without knowing where words begin, so it serves Chinese and German compounds
alike. One or two characters, a whole word in Chinese, are below its reach: those are found by reading
through the indexed text.

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
_ACCENTS = re.compile("[\u0300-\u036f]")


def fold(text: str) -> str:
    """Return ``text`` without case, accents and width: ``Ｓtraße`` and ``STRASSE`` become equal.

    Only the combining marks of Latin, Greek and Cyrillic go; those of Japanese or Arabic stay.
    """
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
class SearchIndex:
    """An FTS5 table with one column ``body``; its rows have the numbers of the rows they describe."""

    table: str

    def put(self, connection: sqlite3.Connection, number: int, text: str) -> None:
        """Index ``text`` for row ``number``, in place of what was there."""
        self.remove(connection, number)
        connection.execute(f"INSERT INTO {self.table} (rowid, body) VALUES (?, ?)", (number, fold(text)))

    def remove(self, connection: sqlite3.Connection, number: int) -> None:
        """Forget row ``number``; nothing happens when it is not indexed."""
        connection.execute(f"DELETE FROM {self.table} WHERE rowid = ?", (number,))

    def numbers_with(self, term: str) -> tuple[str, str]:
        """Return a subquery for the numbers of the rows that hold a folded ``term``, and its parameter."""
        if len(term) < _TRIGRAM:
            return f"SELECT rowid FROM {self.table} WHERE instr(body, ?)", term
        phrase = term.replace('"', '""')
        return f"SELECT rowid FROM {self.table} WHERE body MATCH ?", f'"{phrase}"'
