"""What a person does in the window, by clicks and keys, as steps that wait for what they would see.

An activity is a generator: it yields what it waits for, a condition or seconds, and goes on when that has
come. It calls ``begun`` once, when there is something that could be lost, and goes on until it is dropped.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QLineEdit

from lmstudio_lite.app.summaries import Done
from lmstudio_lite.domain.models import ModelPhase
from lmstudio_lite.finetune.protocol import Export, ExportKind
from lmstudio_lite.ui.chat.tab import ChatTab
from lmstudio_lite.ui.finetune.data_step import DataStep
from lmstudio_lite.ui.finetune.model_step import ModelStep
from lmstudio_lite.ui.finetune.train_step import TrainStep
from lmstudio_lite.ui.finetune.window import Step
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.settings_dialog import SettingsDialog
from lmstudio_lite.ui.summarize.tab import SummarizeTab
from lmstudio_lite.ui.tab_set import CHAT, SUMMARIZE, TRANSLATE
from lmstudio_lite.ui.translate.tab import TranslateTab
from tests.chaos.journal import Journal, Place
from tests.chaos.schedules import Activity
from tests.chaos.witness import Witness
from tests.ui.gestures import click, drag_enter, drop, mime_of, press, type_text

Wait = Callable[[], bool] | float
Steps = Generator[Wait, None, None]
CTRL = Qt.KeyboardModifier.ControlModifier
PROMPT = "Answer like a sailor, briefly and with good cheer. Number {0}."
EXPORT_SUFFIXES = (".md", ".docx", ".html", ".txt", ".pdf")
_STEP_MS = 20
_SAVE_S = 1.0
_SOON_S = 75.0
_MOST_WORDS = 200
_KEY_S = (0.01, 0.06)
_WORDS = ("ships", "sail", "far", "over", "cold", "green", "water", "while", "nine", "gulls", "cry", "above")
_QUESTIONS = (
    "Write a long story about a fox who learns to sail.",
    "Explain in detail how bread is made, from the field to the table.",
    "Tell me at length about the history of lighthouses.",
)


class Person(QObject):
    """Does several activities at the same time, on the GUI thread, as a person's hands would."""

    def __init__(
        self, window: MainWindow, witness: Witness, journal: Journal, folder: Path, seed: int
    ) -> None:
        """``folder`` holds the person's own files and takes the exports."""
        super().__init__(window)
        self.window = window
        self.witness = witness
        self.journal = journal
        self.folder = folder
        self.chance = random.Random(f"person {seed}")
        self._running: list[tuple[Activity, Steps, Wait]] = []
        self._waiting: list[Activity] = []
        self._num_to_begin = 0
        self.activities: tuple[Activity, ...] = ()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_step)

    def start(self, activities: tuple[Activity, ...]) -> None:
        """Begin each when the one before has begun; the journal says "began" when all have."""
        self.activities = activities
        order = sorted(activities, key=lambda activity: activity is Activity.QUITTING)
        self._num_to_begin = len(order)
        self._waiting = order
        self._start_next()
        self._timer.start(_STEP_MS)

    def begun(self) -> None:
        """Say that the newest activity has something to lose."""
        self._num_to_begin -= 1
        self._start_next()
        if self._num_to_begin == 0:
            self.journal.reach("began")

    def _start_next(self) -> None:
        if self._waiting:
            activity = self._waiting.pop(0)
            self._running.append((activity, _STEPS[activity](self), 0.0))

    @Slot()
    def _on_step(self) -> None:
        if not self.window.isVisible():
            return  # It is closing; nobody can type into it.
        self._running = [left for part in self._running if (left := self._advanced(*part)) is not None]

    def _advanced(self, activity: Activity, steps: Steps, wait: Wait) -> tuple[Activity, Steps, Wait] | None:
        is_over = wait() if callable(wait) else time.monotonic() >= wait
        if not is_over:
            return activity, steps, wait
        try:
            wanted = next(steps)
        except StopIteration:
            self.journal.reach(f"ended {activity}")
            return None
        return activity, steps, wanted if callable(wanted) else time.monotonic() + wanted

    def go_to(self, tab: int) -> None:
        """Click a tab."""
        bar = self.window.top_bar.tabs
        click(bar, bar.tabRect(tab).center())

    def is_ready(self) -> bool:
        return self.window.control.state.phase is ModelPhase.READY


def is_in_front(window: MainWindow) -> bool:
    """Tell whether keys reach the window, and bring it there if not, as a click on it does."""
    if not window.isActiveWindow():
        window.activateWindow()
    return window.isActiveWindow()


def _is_free(window: MainWindow) -> bool:
    """Tell whether the window takes keys: no dialog is open on it."""
    return QApplication.activeModalWidget() is None and is_in_front(window)


def _chat(person: Person) -> Steps:
    chat = person.window.chat
    yield person.is_ready
    is_typed_into = Activity.DRAFT in person.activities
    has_begun = False
    while True:
        person.go_to(CHAT)
        num_before = len(chat.thread_view.widgets)
        type_text(chat.composer.editor, person.chance.choice(_QUESTIONS))
        press(chat.composer.editor, Qt.Key.Key_Return)
        yield partial(_has_reply_since, chat, num_before)
        if not has_begun:
            has_begun = True
            person.begun()
        yield lambda: not chat.is_working
        if is_typed_into:
            return
        yield 0.3


def _has_reply_since(chat: ChatTab, num_before: int) -> bool:
    widgets = chat.thread_view.widgets
    return len(widgets) >= num_before + 2 and bool(widgets[-1].text)


def _draft(person: Person) -> Steps:
    """Type and type; another question may be under way in the same conversation."""
    editor = person.window.chat.composer.editor
    if person.window.tabs.currentIndex() != CHAT:
        person.go_to(CHAT)
    num_words = 0
    while num_words < _MOST_WORDS:
        for letter in person.chance.choice(_WORDS) + " ":
            yield lambda: QApplication.activeModalWidget() is None
            type_text(editor, letter)
            yield person.chance.uniform(*_KEY_S)
        num_words += 1
        if num_words == 3:
            person.begun()


def _summary(person: Person) -> Steps:
    window = person.window
    yield person.is_ready
    person.go_to(SUMMARIZE)
    yield 0.1
    document = mime_of(person.folder / "story.txt")
    drag_enter(window, document)
    drop(window, document)
    tab = cast("SummarizeTab", window.tabs.current)
    yield lambda: tab.queue.is_working
    if person.chance.random() < 0.8:
        yield _soon(lambda: tab.view.progress_bar.value() > 0 or not tab.queue.is_working)
    person.begun()
    yield lambda: not tab.queue.is_working


def _translation(person: Person) -> Steps:
    yield person.is_ready
    person.go_to(TRANSLATE)
    tab = cast("TranslateTab", person.window.tabs.current)
    yield 0.1
    QGuiApplication.clipboard().setText((person.folder / "letter.txt").read_text("utf-8"))
    press(tab.view.source_pane.editor, Qt.Key.Key_V, CTRL)
    yield tab.view.translate_button.isEnabled
    click(tab.view.translate_button)
    yield lambda: tab.translator.is_working
    if person.chance.random() < 0.8:
        yield _soon(lambda: tab.view.progress_bar.value() > 0 or not tab.translator.is_working)
    person.begun()
    yield lambda: not tab.translator.is_working


def _training(person: Person) -> Steps:
    yield person.is_ready
    yield partial(is_in_front, person.window)
    press(person.window, Qt.Key.Key_F, CTRL | Qt.KeyboardModifier.ShiftModifier)
    yield lambda: person.window.finetuning.window is not None
    window = person.window.finetuning.window
    assert window is not None
    model = cast("ModelStep", window.pages[Step.MODEL])
    yield lambda: bool(model.rows)
    click(model.rows[0])
    click(window.rail.buttons[Step.DATA])
    cast("DataStep", window.pages[Step.DATA]).add_paths([person.folder / "parrot.jsonl"])
    yield lambda: window.draft.can_train
    window.draft.set_settings(
        max_steps=400, batch_size=2, learning_rate=1e-3, rank=4, exports=(Export(ExportKind.ADAPTER, "F16"),)
    )
    click(window.rail.buttons[Step.TRAIN])
    train = cast("TrainStep", window.pages[Step.TRAIN])
    click(train.start_button)
    yield lambda: window.runs.is_active
    if person.chance.random() < 0.6:
        yield lambda: bool(window.runs.record and window.runs.record.steps) or not window.runs.is_active
    person.begun()
    yield lambda: not window.runs.is_active


def _export(person: Person) -> Steps:
    """Save a summary of the history again and again, in every form, new and over an older one."""
    person.go_to(SUMMARIZE)
    tab = cast("SummarizeTab", person.window.tabs.current)
    view = person.window.history.view
    yield lambda: (model := view.model()) is not None and model.rowCount() > 0
    click(view.viewport(), view.visualRect(view.model().index(0, 0)).center())
    yield lambda: tab.item is not None and isinstance(tab.item.state, Done)
    exports = person.folder / "exports"
    number = 0
    while True:
        suffix = EXPORT_SUFFIXES[number % len(EXPORT_SUFFIXES)]
        path = exports / f"export {number % 10}{suffix}"
        if path.exists():
            tab.view.save_as(path)
        else:
            yield partial(_is_free, person.window)
            tab.view.head.save_action.trigger()
            yield lambda: _file_dialog() is not None
            _accept(path)
        number += 1
        yield 0.15
        person.witness.count(Place.EXPORTED, "", number)
        if number == 2:
            person.begun()


def _file_dialog() -> QFileDialog | None:
    tops = QApplication.topLevelWidgets()
    return next((top for top in tops if isinstance(top, QFileDialog) and top.isVisible()), None)


def _accept(path: Path) -> None:
    dialog = _file_dialog()
    assert dialog is not None
    line = dialog.findChild(QLineEdit)
    buttons = dialog.findChild(QDialogButtonBox)
    assert isinstance(line, QLineEdit)
    assert isinstance(buttons, QDialogButtonBox)
    line.setText(str(path))
    click(buttons.button(QDialogButtonBox.StandardButton.Save))


def _settings(person: Person) -> Steps:
    """Save another system prompt again and again; where it can't be saved, cancel and begin anew."""
    number = 0
    while True:
        number += 1
        yield partial(_is_free, person.window)
        press(person.window, Qt.Key.Key_Comma, CTRL)
        yield lambda: isinstance(QApplication.activeModalWidget(), SettingsDialog)
        dialog = person.window.settings_dialog
        assert dialog is not None
        accepted: list[bool] = []
        dialog.accepted.connect(lambda accepted=accepted: accepted.append(True))
        dialog.prompt_edit.setPlainText(PROMPT.format(number))
        click(dialog.buttons.button(QDialogButtonBox.StandardButton.Save))
        yield _soon(partial(bool, accepted), _SAVE_S)
        if accepted:
            person.witness.count(Place.SETTINGS_SAVED, "", number)
        else:
            click(dialog.buttons.button(QDialogButtonBox.StandardButton.Cancel))
        if number == 3:
            person.begun()
        yield 0.12


def _soon(condition: Callable[[], bool], within_s: float = _SOON_S) -> Callable[[], bool]:
    """Wait for ``condition``, but not for ever: other work may have taken the model."""
    deadline = time.monotonic() + within_s
    return lambda: condition() or time.monotonic() > deadline


def _quitting(person: Person) -> Steps:
    yield person.chance.choice((0.0, 0.2, 1.0))
    yield partial(_is_free, person.window)
    person.begun()
    person.journal.reach("closing")
    press(person.window, Qt.Key.Key_Q, CTRL)


_STEPS: dict[Activity, Callable[[Person], Steps]] = {
    Activity.CHAT: _chat,
    Activity.DRAFT: _draft,
    Activity.SUMMARY: _summary,
    Activity.TRANSLATION: _translation,
    Activity.TRAINING: _training,
    Activity.EXPORT: _export,
    Activity.SETTINGS: _settings,
    Activity.QUITTING: _quitting,
}
