"""Runs translations for the tab: at most one counts, the newest; an older one is cancelled.

Typing is followed after a pause. How long a pause, and whether at all, is decided by how fast this
model turned out to be here: on a slow one, waiting for a button is kinder than a fan that never rests.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance, Slot

from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.stored_translations import settle
from lmstudio_lite.app.translate import (
    RowBegun,
    TranslateText,
    TranslationOutcome,
    TranslationTask,
    ends_sentence,
)
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.history_model import STORAGE_LANE

_SHORTEST_PAUSE_MS = 150
"""Between two keys of somebody who types; what is begun too early is broken off by the next one."""
_PAUSE_AT_END_MS = 30
"""Behind the key that ends a sentence: it is whole, and few go on typing at once."""
_LONGEST_PAUSE_MS = 1500
_LONGEST_RUN_S = 20.0
_LONGEST_UNMEASURED = 600
_LONGEST_LIVE = 5000


def live_pause_ms(
    num_characters: int, characters_per_s: float, *, is_sentence_ended: bool = False
) -> int | None:
    """Return how long typing must pause before it is translated; None: not without being asked.

    ``characters_per_s`` is the last translation's pace, 0.0 before the first one.
    """
    pause_ms = _live_pause_ms(num_characters, characters_per_s)
    return _PAUSE_AT_END_MS if is_sentence_ended and pause_ms is not None else pause_ms


def _live_pause_ms(num_characters: int, characters_per_s: float) -> int | None:
    if num_characters > _LONGEST_LIVE:
        return None
    if characters_per_s <= 0:
        return _SHORTEST_PAUSE_MS if num_characters <= _LONGEST_UNMEASURED else None
    expected_s = num_characters / characters_per_s
    if expected_s > _LONGEST_RUN_S:
        return None
    return round(min(_LONGEST_PAUSE_MS, max(_SHORTEST_PAUSE_MS, expected_s * 150)))


class LiveTranslator(QObject):
    """Starts, overtakes and stops translations. Lives on the GUI thread."""

    started = Signal(object)  # TranslationTask
    row_begun = Signal(str)  # the id of the stored result that is being written
    progressed = Signal(object)  # TranslationProgress
    finished = Signal(object)  # TranslationOutcome
    failed = Signal(object)  # Exception
    stopped = Signal()  # stopped by the user before anything was done
    working_changed = Signal()

    def __init__(self, services: Services, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._job: Job | None = None
        self._number = 0
        self._due: TranslationTask | None = None
        self._followed = ""
        self._characters_per_s = 0.0
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._on_pause_timeout)

    @property
    def is_working(self) -> bool:
        return self._job is not None

    @property
    def is_due(self) -> bool:
        """True while a pause of typing is awaited."""
        return self._pause.isActive()

    def follow(self, task: TranslationTask) -> bool:
        """Translate ``task`` after a pause; False if it is too much to start unasked."""
        self.overtake()
        is_ended = ends_sentence(task.text, self._followed)
        self._followed = task.text
        pause_ms = live_pause_ms(len(task.text), self._characters_per_s, is_sentence_ended=is_ended)
        if pause_ms is None or not task.text.strip():
            return False
        self._due = task
        self._pause.start(pause_ms)
        return True

    def start(self, task: TranslationTask) -> None:
        """Translate ``task`` now, instead of whatever runs or is due."""
        self.overtake()
        number, services = self._number, self._services

        def work(context: JobContext) -> TranslationOutcome:
            return TranslateText(services, task).run(context)

        self._job = self._bridge.run(
            work,
            on_progress=lambda progress: self._on_progress(number, progress),
            on_done=lambda outcome: self._on_done(number, outcome),
            on_failed=lambda error: self._end(number, self.failed, error),
            on_cancelled=lambda: self._end(number, self.stopped),
        )
        self.started.emit(task)
        self.working_changed.emit()

    def overtake(self) -> None:
        """Cancel what runs or is due; nothing more is heard of it."""
        self._pause.stop()
        self._due = None
        self._number += 1
        if self._job is not None:
            self._job.cancel()
            self._job = None
            self.working_changed.emit()

    def stop(self) -> None:
        """Stop what runs and keep what is done: ``finished`` with a part, or ``stopped``."""
        self._pause.stop()
        self._due = None
        if self._job is not None:
            self._job.cancel()

    def _on_progress(self, number: int, progress: object) -> None:
        if number != self._number:
            return
        if isinstance(progress, RowBegun):
            self.row_begun.emit(progress.result_id)
        else:
            self.progressed.emit(progress)

    def _on_done(self, number: int, outcome: TranslationOutcome) -> None:
        if outcome.is_partial and outcome.result_id:
            services, result_id = self._services, outcome.result_id
            self._bridge.run(lambda context: settle(services, result_id), lane=STORAGE_LANE)
        if outcome.num_done and outcome.seconds > 0:
            self._characters_per_s = outcome.characters_per_s
        self._end(number, self.finished, outcome)

    def _end(self, number: int, signal: SignalInstance, *values: object) -> None:
        if number != self._number:
            return
        self._job = None
        signal.emit(*values)
        if self._job is None:
            self.working_changed.emit()

    @Slot()
    def _on_pause_timeout(self) -> None:
        task, self._due = self._due, None
        if task is not None:
            self.start(task)
