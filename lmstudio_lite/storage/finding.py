"""Which conversations have what is looked for: words in the title or a message, tags, and folders.

Each part of a query becomes a condition of its own, so that two of them may stand in two messages.
``in:work`` names a folder by the beginning of its name, or of its path, with hyphens for spaces; what lies
in folders within it is found too. Where no folder is called so, the part is words like any other.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from lmstudio_lite.domain.folders import ids_within
from lmstudio_lite.storage.folders import tree_of
from lmstudio_lite.storage.search import Condition, SearchIndex, fold, terms_of

TITLES = SearchIndex("conversation_search")
TEXTS = SearchIndex("message_search")
FOLDER_PREFIX = "in:"


def conditions_of(connection: sqlite3.Connection, query: str) -> list[Condition]:
    """Return what a conversation ``c`` must fulfil to be found; "#trip" is a tag that begins so."""
    return [_condition_of(connection, term) for term in terms_of(query)]


def in_folders(folder_ids: Collection[str | None]) -> Condition:
    """Return a condition: the conversation ``c`` lies in one of these folders; None stands for no folder."""
    ids = tuple(each for each in folder_ids if each is not None)
    marks = ", ".join("?" * len(ids))
    lies_in = f"c.folder_number IN (SELECT number FROM folders WHERE id IN ({marks}))"
    return Condition(f"(c.folder_number IS NULL OR {lies_in})" if None in folder_ids else lies_in, ids)


def folder_ids_named(connection: sqlite3.Connection, words: str) -> frozenset[str]:
    """Return the folders whose names or paths begin with ``words``, folded, and all within them."""
    folders = tree_of(connection)
    found: set[str] = set()
    for folder in folders:
        names = (_hyphened(folder.name), _hyphened(folder.full_name))
        if any(name.startswith(words) for name in names):
            found |= ids_within(folders, folder.id)
    return frozenset(found)


def _condition_of(connection: sqlite3.Connection, term: str) -> Condition:
    if len(term) > 1 and term.startswith("#"):
        return _has_tag(term[1:])
    if len(term) > len(FOLDER_PREFIX) and term.startswith(FOLDER_PREFIX):
        wanted = folder_ids_named(connection, term.removeprefix(FOLDER_PREFIX))
        if wanted:
            return in_folders(wanted)
    return _has_words(connection, term)


def _hyphened(name: str) -> str:
    return "-".join(fold(name).split())


def _has_tag(term: str) -> Condition:
    return Condition(
        "EXISTS (SELECT 1 FROM conversation_tags AS t"
        " WHERE t.conversation_number = c.number AND instr(t.folded, ?) = 1)",
        (term,),
    )


def _has_words(connection: sqlite3.Connection, term: str) -> Condition:
    title, text = _in_title(connection, term), _in_text(connection, term)
    return Condition(f"({title.sql} OR {text.sql})", (*title.parameters, *text.parameters))


def _in_title(connection: sqlite3.Connection, term: str) -> Condition:
    listed = TITLES.listed(connection, term)
    if listed is None:
        return TITLES.holds("c.number", term)
    return Condition(f"c.number IN ({listed.sql})", listed.parameters)


def _in_text(connection: sqlite3.Connection, term: str) -> Condition:
    listed = TEXTS.listed(connection, term)
    if listed is not None:
        found = f"SELECT conversation_id FROM messages WHERE number IN ({listed.sql})"
        return Condition(f"c.id IN ({found})", listed.parameters)
    holds = TEXTS.holds("m.number", term)
    found = f"SELECT 1 FROM messages AS m WHERE m.conversation_id = c.id AND {holds.sql}"
    return Condition(f"EXISTS ({found})", holds.parameters)
