"""Folders: a tree that loses nothing, and whose every change is undone to the byte."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import pytest

from lmstudio_lite.domain.conversations import Conversation, Shelf
from lmstudio_lite.domain.folders import Folder, ids_within, visible
from lmstudio_lite.errors import InvariantError, NotStoredError
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.folders import Folders
from lmstudio_lite.storage.organizing import ConversationOrder


@pytest.fixture
def folders(database: Database) -> Folders:
    return Folders(database)


def everything(database: Database) -> list[tuple[object, ...]]:
    """Return each row of each table that putting in order may touch."""
    with database.read() as connection:
        return [
            tuple(row)
            for table in ("conversations", "folders", "messages")
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY number")
        ]


def in_folder(conversations: Conversations, *folder_ids: str | None) -> list[str]:
    return [each.title for each in conversations.list(folder_ids=folder_ids)]


def names(found: list[Folder]) -> list[str]:
    return [folder.full_name for folder in found]


def test_the_tree_is_in_the_order_of_names(folders: Folders) -> None:
    work = folders.create("Work")
    folders.create("Zoo", work.id)
    taxes = folders.create(" Taxes \n 2026/27", work.id)
    folders.create("äpfel")
    assert names(folders.list()) == ["äpfel", "Work", "Work/Taxes 2026∕27", "Work/Zoo"]
    assert taxes.depth == 1
    assert ids_within(folders.list(), work.id) >= {work.id, taxes.id}
    folders.set_collapsed(work.id, is_collapsed=True)
    assert names(list(visible(folders.list()))) == ["äpfel", "Work"]
    folders.open_up_to(taxes.id)
    assert len(list(visible(folders.list()))) == 4


def test_a_conversation_lies_in_one_folder_and_keeps_its_place_in_time(
    conversations: Conversations, folders: Folders
) -> None:
    first, second = conversations.create("first"), conversations.create("second")
    work = folders.create("Work")
    before = folders.put([first.id], work.id)
    assert in_folder(conversations, work.id) == ["first"]
    assert in_folder(conversations, None) == ["second"]
    assert in_folder(conversations, None, work.id) == ["second", "first"]
    assert [each.title for each in conversations.list()] == ["second", "first"]
    assert conversations.get(first.id).folder_id == work.id
    assert folders.list()[0].num_conversations == 1
    folders.put_back(before)
    assert conversations.get(first.id) == first
    assert conversations.get(second.id) == second


def test_what_lay_in_a_removed_folder_goes_one_level_up(
    conversations: Conversations, folders: Folders, database: Database
) -> None:
    work = folders.create("Work")
    taxes = folders.create("Taxes", work.id)
    receipts = folders.create("Receipts", taxes.id)
    listed, archived, binned = (conversations.create(title) for title in ("listed", "archived", "binned"))
    folders.put([listed.id, archived.id, binned.id], taxes.id)
    ConversationOrder(database).set_archived(archived.id, is_archived=True)
    conversations.delete(binned.id)
    before = everything(database)
    removed = folders.remove(taxes.id)
    assert in_folder(conversations, work.id) == ["listed"]
    assert [each.folder_id for each in conversations.list(shelf=Shelf.BIN)] == [work.id]
    assert names(folders.list()) == ["Work", "Work/Receipts"]
    folders.restore(removed)
    assert everything(database) == before
    assert names(folders.list())[-1] == "Work/Taxes/Receipts"
    assert receipts.id in {each.id for each in folders.list()}


def test_a_folder_never_lies_within_itself(folders: Folders) -> None:
    work = folders.create("Work")
    taxes = folders.create("Taxes", work.id)
    for target in (work.id, taxes.id):
        with pytest.raises(InvariantError):
            folders.move(work.id, target)
    assert folders.move(taxes.id, None) == work.id
    assert names(folders.list()) == ["Taxes", "Work"]


def test_what_is_gone_says_so(conversations: Conversations, folders: Folders) -> None:
    conversation = conversations.create("kept")
    with pytest.raises(NotStoredError):
        folders.put([conversation.id], "gone")
    with pytest.raises(NotStoredError):
        folders.rename("gone", "x")
    work = folders.create("Work")
    before = folders.put([conversation.id], work.id)
    folders.put([conversation.id], None)
    folders.remove(work.id)
    folders.put_back([*before, *folders.put([conversation.id], None)])
    assert conversations.get(conversation.id).folder_id is None


def test_a_search_stays_within_a_folder_and_those_in_it(
    conversations: Conversations, folders: Folders
) -> None:
    made = {title: conversations.begin(title, "the same words").conversation_id for title in "abc"}
    work = folders.create("Heavy Work")
    taxes = folders.create("Täxes", work.id)
    folders.put([made["a"]], work.id)
    folders.put([made["b"]], taxes.id)

    def found(query: str) -> list[str]:
        return [each.title for each in conversations.list(query)]

    assert found("words") == ["c", "b", "a"]
    assert found("in:heavy words") == ["b", "a"]
    assert found("IN:taxes words") == ["b"]
    assert found("in:heavy-work/tax") == ["b"]
    assert found("in:nothing") == []
    conversations.begin("d", "it says in:nothing to me")
    assert found("in:nothing") == ["d"]


def test_a_copy_lies_beside_its_original(
    conversations: Conversations, folders: Folders, database: Database
) -> None:
    work = folders.create("Work")
    first = conversations.create("first")
    folders.put([first.id], work.id)
    copy = ConversationOrder(database).duplicate(first.id, "copy")
    assert copy.folder_id == work.id


def test_folders_in_a_circle_are_shown_at_the_top(folders: Folders, database: Database) -> None:
    one, two = folders.create("one"), folders.create("two")
    with database.write() as connection:
        connection.execute("UPDATE folders SET parent_number = 3 - number")
    found = folders.list()
    assert sorted(each.id for each in found) == sorted([one.id, two.id])
    assert found[0].parent_id is None


@pytest.mark.parametrize("seed", range(4))
def test_any_changes_are_undone_to_the_byte(
    conversations: Conversations, folders: Folders, database: Database, seed: int
) -> None:
    random_ = random.Random(seed)
    kept: list[Conversation] = [conversations.create(f"talk {number}") for number in range(8)]
    for number in range(5):
        every = folders.list()
        folders.create(f"folder {number}", random_.choice([None, *(each.id for each in every)]))
    states = [everything(database)]
    undos: list[Callable[[], object]] = []
    for _ in range(25):
        ids = [each.id for each in folders.list()]
        match random_.choice(["put", "put", "move", "remove"]):
            case "put":
                some = [each.id for each in random_.sample(kept, 3)]
                before = folders.put(some, random_.choice([None, *ids]))
                undos.append(partial(folders.put_back, before))
            case "move" if ids:
                moved = random_.choice(ids)
                outside = {*ids} - ids_within(folders.list(), moved)
                back = folders.move(moved, random_.choice([None, *sorted(outside)]))
                undos.append(partial(folders.move, moved, back))
            case "remove" if len(ids) > 1:
                removed = folders.remove(random_.choice(ids))
                undos.append(partial(folders.restore, removed))
            case _:
                continue
        states.append(everything(database))
    while undos:
        assert everything(database) == states.pop()
        undos.pop()()
    assert everything(database) == states.pop()
