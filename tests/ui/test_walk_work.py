"""A walk through the screens that work brings: fine-tuning, summaries, translations, what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QMenu
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.train import Finetuning
from lmstudio_lite.errors import DecodeError
from lmstudio_lite.finetune.protocol import (
    Evaluated,
    Event,
    Export,
    RunFailed,
    RunFinished,
    Sample,
    Stage,
    StageBegan,
)
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.paths import Paths
from lmstudio_lite.ui.bugs import BugReporter
from lmstudio_lite.ui.finetune.data_step import DataStep
from lmstudio_lite.ui.finetune.model_step import ModelStep
from lmstudio_lite.ui.finetune.settings_step import SettingsStep
from lmstudio_lite.ui.finetune.train_step import TrainStep
from lmstudio_lite.ui.finetune.window import FinetuneWindow, Step
from lmstudio_lite.ui.main_window import MainWindow
from tests.finetune.data.reading import chat_line
from tests.support.damage import damage
from tests.support.faulty_disk import FULL, FaultyDisk
from tests.support.scripted_training import ScriptedTraining, step_done
from tests.ui.chat.driver import Driver
from tests.ui.gestures import click, press
from tests.ui.scripted_engine import ScriptedEngine
from tests.ui.summarize.conftest import ScriptedSummarizer
from tests.ui.translate.conftest import ScriptedTranslator
from tests.ui.walker import Walker

GERMAN = "Der Hund sieht die Katze. Das Wetter ist heute sehr warm. Wir gehen in den Park."
STORY = "A fox ran over a field. It met a dog. They talked about the weather.\n\n"


@pytest.fixture
def walker(walking_window: MainWindow, qtbot: QtBot) -> Walker:
    return Walker(walking_window, qtbot)


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_documents_in_a_queue(walker: Walker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    summarizer = ScriptedSummarizer()
    monkeypatch.setattr("lmstudio_lite.app.summarize.summarize", summarizer)
    walker.tab(1)
    tab = walker.window.tabs.summarize
    tab.summarize_paths(
        [
            write(tmp_path / "fox.txt", STORY * 20),
            write(tmp_path / "季度报告 第二版.txt", "狐狸跑过田野。" * 200),
            write(tmp_path / "تقرير.txt", "ركض الثعلب عبر الحقل. " * 100),
            write(tmp_path / "broken.pdf", "%PDF-1.7 no more"),
        ]
    )
    summarizer.let_read(2)
    walker.qtbot.waitUntil(lambda: tab.view.progress_bar.value() == 2, timeout=20_000)
    walker.look("a summary on its way")
    walker.boxes(tab, "a summary on its way")
    summarizer.let_read(100)
    walker.qtbot.waitUntil(lambda: not tab.is_working, timeout=20_000)
    for row in range(tab.queue_list.model().rowCount()):
        index = tab.queue_list.model().index(row, 0)
        click(tab.queue_list.viewport(), tab.queue_list.visualRect(index).center())
        walker.look(f"document {row + 1} of the queue")
    first = tab.queue_list.model().index(0, 0)
    click(tab.queue_list.viewport(), tab.queue_list.visualRect(first).center())
    box = tab.options_bar.form_box
    for form in range(box.count()):
        box.setCurrentIndex(form)
        walker.look(f"form {box.currentText()}")
    box.setFocus()
    box.setCurrentIndex(0)
    press(box, Qt.Key.Key_Down)
    walker.qtbot.waitUntil(tab.view.head.version_button.isVisible, timeout=20_000)
    head = tab.view.head
    buttons: list[QAbstractButton] = [head.version_button, head.refine_button, head.save_button]
    for button in buttons:
        walker.menu(button, button.toolTip())
    menu = head.refine_button.menu()
    assert isinstance(menu, QMenu)
    walker.menu(tab.options_bar.more_button, "more options")
    walker.look("two versions")
    walker.check()


def test_a_translation(
    walker: Walker, services: Services, monkeypatch: pytest.MonkeyPatch, paths: Paths
) -> None:
    translator = ScriptedTranslator()
    monkeypatch.setattr("lmstudio_lite.app.translate.translate", translator)
    walker.tab(2)
    tab = walker.window.tabs.translate
    click(tab.view.live_check)
    tab.view.source_pane.editor.insertPlainText(GERMAN)
    click(tab.view.translate_button)
    translator.let_translate(1)
    walker.qtbot.waitUntil(lambda: tab.view.progress_bar.value() == 1)
    walker.look("a translation on its way")
    click(tab.view.stop_button)
    walker.qtbot.waitUntil(lambda: not tab.is_working)
    walker.look("a translation that was stopped")
    walker.boxes(tab, "a translation")
    translator.let_translate()
    click(tab.view.translate_button)
    walker.qtbot.waitUntil(lambda: not tab.is_working and tab.view.copy_button.isVisible())
    walker.look("a translation")
    translator.error = DecodeError(status=-3)
    tab.view.source_pane.editor.insertPlainText("Mehr. ")
    click(tab.view.translate_button)
    walker.qtbot.waitUntil(tab.view.notice.isVisible)
    walker.look("a translation that failed")
    walker.check()


def test_what_goes_wrong_in_a_chat(
    walker: Walker, services: Services, engine: ScriptedEngine, paths: Paths, tmp_path: Path
) -> None:
    window = walker.window
    driver = Driver(walker.qtbot, window.chat, engine, services)
    driver.type("What does the fox say?")
    press(window.chat.composer.editor, Qt.Key.Key_Return)
    engine.wait_for_request(1, 20.0)
    engine.say("It says")
    walker.look("a reply on its way")
    engine.fail(DecodeError, status=-3)
    walker.qtbot.waitUntil(lambda: not window.chat.is_working)
    walker.look("a reply that failed")
    disk = FaultyDisk(services.database)
    click(window.history.new_button)
    window.chat.composer.editor.insertPlainText("ما هو أطول نهر؟")
    press(window.chat.composer.editor, Qt.Key.Key_Return)
    engine.wait_for_request(2)
    engine.say("النيل")
    walker.qtbot.waitUntil(lambda: driver.texts[-1:] == ["النيل"])
    disk.fault = FULL
    engine.say(" هو الأطول.")
    engine.finish()
    walker.qtbot.waitUntil(window.chat.unsaved_notice.notice.isVisible)
    walker.look("a reply that is not saved")
    disk.fault = None
    services.unsaved.retry()
    walker.qtbot.waitUntil(lambda: not window.chat.unsaved_notice.notice.isVisible())
    damage(paths.database, "UPDATE messages SET text = X'6D65FF', role = 'oracle' WHERE text LIKE '**The%'")
    view = window.history.view
    last = view.model().index(view.model().rowCount() - 1, 0)
    click(view.viewport(), view.visualRect(last).center())
    walker.qtbot.waitUntil(lambda: any(widget.message.is_damaged for widget in driver.widgets))
    walker.look("a damaged conversation")
    window.chat.attach_paths(
        [write(tmp_path / "a long name of a document that nobody reads to its end.txt", STORY)]
    )
    window.chat.attach_paths([write(tmp_path / "季度报告.txt", STORY), tmp_path / "missing.pdf"])
    walker.qtbot.waitUntil(lambda: not window.chat.attachments.is_reading, timeout=20_000)
    walker.look("attachments")
    walker.check()


def test_the_dialog_of_a_bug(walker: Walker) -> None:
    reporter = BugReporter()
    reporter.window = walker.window
    for _ in range(2):
        reporter.show_bug(ValueError("something nobody expected"))
        dialog = reporter.dialog
        assert dialog is not None
        walker.look("a bug", dialog)
        details = next(button for button in dialog.buttons() if "Show Details" in button.text())
        click(details)
        walker.look("a bug, with details", dialog)
        press(dialog, Qt.Key.Key_Escape)
        walker.qtbot.waitUntil(lambda: reporter.dialog is None)
    reporter.close()
    walker.check()


@pytest.fixture
def trainings(services: Services, monkeypatch: pytest.MonkeyPatch) -> list[ScriptedTraining]:
    begun: list[ScriptedTraining] = []

    def start(
        folder: RunFolder, on_event: Callable[[Event], None], export: Export | None
    ) -> ScriptedTraining:
        begun.append(ScriptedTraining(folder, on_event, export))
        return begun[-1]

    monkeypatch.setattr("lmstudio_lite.app.training_tools.PACKAGES", ())
    services.finetuning = Finetuning(services.paths.finetunes, start)
    return begun


def test_the_steps_of_a_training(
    trainings: list[ScriptedTraining], walker: Walker, starter_model: Path, tmp_path: Path
) -> None:
    walker.window.show_finetune()
    window = walker.window.finetuning.window
    assert window is not None
    walker.qtbot.waitExposed(window)
    model = cast("ModelStep", window.pages[Step.MODEL])
    walker.qtbot.waitUntil(lambda: bool(model.rows))
    walker.look("a model to teach", window)
    click(model.rows[0])
    teach(walker, window, tmp_path)
    page = cast("SettingsStep", go(walker, window, Step.SETTINGS))
    click(page.advanced_button)
    walker.look("all settings", window)
    walker.boxes(page, "settings")
    train(walker, window, trainings)
    go(walker, window, Step.RESULT)
    walker.check()


def go(walker: Walker, window: FinetuneWindow, step: Step) -> object:
    click(window.rail.buttons[step])
    walker.look(f"step {step}", window)
    return window.pages[step]


def teach(walker: Walker, window: FinetuneWindow, folder: Path) -> None:
    page = cast("DataStep", go(walker, window, Step.DATA))
    lines = [chat_line(f"Question {number}", f"Answer number {number}") for number in range(30)]
    page.add_paths([write(folder / "answers.jsonl", "\n".join([*lines, "{broken", lines[8] + ","]))])
    data = window.draft.data
    walker.qtbot.waitUntil(lambda: data.collection is not None and not data.is_working, timeout=20_000)
    walker.menu(page.own_button, "my own work")
    for number in range(page.tabs.count()):
        bar = page.tabs
        click(bar, bar.tabRect(number).center())
        walker.look(f"data, {page.tabs.tabText(number)}", window)


def train(walker: Walker, window: FinetuneWindow, trainings: list[ScriptedTraining]) -> None:
    page = cast("TrainStep", go(walker, window, Step.TRAIN))
    for end in (RunFailed("training_memory", {"available_bytes": 2_000_000_000}), RunFinished(())):
        num_before = len(trainings)
        click(page.resume_button if page.resume_button.isVisible() else page.start_button)
        walker.qtbot.waitUntil(lambda: len(trainings) > num_before and not window.runs.is_starting)  # noqa: B023
        trainings[-1].say(
            StageBegan(Stage.TRAINING),
            *(step_done(number, 3.0 - number / 10) for number in range(1, 5)),
            Evaluated(4, 2.7, True),
            Sample(4, "Who are you?", "A pirate."),
        )
        walker.qtbot.waitUntil(lambda: page.numbers.values[1].text() == "2.700")
        walker.look("a training", window)
        walker.boxes(page, "a training")
        trainings[-1].say(end)
        walker.qtbot.waitUntil(lambda: page.resume_button.isVisible() or page.start_button.isVisible())
        walker.look("a training that ended", window)
