from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.conversations import (
    MessageState,
    ReplyProgress,
    ReplyStarted,
    ReplyText,
    StoredMessage,
)
from lmstudio_lite.domain.generation import ChatPrompt, GenerationRequest, Message, Overflow, Role
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile, SamplingChoice
from lmstudio_lite.errors import DecodeError, DiskFullError, InvariantError
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from lmstudio_lite.tasks.chat.reply import ChatTask
from lmstudio_lite.tasks.text.titles import title_from
from lmstudio_lite.unsaved import UnsavedWork
from tests.support.engines import AnsweringEngine


class Talk:
    """A conversation over a scripted engine that answers ``self.answer``."""

    def __init__(self, folder: Path) -> None:
        self.answer: Callable[[GenerationRequest], str] = lambda request: "Good morning to you."
        self.engine = AnsweringEngine(lambda request: self.answer(request))
        self.database = Database.open(folder / "library.sqlite3")
        self.conversations = Conversations(self.database)
        self.settings = SettingsStore(folder / "settings.toml")
        self.unsaved = UnsavedWork(first_retry_s=0.01, last_retry_s=0.02)
        self.profile = NO_PROFILE
        self.task = ChatTask(
            self.engine, self.conversations, self.settings, self.unsaved, lambda _path: self.profile
        )
        self.id = self.conversations.create().id
        self.progress: list[ReplyProgress] = []

    def say(self, text: str, parent: StoredMessage | None = None) -> StoredMessage:
        return self.conversations.add_message(self.id, parent.id if parent else None, Role.USER, text)

    def reply(self, user: StoredMessage, cancellation: Cancellation | None = None) -> StoredMessage:
        return self.task.reply(
            self.id, user.id, report=self.progress.append, cancellation=cancellation or Cancellation()
        )

    def go_on(self, reply: StoredMessage) -> StoredMessage:
        return self.task.continue_reply(reply.id, report=self.progress.append, cancellation=Cancellation())

    @property
    def last_prompt(self) -> ChatPrompt:
        prompt = self.engine.requests[-1].prompt
        assert isinstance(prompt, ChatPrompt)
        return prompt


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    talk = Talk(tmp_path)
    yield talk
    talk.engine.close()
    talk.unsaved.close()
    talk.database.close()


def test_a_reply_is_streamed_and_stored(talk: Talk) -> None:
    reply = talk.reply(talk.say("Good morning"))
    assert (reply.text, reply.state, reply.role) == (
        "Good morning to you.",
        MessageState.COMPLETE,
        Role.ASSISTANT,
    )
    assert reply.tokens_per_s is None  # five tokens tell no speed
    assert isinstance(talk.progress[0], ReplyStarted)
    told = [progress for progress in talk.progress if isinstance(progress, ReplyText)]
    assert "".join(progress.added for progress in told) == reply.text
    assert [progress.start for progress in told[1:]] == [each.start + len(each.added) for each in told[:-1]]
    assert [message.text for message in talk.conversations.thread(talk.id)] == ["Good morning", reply.text]


def test_the_prompt_is_the_thread_with_the_system_prompt(talk: Talk) -> None:
    talk.settings.update("chat", system_prompt="Be brief.", temperature=0.25, max_tokens=99)
    first = talk.reply(talk.say("One"))
    talk.reply(talk.say("Two", first))
    assert talk.last_prompt.messages == (
        Message(Role.SYSTEM, "Be brief."),
        Message(Role.USER, "One"),
        Message(Role.ASSISTANT, first.text),
        Message(Role.USER, "Two"),
    )
    assert talk.last_prompt.overflow is Overflow.DROP_OLDEST_TURNS
    assert talk.engine.requests[-1].sampling.temperature == 0.25
    assert talk.engine.requests[-1].max_tokens == 99


def test_regenerating_makes_a_sibling(talk: Talk) -> None:
    user = talk.say("One")
    first, second = talk.reply(user), talk.reply(user)
    assert (second.sibling_index, second.num_siblings) == (1, 2)
    assert talk.conversations.get_message(first.id).text == first.text
    assert talk.last_prompt.messages == (Message(Role.USER, "One"),)


def test_stopping_keeps_the_text_and_continuing_goes_on_from_it(talk: Talk) -> None:
    talk.answer = lambda request: "a long story " * 400
    talk.engine.pause_after = 5
    cancellation = Cancellation()
    user = talk.say("Tell")

    def stop_soon(progress: ReplyProgress) -> None:
        if isinstance(progress, ReplyText):
            cancellation.cancel()

    stopped = talk.task.reply(talk.id, user.id, report=stop_soon, cancellation=cancellation)
    assert stopped.state is MessageState.STOPPED
    assert stopped.text
    talk.engine.gate.set()
    talk.answer = lambda request: "and the end."
    ended = talk.go_on(stopped)
    assert talk.last_prompt.reply_start == stopped.text
    assert talk.last_prompt.messages == (Message(Role.USER, "Tell"),)
    assert (ended.id, ended.text, ended.state) == (
        stopped.id,
        stopped.text + "and the end.",
        MessageState.COMPLETE,
    )


def test_a_failed_reply_keeps_its_text_and_raises(talk: Talk) -> None:
    def fail(request: GenerationRequest) -> str:
        raise DecodeError(status=-3)

    talk.answer = fail
    user = talk.say("One")
    with pytest.raises(DecodeError):
        talk.reply(user)
    failed = talk.conversations.thread(talk.id)[-1]
    kept = failed.note.error
    assert (failed.state, kept.code, kept.details) == (MessageState.FAILED, "decode", {"status": -3})
    talk.answer = lambda request: "Better."
    assert talk.go_on(failed).state is MessageState.COMPLETE


def test_what_the_listener_raises_leaves_an_interrupted_reply(talk: Talk) -> None:
    def broken(progress: ReplyProgress) -> None:
        if isinstance(progress, ReplyText):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        talk.task.reply(talk.id, talk.say("One").id, report=broken, cancellation=Cancellation())
    assert talk.conversations.thread(talk.id)[-1].state is MessageState.INTERRUPTED
    assert talk.engine.cancelled == {talk.engine.requests[-1].request_id}


def test_the_text_is_on_disk_while_it_streams(talk: Talk, tmp_path: Path) -> None:
    """Another connection sees the text before the reply has ended, as a restart after a kill would."""
    talk.answer = lambda request: "words that come slowly, one after the other"
    talk.engine.pause_after = 3
    thread = threading.Thread(target=talk.reply, args=(talk.say("One"),))
    thread.start()
    try:
        assert _wait_for_text(tmp_path / "library.sqlite3") == "words that come sl"
    finally:
        talk.engine.gate.set()
        thread.join()
    assert talk.conversations.thread(talk.id)[-1].state is MessageState.COMPLETE


def _wait_for_text(path: Path) -> str:
    connection = sqlite3.connect(path)
    try:
        for _ in range(200):
            row = connection.execute("SELECT text FROM messages WHERE state = 'streaming'").fetchone()
            if row and row[0]:
                return str(row[0])
            threading.Event().wait(0.02)
        return ""
    finally:
        connection.close()


def test_a_full_disk_while_streaming_does_not_stop_the_reply(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = talk.conversations.update_message
    monkeypatch.setattr("lmstudio_lite.tasks.chat.growing_reply._SAVE_INTERVAL_S", 0.0)

    def update_full(message_id: str, *, text: str, state: MessageState, **more: object) -> None:
        if state is MessageState.STREAMING:
            raise DiskFullError(path="data")
        update(message_id, text=text, state=state)

    monkeypatch.setattr(talk.conversations, "update_message", update_full)
    assert talk.reply(talk.say("One")).text == "Good morning to you."


def test_a_new_conversation_is_named_by_its_first_message(talk: Talk) -> None:
    reply = talk.reply(
        talk.say("How do I\n  bake bread without an oven, when it is raining and I have no flour?")
    )
    title = talk.conversations.get(talk.id).title
    assert title == "How do I bake bread without an oven, when it…"
    talk.conversations.rename(talk.id, "Bread")
    talk.reply(talk.say("Thanks", reply))
    assert talk.conversations.get(talk.id).title == "Bread"


def test_neighbours_of_one_role_are_joined_and_empty_ones_left_out(talk: Talk) -> None:
    first = talk.say("One")
    empty = talk.conversations.add_message(talk.id, first.id, Role.ASSISTANT, "", MessageState.FAILED)
    talk.reply(talk.say("Two", empty))
    assert talk.last_prompt.messages == (Message(Role.USER, "One\n\nTwo"),)


def test_only_replies_can_be_continued(talk: Talk) -> None:
    with pytest.raises(InvariantError):
        talk.go_on(talk.say("One"))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("  hello \n world ", "hello world"),
        ("", ""),
        ("x" * 60, "x" * 47 + "…"),
        ("图" * 60, "图" * 47 + "…"),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert title_from(text) == title


def test_what_is_decided_for_the_model_holds_before_the_settings(talk: Talk) -> None:
    talk.settings.update("chat", system_prompt="Be polite.", temperature=0.5)
    talk.reply(talk.say("Good morning"))
    assert talk.last_prompt.messages[0].text == "Be polite."
    assert talk.engine.requests[-1].sampling.temperature == 0.5
    talk.profile = ModelProfile(system_prompt="Be brief.", sampling=SamplingChoice(temperature=0.2, top_k=9))
    talk.reply(talk.say("Good evening"))
    assert talk.last_prompt.messages[0].text == "Be brief."
    sampling = talk.engine.requests[-1].sampling
    assert (sampling.temperature, sampling.top_k) == (0.2, 9)
    talk.profile = ModelProfile(system_prompt="")
    talk.reply(talk.say("Good night"))
    assert talk.last_prompt.messages[0].role is Role.USER


def test_a_reply_keeps_how_it_was_made(talk: Talk) -> None:
    talk.settings.update("chat", temperature=0.25, max_tokens=99)
    reply = talk.reply(talk.say("Good morning"))
    making = talk.conversations.get_message(reply.id).note.making
    assert making is not None
    assert (making.model, making.temperature, making.max_tokens) == ("scripted", 0.25, 99)
    assert (making.num_prompt_tokens, making.num_generated_tokens) == (10, 4)


def test_how_a_reply_was_made_is_there_before_it_has_ended(talk: Talk) -> None:
    talk.answer = lambda request: "a long story " * 400
    talk.engine.pause_after = 5
    cancellation = Cancellation()
    question = talk.say("Tell")

    thread = threading.Thread(
        target=lambda: talk.task.reply(
            talk.id, question.id, report=talk.progress.append, cancellation=cancellation
        )
    )
    thread.start()
    while (kept := talk.conversations.thread(talk.id)[-1]).role is Role.USER or not kept.text:
        pass
    cancellation.cancel()
    talk.engine.gate.set()
    thread.join()
    assert kept.state is MessageState.STREAMING
    assert kept.note.making is not None
    assert kept.note.making.model == "scripted"
