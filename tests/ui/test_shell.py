"""The window around the tabs: list, model, status, settings, what it remembers, what it says of trouble."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.models import ModelPhase, Rung
from lmstudio_lite.errors import EngineCrashLoopError, ModelLoadError
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.bugs import BugReporter
from lmstudio_lite.ui.history_model import HistoryRole
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme
from tests.ui.gestures import drag_enter, drop, mime_of
from tests.ui.scripted_engine import ScriptedEngine


@pytest.fixture
def titles(services: Services) -> list[str]:
    for title in ("Bread", "Sorting", "解释量子纠缠"):
        conversation = services.conversations.create(title)
        services.conversations.add_message(conversation.id, None, Role.USER, f"about {title}")
    return ["解释量子纠缠", "Sorting", "Bread"]


def rows(window: MainWindow) -> list[str]:
    model = window.history.view.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def click_row(qtbot: QtBot, window: MainWindow, row: int) -> None:
    view = window.history.view
    place = view.visualRect(view.model().index(row, 0)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_the_list_opens_searches_deletes_and_brings_back(
    titles: list[str], window: MainWindow, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: rows(window) == titles)
    click_row(qtbot, window, 1)
    assert window.chat.history_model.current_id == window.chat.work.conversation_id != ""
    typed = QInputMethodEvent()
    typed.setCommitString("量子")
    QApplication.sendEvent(window.history.search, typed)
    qtbot.waitUntil(lambda: rows(window) == ["解释量子纠缠"])
    window.history.search.clear()
    qtbot.keyClicks(window.history.search, "no such thing")
    qtbot.waitUntil(lambda: not window.history.view.isVisible())
    qtbot.keyClick(window.history.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: rows(window) == titles)
    window.history.view.setCurrentIndex(window.history.view.model().index(1, 0))
    qtbot.keyClick(window.history.view, Qt.Key.Key_Delete)
    assert rows(window) == ["解释量子纠缠", "Bread"]
    assert window.chat.work.conversation_id == ""
    qtbot.mouseClick(window.history.undo_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: rows(window) == titles)


def test_headings_tell_the_days_apart(titles: list[str], window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: len(rows(window)) == 3)
    model = window.history.view.model()
    headings = [model.index(row, 0).data(HistoryRole.SECTION) for row in range(3)]
    assert headings == ["Today", "", ""]


def test_the_window_comes_back_as_it_was(
    services: Services, bridge: Bridge, theme: Theme, qtbot: QtBot
) -> None:
    first = MainWindow(services, bridge, theme)
    qtbot.addWidget(first)
    first.show()
    qtbot.waitExposed(first)
    first.resize(960, 640)
    first.toggle_history()
    first.close()
    place = services.settings.value.window
    assert (place.width, place.height, place.history_collapsed) == (960, 640, True)
    second = MainWindow(services, bridge, theme)
    qtbot.addWidget(second)
    second.show()
    assert second.history.isHidden()
    assert (second.width(), second.height()) == (960, 640)


def test_it_fits_into_900_by_600(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(900, 600)
    qtbot.waitUntil(lambda: window.width() == 900)
    assert window.minimumSizeHint().width() <= 900
    assert window.minimumSizeHint().height() <= 600


def test_the_pill_and_the_status_line_follow_the_engine(
    window: MainWindow, engine: ScriptedEngine, qtbot: QtBot, tmp_path: Path
) -> None:
    engine.set_state(
        replace(engine.state, phase=ModelPhase.LOADING, path=tmp_path / "m.gguf", loading_fraction=0.42)
    )
    qtbot.waitUntil(lambda: "42 %" in window.top_bar.pill.words)
    engine.set_ready(tmp_path / "m.gguf")
    qtbot.waitUntil(lambda: "CPU" in window.top_bar.pill.words)
    assert "308 MB" in window.top_bar.pill.words
    qtbot.waitUntil(lambda: window.status.context.text() == "context 0 of 8,192")
    assert window.status.offline.isVisible()


def test_no_model_is_a_message_with_a_button(
    window: MainWindow, qtbot: QtBot, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.library, "starter_path", lambda: None)
    window.control.load()
    notice = window.model_notice.notice
    qtbot.waitUntil(notice.isVisible)
    qtbot.mouseClick(notice.button, Qt.MouseButton.LeftButton)
    assert window.picker.isVisible()
    window.picker.hide()


def test_a_broken_model_stays_listed_with_its_reason(
    window: MainWindow, services: Services, qtbot: QtBot
) -> None:
    services.paths.models.mkdir(parents=True, exist_ok=True)
    broken = services.paths.models / "broken.gguf"
    broken.write_bytes(b"not a model")
    window.show_picker()
    qtbot.waitUntil(lambda: any("broken" in row.accessibleName() for row in window.picker.rows))
    row = next(row for row in window.picker.rows if "broken" in row.accessibleName())
    assert not row.isEnabled()
    window.picker.hide()
    window.open_paths([broken])
    qtbot.waitUntil(window.model_notice.notice.isVisible)
    assert "broken.gguf" in window.model_notice.notice.text
    assert services.settings.value.model.path == ""


def test_a_failed_engine_can_be_tried_again(window: MainWindow, engine: ScriptedEngine, qtbot: QtBot) -> None:
    window.control.load()
    qtbot.waitUntil(lambda: window.control.state.phase is ModelPhase.READY and not window.control.is_checking)
    engine.set_failed(EngineCrashLoopError, num_crashes=3, reason="signal 11")
    notice = window.model_notice.notice
    qtbot.waitUntil(notice.isVisible)
    qtbot.mouseClick(notice.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(engine.loads) == 2)
    qtbot.waitUntil(lambda: not notice.isVisible())


def test_a_model_that_does_not_load_offers_another(
    window: MainWindow, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    engine.set_failed(ModelLoadError, path="/models/x.gguf", reason="unknown architecture")
    qtbot.waitUntil(window.model_notice.notice.isVisible)
    assert "failed" in window.top_bar.pill.words or window.top_bar.pill.words == "No model"


def test_a_restart_is_said_and_taken_back(
    window: MainWindow, engine: ScriptedEngine, qtbot: QtBot, tmp_path: Path
) -> None:
    engine.set_ready(tmp_path / "m.gguf")
    qtbot.waitUntil(lambda: window.control.state.phase is ModelPhase.READY)
    engine.set_state(replace(engine.state, phase=ModelPhase.RESTARTING, restart_reason="signal 11"))
    qtbot.waitUntil(window.model_notice.notice.isVisible)
    engine.set_ready(tmp_path / "m.gguf")
    qtbot.waitUntil(lambda: not window.model_notice.notice.isVisible())


def test_a_restart_that_changes_how_the_model_runs_stays_said(
    window: MainWindow, engine: ScriptedEngine, qtbot: QtBot, tmp_path: Path
) -> None:
    engine.set_ready(tmp_path / "m.gguf")
    qtbot.waitUntil(lambda: window.control.state.phase is ModelPhase.READY)
    ready = replace(engine.state, rung=Rung.SMALLER_CONTEXT)
    engine.set_state(replace(ready, phase=ModelPhase.RESTARTING, restart_reason="hang"))
    notice = window.model_notice.notice
    qtbot.waitUntil(notice.isVisible)
    engine.set_state(ready)
    qtbot.waitUntil(lambda: "It runs with a smaller context now" in notice.text)
    assert "it did not answer any more" in notice.text
    assert "room for 8,192 tokens" in notice.text
    qtbot.mouseClick(notice.button, Qt.MouseButton.LeftButton)
    assert window.models.window is not None
    assert window.models.window.isVisible()
    window.models.close_window()
    engine.set_state(replace(ready, num_cells_used=7))
    qtbot.waitUntil(lambda: window.control.state.num_cells_used == 7)
    assert notice.isVisible()


def test_choosing_in_the_picker_loads_and_is_remembered(
    window: MainWindow, engine: ScriptedEngine, services: Services, qtbot: QtBot
) -> None:
    window.show_picker()
    qtbot.waitUntil(lambda: len(window.picker.rows) == 1)
    qtbot.mouseClick(window.picker.rows[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: services.settings.value.model.path != "")
    assert str(engine.loads[0][0]) == services.settings.value.model.path


def test_settings_are_saved_and_applied(
    window: MainWindow, engine: ScriptedEngine, services: Services, qtbot: QtBot
) -> None:
    window.control.load()
    qtbot.waitUntil(lambda: len(engine.loads) == 1)
    window.show_settings()
    dialog = window.settings_dialog
    assert dialog is not None
    dialog.context_box.setCurrentIndex(dialog.context_box.findData(4_096))
    dialog.prompt_edit.setPlainText("Be brief.")
    dialog.buttons.accepted.emit()
    qtbot.waitUntil(lambda: services.settings.value.chat.system_prompt == "Be brief.")
    assert services.settings.value.model.context_size == 4_096
    assert services.settings.value.chat.system_prompt == "Be brief."
    qtbot.waitUntil(lambda: len(engine.loads) == 2)
    assert engine.loads[1][1].context_size == 4_096


def test_text_dropped_on_the_chat_goes_into_the_composer(window: MainWindow) -> None:
    mime = mime_of(text="some text")
    assert drag_enter(window, mime)
    assert drop(window, mime)
    assert window.chat.composer.text == "some text"


def test_everything_that_takes_the_focus_has_a_name(window: MainWindow) -> None:
    nameless = [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not widget.accessibleName()
        and not (isinstance(widget, QAbstractButton) and widget.text())
    ]
    assert nameless == []


def test_tab_goes_through_bar_list_and_composer(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.top_bar.history_button.setFocus()
    order: list[QWidget] = []
    for _ in range(40):
        widget = QApplication.focusWidget()
        if widget is None or widget in order:
            break
        order.append(widget)
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
    wanted = [
        window.top_bar.history_button,
        window.top_bar.tabs,
        window.top_bar.pill,
        window.top_bar.menu_button,
        window.history.search,
        window.chat.composer.editor,
    ]
    places = [order.index(widget) for widget in wanted]
    assert places == sorted(places)


def test_a_bug_is_shown_once_with_its_traceback(qapp: QApplication, qtbot: QtBot) -> None:
    reporter = BugReporter(qapp)
    try:
        reporter.show_bug(ValueError("ours"))
        reporter.show_bug(ValueError("another"))
        dialog = reporter.dialog
        assert dialog is not None
        assert "ours" in dialog.detailedText()
        assert "another" not in dialog.detailedText()
        dialog.done(0)
        assert reporter.dialog is None
    finally:
        reporter.close()


def test_the_keyboard_goes_through_the_tabs(window: MainWindow, qtbot: QtBot) -> None:
    for number, hint in ((2, "summaries"), (3, "translations"), (1, "conversations")):
        qtbot.keyClick(window, getattr(Qt.Key, f"Key_{number}"), Qt.KeyboardModifier.ControlModifier)
        assert window.tabs.currentIndex() == number - 1
        assert hint in window.history.search.accessibleName()


def test_a_second_start_brings_its_documents(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    document = tmp_path / "notes.txt"
    document.write_text("Some words to read.", "utf-8")
    window.open_paths([document])
    qtbot.waitUntil(lambda: window.tabs.currentIndex() == 1)
    qtbot.waitUntil(lambda: window.tabs.summarize.item is not None)
    qtbot.waitUntil(lambda: not window.tabs.summarize.is_working, timeout=20_000)


def test_a_document_is_attached_from_the_chat(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    document = tmp_path / "notes.txt"
    document.write_text("Some words to read.", "utf-8")
    qtbot.keyClick(window.chat.composer.editor, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(window.tabs.findChildren(QFileDialog)))
    (dialog,) = window.tabs.findChildren(QFileDialog)
    dialog.filesSelected.emit([str(document)])
    dialog.reject()
    qtbot.waitUntil(lambda: len(window.chat.attachments.ready) == 1, timeout=20_000)
