"""Truth: real clicks and keys, the real engine process, the real starter model."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.models import ModelPhase
from lmstudio_lite.engine.client.client import WorkerClient
from lmstudio_lite.paths import Paths
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme

_LOAD_MS = 60_000
_REPLY_MS = 120_000


@pytest.fixture
def services(paths: Paths) -> Iterator[Services]:
    services = Services.open(paths, isolation="process", exclusive=True)
    services.settings.update("chat", max_tokens=24, temperature=0.0)
    services.settings.update("model", context_size=2_048)
    yield services
    services.close()


@pytest.fixture
def bridge(services: Services, qapp: QApplication) -> Iterator[Bridge]:
    bridge = Bridge(services.jobs, services.engine)
    yield bridge
    bridge.close()


@pytest.fixture
def window(services: Services, bridge: Bridge, theme: Theme, qtbot: QtBot) -> MainWindow:
    if services.library.starter_path() is None:
        pytest.skip("the starter model is not installed")
    window = MainWindow(services, bridge, theme)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window.control.load()
    qtbot.waitUntil(lambda: window.control.state.phase is ModelPhase.READY, timeout=_LOAD_MS)
    return window


def test_a_reply_streams_stops_and_goes_on(window: MainWindow, services: Services, qtbot: QtBot) -> None:
    chat = window.chat
    services.settings.update("chat", max_tokens=0)
    qtbot.keyClicks(chat.composer.editor, "Write a long story about a fox.")
    qtbot.mouseClick(chat.composer.send_button, Qt.MouseButton.LeftButton)
    widgets = chat.thread_view.widgets
    qtbot.waitUntil(lambda: len(chat.thread_view.widgets) == 2, timeout=_REPLY_MS)
    qtbot.waitUntil(lambda: len(chat.thread_view.widgets[-1].text) > 20, timeout=_REPLY_MS)
    with qtbot.waitSignal(chat.reply_finished, timeout=_REPLY_MS) as stopped:
        qtbot.keyClick(chat.composer.editor, Qt.Key.Key_Escape)
    message = stopped.args[0]
    assert message.state is MessageState.STOPPED
    assert services.conversations.get_message(message.id).text == message.text
    services.settings.update("chat", max_tokens=8)
    qtbot.waitUntil(lambda: chat.thread_view.widgets[-1].note.continue_button.isVisible())
    with qtbot.waitSignal(chat.reply_finished, timeout=_REPLY_MS) as ended:
        qtbot.mouseClick(chat.thread_view.widgets[-1].note.continue_button, Qt.MouseButton.LeftButton)
    assert ended.args[0].text.startswith(message.text)
    assert len(ended.args[0].text) > len(message.text)
    qtbot.waitUntil(lambda: "tokens/s" in window.status.speed.text(), timeout=_REPLY_MS)
    assert len(widgets) <= 2


@pytest.mark.may_log("the engine's process died: SIGKILL")
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_killed_engine_goes_on_by_itself(window: MainWindow, services: Services, qtbot: QtBot) -> None:
    chat = window.chat
    services.settings.update("chat", max_tokens=40)
    qtbot.keyClicks(chat.composer.editor, "Count from one to one hundred in words.")
    qtbot.keyClick(chat.composer.editor, Qt.Key.Key_Return)
    qtbot.waitUntil(
        lambda: len(chat.thread_view.widgets) == 2 and len(chat.thread_view.widgets[-1].text) > 10,
        timeout=_REPLY_MS,
    )
    before = chat.thread_view.widgets[-1].text
    engine = services.engine
    assert isinstance(engine, WorkerClient)
    assert engine.worker_pid is not None
    with qtbot.waitSignal(chat.reply_finished, timeout=_REPLY_MS) as ended:
        os.kill(engine.worker_pid, signal.SIGKILL)
    assert ended.args[0].text.startswith(before)
    assert ended.args[0].state in (MessageState.COMPLETE, MessageState.LENGTH)
    qtbot.waitUntil(lambda: window.control.state.phase is ModelPhase.READY, timeout=_LOAD_MS)
