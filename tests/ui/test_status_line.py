"""The status line says what is true of the conversation on the screen, and of nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.models import ModelPhase
from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.scripted_engine import ScriptedEngine

QUESTION, REPLY = "How many are there?", "There are seven of them."


@pytest.fixture
def stored(services: Services) -> str:
    """A conversation of an earlier day: a question, and a reply that came at 12.5 tokens a second."""
    conversation = services.conversations.create("Seven")
    question = services.conversations.add_message(conversation.id, None, Role.USER, QUESTION)
    reply = services.conversations.add_message(conversation.id, question.id, Role.ASSISTANT, "")
    services.conversations.update_message(
        reply.id, text=REPLY, state=MessageState.COMPLETE, tokens_per_s=12.5
    )
    other = services.conversations.create("Other")
    services.conversations.add_message(other.id, None, Role.USER, "x" * 500)
    return conversation.id


@pytest.fixture
def ready(window: MainWindow, engine: ScriptedEngine, qtbot: QtBot, tmp_path: Path) -> MainWindow:
    engine.set_ready(tmp_path / "m.gguf")
    qtbot.waitUntil(lambda: window.control.state.phase is ModelPhase.READY)
    return window


def test_it_tells_the_open_conversation(stored: str, ready: MainWindow, qtbot: QtBot) -> None:
    """The scripted engine counts a token for each character."""
    status = ready.status
    qtbot.waitUntil(lambda: status.context.text() == "context 0 of 8,192")
    assert status.speed.text() == ""
    ready.chat.open_history_item(stored)
    used = len(QUESTION) + len(REPLY)
    qtbot.waitUntil(lambda: status.context.text() == f"context {used} of 8,192")
    qtbot.waitUntil(lambda: status.speed.text() == "12 tokens/s")
    ready.tabs.tab_wanted.emit(2)
    assert (status.context.text(), status.speed.text()) == ("", "")
    ready.tabs.tab_wanted.emit(0)
    assert status.context.text() == f"context {used} of 8,192"
    ready.chat.start_new()
    qtbot.waitUntil(lambda: status.context.text() == "context 0 of 8,192")
    assert status.speed.text() == ""


def test_it_follows_a_reply(stored: str, ready: MainWindow, engine: ScriptedEngine, qtbot: QtBot) -> None:
    ready.chat.work.open(stored)
    qtbot.waitUntil(lambda: len(ready.chat.thread_view.widgets) == 2)
    ready.chat.work.send("And then?")
    engine.wait_for_request(1)
    qtbot.waitUntil(lambda: ready.chat.figures.is_replying)
    engine.read(10, 321)
    qtbot.waitUntil(lambda: ready.status.context.text() == "context 321 of 8,192")
    engine.think("Seven and one.")
    qtbot.waitUntil(lambda: ready.status.context.text() == "context 322 of 8,192")
    engine.set_state(replace(engine.state, num_active=1, tokens_per_s=40.0))
    qtbot.waitUntil(lambda: ready.status.speed.text() == "40 tokens/s")
    engine.set_state(replace(engine.state, num_active=2, tokens_per_s=80.0))
    qtbot.waitUntil(lambda: ready.status.speed.text() == "")
    assert ready.status.work.text() == "2 running"
    engine.say("Eight.")
    engine.finish()
    engine.set_state(replace(engine.state, num_active=0, tokens_per_s=15_693.0))
    used = len(QUESTION) + len(REPLY) + len("And then?") + len("Eight.")
    qtbot.waitUntil(lambda: ready.status.context.text() == f"context {used} of 8,192")
    qtbot.waitUntil(lambda: ready.status.speed.text() == "38 tokens/s")  # 49 tokens in 1.3 s
    assert ready.status.work.text() == ""


def test_it_tells_a_reply_that_is_come_back_to(
    stored: str, ready: MainWindow, engine: ScriptedEngine, services: Services, qtbot: QtBot
) -> None:
    """Not what the conversation took that was looked at meanwhile."""
    other = next(each.id for each in services.conversations.list() if each.id != stored)
    context = ready.status.context
    ready.chat.work.open(stored)
    qtbot.waitUntil(lambda: len(ready.chat.thread_view.widgets) == 2)
    ready.chat.work.send("And then?")
    engine.wait_for_request(1)
    engine.read(321, 321)
    qtbot.waitUntil(lambda: context.text() == "context 321 of 8,192")
    ready.chat.work.open(other)
    qtbot.waitUntil(lambda: context.text() == "context 500 of 8,192")
    engine.say("Eight.")
    ready.chat.work.open(stored)
    qtbot.waitUntil(lambda: context.text() == "context 322 of 8,192")
    engine.finish()
