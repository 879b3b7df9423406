"""The one training that may run, and the runs that were: it goes on when its dialog is closed.

Events come on the training client's thread, are folded into a ``RunRecord`` and announced; who listens reads
the record when it likes. Thread-safe.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lmstudio_lite.domain.training import Phase
from lmstudio_lite.errors import AppError, SettingsError, error_from_code
from lmstudio_lite.finetune.lesson import (
    AttentionSeen,
    EmbeddingSeen,
    GuessSeen,
    TextsSeen,
    TokenizerLearned,
)
from lmstudio_lite.finetune.protocol import (
    Answered,
    Cancel,
    CheckpointWritten,
    Command,
    DataRead,
    Evaluated,
    Event,
    Export,
    ExportBegan,
    Exported,
    FinetuneSettings,
    Gate,
    MemoryShrunk,
    Pause,
    Paused,
    Plan,
    Progress,
    Resume,
    Resumed,
    RunFailed,
    RunFinished,
    Sample,
    Stage,
    StageBegan,
    StepDone,
    StopAndKeep,
    TrainingEnded,
)
from lmstudio_lite.finetune.run_folder import RunFolder, RunLog

if TYPE_CHECKING:
    from lmstudio_lite.finetune.data.collecting import Collection, PreparedData
    from lmstudio_lite.finetune.data.splitting import SplitOptions

_NAME_LENGTH = 40


class TrainingProcess(Protocol):
    """What ``finetune.client`` gives for a run that was started."""

    def send(self, command: Command) -> None:
        """Tell the training something; one that has ended ignores it."""

    def close(self) -> None:
        """End the process, after a checkpoint where it can, and wait for it. Idempotent."""


StartTraining = Callable[[RunFolder, Callable[[Event], None], Export | None], TrainingProcess]
"""Starts a run's process, or one that only writes a file of it; events come on its own thread,
``RunFinished`` or ``RunFailed`` last and once.
"""


@dataclass(slots=True)
class Lesson:
    """What a model from nothing showed of itself; lists by steps, oldest first."""

    texts: TextsSeen | None = None
    tokenizer: TokenizerLearned | None = None
    embeddings: list[EmbeddingSeen] = field(default_factory=list)
    attentions: list[AttentionSeen] = field(default_factory=list)
    guesses: list[GuessSeen] = field(default_factory=list)

    def forget_after(self, step: int) -> None:
        """Forget what a run that is taken up again at ``step`` will show once more."""
        self.embeddings = [seen for seen in self.embeddings if seen.step <= step]
        self.attentions = [seen for seen in self.attentions if seen.step <= step]
        self.guesses = [seen for seen in self.guesses if seen.step <= step]


@dataclass(slots=True)
class RunRecord:
    """All that is known of a run, event by event. Written on one thread; others may read at any time.

    ``steps`` and ``evaluations`` only grow, in order of steps, but for a run that is taken up again: of a
    step that was done twice the later one counts. ``exporting`` is the file that a run which is over writes.
    """

    folder: RunFolder
    settings: FinetuneSettings
    phase: Phase = Phase.RUNNING
    stage: Stage = Stage.STARTING
    progress: Progress | None = None
    data: DataRead | None = None
    plan: Plan | None = None
    steps: list[StepDone] = field(default_factory=list)
    evaluations: list[Evaluated] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    checkpoint: CheckpointWritten | None = None
    shrunk: MemoryShrunk | None = None
    ended: TrainingEnded | None = None
    gate: Gate | None = None
    exports: list[Exported] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    failure: RunFailed | None = None
    exporting: Export | None = None
    lesson: Lesson = field(default_factory=Lesson)

    @property
    def is_active(self) -> bool:
        return self.phase in (Phase.RUNNING, Phase.PAUSED)

    @property
    def fraction(self) -> float:
        """How much of the steps is done, 0 to 1."""
        if not self.steps:
            return 0.0
        last = self.steps[-1]
        return last.step / max(1, last.num_steps)

    def apply(self, event: Event) -> None:
        """Take in what the training said."""
        match event:
            case StageBegan(stage=stage):
                self.stage, self.progress = stage, None
                self.phase = Phase.RUNNING if self.phase is not Phase.PAUSED else self.phase
            case Progress():
                self.progress = event
            case DataRead():
                self.data = event
            case Plan():
                self.plan = event
                self._forget_after(event.first_step)
            case StepDone():
                self.steps.append(event)
            case Evaluated():
                self.evaluations.append(event)
            case Sample():
                self.samples.append(event)
            case CheckpointWritten():
                self.checkpoint = event
            case MemoryShrunk():
                self.shrunk = event
            case Paused():
                self.phase = Phase.PAUSED
            case Resumed():
                self.phase = Phase.RUNNING
            case TrainingEnded():
                self.ended = event
            case Gate():
                self.gate = event
            case Exported():
                self.exports = [known for known in self.exports if known.path != event.path] + [event]
            case Answered():
                self.answers.append(event)
            case ExportBegan(export=export):
                self.exporting, self.failure, self.phase = export, None, Phase.RUNNING
            case RunFinished(is_cancelled=is_cancelled, is_left=is_left):
                self.phase = Phase.DONE
                if is_cancelled and self.exporting is None:
                    self.phase = Phase.INTERRUPTED if is_left else Phase.STOPPED
                self.exporting = None
            case RunFailed():
                self.phase = Phase.FAILED if self.exporting is None else Phase.DONE
                self.failure, self.exporting = event, None
            case TextsSeen():
                self.lesson.texts = event
            case TokenizerLearned():
                self.lesson.tokenizer = event
            case EmbeddingSeen():
                self.lesson.embeddings.append(event)
            case AttentionSeen():
                self.lesson.attentions.append(event)
            case GuessSeen():
                self.lesson.guesses.append(event)

    def _forget_after(self, step: int) -> None:
        self.steps = [done for done in self.steps if done.step <= step]
        self.evaluations = [done for done in self.evaluations if done.step <= step]
        self.samples = [sample for sample in self.samples if sample.step <= step]
        self.lesson.forget_after(step)
        self.failure = self.ended = self.gate = None
        self.answers = []


class Finetuning:
    """Prepares, starts and remembers runs in ``folder``. Thread-safe."""

    def __init__(self, folder: Path, start_training: StartTraining) -> None:
        self._folder = folder
        self._start_training = start_training
        self._lock = threading.RLock()
        self._listeners: list[Callable[[], None]] = []
        self._record: RunRecord | None = None
        self._process: TrainingProcess | None = None
        self._is_closed = False

    @property
    def record(self) -> RunRecord | None:
        """The run that goes on, or the last one of this start."""
        return self._record

    @property
    def is_active(self) -> bool:
        record = self._record
        return record is not None and record.is_active

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after every event, on the training's thread; returns the way out."""
        with self._lock:
            self._listeners.append(listener)
        return lambda: self._unsubscribe(listener)

    def prepare(
        self, settings: FinetuneSettings, collection: Collection, options: SplitOptions
    ) -> tuple[RunFolder, PreparedData]:
        """Make the folder of a new run, with its data and settings. Waits; not for the GUI thread.

        Raises:
            DatasetEmptyError: nothing is left to train on.
            StorageError: the folder can't be written.
        """
        # Imported late: numpy, which opening the program does without.
        from lmstudio_lite.finetune.data.collecting import divide

        folder = RunFolder(self._new_path(settings.name))
        data = divide(collection, folder.train_file.parent, options)
        folder.save_settings(settings)
        return folder, data

    def start(self, folder: RunFolder) -> None:
        """Start a prepared run, or take up one that was stopped; only one goes on at a time.

        Raises:
            SettingsError: the run's settings can't be read.
        """
        self._start(folder, None)

    def export(self, folder: RunFolder, export: Export) -> None:
        """Write one more file of a run that is done; nothing is trained.

        Raises:
            SettingsError: the run's settings can't be read.
        """
        self._start(folder, export)

    def pause(self) -> None:
        """Write a checkpoint and wait."""
        self._send(Pause())

    def resume(self) -> None:
        """Go on after a pause."""
        self._send(Resume())

    def stop_and_keep(self) -> None:
        """End here, then measure and export what was learned."""
        self._send(StopAndKeep())

    def cancel(self) -> None:
        """End at the last checkpoint; the run can be taken up again."""
        self._send(Cancel())

    def read(self, folder: RunFolder) -> RunRecord:
        """Return what is known of a run. Reads its log: not for the GUI thread.

        Raises:
            SettingsError: the run's settings can't be read.
        """
        record = RunRecord(folder, folder.load_settings())
        for event in folder.events():
            record.apply(event)
        if record.is_active:
            # Of an export that a killed process left, the run itself knows nothing.
            record.phase = Phase.INTERRUPTED if record.exporting is None else Phase.DONE
            record.exporting = None
        return record

    def interrupted(self) -> RunRecord | None:
        """Return the newest run if it was interrupted: what a start offers. Not for the GUI thread.

        Raises:
            SettingsError: that run's settings can't be read.
        """
        runs = (path for path in self._paths() if (path / "settings.json").is_file())
        newest = next(runs, None)
        record = self.read(RunFolder(newest)) if newest is not None else None
        return record if record is not None and record.phase is Phase.INTERRUPTED else None

    def give_up(self, folder: RunFolder) -> None:
        """Have an interrupted run count as stopped: it is not offered any more. Not for the GUI thread.

        Raises:
            StorageError: the run's log can't be written.
        """
        log = RunLog(folder.log_file)
        try:
            log.write(RunFinished(is_cancelled=True))
        finally:
            log.close()

    def history(self) -> list[RunRecord]:
        """Return all runs, newest first; those that can't be read are left out. Not for the GUI thread."""
        found: list[RunRecord] = []
        for path in self._paths():
            current = self._record
            if current is not None and current.folder.path == path:
                found.append(current)
            elif (path / "settings.json").is_file():
                try:
                    found.append(self.read(RunFolder(path)))
                except (SettingsError, OSError):
                    continue
        return found

    def _paths(self) -> list[Path]:
        return sorted(self._folder.iterdir(), reverse=True) if self._folder.is_dir() else []

    def close(self) -> None:
        """End the training that runs, after a checkpoint. Idempotent; waits."""
        with self._lock:
            self._is_closed = True
            process, self._process = self._process, None
            self._listeners.clear()
        if process is not None:
            process.close()

    def _start(self, folder: RunFolder, export: Export | None) -> None:
        settings = folder.load_settings()
        with self._lock:
            if self._is_closed or self.is_active:
                return
            before, self._process = self._process, None
            record = self.read(folder)
            record.settings, record.phase, record.failure = settings, Phase.RUNNING, None
            record.stage, record.progress, record.exporting = Stage.STARTING, None, export
            self._record = record
        if before is not None:
            before.close()
        try:
            process = self._start_training(folder, lambda event: self._on_event(record, event), export)
        except AppError as error:
            self._on_event(record, RunFailed(error.code, error.details))
            raise
        with self._lock:
            self._process = process
        self._announce()

    def _send(self, command: Command) -> None:
        with self._lock:
            process = self._process
        if process is not None:
            process.send(command)

    def _on_event(self, record: RunRecord, event: Event) -> None:
        with self._lock:
            record.apply(event)
        self._announce()

    def _announce(self) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()

    def _unsubscribe(self, listener: Callable[[], None]) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def _new_path(self, name: str) -> Path:
        """Return a path whose name sorts by time and tells people what it is."""
        slug = re.sub(r"[^\w-]+", "-", name.lower()).strip("-")[:_NAME_LENGTH] or "run"
        stem = f"{time.strftime('%Y-%m-%d %H%M%S')} {slug}"
        path, number = self._folder / stem, 2
        while path.exists():
            path, number = self._folder / f"{stem} {number}", number + 1
        return path


def failure_of(record: RunRecord) -> AppError | None:
    """Return the error that a run ended with."""
    failure = record.failure
    return error_from_code(failure.code, failure.details) if failure is not None else None
