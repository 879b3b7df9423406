from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.chat.driver import Driver
from tests.ui.scripted_engine import ScriptedEngine

Settle = Callable[[], None]


@pytest.fixture
def driver(qtbot: QtBot, window: MainWindow, engine: ScriptedEngine, services: Services) -> Driver:
    return Driver(qtbot, window.chat, engine, services)


@pytest.fixture
def settle(qtbot: QtBot, bridge: Bridge) -> Settle:
    """Wait until what was asked of the database is on the screen."""

    def wait() -> None:
        done: list[bool] = []
        bridge.run(lambda context: True, on_done=done.append, lane="storage")
        qtbot.waitUntil(lambda: bool(done))

    return wait
