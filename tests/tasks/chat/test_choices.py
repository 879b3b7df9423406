"""What was chosen for a conversation reaches the engine, and what came of it stays with the reply."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.context import ContextPartKind, Presence
from lmstudio_lite.domain.control import NO_CONTROL, ConversationControl
from lmstudio_lite.domain.conversations import MessageState, ReplyProgress, StoredMessage, TurnsRead
from lmstudio_lite.domain.generation import ChatPrompt, GenerationRequest, Role
from lmstudio_lite.domain.personas import KeptPersona, Persona, WantedModel
from lmstudio_lite.domain.profiles import SamplingChoice
from lmstudio_lite.domain.reply_making import ReplyMaking, SchemaCheck
from lmstudio_lite.errors import DecodeError
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.chat_summaries import ChatSummaries
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from lmstudio_lite.tasks.chat.choices import NoChoices
from lmstudio_lite.tasks.chat.reply import ChatTask
from lmstudio_lite.unsaved import UnsavedWork
from tests.support.engines import AnsweringEngine

SCHEMA = json.dumps({"type": "object", "required": ["name"]})
POET = Persona("Poet", "You write poems.", sampling=SamplingChoice(temperature=1.1))


class _Store(NoChoices):
    def __init__(self) -> None:
        self.control = NO_CONTROL

    def control_of(self, conversation_id: str) -> ConversationControl:
        return self.control

    def keep_control(self, conversation_id: str, control: ConversationControl) -> None:
        self.control = control


class Talk:
    """A conversation that takes turns over a scripted engine."""

    def __init__(self, folder: Path) -> None:
        self.answers: list[str] = []
        self.engine = AnsweringEngine(self._answer, context_size=400)
        self.database = Database.open(folder / "library.sqlite3")
        self.conversations = Conversations(self.database)
        self.settings = SettingsStore(folder / "settings.toml")
        self.unsaved = UnsavedWork(first_retry_s=0.01, last_retry_s=0.02)
        self.store = _Store()
        self.summaries = ChatSummaries(self.database)
        self.task = ChatTask(
            *(self.engine, self.conversations, self.settings, self.unsaved),
            store=self.store,
            summaries=self.summaries,
        )
        self.id = self.conversations.create().id
        self.progress: list[ReplyProgress] = []
        self.fails_notes = False

    def _answer(self, request: GenerationRequest) -> str:
        assert isinstance(request.prompt, ChatPrompt)
        if "must be remembered" in request.prompt.messages[-1].text:
            if self.fails_notes:
                raise DecodeError(status=-3)
            return (
                "The user has a dog.\n2. The user has a dog.\n-  \n- It is called Biscuit."
                "\n- It was born on 31 June 1999."
            )
        return self.answers.pop() if self.answers else "I see."

    def say(self, text: str, cancellation: Cancellation | None = None) -> StoredMessage:
        thread = self.conversations.thread(self.id)
        question = self.conversations.add_message(self.id, thread[-1].id if thread else None, Role.USER, text)
        return self.task.reply(
            self.id, question.id, report=self.progress.append, cancellation=cancellation or Cancellation()
        )

    @property
    def last(self) -> GenerationRequest:
        return self.engine.requests[-1]

    @property
    def last_texts(self) -> list[str]:
        assert isinstance(self.last.prompt, ChatPrompt)
        return [message.text for message in self.last.prompt.messages]


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    talk = Talk(tmp_path)
    yield talk
    talk.engine.close()
    talk.unsaved.close()
    talk.database.close()


def making_of(reply: StoredMessage) -> ReplyMaking:
    assert reply.note.making is not None
    return reply.note.making


def test_a_persona_and_choices_reach_the_engine_and_stay_with_the_reply(talk: Talk) -> None:
    talk.settings.update("chat", system_prompt="Be kind.")
    talk.store.control = ConversationControl(
        KeptPersona("p", POET), SamplingChoice(top_k=3, seed=9), max_tokens=50, stop=("END",)
    )
    making = making_of(talk.say("Rain"))
    assert talk.last_texts == ["You write poems.", "Rain"]
    assert (talk.last.sampling.temperature, talk.last.sampling.top_k, talk.last.sampling.seed) == (1.1, 3, 9)
    assert (talk.last.max_tokens, talk.last.stop) == (50, ("END",))
    assert (making.persona, making.temperature, making.seed, making.stop) == ("Poet", 1.1, 9, ("END",))
    assert making.missing_model == ""


def test_changing_the_persona_changes_only_what_follows(talk: Talk) -> None:
    talk.store.control = ConversationControl(KeptPersona("p", POET))
    first = talk.say("Rain")
    talk.store.control = NO_CONTROL
    second = talk.say("Snow")
    assert making_of(talk.conversations.get_message(first.id)).persona == "Poet"
    assert making_of(second).persona == ""
    assert "You write poems." not in talk.last_texts


def test_a_persona_whose_model_is_not_in_use_says_so_and_goes_on(talk: Talk, tmp_path: Path) -> None:
    adapter = tmp_path / "tone.gguf"
    adapter.touch()
    away = replace(POET, model=WantedModel("Nowhere 7B"), adapter=str(adapter), adapter_strength=0.5)
    talk.store.control = ConversationControl(KeptPersona("p", away))
    making = making_of(talk.say("Rain"))
    assert (making.missing_model, making.model, making.adapter) == ("Nowhere 7B", "scripted", "")
    here = replace(away, model=WantedModel("scripted"))
    talk.store.control = ConversationControl(KeptPersona("p", here))
    making = making_of(talk.say("Snow"))
    assert (making.missing_model, making.adapter, making.adapter_strength) == ("", "tone.gguf", 0.5)
    adapter.unlink()
    assert making_of(talk.say("Hail")).adapter == ""


def test_the_options_of_a_run_hold_before_what_is_kept(talk: Talk) -> None:
    talk.store.control = ConversationControl(KeptPersona("p", POET), stop=("END",))
    talk.task.choices.override(ConversationControl(system_prompt="Be brief.", max_tokens=7))
    talk.say("Rain")
    assert talk.last_texts[0] == "Be brief."
    assert (talk.last.max_tokens, talk.last.stop) == (7, ("END",))


def test_a_reply_is_held_to_a_schema_once_or_always(talk: Talk) -> None:
    talk.store.control = ConversationControl(json_schema=SCHEMA, is_schema_once=True, stop=("x",))
    talk.engine.model = replace(talk.engine.model, has_thinking_switch=True)
    talk.answers = ['{"name": "Anna"}']
    making = making_of(talk.say("Who?"))
    assert talk.last.sampling.json_schema == SCHEMA
    assert isinstance(talk.last.prompt, ChatPrompt)
    assert talk.last.prompt.template_options == {"enable_thinking": False}
    assert (making.has_schema, making.schema_check) == (True, SchemaCheck())
    assert talk.store.control == ConversationControl(stop=("x",))
    assert making_of(talk.say("And now?")).schema_check is None
    talk.store.control = ConversationControl(json_schema=SCHEMA)
    talk.answers = ['{"age": 3}']
    check = making_of(talk.say("Who?")).schema_check
    assert check is not None
    assert (check.problem, check.is_valid) == ("required", False)
    assert talk.store.control.json_schema == SCHEMA


def test_a_reply_that_began_freely_goes_on_freely(talk: Talk) -> None:
    talk.settings.update("chat", max_tokens=1)
    talk.answers = ["A long story."]
    cut = talk.say("Tell me everything")
    assert cut.state is MessageState.LENGTH
    talk.settings.update("chat", max_tokens=0)
    talk.store.control = ConversationControl(json_schema=SCHEMA)
    talk.task.continue_reply(cut.id, report=talk.progress.append, cancellation=Cancellation())
    assert talk.last.sampling.json_schema == ""


def filled(talk: Talk) -> None:
    """Fill the context of 400 words nearly: a limit of 300 for the prompt."""
    for number in range(4):
        talk.answers = ["answer " * 30]
        talk.say(f"Question {number}: " + "word " * 36)


def test_a_nearly_full_conversation_is_summarized_and_nothing_of_it_is_lost(talk: Talk) -> None:
    talk.settings.update("chat", summarizes=True)
    filled(talk)
    thread = talk.conversations.thread(talk.id)
    assert len(thread) == 8
    (summary,) = talk.summaries.list(talk.id)
    assert summary.text == "- The user has a dog.\n- It is called Biscuit."
    assert (summary.num_turns, summary.model) == (making_of(thread[-1]).num_summarized_turns, "scripted")
    assert any(isinstance(each, TurnsRead) for each in talk.progress)
    texts = talk.last_texts
    assert "It is called Biscuit." in texts[0]
    assert not any("Question 0" in text for text in texts)
    assert "Question 3" in texts[-1]
    before = len(talk.engine.requests)
    talk.say("Short")
    assert len(talk.engine.requests) == before + 1  # what stands for the turns still does


def test_an_edited_summary_is_what_the_model_reads_and_one_that_is_off_is_not(talk: Talk) -> None:
    talk.settings.update("chat", summarizes=True)
    filled(talk)
    (summary,) = talk.summaries.list(talk.id)
    talk.summaries.edit(summary.id, "- It is called Rex.")
    talk.say("Short")
    assert "It is called Rex." in talk.last_texts[0]
    talk.summaries.switch(summary.id, is_off=True)
    talk.settings.update("chat", summarizes=False)
    reply = talk.say("Short")
    assert "Question 0" in talk.last_texts[0]
    assert making_of(reply).num_summarized_turns == 0


def test_without_the_wish_nothing_is_summarized(talk: Talk) -> None:
    talk.store.control = ConversationControl(summarizes=False)
    talk.settings.update("chat", summarizes=True)
    filled(talk)
    assert talk.summaries.list(talk.id) == []


def test_a_summary_that_fails_fails_nothing_else(talk: Talk) -> None:
    talk.settings.update("chat", summarizes=True)
    talk.fails_notes = True
    filled(talk)
    assert talk.summaries.list(talk.id) == []
    assert talk.conversations.thread(talk.id)[-1].state is MessageState.COMPLETE


def test_stopping_while_turns_are_summarized_stops_the_reply(talk: Talk) -> None:
    talk.settings.update("chat", summarizes=True)
    cancellation = Cancellation()

    def stop(progress: ReplyProgress) -> None:
        if isinstance(progress, TurnsRead):
            cancellation.cancel()

    filled_but_one = 2
    for number in range(filled_but_one):
        talk.answers = ["answer " * 30]
        talk.say(f"Question {number}: " + "word " * 30)
    thread = talk.conversations.thread(talk.id)
    question = talk.conversations.add_message(talk.id, thread[-1].id, Role.USER, "word " * 150)
    reply = talk.task.reply(talk.id, question.id, report=stop, cancellation=cancellation)
    assert reply.state is MessageState.STOPPED
    assert talk.summaries.list(talk.id) == []
    assert len(talk.conversations.thread(talk.id)) == 6


def test_the_inventory_says_what_is_in_and_what_a_summary_stands_for(talk: Talk) -> None:
    talk.settings.update("chat", summarizes=True, system_prompt="Be kind.")
    filled(talk)
    inventory = talk.task.context_of(talk.id)
    assert inventory is not None
    (summary,) = talk.summaries.list(talk.id)
    assert inventory.summary == summary
    assert inventory.num_of(Presence.SUMMARIZED) == summary.num_turns
    assert inventory.num_of(Presence.IN) == 4 - summary.num_turns
    kinds = [part.kind for part in inventory.parts if part.kind is not ContextPartKind.TURN]
    assert kinds[:2] == [ContextPartKind.INSTRUCTIONS, ContextPartKind.SUMMARY]
    present = sum(part.num_tokens for part in inventory.parts if part.presence is Presence.IN)
    assert present == inventory.num_tokens == talk.task.count_context(talk.id)
    talk.summaries.switch(summary.id, is_off=True)
    off = talk.task.context_of(talk.id)
    assert off is not None
    assert (off.summary, len(off.summaries), off.num_of(Presence.SUMMARIZED)) == (None, 1, 0)
    empty = talk.task.context_of(talk.conversations.create().id)
    assert empty is not None
    assert [part.kind for part in empty.parts] == [ContextPartKind.INSTRUCTIONS]


def test_a_model_that_would_invent_is_not_asked_for_notes(talk: Talk) -> None:
    talk.settings.update("chat", summarizes=True)
    talk.engine.model = replace(talk.engine.model, num_parameters=135_000_000)
    filled(talk)
    assert talk.summaries.list(talk.id) == []
    inventory = talk.task.context_of(talk.id)
    assert inventory is not None
    assert inventory.is_too_small
