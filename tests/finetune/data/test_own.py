from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.records import SummaryRecord, TranslationRecord
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.engine.templates.chat_format import CHATML, ChatFormat
from lmstudio_lite.engine.templates.guarded_texts import GuardedTexts
from lmstudio_lite.finetune.data.canonical import read_examples, write_examples
from lmstudio_lite.finetune.data.own import chats, chosen_answers, edited_summaries, finished_translations
from lmstudio_lite.finetune.data.rendering import render_example
from lmstudio_lite.finetune.data.sources import plain_pair_prompt
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.results import Results
from tests.finetune.data.reading import turns


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "library.sqlite3")
    yield opened
    opened.close()


def chat(conversations: Conversations, *texts: str) -> list[str]:
    conversation = conversations.create("About cats")
    ids: list[str] = []
    for number, text in enumerate(texts):
        role = Role.ASSISTANT if number % 2 else Role.USER
        ids.append(conversations.add_message(conversation.id, ids[-1] if ids else None, role, text).id)
    return ids


def test_chats_are_whole_threads_up_to_what_was_broken_off(database: Database) -> None:
    conversations = Conversations(database)
    ids = chat(conversations, "Hi", "Hello", "And?", "brok")
    conversations.update_message(ids[3], text="brok", state=MessageState.STOPPED)
    chat(conversations, "Alone")
    (example,) = chats(conversations)
    assert isinstance(example, TrainingExample)
    assert turns(example) == [("user", "Hi"), ("assistant", "Hello")]
    assert example.at == "About cats"


def test_a_liked_answer_brings_what_led_to_it(database: Database) -> None:
    conversations = Conversations(database)
    ids = chat(conversations, "Hi", "Hello", "And?", "Then", "More?", "No")
    other = chat(conversations, "Hm?", "Ah")
    for message_id in (ids[1], ids[3], other[1]):
        conversations.set_liked(message_id, True)
    conversations.set_liked(other[1], False)
    assert conversations.get_message(ids[3]).is_liked
    first, second = chosen_answers(conversations)
    assert isinstance(first, TrainingExample)
    assert isinstance(second, TrainingExample)
    assert [text for _, text in turns(first)] == ["Hi", "Hello"]
    assert [text for _, text in turns(second)] == ["Hi", "Hello", "And?", "Then"]
    assert first.learns_last
    assert second.learns_last
    conversations.delete(conversations.get_message(ids[0]).conversation_id)
    assert list(chosen_answers(conversations)) == []


def test_of_a_liked_answer_that_was_broken_off_nothing_is_learned(database: Database) -> None:
    conversations = Conversations(database)
    ids = chat(conversations, "Hi", "Hello", "And?", "brok")
    conversations.update_message(ids[3], text="brok", state=MessageState.STOPPED)
    conversations.set_liked(ids[3], True)
    assert list(chosen_answers(conversations)) == []


def test_what_led_to_a_liked_answer_is_not_learned(database: Database, tmp_path: Path) -> None:
    conversations = Conversations(database)
    ids = chat(conversations, "Hi", "Hello", "And?", "Then")
    conversations.set_liked(ids[3], True)
    (example,) = chosen_answers(conversations)
    assert isinstance(example, TrainingExample)
    path = tmp_path / "liked.jsonl"
    write_examples(path, [example])
    (read,) = read_examples(path)
    assert read == example
    (shown,) = render_example(read, ChatFormat(CHATML, special_texts=("", ""), guarded_texts=GuardedTexts))
    assert [shown.text[start:end] for start, end in shown.answers] == ["Then<|im_end|>"]


def test_an_edited_answer_is_learned_until_it_is_taken_back(database: Database) -> None:
    conversations = Conversations(database)
    ids = chat(conversations, "Hi", "Hello", "And?", "Becuase")
    edited = conversations.add_edited(ids[3], "Because")
    conversations.set_liked(edited.id, True)
    (example,) = chosen_answers(conversations)
    assert isinstance(example, TrainingExample)
    assert [text for _, text in turns(example)] == ["Hi", "Hello", "And?", "Because"]
    assert example.learns_last
    conversations.set_liked(edited.id, False)
    assert list(chosen_answers(conversations)) == [example]
    conversations.select_sibling(ids[3])
    assert list(chosen_answers(conversations)) == []


def test_of_a_liked_answer_that_was_then_edited_only_the_edit_is_learned(database: Database) -> None:
    conversations = Conversations(database)
    ids = chat(conversations, "Hi", "Helo")
    conversations.set_liked(ids[1], True)
    conversations.add_edited(ids[1], "Hello")
    (example,) = chosen_answers(conversations)
    assert isinstance(example, TrainingExample)
    assert turns(example) == [("user", "Hi"), ("assistant", "Hello")]


def test_what_was_broken_off_and_then_edited_is_whole(database: Database) -> None:
    conversations = Conversations(database)
    ids = chat(conversations, "Hi", "Hel")
    conversations.update_message(ids[1], text="Hel", state=MessageState.STOPPED)
    conversations.add_edited(ids[1], "Hello")
    (example,) = chosen_answers(conversations)
    assert isinstance(example, TrainingExample)
    assert [text for _, text in turns(example)] == ["Hi", "Hello"]


def test_edited_summaries_and_whole_translations_are_learned(database: Database) -> None:
    results = Results(database)

    def add(text: str, record: SummaryRecord | TranslationRecord) -> None:
        results.add("Title", "", "", "The source.", text, record)

    def translated_parts(num_done: int, num_total: int) -> TranslationRecord:
        return TranslationRecord(source="en", target="de", num_done=num_done, num_total=num_total)

    add("Mine.", SummaryRecord(is_edited=True))
    add("The model's.", SummaryRecord())
    add("Die Quelle.", translated_parts(1, 1))
    add("Half", translated_parts(1, 2))
    add("The source.", translated_parts(1, 1))
    (summary,) = edited_summaries(results, lambda text, record: (Message(Role.USER, f"Sum up: {text}"),))
    assert isinstance(summary, TrainingExample)
    assert turns(summary) == [("user", "Sum up: The source."), ("assistant", "Mine.")]
    translated = list(finished_translations(results, plain_pair_prompt))
    assert [isinstance(item, TrainingExample) for item in translated] == [False, True]
