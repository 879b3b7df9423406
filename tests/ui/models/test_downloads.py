"""The pages of the downloads and of the ledger, by clicks, against a server on loopback."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.downloads import FetchOrder
from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.models.download_row import DownloadRow
from lmstudio_lite.ui.models.downloads_page import DownloadsPage
from lmstudio_lite.ui.models.ledger_page import LedgerPage
from lmstudio_lite.ui.theme import Theme
from tests.hub.server import NO_FAULT, Fault, FileServer, ServedFile

MB = 1 << 20


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer() as server:
        server.faults = lambda asked: Fault(pace_bytes_per_s=2 * MB)
        yield server


@pytest.fixture
def page(
    services: Services, bridge: Bridge, theme: Theme, qtbot: QtBot, server: FileServer
) -> Iterator[DownloadsPage]:
    page = DownloadsPage(theme, services, bridge)
    qtbot.addWidget(page)
    page.resize(700, 500)
    page.show()
    yield page
    services.fetching.close()
    services.connections.close()


def order_of(server: FileServer, services: Services, title: str) -> FetchOrder:
    content = random.Random(title).randbytes(2 * MB)
    server.files[title] = ServedFile(content)
    sha256 = hashlib.sha256(content).hexdigest()
    file = RemoteFile(server.address(title), f"{title}.gguf", len(content), sha256)
    return FetchOrder(title, title, (file,), services.paths.models)


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def row_of(page: DownloadsPage, qtbot: QtBot, title: str, words: str) -> DownloadRow:
    qtbot.waitUntil(lambda: title in page.rows and words in page.rows[title].state.text(), timeout=20_000)
    return page.rows[title]


def test_a_download_is_paused_goes_on_and_is_cleared(
    page: DownloadsPage, services: Services, server: FileServer, qtbot: QtBot
) -> None:
    qtbot.waitUntil(page.empty_label.isVisible)
    assert not page.clear_button.isVisible()
    services.fetching.add(order_of(server, services, "a"))
    row = row_of(page, qtbot, "a", "left")
    assert row.run_button.accessibleName() == "Pause"
    click(qtbot, row.run_button)
    row_of(page, qtbot, "a", "paused")
    shown = row.bar.value()
    assert shown > 0
    server.faults = lambda asked: NO_FAULT
    click(qtbot, row.run_button)
    row_of(page, qtbot, "a", "done, checked")
    assert not row.bar.isVisible()
    click(qtbot, page.clear_button)
    qtbot.waitUntil(page.empty_label.isVisible)
    assert (services.paths.models / "a.gguf").exists()


def test_a_failure_says_what_to_do_and_is_tried_again(
    page: DownloadsPage, services: Services, server: FileServer, qtbot: QtBot
) -> None:
    server.faults = lambda asked: Fault(status=404)
    services.fetching.add(order_of(server, services, "a"))
    row = row_of(page, qtbot, "a", "has no such file")
    assert "look the model up again" in row.state.text()
    server.faults = lambda asked: NO_FAULT
    assert row.run_button.accessibleName() == "Try again"
    click(qtbot, row.run_button)
    row_of(page, qtbot, "a", "done, checked")


def test_the_order_is_changed_and_one_is_cancelled(
    page: DownloadsPage, services: Services, server: FileServer, qtbot: QtBot
) -> None:
    for title in ("a", "b", "c"):
        services.fetching.add(order_of(server, services, title))
    row_of(page, qtbot, "c", "waiting for its turn")
    click(qtbot, page.rows["c"].up_button)
    qtbot.waitUntil(lambda: [each.order.id for each in services.fetching.list()] == ["a", "c", "b"])
    qtbot.waitUntil(lambda: page.rows["c"].y() < page.rows["b"].y())
    click(qtbot, page.rows["c"].remove_button)
    qtbot.waitUntil(lambda: "c" not in page.rows)
    assert not page.rows["a"].up_button.isEnabled()
    assert not page.rows["b"].down_button.isEnabled()


def test_the_speed_limit_is_kept(page: DownloadsPage, services: Services, qtbot: QtBot) -> None:
    page.limit_box.setFocus()
    qtbot.keyClick(page.limit_box, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: services.settings.value.hub.limit_bytes_per_s == 500_000)
    assert services.fetching.limit_bytes_per_s == 500_000


def test_the_ledger_shows_nothing_then_what_came_and_is_cleared_after_a_question(
    services: Services, bridge: Bridge, theme: Theme, server: FileServer, qtbot: QtBot
) -> None:
    server.faults = lambda asked: NO_FAULT
    page = LedgerPage(theme, services, bridge)
    qtbot.addWidget(page)
    page.resize(800, 500)
    page.show()
    page.begin()
    nothing = "Nothing was fetched. This program opened no connection."
    qtbot.waitUntil(lambda: page.totals.text() == nothing)
    assert not page.table.isVisible()
    services.fetching.fetch_now(order_of(server, services, "a"))
    qtbot.waitUntil(lambda: page.model.rowCount() == 1 and "2 MB" in page.totals.text())
    click(qtbot, page.copy_button)
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0].startswith("Time\tHost")
    assert "127.0.0.1" in copied[1]
    click(qtbot, page.clear_button)
    assert page.model.rowCount() == 1
    click(qtbot, page.notice.second_button)
    assert not page.notice.isVisible()
    click(qtbot, page.clear_button)
    click(qtbot, page.notice.button)
    qtbot.waitUntil(lambda: page.totals.text() == nothing)
    page.end()
    services.fetching.close()
    services.connections.close()


def test_the_main_window_says_what_is_fetched_and_leads_there(
    window: MainWindow, services: Services, server: FileServer, qtbot: QtBot
) -> None:
    assert not window.models.chip.isVisible()
    services.fetching.add(order_of(server, services, "a"))
    qtbot.waitUntil(lambda: window.models.chip.text().endswith(" %"))
    assert window.status.offline.text() == "fetching a model"
    click(qtbot, window.models.chip)
    models = window.models.window
    assert models is not None
    assert models.page == "downloads"
    server.faults = lambda asked: NO_FAULT
    qtbot.waitUntil(lambda: not window.models.chip.isVisible(), timeout=20_000)
    assert window.status.offline.text() == "offline"
    services.fetching.close()
    services.connections.close()


def test_what_was_running_goes_on_with_a_word(
    services: Services, bridge: Bridge, theme: Theme, server: FileServer, qtbot: QtBot, tmp_path: Path
) -> None:
    from lmstudio_lite.storage.downloads import DownloadRows

    server.faults = lambda asked: NO_FAULT
    DownloadRows(services.database).add(order_of(server, services, "a"))
    window = MainWindow(services, bridge, theme)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: services.fetching.num_gone_on == 1)
    page = DownloadsPage(theme, services, bridge)
    qtbot.addWidget(page)
    page.show()
    assert page.notice.text.startswith("1 download goes on")
    row_of(page, qtbot, "a", "done, checked")
    services.fetching.close()
    services.connections.close()
