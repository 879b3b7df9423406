"""What a hurried or unlucky user does with the library: nothing is lost, and everything is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.profiles import ModelProfile
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.models.library_page import LibraryPage
from lmstudio_lite.ui.models.page import Page
from tests.support.gguf_models import write_model
from tests.ui.models.folder import models_folder


@pytest.fixture
def page(window: MainWindow, services: Services, qtbot: QtBot) -> Iterator[LibraryPage]:
    for number in range(6):
        write_model(models_folder(services) / f"model{number}.gguf", "llama", seed=number + 1)
    window.models.show_window(Page.LIBRARY)
    models = window.models.window
    assert models is not None
    models.resize(1000, 700)
    qtbot.waitExposed(models)
    page = models.pages[Page.LIBRARY]
    assert isinstance(page, LibraryPage)
    qtbot.waitUntil(lambda: page.is_complete and page.cards.num_all == 7)
    yield page
    window.models.close_window()


def test_who_runs_through_the_list_sees_the_last_ones_settings(
    page: LibraryPage, services: Services, qtbot: QtBot
) -> None:
    paths = [card.entry.path for card in page.cards.cards]
    services.profiles.keep(paths[-1], "Last", ModelProfile(num_threads=7))
    page.view.setFocus()
    page.view.setCurrentIndex(page.cards.index(0))
    for _ in paths:
        qtbot.keyClick(page.view, Qt.Key.Key_Down)
    settings = page.details.settings
    qtbot.waitUntil(lambda: settings.isEnabled() and settings.form.threads_box.value() == 7)
    assert page.details.path == paths[-1]
    assert not settings.has_draft


def test_a_model_that_vanishes_while_it_is_decided_on_is_said_to_be_gone(
    page: LibraryPage, services: Services, qtbot: QtBot
) -> None:
    path = models_folder(services) / "model0.gguf"
    assert page.view.choose(path)
    settings = page.details.settings
    qtbot.waitUntil(settings.isEnabled)
    settings.form.threads_box.setValue(3)
    path.unlink()
    qtbot.mouseClick(settings.keep_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(settings.notice.isVisible)
    assert path.name in settings.notice.text


def test_closing_and_opening_again_and_again_leaves_one_watch(
    page: LibraryPage, window: MainWindow, qtbot: QtBot
) -> None:
    for _ in range(5):
        window.models.close_window()
        window.models.show_window()
    qtbot.waitUntil(lambda: page.is_complete)
    assert page.is_watching
    assert page.cards.num_all == 7


def test_a_name_of_255_letters_and_signs_from_right_to_left_is_shown(
    page: LibraryPage, services: Services, qtbot: QtBot
) -> None:
    name = "نموذج " + "长" * 70 + ".gguf"
    path = write_model(models_folder(services) / name, "llama", seed=50)
    page.files.changed.emit()
    qtbot.waitUntil(lambda: page.cards.card_at(path) is not None)
    assert page.view.choose(path)
    qtbot.waitUntil(page.details.settings.isEnabled)
    assert page.details.path_label.full_text == str(path)


def test_a_note_that_is_being_typed_is_kept_when_the_window_closes(
    page: LibraryPage, window: MainWindow, services: Services, qtbot: QtBot
) -> None:
    card = page.cards.cards[0]
    page.view.choose(card.entry.path)
    page.details.note_box.setFocus()
    qtbot.keyClicks(page.details.note_box, "slow but good")
    with qtbot.waitSignal(page.details.note_box.kept):
        window.models.close_window()
    assert services.notes.of([card.entry])[card.entry.path].note == "slow but good"


def test_a_profile_can_be_decided_while_a_folder_is_away(
    page: LibraryPage, services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    page.files.add_folders([tmp_path / "unplugged"])
    qtbot.waitUntil(page.notice.isVisible)
    assert services.settings.value.model.folders == (str(tmp_path / "unplugged"),)
    assert page.cards.num_all == 7
