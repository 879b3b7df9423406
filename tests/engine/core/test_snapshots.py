"""Evaluated conversations survive the process, and a bad file never does harm."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Finished,
    GenerationEvent,
    GenerationRequest,
    Message,
    Role,
    Sampling,
    TextDelta,
)
from lmstudio_lite.engine.backend import Context
from lmstudio_lite.engine.client.client import WorkerClient
from lmstudio_lite.engine.core.engine import Engine
from lmstudio_lite.engine.core.snapshots import SnapshotStore
from lmstudio_lite.engine.templates.chat_format import ChatFormat
from tests.engine.scripted_model import scripted_context

GREEDY = Sampling(temperature=0)
QUESTION = "Tell me something about " + "very " * 80 + "old ships."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SnapshotStore]:
    store = SnapshotStore(tmp_path / "snapshots", 1 << 30)
    yield store
    store.close()


class Chat:
    """An engine as it is after a start: it knows nothing but what is on disk."""

    def __init__(self, context: Context, store: SnapshotStore) -> None:
        for sequence_id in range(context.num_sequence_ids):
            context.remove(sequence_id, 0)
        tokenizer = context.model.tokenizer
        chat_format = ChatFormat(
            tokenizer.chat_template,
            special_texts=tokenizer.special_texts,
            guarded_texts=tokenizer.guarded_texts,
        )
        self.events: list[GenerationEvent] = []
        self.engine = Engine(context, chat_format, self.events.append, store)

    def ask(self, *messages: Message, conversation_id: str = "chat 1", max_tokens: int = 10) -> Finished:
        request = GenerationRequest(
            "r", ChatPrompt(messages), max_tokens, GREEDY, conversation_id=conversation_id
        )
        self.events.clear()
        self.engine.submit(request)
        while self.engine.has_work:
            self.engine.step()
        end = self.events[-1]
        assert isinstance(end, Finished)
        return end

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))


def second_turn(reply: str) -> tuple[Message, ...]:
    return Message(Role.USER, QUESTION), Message(Role.ASSISTANT, reply), Message(Role.USER, "And then?")


def test_a_chat_goes_on_after_a_restart_without_evaluating_it_again(context: Context, tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path, 1 << 30)
    chat = Chat(context, store)
    chat.ask(Message(Role.USER, QUESTION))
    first = chat.text
    unbroken = chat.ask(*second_turn(first))
    unbroken_text = chat.text
    chat.engine.save_conversations()
    store.close()

    store = SnapshotStore(tmp_path, 1 << 30)
    again = Chat(context, store)
    end = again.ask(*second_turn(first))
    assert end.usage.num_cached_tokens >= unbroken.usage.num_cached_tokens
    assert end.usage.num_prompt_tokens - end.usage.num_cached_tokens < 40
    assert again.text == unbroken_text
    store.close()


def test_an_idle_conversation_is_saved_once(context: Context, store: SnapshotStore) -> None:
    chat = Chat(context, store)
    chat.ask(Message(Role.USER, QUESTION))
    assert chat.engine.save_one_conversation()
    assert not chat.engine.save_one_conversation()


def test_another_conversation_gets_nothing_of_it(context: Context, store: SnapshotStore) -> None:
    chat = Chat(context, store)
    chat.ask(Message(Role.USER, QUESTION))
    chat.engine.save_conversations()
    store.close()
    other = Chat(context, store)
    assert other.ask(Message(Role.USER, QUESTION), conversation_id="chat 2").usage.num_cached_tokens == 0


def test_work_without_a_conversation_leaves_nothing_on_disk(context: Context, tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path, 1 << 30)
    chat = Chat(context, store)
    chat.ask(Message(Role.USER, QUESTION), conversation_id="")
    chat.engine.save_conversations()
    store.close()
    assert list(tmp_path.rglob("*.kv")) == []


def saved_file(folder: Path) -> Path:
    store = SnapshotStore(folder, 1 << 30)
    context = scripted_context(context_size=2048, batch_size=512)
    chat = Chat(context, store)
    chat.ask(Message(Role.USER, QUESTION))
    chat.engine.save_conversations()
    store.close()
    (path,) = folder.rglob("*.kv")
    return path


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_damaged_snapshot_is_dropped_and_the_chat_goes_on(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("snapshots")
    path = saved_file(folder)
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    store = SnapshotStore(folder, 1 << 30)
    chat = Chat(scripted_context(context_size=2048, batch_size=512), store)
    end = chat.ask(*second_turn("one two"))
    assert end.usage.num_cached_tokens == 0
    assert chat.text.split() == ["one", "two"]
    store.close()


def test_the_longest_unused_snapshots_make_room(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path, 3_500)
    for number in range(4):
        store.save("key", f"chat {number}", [1, 2, 3], b"x" * 1_000)
        store.close()
        time.sleep(0.02)
    assert store.find("key", "chat 0") is None
    assert all(store.find("key", f"chat {number}") for number in (2, 3))
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.kv")) <= 3_500


def test_a_state_larger_than_half_of_the_limit_is_not_kept(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path, 100)
    chat = Chat(scripted_context(context_size=2048, batch_size=512), store)
    chat.ask(Message(Role.USER, QUESTION))
    chat.engine.save_conversations()
    store.close()
    assert list(tmp_path.rglob("*.kv")) == []


def test_a_forgotten_conversation_is_gone_for_every_model(store: SnapshotStore) -> None:
    for key in ("one model", "another"):
        store.save(key, "chat 1", [1, 2, 3], b"state")
        store.save(key, "chat 2", [1, 2, 3], b"state")
    store.close()
    store.forget(["chat 1", "never seen"])
    assert store.find("one model", "chat 1") is store.find("another", "chat 1") is None
    assert store.find("one model", "chat 2")


@pytest.mark.may_log("a chat's state can't be kept on disk")
def test_a_folder_that_can_not_be_written_costs_only_the_snapshot(tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("not a folder")
    store = SnapshotStore(blocked, 1 << 20)
    chat = Chat(scripted_context(context_size=2048, batch_size=512), store)
    chat.ask(Message(Role.USER, QUESTION))
    chat.engine.save_conversations()
    store.close()
    assert chat.ask(*second_turn("one two"))


def test_a_chat_goes_on_in_another_process(starter_path: Path, tmp_path: Path) -> None:
    options = LoadOptions(
        context_size=1024, num_sequences_max=2, snapshot_folder=tmp_path, snapshot_limit_bytes=1 << 30
    )
    replies: list[str] = []
    ends: list[Finished] = []
    for turn in range(2):
        client = WorkerClient()
        try:
            client.load_model(starter_path, options)
            client.wait_until_ready(120)
            messages = (Message(Role.USER, QUESTION),) if turn == 0 else second_turn(replies[0])
            events: list[GenerationEvent] = []
            client.submit(
                GenerationRequest("r", ChatPrompt(messages), 10, GREEDY, conversation_id="c"), events.append
            )
            deadline = time.monotonic() + 120
            while not (events and isinstance(events[-1], Finished)) and time.monotonic() < deadline:
                time.sleep(0.02)
        finally:
            client.close()
        replies.append("".join(event.text for event in events if isinstance(event, TextDelta)))
        end = events[-1]
        assert isinstance(end, Finished)
        ends.append(end)
    assert ends[1].usage.num_prompt_tokens - ends[1].usage.num_cached_tokens < 40
