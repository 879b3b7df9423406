from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.chat.tab import ChatTab
from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.chat.driver import Driver
from tests.ui.scripted_engine import ScriptedEngine


@pytest.fixture
def chat(window: MainWindow) -> ChatTab:
    return window.chat


@pytest.fixture
def driver(qtbot: QtBot, chat: ChatTab, engine: ScriptedEngine, services: Services) -> Driver:
    return Driver(qtbot, chat, engine, services)
