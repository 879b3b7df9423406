"""Pins, archive, tags, copies and the bin: nothing here changes a message, and all of it is undone."""

from __future__ import annotations

import pytest

from lmstudio_lite.domain.conversations import Attachment, MessageState, NewAttachment, Shelf
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.organizing import ConversationOrder


@pytest.fixture
def order(database: Database) -> ConversationOrder:
    return ConversationOrder(database)


def titles(conversations: Conversations, query: str = "", shelf: Shelf = Shelf.LIST) -> list[str]:
    return [each.title for each in conversations.list(query, shelf=shelf)]


def test_a_pinned_conversation_stands_above_newer_ones(
    conversations: Conversations, order: ConversationOrder
) -> None:
    first, _second = conversations.create("first"), conversations.create("second")
    order.set_pinned(first.id, is_pinned=True)
    assert titles(conversations) == ["first", "second"]
    assert conversations.get(first.id).is_pinned
    order.set_pinned(first.id, is_pinned=False)
    assert titles(conversations) == ["second", "first"]


def test_the_archive_keeps_what_the_list_does_not_show(
    conversations: Conversations, order: ConversationOrder
) -> None:
    message = conversations.begin("Taxes", "Which form do I need?")
    before = conversations.get(message.conversation_id)
    order.set_archived(before.id, is_archived=True)
    assert titles(conversations) == []
    assert titles(conversations, "form", Shelf.ARCHIVE) == ["Taxes"]
    assert conversations.get(before.id).shelf is Shelf.ARCHIVE
    order.set_archived(before.id, is_archived=False)
    assert conversations.list() == [before]


def test_what_is_deleted_lies_in_the_bin_until_it_is_old(
    database: Database, conversations: Conversations, order: ConversationOrder
) -> None:
    kept, gone = conversations.create("kept"), conversations.create("gone")
    for conversation in (kept, gone):
        conversations.delete(conversation.id)
    assert titles(conversations, shelf=Shelf.BIN) == ["gone", "kept"]
    assert conversations.purge_deleted(30) == []
    order.date_back(gone.id)
    assert conversations.purge_deleted(30) == [gone.id]
    assert conversations.restore(kept.id).shelf is Shelf.LIST
    with pytest.raises(NotStoredError):
        order.set_pinned(gone.id, is_pinned=True)
    with database.read() as connection:
        assert connection.execute("SELECT count(*) FROM conversation_tags").fetchone()[0] == 0


def test_a_question_brings_a_conversation_back_from_the_bin(conversations: Conversations) -> None:
    question = conversations.begin("Talk", "Hello?")
    conversations.delete(question.conversation_id)
    conversations.add_message(question.conversation_id, question.id, Role.ASSISTANT, "a late reply")
    assert titles(conversations) == []
    conversations.add_message(question.conversation_id, question.id, Role.USER, "Are you there?")
    assert titles(conversations) == ["Talk"]


def test_only_what_is_deleted_is_dated_back(conversations: Conversations, order: ConversationOrder) -> None:
    kept = conversations.create("kept")
    order.date_back(kept.id)
    assert conversations.purge_deleted(30) == []
    assert titles(conversations) == ["kept"]


def test_tags_are_found_by_their_beginning(conversations: Conversations, order: ConversationOrder) -> None:
    trip, work = conversations.create("Trip"), conversations.create("Work")
    order.set_tags(trip.id, ["Reise", "#Müßig", "müssig", " two  words ", ""])
    order.set_tags(work.id, ["reise"])
    assert conversations.get(trip.id).tags == ("Müßig", "Reise", "two-words")
    assert titles(conversations, "#rei") == ["Work", "Trip"]
    assert titles(conversations, "#MUSSIG") == ["Trip"]
    assert titles(conversations, "#eise") == []
    assert titles(conversations, "#reise work") == ["Work"]
    assert order.tags()[0].casefold() == "reise"
    order.set_tags(work.id, [])
    assert titles(conversations, "#reise") == ["Trip"]


def test_a_copy_has_all_branches_and_is_found(conversations: Conversations, order: ConversationOrder) -> None:
    attached = NewAttachment(Attachment("notes.txt", "hash", "en", "/x/notes.txt"), "the attached words")
    question = conversations.begin("Original", "What rhymes?", [attached])
    first = conversations.add_message(
        question.conversation_id, question.id, Role.ASSISTANT, "Rain and pain", MessageState.COMPLETE
    )
    conversations.add_message(
        question.conversation_id, question.id, Role.ASSISTANT, "under way", MessageState.STREAMING
    )
    conversations.select_sibling(first.id)
    order.set_tags(question.conversation_id, ["verse"])
    conversations.set_liked(first.id, is_liked=True)
    copy = order.duplicate(question.conversation_id, "Copy")
    thread = conversations.thread(copy.id)
    assert [message.text for message in thread] == ["What rhymes?", "Rain and pain"]
    assert not thread[1].is_liked
    assert [each.state for each in conversations.siblings(thread[1].id)] == [
        MessageState.COMPLETE,
        MessageState.INTERRUPTED,
    ]
    assert conversations.attached_text(thread[0].attachments[0].content_hash) == "the attached words"
    assert titles(conversations, "pain") == ["Copy", "Original"]
    assert copy.tags == ("verse",)
    conversations.delete(question.conversation_id)
    conversations.purge_deleted()
    assert conversations.attached_text("hash") == "the attached words"
    assert len(conversations.thread(copy.id)) == 2
