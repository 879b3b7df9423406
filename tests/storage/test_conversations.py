from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.domain.conversations import MessageState, StoredMessage
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.records import ReplyNote
from lmstudio_lite.errors import InvariantError, NotStoredError
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.times import now_us


def exchange(conversations: Conversations, *texts: str, title: str = "") -> list[StoredMessage]:
    conversation = conversations.create(title)
    parent: str | None = None
    for number, text in enumerate(texts):
        role = Role.ASSISTANT if number % 2 else Role.USER
        parent = conversations.add_message(conversation.id, parent, role, text).id
    return conversations.thread(conversation.id)


def found(conversations: Conversations, query: str) -> list[str]:
    return [conversation.title for conversation in conversations.list(query)]


def test_a_conversation_comes_back_as_it_was_kept(conversations: Conversations) -> None:
    conversation = conversations.create("A title")
    assert conversation == conversations.get(conversation.id)
    assert conversation.active_leaf_id is None
    assert conversations.thread(conversation.id) == []
    assert datetime.now(UTC) - conversation.created_at < timedelta(minutes=1)


def test_a_thread_comes_back_after_reopening(database_path: Path) -> None:
    database = Database.open(database_path)
    kept = exchange(Conversations(database), "Hi", "Hello", "你好", "مرحبا 👋")
    database.close()
    database = Database.open(database_path)
    assert Conversations(database).thread(kept[0].conversation_id) == kept
    database.close()


@pytest.mark.parametrize("text", ["", "\0zero\0", "half \ud83d pair", "a\r\nb\u2028c", "x" * 1_000_000])
def test_odd_text_is_kept(conversations: Conversations, text: str) -> None:
    [message] = exchange(conversations, text)
    assert message.text == text.replace("\ud83d", "\ufffd")


def test_lone_surrogates_do_not_join_into_other_characters(conversations: Conversations) -> None:
    [message] = exchange(conversations, "\udcff👋\ud800")
    assert message.text == "\ufffd👋\ufffd"


def test_a_streamed_reply_is_saved_as_it_grows(conversations: Conversations) -> None:
    [question] = exchange(conversations, "Say it")
    reply = conversations.add_message(
        question.conversation_id, question.id, Role.ASSISTANT, "", state=MessageState.STREAMING
    )
    for text in ("So", "So it", "So it is"):
        conversations.update_message(reply.id, text=text, state=MessageState.STREAMING)
        assert conversations.get_message(reply.id).text == text
    conversations.update_message(
        reply.id,
        text="So it is said.",
        state=MessageState.LENGTH,
        tokens_per_s=38.5,
        note=ReplyNote(num_dropped_turns=1),
    )
    saved = conversations.thread(question.conversation_id)[-1]
    assert (saved.text, saved.state, saved.tokens_per_s, saved.note) == (
        "So it is said.",
        MessageState.LENGTH,
        38.5,
        ReplyNote(num_dropped_turns=1),
    )


def test_another_answer_is_a_sibling(conversations: Conversations) -> None:
    question, first = exchange(conversations, "Which?", "This")
    second = conversations.add_message(question.conversation_id, question.id, Role.ASSISTANT, "That")
    assert (second.sibling_index, second.num_siblings) == (1, 2)
    assert conversations.thread(question.conversation_id) == [question, second]
    assert [sibling.id for sibling in conversations.siblings(second.id)] == [first.id, second.id]
    shown = conversations.select_sibling(first.id)
    assert [message.id for message in shown] == [question.id, first.id]
    assert shown == conversations.thread(question.conversation_id)


def test_an_edited_first_message_is_another_root(conversations: Conversations) -> None:
    first, _answer = exchange(conversations, "Tpyo", "What?")
    edited = conversations.add_message(first.conversation_id, None, Role.USER, "Typo")
    assert (edited.sibling_index, edited.num_siblings) == (1, 2)
    assert conversations.thread(first.conversation_id) == [edited]
    assert [message.text for message in conversations.select_sibling(first.id)] == ["Tpyo", "What?"]


def test_a_branch_is_shown_down_to_its_newest_leaf(conversations: Conversations) -> None:
    question, first, *_ = exchange(conversations, "q", "first", "more", "older leaf")
    more_again = conversations.add_message(question.conversation_id, first.id, Role.USER, "more again")
    second = conversations.add_message(question.conversation_id, question.id, Role.ASSISTANT, "second")
    assert conversations.thread(question.conversation_id)[-1].id == second.id
    assert conversations.select_sibling(first.id)[-1].id == more_again.id


def test_a_path_off_the_screen(conversations: Conversations) -> None:
    question, first = exchange(conversations, "q", "first")
    conversations.add_message(question.conversation_id, question.id, Role.ASSISTANT, "second")
    assert [message.text for message in conversations.path_to(first.id)] == ["q", "first"]


def test_a_thread_longer_than_a_trigger_is_deep_can_be_purged(conversations: Conversations) -> None:
    thread = exchange(conversations, *(f"m{number}" for number in range(1_200)))
    assert len(thread) == 1_200
    conversations.delete(thread[0].conversation_id)
    assert len(conversations.purge_deleted()) == 1
    with pytest.raises(NotStoredError):
        conversations.get(thread[0].conversation_id)


def test_delete_and_undo(conversations: Conversations) -> None:
    kept = exchange(conversations, "keep me", "yes", title="Kept")
    conversations.delete(kept[0].conversation_id)
    assert conversations.list() == []
    assert conversations.list("keep") == []
    assert conversations.restore(kept[0].conversation_id).title == "Kept"
    assert found(conversations, "") == ["Kept"]
    assert found(conversations, "keep") == ["Kept"]
    assert conversations.thread(kept[0].conversation_id) == kept
    assert conversations.purge_deleted() == []


def test_a_purge_takes_only_what_is_deleted_and_leaves_nothing_of_it(
    database: Database, conversations: Conversations
) -> None:
    exchange(conversations, "stays", title="Stays")
    [gone] = exchange(conversations, "secretword", title="Goes")
    conversations.delete(gone.conversation_id)
    assert len(conversations.purge_deleted()) == 1
    assert found(conversations, "") == ["Stays"]
    with database.read() as connection:
        assert connection.execute("SELECT count(*) FROM message_search").fetchone()[0] == 1
    database.close()
    assert b"secretword" not in database.path.read_bytes()


def test_the_list_is_newest_first_and_limited(conversations: Conversations) -> None:
    first, *_ = [conversations.create(f"c{number}") for number in range(5)]
    conversations.add_message(first.id, None, Role.USER, "again")
    assert found(conversations, "") == ["c0", "c4", "c3", "c2", "c1"]
    assert [conversation.title for conversation in conversations.list(limit=2)] == ["c0", "c4"]


def test_a_new_title_is_found_and_the_old_one_is_not(conversations: Conversations) -> None:
    conversation = conversations.create("Gardening")
    assert conversations.rename(conversation.id, "Cooking").title == "Cooking"
    assert found(conversations, "cook") == ["Cooking"]
    assert found(conversations, "garden") == []


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("中", ["Chinese"]),
        ("翻译", ["Chinese"]),
        ("机器翻译", ["Chinese"]),
        ("翻译 天气", ["Chinese"]),
        ("译翻", []),
        ("strasse", ["Deutsch"]),
        ("STRAßE", ["Deutsch"]),
        ("fassung", ["Deutsch"]),
        ("uber", ["Deutsch"]),
        ("ü", ["Deutsch", "Chinese"]),
        ("ｆｕｌｌ", ["Chinese"]),
        ("deutsch fassung", ["Deutsch"]),
        ("fassung 翻译", []),
        ("が", ["Japanese"]),
        ("か", []),
        ('"quoted"', ["Deutsch"]),
        ('"', ["Deutsch"]),
        ("100%", ["Deutsch"]),
        ("%", ["Deutsch"]),
        ("* OR NOT", []),
        ("body:fassung", []),
        ("\0", ["Japanese", "Deutsch", "Chinese"]),
        ("\ud800", []),
        ("   ", ["Japanese", "Deutsch", "Chinese"]),
    ],
)
def test_search(conversations: Conversations, query: str, titles: list[str]) -> None:
    exchange(conversations, "请用机器翻译这句话", "中文：今天天气很好, Full", title="Chinese")
    exchange(conversations, "Über die Hauptstraße", 'Die Zusammenfassung ist "quoted" 100%', title="Deutsch")
    exchange(conversations, "ありがとう", title="Japanese")
    assert found(conversations, query) == titles


def test_an_unfinished_message_is_found_once_it_ends(conversations: Conversations) -> None:
    conversation = conversations.create("c")
    reply = conversations.add_message(conversation.id, None, Role.ASSISTANT, "", state=MessageState.STREAMING)
    conversations.update_message(reply.id, text="pineapple", state=MessageState.STREAMING)
    assert found(conversations, "pineapple") == []
    conversations.update_message(reply.id, text="pineapple", state=MessageState.STOPPED)
    assert found(conversations, "pineapple") == ["c"]
    conversations.update_message(reply.id, text="pineapple and", state=MessageState.STREAMING)
    conversations.update_message(reply.id, text="mango", state=MessageState.COMPLETE)
    assert found(conversations, "pineapple") == []
    assert found(conversations, "mango") == ["c"]


def test_what_is_gone_is_told(conversations: Conversations) -> None:
    [message] = exchange(conversations, "here")
    other = conversations.create()
    with pytest.raises(NotStoredError):
        conversations.get("nowhere")
    with pytest.raises(NotStoredError):
        conversations.thread("nowhere")
    with pytest.raises(NotStoredError):
        conversations.select_sibling("nowhere")
    with pytest.raises(NotStoredError):
        conversations.update_message("nowhere", text="", state=MessageState.COMPLETE)
    with pytest.raises(InvariantError):
        conversations.add_message("nowhere", None, Role.USER, "")
    with pytest.raises(InvariantError):
        conversations.add_message(other.id, message.id, Role.USER, "a parent of another conversation")
    assert conversations.thread(other.id) == []


def test_an_edited_answer_stands_beside_the_first(conversations: Conversations) -> None:
    question, answer, more, _ = exchange(conversations, "Why?", "Becuase.", "And?", "So.")
    edited = conversations.add_edited(answer.id, "Because.")
    assert (edited.parent_id, edited.role, edited.text) == (question.id, Role.ASSISTANT, "Because.")
    assert (edited.sibling_index, edited.num_siblings, edited.is_edited) == (1, 2, True)
    assert conversations.thread(question.conversation_id) == [question, edited]
    first = conversations.get_message(answer.id)
    assert (first.text, first.is_edited) == ("Becuase.", False)
    assert [message.id for message in conversations.select_sibling(answer.id)][:3] == [
        question.id,
        answer.id,
        more.id,
    ]
    assert [found.id for found in conversations.list("Because")] == [question.conversation_id]


@pytest.mark.parametrize(
    ("state", "note", "kept"),
    [
        (
            MessageState.COMPLETE,
            ReplyNote(num_dropped_turns=2, num_passages=3, num_passages_in_all=40),
            ReplyNote(is_edited=True, num_dropped_turns=2, num_passages=3, num_passages_in_all=40),
        ),
        (
            MessageState.STOPPED,
            ReplyNote(num_dropped_turns=2),
            ReplyNote(is_edited=True, num_dropped_turns=2),
        ),
        (MessageState.FAILED, ReplyNote(error_code="disk;full"), ReplyNote(is_edited=True)),
        (MessageState.INTERRUPTED, ReplyNote(), ReplyNote(is_edited=True)),
    ],
)
def test_an_edited_answer_keeps_what_the_first_could_not_see(
    conversations: Conversations, state: MessageState, note: ReplyNote, kept: ReplyNote
) -> None:
    _, answer = exchange(conversations, "Why?", "")
    conversations.update_message(answer.id, text="Half", state=state, note=note)
    edited = conversations.add_edited(answer.id, "Whole.")
    assert (edited.state, edited.note) == (MessageState.COMPLETE, kept)
    again = conversations.add_edited(edited.id, "Whole!")
    assert (again.note, again.sibling_index, again.num_siblings) == (kept, 2, 3)


def test_only_ended_answers_can_be_edited(conversations: Conversations) -> None:
    question, _ = exchange(conversations, "Why?", "So.")
    streaming = conversations.add_message(
        question.conversation_id, question.id, Role.ASSISTANT, "", MessageState.STREAMING
    )
    for message_id in (question.id, streaming.id):
        with pytest.raises(InvariantError):
            conversations.add_edited(message_id, "Mine")
    assert conversations.thread(question.conversation_id)[-1].id == streaming.id


def test_answers_are_chosen_by_the_heart_or_by_an_edit_on_the_screen(conversations: Conversations) -> None:
    question, answer, _, liked = exchange(conversations, "Why?", "Hm.", "And?", "So.")
    conversations.set_liked(liked.id, True)
    edited = conversations.add_edited(answer.id, "Because.")
    last = conversations.add_edited(edited.id, "Because of that.")
    assert conversations.chosen_answer_ids() == [liked.id, last.id]
    conversations.set_liked(last.id, True)
    conversations.set_liked(edited.id, True)
    assert conversations.chosen_answer_ids() == [liked.id, edited.id, last.id]
    for message_id in (last.id, edited.id):
        conversations.set_liked(message_id, False)
    conversations.select_sibling(answer.id)
    assert conversations.chosen_answer_ids() == [liked.id]
    conversations.select_sibling(edited.id)
    assert conversations.chosen_answer_ids() == [liked.id, edited.id]
    conversations.delete(question.conversation_id)
    assert conversations.chosen_answer_ids() == []


def test_an_edit_takes_the_place_of_the_answer_that_was_liked_before(conversations: Conversations) -> None:
    question, answer = exchange(conversations, "Why?", "Becuase.")
    conversations.set_liked(answer.id, True)
    edited = conversations.add_edited(answer.id, "Because.")
    assert conversations.chosen_answer_ids() == [edited.id]
    conversations.set_liked(edited.id, True)
    assert conversations.chosen_answer_ids() == [edited.id]
    last = conversations.add_edited(edited.id, "Because of that.")
    assert conversations.chosen_answer_ids() == [last.id]
    conversations.select_sibling(answer.id)
    assert conversations.chosen_answer_ids() == [edited.id]
    conversations.set_liked(edited.id, False)
    assert conversations.chosen_answer_ids() == [answer.id]
    other = conversations.add_message(question.conversation_id, question.id, Role.ASSISTANT, "So it is.")
    conversations.set_liked(other.id, True)
    assert conversations.chosen_answer_ids() == [answer.id, other.id]


def test_an_answer_and_its_edit_are_both_chosen_once_both_were_liked_since(
    conversations: Conversations,
) -> None:
    _, answer = exchange(conversations, "Why?", "Because.")
    edited = conversations.add_edited(answer.id, "For a reason.")
    conversations.set_liked(answer.id, True)
    assert conversations.chosen_answer_ids() == [edited.id]
    conversations.set_liked(edited.id, True)
    assert conversations.chosen_answer_ids() == [answer.id, edited.id]


steps = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "add", "root", "select", "delete and undo"]), st.integers(0, 99)
    ),
    max_size=25,
)


@given(steps)
@settings(max_examples=60, deadline=None)
def test_a_thread_is_always_a_way_from_a_root_to_a_leaf(plan: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(Path(folder) / "library.sqlite3")
        try:
            follow(plan, Conversations(database))
            assert database.problems() == ()
        finally:
            database.close()


def follow(plan: list[tuple[str, int]], conversations: Conversations) -> None:
    conversation_id = conversations.create().id
    parents: dict[str, str | None] = {}
    for verb, choice in plan:
        known = list(parents)
        chosen = known[choice % len(known)] if known else None
        if verb == "delete and undo":
            conversations.delete(conversation_id)
            conversations.restore(conversation_id)
        elif verb == "select" and chosen is not None:
            conversations.select_sibling(chosen)
            assert chosen in {message.id for message in conversations.thread(conversation_id)}
        else:
            parent = None if verb == "root" else chosen
            added = conversations.add_message(conversation_id, parent, Role.USER, verb)
            parents[added.id] = parent
            assert conversations.thread(conversation_id)[-1] == added
        check(conversations, conversation_id, parents)


def check(conversations: Conversations, conversation_id: str, parents: dict[str, str | None]) -> None:
    thread = conversations.thread(conversation_id)
    assert bool(thread) == bool(parents)
    above = None
    for message in thread:
        assert message.parent_id == above == parents[message.id]
        siblings = [sibling for sibling, parent in parents.items() if parent == above]
        assert (message.sibling_index, message.num_siblings) == (siblings.index(message.id), len(siblings))
        assert [sibling.id for sibling in conversations.siblings(message.id)] == siblings
        above = message.id
    assert above is None or above not in parents.values()
    for num_messages in (1, 2, 30):
        end, is_whole = conversations.thread_end(conversation_id, num_messages)
        assert end == thread[-num_messages:]
        assert is_whole is (len(end) == len(thread))


def test_a_clock_that_was_set_back_changes_no_order(
    conversations: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversations.create("before")
    year_us = 365 * 24 * 3600 * 1_000_000
    set_back = now_us() - year_us
    monkeypatch.setattr("lmstudio_lite.storage.conversations.now_us", lambda: set_back)
    conversations.create("after")
    assert found(conversations, "") == ["after", "before"]
    older, newer = conversations.list()[1], conversations.list()[0]
    conversations.add_message(older.id, None, Role.USER, "again")
    assert found(conversations, "") == ["before", "after"]
    assert newer.updated_at < older.updated_at
