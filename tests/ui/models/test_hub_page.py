"""The page Find against a hub on loopback: real clicks and keys, real connections, real files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.downloads import FetchState
from lmstudio_lite.domain.hub import SearchOrder
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.models.hub_page import HubPageView
from lmstudio_lite.ui.models.page import Page
from lmstudio_lite.ui.theme import Theme
from tests.hub.hub_api import Answer, FakeRepo, HubApi, serve
from tests.library.gguf_files import make_gguf
from tests.ui.shown_texts import forgotten

CARD = b"---\nlicense: mit\n---\n# Tiny\n\n![p](https://example.org/p.png)\nA *small* model.\n"


@pytest.fixture
def hub() -> Iterator[HubApi]:
    with serve(HubApi()) as api:
        for number in range(25):
            api.add(
                FakeRepo(
                    f"maker/tiny-{number:02}-GGUF",
                    {
                        "README.md": CARD,
                        "tiny-Q4_K_M.gguf": make_gguf(),
                        "tiny-Q8_0.gguf": make_gguf() + bytes(1000),
                    },
                    card={"license": "mit", "language": ["en", "de"], "base_model": "maker/tiny"},
                    tags=["gguf"],
                    gguf={"total": 135_000_000, "architecture": "llama", "context_length": 2048},
                    num_downloads=number,
                    num_likes=25 - number,
                )
            )
        yield api


@pytest.fixture
def page(
    hub: HubApi, services: Services, bridge: Bridge, theme: Theme, qtbot: QtBot
) -> Iterator[HubPageView]:
    services.hub.use_endpoint(hub.hub_url)
    found = HubPageView(theme, services, bridge)
    qtbot.addWidget(found)
    found.resize(800, 620)
    found.show()
    qtbot.waitExposed(found)
    found.begin()
    yield found
    end(services)


def end(services: Services) -> None:
    """Close what the page has used, in the order of ``Services.close``."""
    services.jobs.close()
    services.fetching.close()
    services.connections.close()


def enter(page: HubPageView, qtbot: QtBot, text: str) -> None:
    page.field.clear()
    qtbot.keyClicks(page.field, text)
    qtbot.keyClick(page.field, Qt.Key.Key_Return)


def is_opened(page: HubPageView) -> bool:
    return page.details.isVisible() and page.details.page is not None


def targets(hub: HubApi) -> list[str]:
    return [asked.target.partition("?")[0] for asked in hub.asked]


def test_nothing_is_asked_before_enter(page: HubPageView, hub: HubApi, qtbot: QtBot) -> None:
    assert page.field.hasFocus()
    qtbot.keyClicks(page.field, "tiny")
    assert "127.0.0.1" in page.hint.text()
    assert hub.asked == []
    qtbot.keyClick(page.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.results.rowCount() == 20)
    assert targets(hub) == ["/api/models"]


def test_a_search_is_opened_with_the_keys_and_fetched(
    page: HubPageView, hub: HubApi, services: Services, qtbot: QtBot
) -> None:
    enter(page, qtbot, "tiny")
    qtbot.waitUntil(page.list.hasFocus)
    qtbot.keyClick(page.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: is_opened(page))
    details = page.details
    assert details.title.text() == "maker/tiny-24-GGUF"
    assert "135M parameters" in details.about.text()
    assert "licence mit" in details.about.text()
    assert "English, German" in details.about.text()
    assert details.base.text() == "Made from maker/tiny"
    qtbot.waitUntil(lambda: details.card.is_settled)
    assert details.card.text.strip() == "# Tiny\n\nA *small* model."
    assert details.fetch_button.text().startswith("Fetch Q4_K_M (")
    qtbot.waitUntil(lambda: details.files.index(0, 3).data() == "in memory")
    assert "MB" in details.files.index(0, 2).data() or "kB" in details.files.index(0, 2).data()
    qtbot.mouseClick(details.fetch_button, Qt.MouseButton.LeftButton)
    target = services.paths.models / "maker" / "tiny-24-GGUF" / "tiny-Q4_K_M.gguf"
    qtbot.waitUntil(target.exists, timeout=10_000)
    assert target.read_bytes() == make_gguf()
    qtbot.waitUntil(details.downloads_button.isVisible)
    with qtbot.waitSignal(page.page_wanted) as wanted:
        qtbot.mouseClick(details.downloads_button, Qt.MouseButton.LeftButton)
    assert wanted.args == [Page.DOWNLOADS]
    qtbot.waitUntil(lambda: details.fetch_words.text() == "It is here.")
    assert services.fetching.list()[0].state is FetchState.DONE
    qtbot.waitUntil(lambda: details.files.index(0, 1).data().endswith("here"))
    assert not details.files.index(1, 1).data().endswith("here")
    assert target in [entry.path for entry in services.library.list()]


def test_more_results_come_when_asked_for(page: HubPageView, hub: HubApi, qtbot: QtBot) -> None:
    enter(page, qtbot, "tiny")
    qtbot.waitUntil(page.more_button.isVisible)
    qtbot.mouseClick(page.more_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.results.rowCount() == 25)
    assert not page.more_button.isVisible()


def test_the_order_is_asked_for_anew(page: HubPageView, qtbot: QtBot) -> None:
    enter(page, qtbot, "tiny")
    qtbot.waitUntil(lambda: page.results.rowCount() == 20)
    page.order_box.setCurrentIndex(page.order_box.findData(SearchOrder.LIKES))
    qtbot.waitUntil(lambda: bool(page.results.models) and page.results.models[0].num_likes == 25)


@pytest.mark.parametrize("text", ["maker/tiny-03-GGUF:Q8_0", "https://hf.co/maker/tiny-03-GGUF:Q8_0"])
def test_a_pasted_name_goes_straight_to_its_page(page: HubPageView, qtbot: QtBot, text: str) -> None:
    enter(page, qtbot, text)
    qtbot.waitUntil(lambda: is_opened(page))
    assert page.details.title.text() == "maker/tiny-03-GGUF"
    assert page.details.fetch_button.text().startswith("Fetch Q8_0")


def test_a_pasted_address_of_a_file_has_a_page(page: HubPageView, hub: HubApi, qtbot: QtBot) -> None:
    link = f"{hub.storage_url}/tiny.gguf"
    hub.storage_answer = lambda target, headers: Answer(200, make_gguf())  # type: ignore[method-assign]
    enter(page, qtbot, link)
    qtbot.waitUntil(lambda: is_opened(page))
    assert page.details.title.text() == "tiny.gguf"
    assert "bytes" in page.details.fetch_button.text() or "kB" in page.details.fetch_button.text()


def test_nothing_found_says_what_to_try(page: HubPageView, qtbot: QtBot) -> None:
    enter(page, qtbot, "no such thing")
    qtbot.waitUntil(lambda: "no such thing" in page.state_label.text())
    assert not page.list.isVisible()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("http://example.org/a/b/m.gguf", "not encrypted"),
        ("maker/none", "is not on"),
        ("maker/tiny!/x", "names no model"),
    ],
)
def test_what_is_no_model_can_be_searched_for(
    page: HubPageView, hub: HubApi, qtbot: QtBot, text: str, words: str
) -> None:
    enter(page, qtbot, text)
    qtbot.waitUntil(lambda: words in page.notice.text)
    qtbot.mouseClick(page.notice.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "/api/models" in targets(hub))
    qtbot.waitUntil(lambda: not page.notice.isVisible())


def test_a_failure_is_said_and_tried_again(page: HubPageView, hub: HubApi, qtbot: QtBot) -> None:
    hub.failures.append(Answer(500))
    enter(page, qtbot, "tiny")
    qtbot.waitUntil(page.notice.isVisible)
    assert "500" in page.notice.text
    qtbot.mouseClick(page.notice.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.results.rowCount() == 20)


def test_without_a_network_the_page_is_usable(page: HubPageView, services: Services, qtbot: QtBot) -> None:
    services.hub.use_endpoint("http://127.0.0.1:9")
    enter(page, qtbot, "tiny")
    qtbot.waitUntil(page.notice.isVisible)
    assert "127.0.0.1" in page.notice.text
    assert page.field.isEnabled()


def test_a_gated_model_takes_a_token(
    page: HubPageView, hub: HubApi, services: Services, qtbot: QtBot
) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    hub.add(FakeRepo("maker/gated", {"README.md": CARD, "g-Q4_0.gguf": make_gguf()}, gated="auto"))
    enter(page, qtbot, "maker/gated")
    box = page.details.token_box
    qtbot.waitUntil(box.isVisible)
    assert "accepted their terms" in box.words.text()
    qtbot.keyClicks(box.field, "hf_good")
    qtbot.keyClick(box.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.details.card.text.strip() != "")
    assert not box.isVisible()
    assert box.field.text() == ""
    assert "hub_tokens.json" in box.place.text()
    assert "hf_good" not in services.paths.settings_file.read_text()
    qtbot.mouseClick(page.details.fetch_button, Qt.MouseButton.LeftButton)
    target = services.paths.models / "maker" / "gated" / "g-Q4_0.gguf"
    qtbot.waitUntil(target.exists, timeout=10_000)
    keyring.set_keyring(before)


def test_what_could_not_be_fetched_is_not_said_to_be_on_its_way(
    page: HubPageView, hub: HubApi, qtbot: QtBot
) -> None:
    hub.add(FakeRepo("maker/gated", {"README.md": CARD, "g-Q4_0.gguf": make_gguf()}, gated="auto"))
    enter(page, qtbot, "maker/gated")
    qtbot.waitUntil(page.details.token_box.isVisible)
    qtbot.mouseClick(page.details.fetch_button, Qt.MouseButton.LeftButton)
    words = page.details.fetch_words
    qtbot.waitUntil(lambda: "accepted their terms" in words.text(), timeout=10_000)
    assert words.isVisible()
    assert page.details.downloads_button.isVisible()


def test_a_token_that_is_not_enough_is_said(
    page: HubPageView, hub: HubApi, services: Services, qtbot: QtBot
) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    hub.accepted = False
    services.hub.keep_token("hf_good")
    hub.add(FakeRepo("maker/gated", {"README.md": CARD, "g-Q4_0.gguf": make_gguf()}, gated="auto"))
    enter(page, qtbot, "maker/gated")
    box = page.details.token_box
    qtbot.waitUntil(box.isVisible)
    assert "not enough" in box.words.text()
    qtbot.mouseClick(box.forget_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not services.paths.tokens_file.exists())
    keyring.set_keyring(before)


def test_a_private_model_takes_a_token(page: HubPageView, hub: HubApi, qtbot: QtBot) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    hub.add(FakeRepo("maker/own", {"README.md": CARD, "o-Q4_0.gguf": make_gguf()}, is_private=True))
    enter(page, qtbot, "maker/own")
    qtbot.waitUntil(page.notice.second_button.isVisible)
    qtbot.mouseClick(page.notice.second_button, Qt.MouseButton.LeftButton)
    box = page.details.token_box
    assert "maker/own" in box.words.text()
    qtbot.keyClicks(box.field, "hf_good")
    qtbot.mouseClick(box.keep_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.details.files.rowCount() == 1)
    assert not box.isVisible()
    keyring.set_keyring(before)


def test_a_mirror_is_set_and_taken_back(
    services: Services, hub: HubApi, theme: Theme, bridge: Bridge, qtbot: QtBot
) -> None:
    view = HubPageView(theme, services, bridge)
    qtbot.addWidget(view)
    view.resize(800, 620)
    view.show()
    assert "huggingface.co" in view.hint.text()
    qtbot.mouseClick(view.place_button, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(view.place.field, "http://hf-mirror.com")
    qtbot.keyClick(view.place.field, Qt.Key.Key_Return)
    qtbot.waitUntil(view.place.notice.isVisible)
    view.place.field.setText(f"{hub.hub_url}/")
    qtbot.mouseClick(view.place.use_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "127.0.0.1" in view.hint.text())
    assert services.settings.value.hub.endpoint == hub.hub_url
    enter(view, qtbot, "tiny")
    qtbot.waitUntil(lambda: view.results.rowCount() == 20)
    view.place.field.clear()
    qtbot.mouseClick(view.place.use_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "huggingface.co" in view.hint.text())
    assert services.settings.value.hub.endpoint == ""
    end(services)


def test_a_newer_wish_ends_the_older_one(page: HubPageView, hub: HubApi, qtbot: QtBot) -> None:
    enter(page, qtbot, "tiny")
    enter(page, qtbot, "tiny-07")
    qtbot.waitUntil(lambda: page.results.rowCount() == 1)
    assert page.results.models[0].repo == "maker/tiny-07-GGUF"


def test_a_search_can_be_stopped(page: HubPageView, hub: HubApi, qtbot: QtBot) -> None:
    page.look_up("tiny")
    qtbot.mouseClick(page.stop_button, Qt.MouseButton.LeftButton)
    assert "Find a model" in page.state_label.text()


def test_hostile_names_are_shown_harmless_and_land_in_their_folder(
    page: HubPageView, hub: HubApi, services: Services, qtbot: QtBot
) -> None:
    names = ["../evil-Q4_0.gguf", "a\u202efugg-Q5_0.gguf", f"{'x' * 240}-Q6_K.gguf"]
    hub.add(FakeRepo("maker/odd", {name: make_gguf() for name in names}, tags=["gguf"]))
    enter(page, qtbot, "maker/odd")
    qtbot.waitUntil(lambda: is_opened(page))
    assert [variant.quantization for variant in page.details.files.variants] == ["Q5_0", "Q6_K"]
    for variant in page.details.files.variants:
        page.details.fetch(variant)
    folder = services.paths.models / "maker" / "odd"
    qtbot.waitUntil(lambda: len(list(folder.glob("*.gguf"))) == 2, timeout=10_000)
    assert not list(services.paths.data.parent.glob("*.gguf"))


def test_a_long_card_is_shown_a_page_at_a_time(page: HubPageView, hub: HubApi, qtbot: QtBot) -> None:
    card = "".join(f"Paragraph {number} of the card.\n\n" for number in range(1000)).encode()
    hub.add(FakeRepo("maker/long", {"README.md": card, "l-Q4_0.gguf": make_gguf()}))
    enter(page, qtbot, "maker/long")
    qtbot.waitUntil(lambda: is_opened(page))
    shown = page.details.card
    qtbot.waitUntil(lambda: shown.is_settled and shown.more_button.isVisible())
    first = shown.text
    assert card.decode().startswith(first)
    qtbot.mouseClick(shown.more_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown.is_settled)
    assert card.decode().startswith(shown.text)
    assert len(shown.text) > 1.9 * len(first)


def test_every_control_has_a_name_and_a_place_in_the_tab_order(page: HubPageView, qtbot: QtBot) -> None:
    enter(page, qtbot, "tiny")
    qtbot.waitUntil(page.list.hasFocus)
    qtbot.keyClick(page.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: is_opened(page))
    seen: list[QWidget | None] = []
    for _ in range(12):
        qtbot.keyClick(page.focusWidget() or page, Qt.Key.Key_Tab)
        seen.append(page.focusWidget())
    assert {page.field, page.order_box, page.list, page.details.table} <= set(seen)
    for widget in filter(None, seen):
        assert widget.accessibleName() or getattr(widget, "text", str)()


def test_what_sees_pictures_comes_only_if_it_is_wanted(
    page: HubPageView, hub: HubApi, services: Services, qtbot: QtBot
) -> None:
    files = {"v-Q4_0.gguf": make_gguf(), "mmproj-v-F16.gguf": make_gguf() + b"1"}
    hub.add(FakeRepo("maker/vision", files))
    enter(page, qtbot, "maker/vision")
    qtbot.waitUntil(lambda: is_opened(page))
    assert page.details.projector_box.isVisible()
    assert not page.details.projector_box.isChecked()
    folder = services.paths.models / "maker" / "vision"
    qtbot.mouseClick(page.details.fetch_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil((folder / "v-Q4_0.gguf").exists, timeout=10_000)
    assert not (folder / "mmproj-v-F16.gguf").exists()
    page.details.projector_box.click()
    qtbot.mouseClick(page.details.fetch_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil((folder / "mmproj-v-F16.gguf").exists, timeout=10_000)


def test_a_double_click_fetches(page: HubPageView, services: Services, qtbot: QtBot) -> None:
    enter(page, qtbot, "maker/tiny-02-GGUF")
    qtbot.waitUntil(lambda: is_opened(page))
    table = page.details.table
    place: QPoint = table.visualRect(table.model().index(1, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    target: Path = services.paths.models / "maker" / "tiny-02-GGUF" / "tiny-Q8_0.gguf"
    qtbot.waitUntil(target.exists, timeout=10_000)


@pytest.mark.usefixtures("pseudo_language")
def test_every_text_is_translated(page: HubPageView, hub: HubApi, qtbot: QtBot) -> None:
    hub.add(FakeRepo("maker/gated", {"README.md": CARD, "g-Q4_0.gguf": make_gguf()}, gated="auto"))
    qtbot.mouseClick(page.place_button, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(page.field, "maker")
    qtbot.keyClick(page.field, Qt.Key.Key_Return)
    qtbot.waitUntil(page.list.hasFocus)
    enter(page, qtbot, "maker/gated")
    qtbot.waitUntil(page.details.token_box.isVisible)
    users = ("maker/gated", "127.0.0.1", "https://huggingface.co")
    assert forgotten(page, *users) == []
