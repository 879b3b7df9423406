"""One and two letters are found as longer words are, wherever they stand, in any script."""

from __future__ import annotations

import random

import pytest

from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.storage import search
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database

LETTERS = "aBé中国 م.\n"


def words(chance: random.Random, most: int = 9) -> str:
    return "".join(chance.choices(LETTERS, k=chance.randint(1, most)))


@pytest.mark.parametrize("places_max", [10_000, 3], ids=["listed", "asked one by one"])
@pytest.mark.parametrize("seed", range(3))
def test_a_query_finds_what_has_all_its_parts(
    database: Database, monkeypatch: pytest.MonkeyPatch, places_max: int, seed: int
) -> None:
    monkeypatch.setattr(search, "_PLACES_MAX", places_max)
    chance = random.Random(seed)
    conversations = Conversations(database)
    held: dict[str, list[str]] = {}
    for _ in range(30):
        question = conversations.begin(words(chance), words(chance))
        reply = conversations.add_message(
            question.conversation_id, question.id, Role.ASSISTANT, words(chance), MessageState.STREAMING
        )
        told = words(chance)
        conversations.update_message(reply.id, text=told, state=MessageState.COMPLETE)
        title = words(chance)
        conversations.rename(question.conversation_id, title)
        held[question.conversation_id] = [title, question.text, told]
    for gone in list(held)[::7]:
        conversations.delete(gone)
        del held[gone]
    conversations.purge_deleted()
    for _ in range(60):
        query = words(chance, 3)
        terms = search.terms_of(query)
        wanted = {
            each
            for each, texts in held.items()
            if all(any(term in search.fold(text) for text in texts) for term in terms)
        }
        assert {each.id for each in conversations.list(query)} == wanted, query
    with database.read() as connection:
        num_endings = connection.execute("SELECT count(*) FROM search_endings").fetchone()[0]
    assert num_endings == 3 * len(held)


def test_the_limit_holds_with_pinned_ones_first(database: Database) -> None:
    conversations = Conversations(database)
    ids = [conversations.create(f"Talk {number}").id for number in range(6)]
    with database.write() as connection:
        connection.execute("UPDATE conversations SET pinned_at = 1 WHERE id IN (?, ?)", (ids[0], ids[3]))
    assert [each.id for each in conversations.list("ta", limit=3)] == [ids[3], ids[0], ids[5]]
    assert [each.id for each in conversations.list("", limit=1)] == [ids[3]]
