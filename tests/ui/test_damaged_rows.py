"""A window over a file with damaged rows: each is listed, can be opened, exported and deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.records import SummaryRecord, TranslationRecord
from lmstudio_lite.paths import Paths
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.history_model import HistoryModel, HistoryRole
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.tab_set import CHAT, SUMMARIZE, TRANSLATE
from tests.support.damage import damage
from tests.support.faulty_disk import FULL, FaultyDisk


@pytest.fixture
def bugs(bridge: Bridge) -> Iterator[list[object]]:
    found: list[object] = []
    bridge.bug_found.connect(found.append)
    yield found
    assert found == []


def loaded(qtbot: QtBot, window: MainWindow, number: int) -> HistoryModel:
    window.top_bar.tabs.setCurrentIndex(number)
    model = window.history.view.model()
    assert isinstance(model, HistoryModel)
    with qtbot.waitSignal(model.loaded):
        model.load()
    return model


def open_each(qtbot: QtBot, window: MainWindow, model: HistoryModel) -> None:
    for row in range(model.rowCount()):
        index = model.index(row)
        window.history.item_chosen.emit(index.data(HistoryRole.ID))
        with qtbot.waitSignal(model.loaded):
            model.load()


def test_damaged_conversations_are_listed_opened_exported_and_deleted(
    qtbot: QtBot, window: MainWindow, services: Services, paths: Paths, tmp_path: Path, bugs: list[object]
) -> None:
    conversations = services.conversations
    for title in ("good", "torn", "late", "circle", "message"):
        conversation = conversations.create(title)
        question = conversations.add_message(conversation.id, None, Role.USER, f"{title} question")
        conversations.add_message(conversation.id, question.id, Role.ASSISTANT, f"{title} answer")
    damage(
        paths.database,
        "UPDATE conversations SET title = CAST(X'FF746F726E' AS TEXT) WHERE title = 'torn'",
        "UPDATE conversations SET updated_at = 9223372036854775807 WHERE title = 'late'",
        "UPDATE messages SET parent_id = (SELECT id FROM messages WHERE text = 'circle answer')"
        " WHERE text = 'circle question'",
        "UPDATE messages SET text = X'6D65FF', role = 'oracle' WHERE text = 'message answer'",
    )
    model = loaded(qtbot, window, CHAT)
    titles = [model.index(row).data() for row in range(model.rowCount())]
    assert titles == ["late", "message", "circle", "\ufffdtorn", "good"]
    damaged = [model.index(row).data(HistoryRole.IS_DAMAGED) for row in range(model.rowCount())]
    assert damaged == [True, False, False, False, False]
    open_each(qtbot, window, model)
    window.history.item_chosen.emit(model.index(1).data(HistoryRole.ID))
    chat = window.chat
    qtbot.waitUntil(lambda: len(chat.thread_view.widgets) == 2)
    assert [widget.message.is_damaged for widget in chat.thread_view.widgets] == [False, True]
    assert "damaged" in chat.thread_view.widgets[1].note.words.text()
    assert chat.thread_view.widgets[1].text == "me\ufffd"

    window.history.view.export_requested.emit(model.index(0))
    qtbot.waitUntil(lambda: bool(window.findChildren(QFileDialog)))
    (dialog,) = window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "late.json"))
    dialog.reject()
    qtbot.waitUntil(window.saving_strip.isVisible)
    raw = json.loads((tmp_path / "late.json").read_text())
    assert [message["text"] for message in raw["messages"]] == ["late question", "late answer"]

    window.history.view.setCurrentIndex(model.index(0))
    with qtbot.waitSignal(model.loaded):
        qtbot.keyClick(window.history.view, Qt.Key.Key_Delete)
    assert model.rowCount() == 4


def test_damaged_results_are_listed_and_opened(
    qtbot: QtBot, window: MainWindow, services: Services, paths: Paths, bugs: list[object]
) -> None:
    for record in (SummaryRecord(), TranslationRecord()):
        for title in ("good", "torn", "bytes", "late"):
            services.results.add(title, "", "ab", "The source.", "The text.", record)
    damage(
        paths.database,
        "UPDATE results SET details = '{\"form\": \"bul' WHERE title = 'torn'",
        "UPDATE results SET text = X'FF41', source_text = X'FF' WHERE title = 'bytes'",
        "UPDATE results SET updated_at = 'never', created_at = -1e300 WHERE title = 'late'",
    )
    for number in (SUMMARIZE, TRANSLATE):
        model = loaded(qtbot, window, number)
        titles = [model.index(row).data() for row in range(model.rowCount())]
        assert titles == ["late", "bytes", "torn", "good"]
        assert [model.index(row).data(HistoryRole.IS_DAMAGED) for row in range(4)] == [
            True,
            True,
            True,
            False,
        ]
        open_each(qtbot, window, model)
    assert not window.model_notice.isVisible()


def test_a_conversation_that_could_not_be_deleted_is_there_again_with_nothing_to_undo(
    qtbot: QtBot, window: MainWindow, services: Services
) -> None:
    services.conversations.create("kept")
    model = loaded(qtbot, window, CHAT)
    disk = FaultyDisk(services.database)
    disk.fault = FULL
    window.history.view.setCurrentIndex(model.index(0))
    with qtbot.waitSignal(model.item_not_deleted):
        qtbot.keyClick(window.history.view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: model.rowCount() == 1)
    assert not window.history.undo_button.isVisible()
    assert "full" in window.chat.notice.text
    disk.fault = None


def test_times_of_the_future_stand_under_a_heading_that_makes_sense(
    qtbot: QtBot, window: MainWindow, services: Services, paths: Paths
) -> None:
    for title in ("old", "future", "new"):
        services.conversations.create(title)
    year_us = 365 * 24 * 3600 * 1_000_000
    damage(
        paths.database,
        "DROP TRIGGER conversations_changed",
        f"UPDATE conversations SET updated_at = updated_at + {year_us} WHERE title = 'future'",
        f"UPDATE conversations SET updated_at = updated_at - {year_us} WHERE title = 'old'",
    )
    model = loaded(qtbot, window, CHAT)
    rows = [(model.index(row).data(), _section(model.index(row))) for row in range(3)]
    assert rows == [("new", "Today"), ("future", "Earlier"), ("old", "")]


def _section(index: QModelIndex) -> str:
    return str(index.data(HistoryRole.SECTION))
