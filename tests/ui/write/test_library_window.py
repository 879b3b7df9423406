from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.prompts import Prompt
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.write.library_window import LibraryWindow
from tests.ui.gestures import click, press, type_text
from tests.ui.write.conftest import Settle


@pytest.fixture
def library(services: Services, bridge: Bridge, theme: Theme, qtbot: QtBot, settle: Settle) -> LibraryWindow:
    library = LibraryWindow(services, bridge, theme, None)  # type: ignore[arg-type]
    qtbot.addWidget(library)
    library.begin()
    settle()
    return library


def names(services: Services) -> list[str]:
    return [kept.prompt.name for kept in services.prompts.list()]


def test_a_prompt_is_made_and_kept_as_it_is_typed(
    library: LibraryWindow, services: Services, qtbot: QtBot
) -> None:
    click(library.new_button)
    qtbot.waitUntil(lambda: library.name_field.hasFocus() and library.name_field.hasSelectedText())
    type_text(library.name_field, "Explain")
    type_text(library.text_field, "Explain {{topic}}.")
    qtbot.waitUntil(lambda: names(services) == ["Explain"])
    qtbot.waitUntil(lambda: services.prompts.list()[0].prompt.text == "Explain {{topic}}.")
    assert "topic" in library.hint.text()


def test_closing_keeps_the_last_key(library: LibraryWindow, services: Services, qtbot: QtBot) -> None:
    click(library.new_button)
    qtbot.waitUntil(lambda: library.name_field.isEnabled() and library.name_field.hasSelectedText())
    type_text(library.name_field, "Last")
    library.close()
    assert names(services) == ["Last"]


def test_deleting_is_undone(library: LibraryWindow, services: Services, qtbot: QtBot, settle: Settle) -> None:
    services.prompts.add(Prompt("One", "1"))
    services.prompts.add(Prompt("Two", "2"))
    library.load()
    settle()
    press(library.list, Qt.Key.Key_Down)
    press(library.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: names(services) == ["One"])
    qtbot.waitUntil(lambda: library.list.count() == 1)
    click(library.undo_button)
    qtbot.waitUntil(lambda: names(services) == ["One", "Two"])


def test_prompts_go_out_and_come_in(
    library: LibraryWindow, services: Services, qtbot: QtBot, tmp_path: Path, settle: Settle
) -> None:
    services.prompts.add(Prompt("One", 'with """ and\nlines {{x}}'))
    file = tmp_path / "prompts.toml"
    library.write_out(file)
    qtbot.waitUntil(file.exists)
    kept = services.prompts.list()[0]
    services.prompts.delete(kept.id)
    library.bring_in(file)
    qtbot.waitUntil(lambda: names(services) == ["One"])
    assert services.prompts.list()[0].prompt == kept.prompt
    library.bring_in(file)
    settle()
    qtbot.waitUntil(lambda: "already" in library.notice._what.text())
    assert names(services) == ["One"]


def test_a_file_that_holds_no_prompts_is_named(library: LibraryWindow, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text("[[prompt]\n", encoding="utf-8")
    library.bring_in(file)
    qtbot.waitUntil(library.notice.isVisible)
    assert "other.toml" in library.notice._what.text()
