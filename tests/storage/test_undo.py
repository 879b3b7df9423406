"""Deleting, archiving, renaming, tagging and editing are undone to the byte, in any order of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import pytest

from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.organizing import ConversationOrder

TABLES = (
    "conversations",
    "messages",
    "conversation_tags",
    "attachments",
    "attached_texts",
    "conversation_search",
    "message_search",
    "search_endings",
)


def everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.read() as connection:
        return {
            table: sorted(tuple(row) for row in connection.execute(f"SELECT * FROM {table}"))
            for table in TABLES
        }


def talk(conversations: Conversations, number: int) -> str:
    question = conversations.begin(f"Talk {number}", f"Question {number}?")
    conversations.add_message(
        question.conversation_id, question.id, Role.ASSISTANT, f"Answer {number}.", MessageState.COMPLETE
    )
    return question.conversation_id


@pytest.mark.parametrize("seed", range(20))
def test_any_schedule_is_undone_to_the_byte(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    conversations, order = Conversations(database), ConversationOrder(database)
    ids = [talk(conversations, number) for number in range(5)]
    order.set_archived(ids[0], is_archived=True)
    order.set_tags(ids[1], ["Reise", "work"])
    states, undos = [everything(database)], list[Callable[[], object]]()
    for number in range(30):
        one = chance.choice(ids)
        found = conversations.get(one)
        match chance.choice(["delete", "archive", "rename", "tags"]):
            case "delete" if found.deleted_at is None:
                conversations.delete(one)
                undos.append(partial(conversations.restore, one))
            case "archive":
                before = order.set_archived(one, is_archived=not found.is_archived)
                undos.append(partial(order.put_archived_back, one, before))
            case "rename":
                conversations.rename(one, f"Näme {number}")
                undos.append(partial(conversations.rename, one, found.title))
            case "tags":
                order.set_tags(one, chance.sample(["a", "Reise", "ü", "work"], 2))
                undos.append(partial(order.set_tags, one, found.tags))
            case _:
                continue
        states.append(everything(database))
    while undos:
        assert everything(database) == states.pop()
        undos.pop()()
    assert everything(database) == states.pop()


def test_an_edit_leaves_what_it_takes_the_place_of_as_it_was(database: Database) -> None:
    conversations = Conversations(database)
    conversation_id = talk(conversations, 1)
    [question, answer] = conversations.thread(conversation_id)
    before = everything(database)
    edited = conversations.add_edited(answer.id, "My own words.")
    asked = conversations.add_message(conversation_id, None, Role.USER, "Otherwise?")
    conversations.select_sibling(answer.id)
    after = everything(database)
    new = {edited.id, asked.id}
    assert [row for row in after["messages"] if not new & set(row)] == before["messages"]
    assert [each.text for each in conversations.thread(conversation_id)] == [question.text, answer.text]
    [row_before], [row_after] = before["conversations"], after["conversations"]
    changed = [a for a, b in zip(row_before, row_after, strict=True) if a != b]
    assert len(changed) <= 2  # when it was worked on last, and its place in the list
