"""Truth for the document tabs: a real drop and real keys, the real engine process, the starter model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import Done
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.paths import Paths
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.summarize.items import Failed
from lmstudio_lite.ui.tab_set import SUMMARIZE, TRANSLATE
from lmstudio_lite.ui.theme import Theme
from tests.documents.samples import sample
from tests.ui.gestures import drag_enter, drop, mime_of, press, type_text

_WORK_MS = 240_000
_TEXT = (
    "The village lies between two hills. In spring the river floods the lower fields, and the farmers "
    "wait until the water has gone. Then they plough, and in summer the whole valley is green.\n\n"
    "In autumn the market comes to the village. People from the hills sell wool and cheese, and buy "
    "grain for the winter. The market lasts three days and ends with music.\n"
)


@pytest.fixture
def services(paths: Paths, starter_model: Path) -> Iterator[Services]:
    with Services.open(paths, isolation="process", exclusive=True) as services:
        services.load_model(starter_model)
        yield services


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


@pytest.mark.timeout(600)
def test_documents_dropped_on_the_window_are_summarized(
    window: MainWindow, services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    text_file = tmp_path / "village.txt"
    text_file.write_text(_TEXT, "utf-8")
    native = window.windowHandle()
    assert native is not None
    mime = mime_of(sample("password.pdf"), text_file)
    assert drag_enter(native, mime)
    assert drop(native, mime)
    assert window.tabs.currentIndex() == SUMMARIZE
    tab = window.tabs.summarize
    qtbot.waitUntil(lambda: tab.queue.rowCount() == 2, timeout=_WORK_MS)
    qtbot.waitUntil(lambda: not tab.is_working, timeout=_WORK_MS)
    failed, finished = (item.state for item in tab.queue.items)
    assert isinstance(failed, Failed)
    assert isinstance(finished, Done)
    assert finished.text.strip()
    assert tab.view.head.title.full_text == "village.txt"
    assert tab.view.summary.toPlainText().strip()
    assert tab.view.source.toPlainText().startswith("The village")
    stored = services.results.list(ResultKind.SUMMARY)
    assert [result.title for result in stored] == ["village.txt"]


@pytest.mark.timeout(600)
def test_typed_text_is_translated_and_a_dropped_document_is_opened(
    window: MainWindow, services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    window.top_bar.tabs.setCurrentIndex(TRANSLATE)
    tab = window.tabs.translate
    tab.view.live_check.setChecked(False)
    tab.view.target_box.set_code("de")
    type_text(tab.view.source_pane.editor, "The water is cold. The house is green.")
    with qtbot.waitSignal(tab.translated, timeout=_WORK_MS):
        press(tab.view.source_pane.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert tab.outcome is not None
    assert tab.outcome.num_total == 2
    assert tab.view.target_pane.text == tab.outcome.text
    assert len(services.results.list(ResultKind.TRANSLATION)) == 1
    text_file = tmp_path / "village.txt"
    text_file.write_text(_TEXT, "utf-8")
    native = window.windowHandle()
    assert native is not None
    assert drop(native, mime_of(text_file))
    qtbot.waitUntil(lambda: tab.view.source_pane.text == _TEXT, timeout=_WORK_MS)
    qtbot.waitUntil(lambda: tab.view.source_box.effective_code == "en", timeout=_WORK_MS)
