"""The offers: the first-run card, the page of the Models window and the picker's way there, with real clicks.

What is fetched comes from a hub on loopback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.models import recommending
from lmstudio_lite.app.models.recommending import Recommending
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.catalog import CatalogModel, Rank, UseCase
from lmstudio_lite.domain.models import EngineState, ModelPhase
from lmstudio_lite.library.catalog import HUB, catalog
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.models.offer_row import OfferAction, OfferRow
from lmstudio_lite.ui.models.offers import OffersPage, OffersView
from lmstudio_lite.ui.models.page import Page
from lmstudio_lite.ui.theme import Theme
from tests.hub.hub_api import FakeRepo, HubApi, digest_of, serve
from tests.library.gguf_files import make_gguf
from tests.support.fits import ScriptedFits
from tests.ui.scripted_engine import ScriptedEngine

LAPTOP = ScriptedFits(memory_gb=11, bandwidth_gb=35)
_CONTENT = make_gguf()

Open = Callable[..., MainWindow]


@pytest.fixture
def hub() -> Iterator[HubApi]:
    with serve(HubApi()) as api:
        yield api


@pytest.fixture
def open_window(services: Services, bridge: Bridge, theme: Theme, qtbot: QtBot) -> Open:
    def open_it(machine: ScriptedFits = LAPTOP, endpoint: str = HUB) -> MainWindow:
        services.recommending = Recommending(
            machine, services.library, services.paths.models, lambda: endpoint
        )
        window = MainWindow(services, bridge, theme)
        qtbot.addWidget(window)
        window.resize(1180, 900)
        window.show()
        qtbot.waitExposed(window)
        return window

    return open_it


@pytest.fixture
def small_catalog(monkeypatch: pytest.MonkeyPatch, hub: HubApi) -> list[CatalogModel]:
    """Give the catalog files of some hundred bytes, all of which the hub of the test has."""
    small = []
    for number, model in enumerate(catalog()):
        content = _CONTENT + bytes(number)
        file = replace(model.file, size_bytes=len(content), sha256=digest_of(content))
        small.append(replace(model, file=file))
        hub.add(FakeRepo(file.repo, {file.path: content}, commit=file.revision))
    monkeypatch.setattr(recommending, "catalog", lambda: tuple(small))
    return small


def _view(window: MainWindow, qtbot: QtBot) -> OffersView:
    card = window.first_run_card
    qtbot.waitUntil(lambda: card.view is not None and bool(card.view.rows))
    assert card.view is not None
    return card.view


def _click(row: OfferRow, qtbot: QtBot) -> None:
    qtbot.mouseClick(row.button, Qt.MouseButton.LeftButton)


def test_the_card_offers_three_while_the_chat_is_ready(open_window: Open, qtbot: QtBot) -> None:
    window = open_window()
    view = _view(window, qtbot)
    assert [row.item.rank for row in view.rows] == list(Rank)
    assert window.first_run_card.isVisible()
    assert window.chat.composer.editor.hasFocus() or not window.isActiveWindow()
    for row in view.rows:
        assert "words a second" in row.text
        assert "40 pages summarized in about" in row.text
        assert "to fetch" in row.text
        assert "of memory" in row.text
        assert "Licence: free for any use (Apache-2.0)" in row.text
        assert row.button.accessibleName() == f"Get {row.item.model.name}"


def test_what_one_does_and_the_language_change_the_offers(
    open_window: Open, services: Services, qtbot: QtBot
) -> None:
    view = _view(open_window(), qtbot)
    assert not view.language_box.isVisible()
    view.use_box.setCurrentIndex(view.use_box.findData(UseCase.TRANSLATE))
    qtbot.waitUntil(lambda: all(UseCase.TRANSLATE in row.item.model.quality for row in view.rows))
    assert view.language_box.isVisible()
    view.language_box.setCurrentIndex(view.language_box.findData("sv"))
    qtbot.waitUntil(lambda: bool(view.rows) and all(row.item.model.speaks(("sv",)) for row in view.rows))
    translators = [row for row in view.rows if UseCase.SUMMARIZE not in row.item.model.quality]
    assert all("pages" not in row.text for row in translators)
    chosen = services.settings.value.offers
    assert (chosen.use, chosen.language) == ("translate", "sv")


def test_closed_once_the_card_never_comes_back(
    open_window: Open, services: Services, bridge: Bridge, theme: Theme, qtbot: QtBot
) -> None:
    window = open_window()
    _view(window, qtbot)
    qtbot.mouseClick(window.first_run_card.close_button, Qt.MouseButton.LeftButton)
    assert not window.first_run_card.isVisible()
    assert services.settings.value.offers.is_dismissed
    again = open_window()
    again.first_run_card.show_if_wanted()
    assert again.first_run_card.view is None


def test_who_has_a_better_model_sees_no_card(open_window: Open, services: Services, qtbot: QtBot) -> None:
    services.paths.models.mkdir(parents=True, exist_ok=True)
    (services.paths.models / "own.gguf").write_bytes(_CONTENT)
    window = open_window()
    with qtbot.waitSignal(window.control.choices_listed):  # behind it in the queue of the library's lane
        window.control.list_choices()
    qtbot.waitUntil(lambda: not services.recommending.has_only_starter())
    assert window.first_run_card.view is None


def test_a_machine_too_small_is_told_so(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(ScriptedFits(memory_gb=0.5, bandwidth_gb=10))
    card = window.first_run_card
    qtbot.waitUntil(lambda: card.view is not None and "fits into" in card.view.text)
    assert card.view is not None
    assert not card.view.rows


def test_speeds_follow_when_they_are_measured(
    open_window: Open, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    machine = ScriptedFits(memory_gb=11, bandwidth_gb=None)
    window = open_window(machine)
    view = _view(window, qtbot)
    assert "is known once" in view.text
    assert all("a second" not in row.text for row in view.rows)
    control = view.control
    window._bridge.engine_state_changed.emit(EngineState(ModelPhase.READY, is_measuring=True))
    control.refresh()
    qtbot.waitUntil(lambda: "being measured" in view.text)
    assert all("measuring the speed" in row.text for row in view.rows)
    machine.bandwidth_gb = 35
    window._bridge.engine_state_changed.emit(EngineState(ModelPhase.READY, is_measuring=False))
    qtbot.waitUntil(lambda: all("words a second" in row.text for row in view.rows))


def test_one_click_fetches_and_another_switches(
    open_window: Open, hub: HubApi, small_catalog: list[CatalogModel], services: Services, qtbot: QtBot
) -> None:
    window = open_window(endpoint=hub.hub_url)
    view = _view(window, qtbot)
    wanted = view.rows[0].item.model
    before = window.control.path
    _click(view.rows[0], qtbot)
    qtbot.waitUntil(lambda: window.fetched_notice.isVisible(), timeout=15_000)
    assert "is here" in window.fetched_notice.notice.text
    assert window.control.path == before  # it never switches by itself
    qtbot.waitUntil(lambda: bool(view.rows) and view.rows[0].action is OfferAction.USE)
    qtbot.mouseClick(window.fetched_notice.notice.button, Qt.MouseButton.LeftButton)
    fetched = services.paths.models.joinpath(*wanted.file.repo.split("/"), wanted.file.name)
    qtbot.waitUntil(lambda: window.control.path == fetched)
    assert not window.fetched_notice.isVisible()


def test_without_a_network_all_is_shown_and_fetching_says_what_is_wrong(
    open_window: Open, small_catalog: list[CatalogModel], services: Services, qtbot: QtBot
) -> None:
    window = open_window(endpoint="http://127.0.0.1:9")
    view = _view(window, qtbot)
    row = view.rows[0]
    _click(row, qtbot)
    qtbot.waitUntil(lambda: "127.0.0.1" in row.text, timeout=15_000)
    for progress in services.fetching.list():
        services.fetching.cancel(progress.order.id)
    services.fetching.close()


def test_the_picker_leads_to_the_page_with_everything(
    open_window: Open, services: Services, qtbot: QtBot
) -> None:
    window = open_window()
    window.show_picker()
    qtbot.mouseClick(window.picker.offers_button, Qt.MouseButton.LeftButton)
    models = window.models.window
    assert models is not None
    assert models.page is Page.OFFERS
    page = models.pages[Page.OFFERS]
    assert isinstance(page, OffersPage)
    num_for_chat = sum(UseCase.CHAT in model.quality for model in catalog())
    qtbot.waitUntil(lambda: len(page.view.rows) == num_for_chat)
    large = next(row for row in page.view.rows if row.item.model.id == "gemma-4-31b")
    assert "too large for this computer" in large.text


def test_what_is_here_already_can_be_used_at_once(
    open_window: Open, small_catalog: list[CatalogModel], services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    window = open_window()
    view = _view(window, qtbot)
    model = view.rows[0].item.model
    services.paths.models.mkdir(parents=True, exist_ok=True)
    path = services.paths.models / model.file.name
    path.write_bytes(_CONTENT + bytes(small_catalog.index(model)))
    view.control.refresh()
    qtbot.waitUntil(lambda: bool(view.rows) and view.rows[0].action is OfferAction.USE)
    _click(view.rows[0], qtbot)
    qtbot.waitUntil(lambda: window.control.path == path)
