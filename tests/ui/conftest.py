"""The window over real storage and services; the engine is scripted unless a test asks for the real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.models import ModelPhase
from lmstudio_lite.paths import Paths, ensure_writable, portable_paths
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.database import Database
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import use_language
from tests.support.pseudo import CODE, write_pseudo_translation
from tests.ui.scripted_engine import ScriptedEngine


@pytest.fixture(scope="session", autouse=True)
def empty_clipboard(qapp: QApplication) -> Iterator[None]:
    """Leave nothing copied: the offscreen platform frees it after Python's end and crashes the exit."""
    yield
    qapp.clipboard().clear()


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = portable_paths(tmp_path / "data")
    ensure_writable(paths)
    return paths


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def services(paths: Paths, engine: ScriptedEngine) -> Iterator[Services]:
    database = Database.open(paths.database)
    services = Services(paths, SettingsStore(paths.settings_file), engine, database)
    yield services
    services.close()
    engine.close()
    services.formulas.close()
    services.jobs.close()
    services.formulas.close()
    services.unsaved.close()
    database.close()


@pytest.fixture
def bridge(services: Services, qapp: QApplication) -> Iterator[Bridge]:
    bridge = Bridge(services.jobs, services.engine)
    yield bridge
    bridge.close()


@pytest.fixture
def window(services: Services, bridge: Bridge, theme: Theme, qtbot: QtBot) -> MainWindow:
    window = MainWindow(services, bridge, theme)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


@pytest.fixture(params=[1.0, 2.0], ids=["100 %", "200 %"])
def walking_window(
    request: pytest.FixtureRequest,
    services: Services,
    bridge: Bridge,
    engine: ScriptedEngine,
    theme: Theme,
    qtbot: QtBot,
) -> Iterator[MainWindow]:
    """A window at a size of text, with a conversation and a model that is ready."""
    conversation = services.conversations.create("Rivers")
    question = services.conversations.add_message(conversation.id, None, Role.USER, "Name a long river.")
    services.conversations.add_message(conversation.id, question.id, Role.ASSISTANT, "**The Nile** is long.")
    theme.apply("light", text_scale=request.param)
    window = MainWindow(services, bridge, theme)
    qtbot.addWidget(window)
    window.resize(1180, 760)
    window.show()
    qtbot.waitExposed(window)
    window.control.load()
    qtbot.waitUntil(lambda: window.control.state.phase is ModelPhase.READY and not window.control.is_checking)
    yield window
    theme.apply("light")


@pytest.fixture
def pseudo_language(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Show every text in brackets and 40 % longer, as a translation would; ask for it before a window."""
    folder = tmp_path_factory.mktemp("translations")
    write_pseudo_translation(folder)
    assert use_language(CODE, folder=folder) == CODE
    yield
    use_language("en")
