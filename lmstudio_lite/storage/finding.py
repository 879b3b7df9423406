"""Which conversations have what is looked for: words in the title or a message, and tags.

Each part of a query becomes a condition of its own, so that two of them may stand in two messages.
"""

from __future__ import annotations

import sqlite3

from lmstudio_lite.storage.search import Condition, SearchIndex, terms_of

TITLES = SearchIndex("conversation_search")
TEXTS = SearchIndex("message_search")


def conditions_of(connection: sqlite3.Connection, query: str) -> list[Condition]:
    """Return what a conversation ``c`` must fulfil to be found; "#trip" is a tag that begins so."""
    return [
        _has_tag(term[1:]) if len(term) > 1 and term.startswith("#") else _has_words(connection, term)
        for term in terms_of(query)
    ]


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
