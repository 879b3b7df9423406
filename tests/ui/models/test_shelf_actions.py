"""What can be done with a model's files from its card; each is taken back with one click."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.shelf import ModelNote
from lmstudio_lite.library.stores.machine import Machine
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.models.inspector import InspectorDialog
from lmstudio_lite.ui.models.library_page import LibraryPage
from lmstudio_lite.ui.models.page import Page
from lmstudio_lite.ui.models.parts_dialog import PartsDialog
from tests.support.checkpoints import write_checkpoint
from tests.support.gguf_models import write_model
from tests.ui.gestures import drag_enter, drop, mime_of
from tests.ui.models.folder import models_folder


@pytest.fixture
def path(services: Services) -> Path:
    return write_model(models_folder(services) / "alpha.gguf", "llama")


@pytest.fixture
def page(
    window: MainWindow, path: Path, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LibraryPage]:
    """The library with ``path`` chosen, and a trash of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    window.models.show_model(path)
    models = window.models.window
    assert models is not None
    models.resize(1000, 700)
    qtbot.waitExposed(models)
    page = models.pages[Page.LIBRARY]
    assert isinstance(page, LibraryPage)
    qtbot.waitUntil(lambda: page.is_complete and page.details.path == path)
    yield page
    window.models.close_window()


def drop_files(page: LibraryPage, share_of_height: float, *paths: Path) -> None:
    """Drop files onto the window, that far down."""
    window = page.window()
    place = QPoint(window.width() // 2, round(window.height() * share_of_height))
    assert drag_enter(window, mime_of(*paths), place)
    assert drop(window, mime_of(*paths), place)


def test_del_moves_a_model_into_the_trash_and_undo_brings_it_back(
    page: LibraryPage, path: Path, qtbot: QtBot
) -> None:
    page.view.setFocus()
    qtbot.keyClick(page.view, Qt.Key.Key_Delete)
    qtbot.waitUntil(page.notice.isVisible)
    assert "is in the trash" in page.notice.text
    assert not path.exists()
    qtbot.waitUntil(lambda: page.cards.card_at(path) is None)
    qtbot.mouseClick(page.notice.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(path.exists)
    qtbot.waitUntil(lambda: page.cards.card_at(path) is not None)


def test_the_starter_can_be_neither_moved_nor_deleted(page: LibraryPage, starter_model: Path) -> None:
    assert page.view.choose(starter_model)
    assert not page.details.delete_action.isEnabled()
    assert not page.details.move_action.isEnabled()


def test_a_moved_model_keeps_its_note_and_comes_back(
    page: LibraryPage, path: Path, services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    qtbot.mouseClick(page.details.favourite_button, Qt.MouseButton.LeftButton)
    page.details.note_box.setFocus()
    qtbot.keyClicks(page.details.note_box, "Good at rhymes")
    with qtbot.waitSignal(page.details.note_box.kept):
        page.view.setFocus()
    target = tmp_path / "elsewhere"
    target.mkdir()
    card = page.cards.card_at(path)
    assert card is not None
    with qtbot.waitSignal(page.files.changed):
        page.files.move(card.entry, target)
    moved = target / path.name
    assert moved.exists()
    qtbot.waitUntil(lambda: (card := page.cards.card_at(moved)) is not None and card.note != ModelNote())
    card = page.cards.card_at(moved)
    assert card is not None
    assert (card.note.is_favourite, card.note.note) == (True, "Good at rhymes")
    assert page.cards.cards[0].entry.path == moved
    qtbot.mouseClick(page.notice.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: path.exists() and not moved.exists())


@pytest.mark.parametrize(
    ("share", "is_link", "is_left"), [(0.1, True, True), (0.5, False, True), (0.9, False, False)]
)
def test_dropped_models_are_linked_copied_or_moved(
    page: LibraryPage,
    services: Services,
    qtbot: QtBot,
    tmp_path: Path,
    share: float,
    is_link: bool,
    is_left: bool,
) -> None:
    path = write_model(tmp_path / "beta.gguf", "llama", seed=5)
    drop_files(page, share, path)
    target = services.paths.models / "beta.gguf"
    qtbot.waitUntil(lambda: page.cards.card_at(target) is not None)
    assert (target.is_symlink(), path.exists()) == (is_link, is_left)
    assert "in the library" in page.notice.text


def test_a_dropped_folder_is_looked_into(
    page: LibraryPage, services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = tmp_path / "my models"
    folder.mkdir()
    path = write_model(folder / "beta.gguf", "llama", seed=5)
    drop_files(page, 0.5, folder)
    qtbot.waitUntil(lambda: page.cards.card_at(path) is not None)
    assert services.settings.value.model.folders == (str(folder),)
    page.files.forget_folder(str(folder))
    qtbot.waitUntil(lambda: page.cards.card_at(path) is None)
    assert path.exists()


def test_a_dropped_folder_of_safetensors_becomes_a_gguf_file(
    page: LibraryPage, services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = write_checkpoint(tmp_path / "Tiny-Chat", "llama")
    drop_files(page, 0.5, folder)
    qtbot.waitUntil(lambda: "in the library" in page.notice.text)
    made = next(services.paths.models.glob("Tiny-Chat-*.gguf"))
    qtbot.waitUntil(lambda: page.cards.card_at(made) is not None)
    assert services.settings.value.model.folders == ()


def test_another_programs_models_are_listed_unless_switched_off(
    page: LibraryPage, services: Services, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    folder = home / ".lmstudio" / "models" / "maker" / "beta"
    folder.mkdir(parents=True)
    path = write_model(folder / "beta.gguf", "llama", seed=5)
    monkeypatch.setattr("lmstudio_lite.app.session.this_machine", lambda: Machine(home))
    page.files.changed.emit()
    qtbot.waitUntil(lambda: page.cards.card_at(path) is not None)
    page.head.menu.aboutToShow.emit()
    programs = next(menu for menu in page.head.menu.findChildren(QMenu) if "other programs" in menu.title())
    action = next(action for action in programs.actions() if action.text() == "LM Studio")
    assert action.isChecked()
    action.trigger()
    qtbot.waitUntil(lambda: page.cards.card_at(path) is None)
    assert services.settings.value.model.stores_off == ("lm_studio",)
    qtbot.mouseClick(page.notice.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.cards.card_at(path) is not None)
    assert path.exists()


def test_what_is_no_model_is_refused(page: LibraryPage, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "letter.gguf"
    path.write_text("Dear reader")
    drop_files(page, 0.5, path)
    qtbot.waitUntil(page.notice.isVisible)
    assert "letter.gguf" in page.notice.text
    assert path.exists()


def test_models_that_are_there_twice_are_linked_and_undone(
    page: LibraryPage, path: Path, qtbot: QtBot
) -> None:
    twin = Path(shutil.copy(path, path.with_name("twin.gguf")))
    page.files.changed.emit()
    qtbot.waitUntil(lambda: page.cards.card_at(twin) is not None)
    page.files.find_duplicates()
    qtbot.waitUntil(lambda: page.notice.isVisible() and page.notice.button.text() == "Make links")
    qtbot.mouseClick(page.notice.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.notice.isVisible() and page.notice.button.text() == "Undo")
    assert path.samefile(twin)
    qtbot.mouseClick(page.notice.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not path.samefile(twin))


def test_a_file_is_verified_and_looked_into(page: LibraryPage, qtbot: QtBot) -> None:
    page.details.verify_action.trigger()
    qtbot.waitUntil(page.notice.isVisible)
    assert "nothing to compare with" in page.notice.text
    page.details.inspect_action.trigger()
    dialog = page.window().findChild(InspectorDialog)
    assert dialog is not None
    qtbot.waitExposed(dialog)
    qtbot.waitUntil(lambda: not dialog.state.isVisible())
    dialog.close()


def test_ctrl_i_looks_inside_and_a_model_can_be_split_from_its_card(page: LibraryPage, qtbot: QtBot) -> None:
    window = page.window()
    window.activateWindow()
    page.view.setFocus()
    qtbot.waitUntil(page.view.hasFocus)
    qtbot.keyClick(page.view, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(InspectorDialog)
    assert dialog is not None
    qtbot.waitUntil(dialog.tabs.isVisible)
    dialog.close()
    page.details.parts_action.trigger()
    parts = window.findChild(PartsDialog)
    assert parts is not None
    qtbot.waitUntil(lambda: bool(parts.folder_label.full_text))
    assert parts.windowTitle() == "Split into files"
    parts.close()
