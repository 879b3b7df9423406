"""Runs one schedule: a window at work, the strikes, the end, and the window that is started after it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

from lmstudio_lite.app.summaries import Support, record_of
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.summaries import SummaryFacts, SummaryOptions
from lmstudio_lite.paths import ensure_writable, portable_paths
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.results import Results
from lmstudio_lite.workers.spawn import DOCUMENT_HELPER, ENGINE_WORKER, TRAINING_WORKER
from tests.chaos.disk import Disk
from tests.chaos.journal import Fact, Found, facts_in
from tests.chaos.schedules import Activity, End, Fault, Schedule, Strike
from tests.chaos.window import LOOK
from tests.finetune.data.reading import chat_line
from tests.tasks.summarize.test_summarizer import story

BEGIN_S, QUIT_S, LOOK_S, ORPHANS_S = 150.0, 60.0, 90.0, 10.0
_IMPORTING_S = 60.0
"""How long a training that has only just started may take to notice that its parent is gone."""
_GAUGE_S = 0.005
_POLL_S = 0.03
_ASKING_S = 5.0
_TRACEBACK = re.compile(r"Traceback \(most recent call last\)|Fatal Python error|--- Logging error ---")
_PROGRAM_FOLDER = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Wrongness:
    """When the disk was full or read-only; ``until_s`` is infinite where that lasted to the end."""

    since_s: float
    until_s: float


@dataclass(slots=True)
class Evidence:
    """What one schedule left to judge. Times are of the monotonic clock.

    ``left_when_saved``: the window stayed until the disk took all that was in memory.
    """

    schedule: Schedule
    facts: list[Fact] = field(default_factory=list)
    found: Found | None = None
    later_facts: list[Fact] = field(default_factory=list)
    ended_s: float = 0.0
    stall_s: float = 0.0
    has_begun: bool = False
    has_quit: bool = False
    left_when_saved: bool = False
    wrongness: list[Wrongness] = field(default_factory=list)
    exit_codes: list[int | None] = field(default_factory=list)
    errors: str = ""
    orphans: list[str] = field(default_factory=list)
    num_parts_kept: int = 0
    database_problems: tuple[str, ...] = ()
    exports: Path = Path()


class StallGauge:
    """Measures how long this machine kept a process waiting that only wanted to wake up."""

    def __init__(self) -> None:
        self._late: list[tuple[float, float]] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._measure, name="stall gauge", daemon=True)

    def __enter__(self) -> StallGauge:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def worst_s(self, since_s: float, until_s: float) -> float:
        """Return the longest wait that began to be over within a time."""
        return max((late for at, late in list(self._late) if since_s <= at <= until_s), default=0.0)

    def _measure(self) -> None:
        while not self._is_over.is_set():
            before = time.monotonic()
            time.sleep(_GAUGE_S)
            now = time.monotonic()
            if now - before > 2 * _GAUGE_S:
                self._late.append((now, now - before - _GAUGE_S))


class _Window:
    """The window's process, and all that came of it."""

    def __init__(self, data: Path, journal: Path, seed: int, tasks: list[str], errors: Path) -> None:
        self.journal = journal
        self._num_read = 0
        self.descendants: dict[int, psutil.Process] = {}
        with errors.open("ab") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.window", str(data), str(journal), str(seed), *tasks],
                cwd=_PROGRAM_FOLDER,
                env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=file,
            )

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()

    def wait_for(self, stage: str, timeout_s: float) -> bool:
        """Wait until the journal has ``stage``; False if the process ended or the time is over."""
        deadline = time.monotonic() + timeout_s
        wanted = f'"stage":"{stage}"'.encode()
        while time.monotonic() < deadline:
            is_running = self.is_running
            if self._says(wanted):
                return True
            if not is_running:
                return False
            time.sleep(_POLL_S)
        return False

    def _says(self, wanted: bytes) -> bool:
        """Look for ``wanted`` in what the journal got since the last time."""
        with suppress(FileNotFoundError), self.journal.open("rb") as file:
            file.seek(max(0, self._num_read - len(wanted)))
            new = file.read()
            self._num_read = file.tell()
            return wanted in new
        return False

    def note_children(self) -> list[psutil.Process]:
        """Remember the processes below this one, and return those of now."""
        with suppress(psutil.Error):
            now: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
            self.descendants |= {child.pid: child for child in now}
            return now
        return []

    def child(self, *verbs: str) -> psutil.Process | None:
        """Return the first child that runs one of ``verbs``, in their order."""
        children = self.note_children()
        for verb in verbs:
            for child in children:
                with suppress(psutil.Error):
                    if verb in child.cmdline():
                        return child
        return None

    def wait(self, timeout_s: float) -> int | None:
        """Wait for the end; a process that does not come to it is killed: None."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            # Its threads' stacks go to the file of errors.
            self.process.send_signal(signal.SIGABRT)
            self.process.wait()
            return None
        finally:
            assert self.process.stdin is not None
            with suppress(BrokenPipeError):
                self.process.stdin.close()

    def orphans(self, timeout_s: float) -> list[str]:
        """Name the children that are still there; they are killed."""
        _, alive = psutil.wait_procs(list(self.descendants.values()), timeout=timeout_s)
        names = []
        for process in alive:
            with suppress(psutil.Error):
                names.append(" ".join(process.cmdline()[2:5]))
                process.kill()
        return names


def run(schedule: Schedule, folder: Path) -> Evidence:
    """Run ``schedule`` in ``folder``, which is empty, and return what came of it."""
    evidence = Evidence(schedule, exports=folder / "exports")
    evidence.exports.mkdir()
    _write_documents(folder)
    disk = Disk(folder / "data", is_small=schedule.has(Fault.FULL_DISK))
    errors = folder / "errors.txt"
    try:
        _prepare(disk.folder, schedule)
        _work(schedule, disk, folder, errors, evidence)
        with _running(disk.folder, folder / "look.jsonl", schedule.seed, [LOOK], errors) as window:
            window.wait_for("looked", LOOK_S)
            window.tell("quit")
            evidence.exit_codes.append(window.wait(QUIT_S))
            evidence.orphans += window.orphans(ORPHANS_S)
        evidence.later_facts = list(facts_in(folder / "look.jsonl"))
        evidence.found = next((fact for fact in evidence.later_facts if isinstance(fact, Found)), None)
        _read_database(disk.folder, evidence)
    finally:
        disk.remove()
    evidence.errors = errors.read_text("utf-8", "replace")
    return evidence


def has_traceback(errors: str) -> bool:
    """Tell whether a traceback stands in what the processes wrote to their terminal."""
    return _TRACEBACK.search(errors) is not None


@contextmanager
def _running(data: Path, journal: Path, seed: int, tasks: list[str], errors: Path) -> Iterator[_Window]:
    window = _Window(data, journal, seed, tasks, errors)
    try:
        yield window
    finally:
        if window.is_running:
            window.process.kill()
            window.process.wait()
        window.orphans(0.0)


def _work(schedule: Schedule, disk: Disk, folder: Path, errors: Path, evidence: Evidence) -> None:
    journal = folder / "work.jsonl"
    tasks = [activity.value for activity in schedule.begun_before]
    with (
        StallGauge() as gauge,
        _running(disk.folder, journal, schedule.seed, tasks, errors) as window,
    ):
        is_training = Activity.TRAINING in schedule.activities
        evidence.has_begun = window.wait_for("began", BEGIN_S + _IMPORTING_S * 2 * is_training)
        if evidence.has_begun:
            _strike_all(schedule, disk, window, evidence)
        _end(schedule, disk, window, evidence)
        evidence.stall_s = gauge.worst_s(evidence.ended_s - 2.0, evidence.ended_s + 0.1)
        evidence.orphans = window.orphans(_IMPORTING_S if is_training else ORPHANS_S)
        for cure in (disk.free, disk.make_writable):
            if schedule.ends_while_wrong:
                cure()
    evidence.facts = list(facts_in(journal))


def _strike_all(schedule: Schedule, disk: Disk, window: _Window, evidence: Evidence) -> None:
    for number, strike in enumerate(schedule.strikes):
        _pass(strike.delay_s, window)
        is_last = number == len(schedule.strikes) - 1
        _strike(strike, disk, window, evidence, stays=is_last and schedule.ends_while_wrong)
    if not schedule.ends_while_wrong and schedule.strikes[-1].fault is not Fault.KILL:
        _pass(schedule.settle_s, window)


def _strike(strike: Strike, disk: Disk, window: _Window, evidence: Evidence, *, stays: bool) -> None:
    match strike.fault:
        case Fault.KILL:
            window.note_children()
            window.process.kill()
            evidence.ended_s = time.monotonic()
        case Fault.FULL_DISK:
            _hold(strike, window, evidence, disk.fill, None if stays else disk.free)
        case Fault.READ_ONLY:
            _hold(strike, window, evidence, disk.make_read_only, None if stays else disk.make_writable)
        case Fault.CLOCK_JUMP:
            window.tell(f"clock {strike.shift_s}")
            _pass(strike.hold_s, window)
        case Fault.WORKERS_DEATH:
            _kill_worker(strike, window)
            _pass(strike.hold_s, window)


def _hold(
    strike: Strike,
    window: _Window,
    evidence: Evidence,
    harm: Callable[[], None],
    cure: Callable[[], None] | None,
) -> None:
    """Keep the disk harmed, also where files go and come meanwhile."""
    since_s = time.monotonic()
    deadline = since_s + strike.hold_s
    while time.monotonic() < deadline and window.is_running:
        harm()
        _pass(0.1, window)
    if cure is not None:
        cure()
    evidence.wrongness.append(Wrongness(since_s, time.monotonic() if cure else float("inf")))


def _kill_worker(strike: Strike, window: _Window) -> None:
    worker = window.child(TRAINING_WORKER, DOCUMENT_HELPER, ENGINE_WORKER)
    if worker is not None:
        with suppress(psutil.Error):
            worker.send_signal(getattr(signal, strike.signal_name))


def _pass(seconds: float, window: _Window) -> None:
    """Let time pass, unless the window has ended."""
    deadline = time.monotonic() + seconds
    while (left_s := deadline - time.monotonic()) > 0 and window.is_running:
        time.sleep(min(0.02, left_s))
    window.note_children()


def _end(schedule: Schedule, disk: Disk, window: _Window, evidence: Evidence) -> None:
    window.note_children()
    if schedule.strikes[-1].fault is Fault.KILL and evidence.has_begun:
        evidence.ended_s = evidence.ended_s or time.monotonic()
        window.wait(QUIT_S)
        return
    evidence.has_quit = schedule.end is not End.KILL
    evidence.ended_s = time.monotonic()
    if schedule.end is End.KILL or not evidence.has_begun:
        window.process.kill()
    elif schedule.end is End.TERM:
        window.process.send_signal(signal.SIGTERM)
    elif not schedule.quits_first:
        window.tell("quit")
    if evidence.has_quit and schedule.ends_while_wrong:
        _answer_question(schedule, disk, window, evidence)
    code = window.wait(QUIT_S)
    if evidence.left_when_saved:
        evidence.ended_s = time.monotonic()
    if schedule.end is not End.KILL and evidence.has_begun:
        evidence.exit_codes.append(code)


def _answer_question(schedule: Schedule, disk: Disk, window: _Window, evidence: Evidence) -> None:
    """A window that does not close has asked what shall become of the texts that the disk did not take."""
    _pass(_ASKING_S, window)
    if not window.is_running:
        return
    if schedule.gives_up:
        window.tell("give up")
        return
    disk.free()
    disk.make_writable()
    evidence.left_when_saved = True
    evidence.wrongness[-1] = replace(evidence.wrongness[-1], until_s=time.monotonic())


def _write_documents(folder: Path) -> None:
    folder.joinpath("story.txt").write_text(story(40), "utf-8")
    things = ("sea", "ship", "gold", "rum", "wind", "storm", "crew", "map", "moon", "rope", "flag", "island")
    sentences = [
        f"On day {number} the {things[number % 12]} lay {number + 3} miles from a {things[number * 5 % 12]}."
        for number in range(1, 41)
    ]
    paragraphs = [" ".join(sentences[at : at + 4]) for at in range(0, 40, 4)]
    folder.joinpath("letter.txt").write_text("\n\n".join(paragraphs), "utf-8")
    lines = [
        chat_line(f"Tell me about the {thing}.", f"Squawk! The {thing}, the {thing}!") for thing in things
    ]
    folder.joinpath("parrot.jsonl").write_text("\n".join(lines), "utf-8")


def _prepare(data: Path, schedule: Schedule) -> None:
    paths = portable_paths(data)
    ensure_writable(paths)
    settings = SettingsStore(paths.settings_file)
    settings.update("engine", measures=False)
    settings.update("model", context_size=2_048)
    settings.update("translate", target="fr")
    if Activity.EXPORT in schedule.activities:
        _store_summary(paths.database)


def _store_summary(path: Path) -> None:
    text = "\n".join(f"- The ship sailed {number} miles on day {number}." for number in range(1, 60))
    document = Document(None, "Log of the ship", "text/plain", text, (), (), "en", "0" * 64)
    facts = SummaryFacts(SummaryOptions(), 1, 1, 1, 0, 1.0, "en")
    database = Database.open(path)
    try:
        record = record_of(facts, document, Support())
        Results(database).add(document.title, "", "0" * 64, text, text, record)
    finally:
        database.close()


def _read_database(data: Path, evidence: Evidence) -> None:
    database = Database.open(portable_paths(data).database)
    try:
        evidence.database_problems = database.problems()
        with database.read() as connection:
            evidence.num_parts_kept = connection.execute("SELECT count(*) FROM part_cache").fetchone()[0]
    finally:
        database.close()
