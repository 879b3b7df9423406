"""The window of batches with real clicks and keys; the model is scripted, the storage is real."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import Finished, FinishReason, GenerationRequest, TextDelta, Usage
from lmstudio_lite.ui.batch.confusion_dialog import ConfusionDialog
from lmstudio_lite.ui.batch.labelled_model import Column
from lmstudio_lite.ui.batch.window import BatchWindow
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme
from tests.ui.scripted_engine import Listener, ScriptedEngine

TABLE = "id,remark,mood\n1,very good,good\n2,so bad,bad\n3,who knows,good\n4,,bad\n"


class LabellingEngine(ScriptedEngine):
    """Finds the label whose word stands in the text; may be told to wait before it answers."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = threading.Event()
        self.may_answer.set()

    def submit_group(self, requests: Sequence[GenerationRequest], on_event: Listener) -> None:
        super().submit_group(requests, on_event)
        threading.Thread(target=self._answer, args=(requests, on_event), daemon=False).start()

    def _answer(self, requests: Sequence[GenerationRequest], on_event: Listener) -> None:
        self.may_answer.wait(10)
        for request in requests:
            if self._open.pop(request.request_id, None) is None:
                continue
            logprobs: tuple[float, ...] = ()
            if request.continuations:
                text = request.prompt.reply_start if not isinstance(request.prompt, str) else ""
                weights = [5.0 if label.strip() in text else 1.0 for label in request.continuations]
                logprobs = tuple(math.log(weight / sum(weights)) for weight in weights)
            else:
                on_event(TextDelta(request.request_id, '{"name": "Anna", "amount": 40}', 9))
            usage = Usage(9, 0, 0, 0.1, 0.0)
            on_event(Finished(request.request_id, FinishReason.STOP, usage, logprobs=logprobs))


@pytest.fixture
def engine() -> Iterator[LabellingEngine]:
    engine = LabellingEngine()
    engine.set_ready(Path("model.gguf"))
    yield engine
    engine.may_answer.set()


@pytest.fixture
def window(services: Services, bridge: Bridge, theme: Theme, qtbot: QtBot) -> BatchWindow:
    window = BatchWindow(services, bridge, theme)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "remarks.csv"
    path.write_text(TABLE)
    return path


def write(qtbot: QtBot, field: QLineEdit, text: str) -> None:
    field.clear()
    qtbot.keyClicks(field, text)


def click(qtbot: QtBot, button: object) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def is_done(window: BatchWindow) -> Callable[[], bool]:
    return lambda: not window.is_working and window.run_button.isVisible()


def label(window: BatchWindow, qtbot: QtBot, texts: str, labels: str = "good, bad") -> None:
    window.input_box.text.setPlainText(texts)
    write(qtbot, window.label_task.labels, labels)
    click(qtbot, window.run_button)
    qtbot.waitUntil(is_done(window), timeout=10_000)


def test_lines_are_labelled_the_least_certain_first(window: BatchWindow, qtbot: QtBot) -> None:
    assert not window.run_button.isEnabled()
    label(window, qtbot, "very good\nwho knows\nso bad\n")
    rows = window.label_task.model.rows
    assert rows[0].row.text == "who knows"
    assert {each.row.text: each.label for each in rows[1:]} == {"very good": "good", "so bad": "bad"}
    assert window.label_task.table.isVisible()
    index = window.label_task.model.index(0, Column.PROBABILITY)
    assert "50" in str(index.data())


def test_keys_correct_and_undo_brings_back(window: BatchWindow, qtbot: QtBot, services: Services) -> None:
    label(window, qtbot, "very good\nwho knows\nso bad\n")
    table, model = window.label_task.table, window.label_task.model
    assert table.hasFocus()
    qtbot.keyClick(table, Qt.Key.Key_2)
    assert model.rows[0].row.truth == "bad"
    assert table.currentIndex().row() == 1
    qtbot.waitUntil(lambda: window.label_task.has_mistakes_to_show, timeout=5_000)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert model.rows[0].row.truth == ""
    qtbot.keyClick(table, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: services.jobs is not None and model.rows[0].row.truth == "good", timeout=5_000)


def test_corrections_are_there_the_next_time(window: BatchWindow, qtbot: QtBot) -> None:
    label(window, qtbot, "who knows\n")
    qtbot.keyClick(window.label_task.table, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: window.label_task.has_mistakes_to_show, timeout=5_000)
    label(window, qtbot, "who knows\nvery good\n", "bad, good")
    assert {each.row.text: each.row.truth for each in window.label_task.model.rows} == {
        "who knows": "bad",
        "very good": "",
    }
    assert "answered before" in window.state.text()


def test_a_true_label_is_chosen_from_a_list(window: BatchWindow, qtbot: QtBot) -> None:
    label(window, qtbot, "who knows\n")
    qtbot.keyClick(window.label_task.table, Qt.Key.Key_Return)
    box = window.label_task.table.findChild(QComboBox)
    assert box is not None
    box.setCurrentIndex(box.findData("good"))
    box.activated.emit(box.currentIndex())
    assert window.label_task.model.rows[0].row.truth == "good"
    qtbot.waitUntil(lambda: window.label_task.has_mistakes_to_show, timeout=5_000)


def test_a_table_is_labelled_judged_and_exported(
    window: BatchWindow, qtbot: QtBot, table: Path, tmp_path: Path
) -> None:
    window.input_box.open_file(table)
    qtbot.waitUntil(lambda: window.input_box.table is not None, timeout=5_000)
    box = window.input_box
    assert [box.column_box.itemText(at) for at in range(3)] == ["id", "remark", "mood"]
    assert box.column_box.currentText() == "remark"
    box.truth_box.setCurrentIndex(box.truth_box.findText("mood"))
    write(qtbot, window.label_task.labels, "good, bad")
    click(qtbot, window.run_button)
    qtbot.waitUntil(is_done(window), timeout=10_000)
    assert "1 row has no text" in window.state.text()
    assert "100 % of 3" in window.state.text()
    click(qtbot, window.label_task.confusion_button)
    dialog = window.findChild(ConfusionDialog)
    assert dialog is not None
    item = dialog.table.item(0, 0)
    assert item is not None
    assert item.text() == "2"
    dialog.close()
    target = tmp_path / "out.xlsx"
    window.export(target)
    qtbot.waitUntil(target.exists, timeout=5_000)
    qtbot.waitUntil(lambda: window.notice.isVisible(), timeout=5_000)
    sheet = openpyxl.load_workbook(target).active
    assert sheet is not None
    assert [row[0] for row in sheet.iter_rows(values_only=True)] == [
        "text",
        "very good",
        "so bad",
        "who knows",
    ]


def test_what_is_stopped_goes_on(window: BatchWindow, qtbot: QtBot, engine: LabellingEngine) -> None:
    engine.may_answer.clear()
    window.input_box.text.setPlainText("very good\nso bad\n")
    write(qtbot, window.label_task.labels, "good, bad")
    qtbot.keyClick(window.label_task.labels, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.stop_button.isVisible(), timeout=5_000)
    qtbot.waitUntil(lambda: len(engine.requests) > 0, timeout=5_000)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(is_done(window), timeout=5_000)
    assert "Stopped" in window.state.text()
    engine.may_answer.set()
    click(qtbot, window.run_button)
    qtbot.waitUntil(is_done(window), timeout=10_000)
    assert len(window.label_task.model.rows) == 2


def test_labels_that_can_not_be_used_are_said(window: BatchWindow, qtbot: QtBot) -> None:
    window.input_box.text.setPlainText("very good")
    write(qtbot, window.label_task.labels, "good")
    click(qtbot, window.run_button)
    assert "only label" in window.notice.text
    click(qtbot, window.label_task.sentiment_button)
    assert window.label_task.labels.text() == "positive, negative, neutral"


def test_values_are_taken_and_what_is_made_up_comes_first(window: BatchWindow, qtbot: QtBot) -> None:
    click(qtbot, window.extract_button)
    window.input_box.text.setPlainText("Anna paid 40 euros\nOtto came late\n")
    write(qtbot, window.extract_task.schema, "name, amount:number")
    click(qtbot, window.run_button)
    qtbot.waitUntil(is_done(window), timeout=10_000)
    model = window.extract_task.model
    assert [each.row.text for each in model.rows] == ["Otto came late", "Anna paid 40 euros"]
    assert "does not stand in the text" in str(model.index(0, 1).data(Qt.ItemDataRole.ToolTipRole))
    assert "1 row has a mark" in window.state.text()


def test_a_file_that_can_not_be_read_is_said(window: BatchWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.input_box.open_file(tmp_path / "gone.csv")
    qtbot.waitUntil(lambda: window.notice.isVisible(), timeout=5_000)
    assert "gone.csv" in window.notice.text


@pytest.fixture
def main_window(services: Services, bridge: Bridge, theme: Theme, qtbot: QtBot) -> MainWindow:
    window = MainWindow(services, bridge, theme)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


def test_the_window_opens_by_keys_the_palette_and_a_dropped_table(
    main_window: MainWindow, qtbot: QtBot, table: Path
) -> None:
    qtbot.keyClick(
        main_window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert main_window.batch.window is not None
    assert main_window.batch.window.isVisible()
    main_window.batch.window.close()
    zones = [zone for zone in main_window.files.drop_zones() if zone.takes([table])]
    zones[0].on_paths([table])
    opened = main_window.batch.window
    qtbot.waitUntil(lambda: opened.input_box.table is not None, timeout=5_000)
    assert len([zone for zone in main_window.files.drop_zones() if zone.takes([Path("a.pdf")])]) == 2
    main_window.close()
    assert not opened.isVisible()


def test_what_stood_in_the_fields_is_there_again(
    window: BatchWindow, services: Services, bridge: Bridge, theme: Theme, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: window._is_draft_shown, timeout=5_000)
    window.input_box.text.setPlainText("one\ntwo")
    write(qtbot, window.label_task.labels, "good, bad")
    window.close()
    other = BatchWindow(services, bridge, theme)
    qtbot.addWidget(other)
    qtbot.waitUntil(lambda: other.input_box.text.toPlainText() == "one\ntwo", timeout=5_000)
    assert other.label_task.labels.text() == "good, bad"
