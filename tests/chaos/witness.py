"""Watches a window from inside, once a frame, and writes down what stands on it and what went wrong.

It reads widgets and changes none.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import Done
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.summaries import SummaryStage
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.summarize.items import SummaryItem, Working
from lmstudio_lite.ui.summarize.tab import SummarizeTab
from lmstudio_lite.ui.translate.tab import TranslateTab
from tests.chaos.journal import Counted, Journal, Place, Shown

FRAME_MS = 16
_FRAMES_A_LOOK_AROUND = 12
"""Notices and boxes stand long enough to be looked for only now and then."""
_MISTAKE = "made a mistake"
_SAID_OF_THE_PLATFORM = "This plugin does not support"


class Witness(QObject):
    """Lives on the GUI thread, as long as the window."""

    def __init__(self, window: MainWindow, services: Services, bridge: Bridge, journal: Journal) -> None:
        super().__init__(window)
        self._window = window
        self._services = services
        self._journal = journal
        self._texts: dict[tuple[Place, str], str] = {}
        self._numbers: dict[tuple[Place, str], int] = {}
        self._words: set[str] = set()
        self._num_frames = 0
        bridge.bug_found.connect(self._on_bug_found)
        self._frame = QTimer(self)
        self._frame.setTimerType(Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self._on_frame)
        self._frame.start(FRAME_MS)

    def see(self, place: Place, key: str, text: str) -> None:
        """Write down a text that is another than before."""
        if self._texts.get((place, key), "") != text:
            self._texts[place, key] = text
            self._journal.write(Shown(time.monotonic(), place, key, text))

    def count(self, place: Place, key: str, number: int) -> None:
        """Write down a number that is another than before."""
        if self._numbers.get((place, key)) != number:
            self._numbers[place, key] = number
            self._journal.write(Counted(time.monotonic(), place, key, number))

    @Slot(object)
    def _on_bug_found(self, error: BaseException) -> None:
        self._journal.say_wrong("bug", "".join(traceback.format_exception(error)))

    @Slot()
    def _on_frame(self) -> None:
        if not self._window.isVisible():
            return
        self._num_frames += 1
        chat = self._window.chat
        for widget in chat.thread_view.widgets:
            if widget.message.role is Role.ASSISTANT:
                self.see(Place.REPLY, widget.message.id, widget.text)
        self.see(Place.DRAFT, chat.work.conversation_id, chat.composer.text)
        for tab in (self._window.tabs.widget(number) for number in range(self._window.tabs.count())):
            if isinstance(tab, SummarizeTab):
                self._see_summaries(tab)
            elif isinstance(tab, TranslateTab):
                self._see_translation(tab)
        record = self._services.finetuning.record
        if record is not None and record.steps:
            self.count(Place.TRAINING_STEP, record.folder.path.name, record.steps[-1].step)
        if self._num_frames % _FRAMES_A_LOOK_AROUND == 0:
            self._look_around()

    def _see_summaries(self, tab: SummarizeTab) -> None:
        items = list(tab.queue.items)
        if tab.item is not None and all(item.item_id != tab.item.item_id for item in items):
            items.append(tab.item)
        for item in items:
            self._see_summary(item)

    def _see_summary(self, item: SummaryItem) -> None:
        match item.state:
            case Working(progress) if progress is not None and progress.stage is SummaryStage.MAP:
                self.count(Place.SUMMARY_PARTS, item.title, progress.num_done)
            case Done(text=text, result_id=result_id) if result_id:
                self.see(Place.SUMMARY, result_id, text)

    def _see_translation(self, tab: TranslateTab) -> None:
        if tab.translator.is_working and tab.view.progress_bar.maximum() > 1:
            self.count(Place.TRANSLATED_SEGMENTS, "", tab.view.progress_bar.value())
        self.see(Place.TRANSLATION, "", tab.view.target_pane.text)

    def _look_around(self) -> None:
        for words in self._visible_words():
            if words not in self._words:
                self._words.add(words)
                if _MISTAKE in words:
                    self._journal.say_wrong("screen", words)
                else:
                    self._journal.say("notice", words)

    def _visible_words(self) -> Iterator[str]:
        for top in QApplication.topLevelWidgets():
            if isinstance(top, QMessageBox) and top.isVisible():
                yield f"{top.text()} {top.informativeText()} {top.detailedText()}".strip()
        yield from visible_notices(self._window)
        finetuning = self._window.finetuning.window
        if finetuning is not None:
            yield from visible_notices(finetuning)


def visible_notices(widget: QWidget) -> Iterator[str]:
    """Yield what the notices on ``widget`` say."""
    for notice in widget.findChildren(Notice):
        if notice.isVisible():
            yield notice.text


class LogWitness(logging.Handler):
    """Writes warnings and errors of the log into the journal."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(logging.WARNING)
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        text = f"{record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            text += "\n" + "".join(traceback.format_exception(record.exc_info[1]))
        if _SAID_OF_THE_PLATFORM in text:
            return
        is_of_qt = record.getMessage().startswith("Qt:")
        if record.levelno >= logging.ERROR or record.exc_info or is_of_qt:
            self._journal.say_wrong("log", text)
        else:
            self._journal.say("log", text)


def export_folder(journal_file: Path) -> Path:
    """Return where the person's exports go, beside the journal."""
    return journal_file.parent / "exports"
