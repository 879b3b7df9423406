"""The library's cards: found, ordered, filtered, used; files that can't be used say why."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.models import ModelPhase
from lmstudio_lite.domain.profiles import ModelProfile
from lmstudio_lite.ui.choice_box import ChoiceBox
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.models.library_page import LibraryPage
from lmstudio_lite.ui.models.page import Page
from lmstudio_lite.words.shelf import say_profile
from tests.support.gguf_models import write_model
from tests.ui.models.folder import models_folder
from tests.ui.scripted_engine import ScriptedEngine

Opener = Callable[[], LibraryPage]


@pytest.fixture
def open_library(window: MainWindow, qtbot: QtBot) -> Iterator[Opener]:
    """Open the library and wait until everything in it is known."""

    def open_it() -> LibraryPage:
        window.models.show_window(Page.LIBRARY)
        models = window.models.window
        assert models is not None
        models.resize(1000, 700)
        qtbot.waitExposed(models)
        page = models.pages[Page.LIBRARY]
        assert isinstance(page, LibraryPage)
        qtbot.waitUntil(lambda: page.is_complete)
        return page

    yield open_it
    window.models.close_window()


def names(page: LibraryPage) -> list[str]:
    return [card.name for card in page.cards.cards]


def click_card(page: LibraryPage, row: int, qtbot: QtBot) -> None:
    place = page.view.visualRect(page.cards.index(row)).center()
    qtbot.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))


def test_cards_are_searched_sorted_and_filtered(
    open_library: Opener, services: Services, qtbot: QtBot
) -> None:
    write_model(models_folder(services) / "alpha.gguf", "llama")
    write_model(models_folder(services) / "beta.gguf", "qwen3moe")
    page = open_library()
    qtbot.waitUntil(lambda: page.cards.num_all == 3)
    by_name = names(page)
    assert by_name == sorted(by_name, key=str.casefold)
    page.head.search.setFocus()
    qtbot.keyClicks(page.head.search, "qwen3moe")
    assert len(names(page)) == 1
    assert page.count_label.text() == "1 of 3 models"
    qtbot.keyClicks(page.head.search, " nothing")
    assert page.empty_label.isVisible()
    page.head.search.clear()
    page.head.sort_box.setCurrentIndex(page.head.sort_box.findText("By size"))
    sizes = [card.entry.size_bytes for card in page.cards.cards]
    assert sizes == sorted(sizes)
    starter = page.head.store_box.findText("Came with the program")
    page.head.store_box.setCurrentIndex(starter)
    assert [card.entry.is_starter for card in page.cards.cards] == [True]


def test_copies_of_a_model_are_told_apart(open_library: Opener, services: Services, qtbot: QtBot) -> None:
    alpha = write_model(models_folder(services) / "alpha.gguf", "llama")
    for name in ("beta.gguf", "\u0639\u0631\u0628\u064a.gguf"):
        shutil.copy(alpha, alpha.with_name(name))
    cards = open_library().cards
    qtbot.waitUntil(lambda: cards.num_all == 4)

    def spoken() -> str:
        return "\n".join(
            cards.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(cards.rowCount())
        )

    for name in ("alpha", "beta", "\u0639\u0631\u0628\u064a"):
        assert f"\u2068{name}.gguf\u2069" in spoken()


def test_what_is_chosen_above_the_cards_is_written_out(open_library: Opener, qtbot: QtBot) -> None:
    head = open_library().head
    for box in (head.sort_box, head.kind_box, head.store_box):
        assert isinstance(box, ChoiceBox)
        assert box.shown_text == box.currentText()


def test_a_file_that_cant_be_used_says_why(open_library: Opener, services: Services, qtbot: QtBot) -> None:
    (models_folder(services) / "zz.gguf").write_bytes(b"GGUF")
    page = open_library()
    qtbot.waitUntil(lambda: page.cards.num_all == 2)
    click_card(page, 1, qtbot)
    assert "cut off" in page.details.problem_label.text()
    assert page.details.remedy_label.isVisible()
    assert not page.details.use_button.isVisible()
    assert not page.details.settings.isVisible()


def test_a_model_that_comes_or_goes_comes_and_goes(
    open_library: Opener, services: Services, qtbot: QtBot
) -> None:
    page = open_library()
    path = write_model(models_folder(services) / "alpha.gguf", "llama")
    qtbot.waitUntil(lambda: page.cards.num_all == 2, timeout=10_000)
    assert page.view.choose(path)
    assert page.details.isVisible()
    path.unlink()
    qtbot.waitUntil(lambda: page.cards.num_all == 1, timeout=10_000)
    assert page.details.path != path


def test_enter_uses_the_chosen_model_and_its_card_says_so(
    open_library: Opener, services: Services, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    path = write_model(models_folder(services) / "alpha.gguf", "llama")
    page = open_library()
    qtbot.waitUntil(lambda: page.view.choose(path))
    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: engine.state.phase is ModelPhase.READY)
    assert engine.loads[-1][0] == path
    qtbot.waitUntil(lambda: not page.details.use_button.isEnabled())
    assert page.details.use_button.text() == "In use"
    assert services.settings.value.model.path == str(path)


def test_what_was_decided_stands_on_the_card(open_library: Opener, services: Services, qtbot: QtBot) -> None:
    path = write_model(models_folder(services) / "alpha.gguf", "llama")
    profile = ModelProfile(context_size=2048, system_prompt="Be brief.")
    services.profiles.keep(path, services.library.describe(path).name, profile)
    page = open_library()
    qtbot.waitUntil(lambda: (card := page.cards.card_at(path)) is not None and card.profile == profile)
    row = page.cards.row_of(path)
    spoken = page.cards.data(page.cards.index(row), Qt.ItemDataRole.AccessibleTextRole)
    assert say_profile(profile) == "context 2,048 · own system prompt"
    assert say_profile(profile) in spoken


def test_the_watch_ends_with_the_window(open_library: Opener, window: MainWindow, qtbot: QtBot) -> None:
    page = open_library()
    assert page.is_watching
    window.models.close_window()
    assert not page.is_watching
    window.models.show_window()
    assert page.is_watching
