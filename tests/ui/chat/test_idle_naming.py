"""A new conversation is named by an idle model; any key ends that, and no name of the user's is changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import Priority
from lmstudio_lite.ui.chat import idle_naming
from lmstudio_lite.ui.chat.tab import ChatTab
from tests.ui.chat.driver import Driver
from tests.ui.scripted_engine import ScriptedEngine

LONG = "My cat keeps scratching the new sofa and I do not know what to do about it at all"


@pytest.fixture
def able(
    chat: ChatTab, driver: Driver, engine: ScriptedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Driver:
    """A person at a chat whose model can name conversations, after a short while."""
    engine.set_ready(tmp_path / "a.gguf")
    model = engine.state.model
    assert model is not None
    engine.set_state(replace(engine.state, model=replace(model, num_parameters=3_000_000_000)))
    chat.naming._idle.setInterval(150)
    return driver


def title(services: Services) -> str:
    return services.conversations.list()[0].title


def test_an_idle_model_names_it(able: Driver, chat: ChatTab, services: Services, qtbot: QtBot) -> None:
    able.send(LONG)
    able.answer("Put a scratching post beside it.")
    qtbot.waitUntil(lambda: len(able.engine.requests) == 2)
    assert able.engine.requests[-1].priority is Priority.BULK
    assert able.engine.requests[-1].conversation_id == ""
    able.engine.say('"Cat Scratching the Sofa."')
    able.engine.finish()
    qtbot.waitUntil(lambda: title(services) == "Cat Scratching the Sofa")
    qtbot.waitUntil(lambda: chat.history_model.index(0).data() == "Cat Scratching the Sofa")
    assert not chat.naming._is_watching
    able.send("And the carpet?")
    able.answer("The same.")
    able.settle()
    qtbot.waitUntil(lambda: not chat.naming._is_watching)  # it looked, and asked for nothing
    assert len(able.engine.requests) == 3


def test_a_key_ends_it_at_once(able: Driver, chat: ChatTab, services: Services, qtbot: QtBot) -> None:
    able.send(LONG)
    able.answer("Put a scratching post beside it.")
    qtbot.waitUntil(lambda: len(able.engine.requests) == 2)
    request_id = able.engine.requests[-1].request_id
    qtbot.keyClick(chat.composer.editor, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: request_id not in able.engine._open)
    assert title(services).startswith("My cat keeps")
    qtbot.waitUntil(lambda: len(able.engine.requests) == 3)  # it is idle again
    services.conversations.rename(services.conversations.list()[0].id, "Mine")
    able.engine.say("Cat on a sofa")
    able.engine.finish()
    qtbot.waitUntil(lambda: not chat.naming._is_watching)
    assert title(services) == "Mine"


def test_what_is_no_title_is_not_taken(able: Driver, chat: ChatTab, services: Services, qtbot: QtBot) -> None:
    able.send(LONG)
    able.answer("Put a scratching post beside it.")
    qtbot.waitUntil(lambda: len(able.engine.requests) == 2)
    able.engine.say("Its topic in two to six words, in English")
    able.engine.finish()
    qtbot.waitUntil(lambda: not chat.naming._is_watching)
    assert title(services).startswith("My cat keeps")


@pytest.mark.parametrize("reason", ["off", "short", "tiny"])
def test_it_is_not_asked(
    able: Driver, chat: ChatTab, services: Services, engine: ScriptedEngine, qtbot: QtBot, reason: str
) -> None:
    if reason == "off":
        services.settings.update("chat", names_chats=False)
    if reason == "tiny":
        model = engine.state.model
        assert model is not None
        engine.set_state(replace(engine.state, model=replace(model, num_parameters=135_000_000)))
    able.send("Name a river" if reason == "short" else LONG)
    able.answer("The Nile")
    qtbot.waitUntil(lambda: not chat.naming._waiting)
    assert len(able.engine.requests) == 1
    assert idle_naming.IDLE_MS >= 5_000
