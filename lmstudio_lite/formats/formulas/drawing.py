"""Formulas drawn in a child process: whatever one does, it costs a second and stays as it is written.

ziamath draws in Python, 1 to 40 ms a formula, and some take for ever (each further brace triples the time).
One child draws for this process, one formula after the other, and is ended when one takes too long. It is
started with the first formula, and ends by itself when it was asked nothing for a while.
"""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator

import msgspec
import psutil

from lmstudio_lite.domain.formulas import DrawnFormula, Formula
from lmstudio_lite.formats.formulas.child import DrawAnswer
from lmstudio_lite.formats.formulas.mathml import is_within_bounds
from lmstudio_lite.workers import frames
from lmstudio_lite.workers.spawn import FORMULA_CHILD
from lmstudio_lite.workers.worker import Worker

CPU_LIMIT_S = 1.5
WALL_LIMIT_S = 15.0
"""On a machine that is busy otherwise a harmless formula waits for its turn."""
START_LIMIT_S = 60.0
_POLL_S = 0.05
_NUM_SLOW = 6
_SLOW_LIMIT_S = 0.3
"""After so many that took too long the next ones get less: a text may hold a thousand of them."""
_KEPT_BYTES = 16 << 20
_answers = msgspec.msgpack.Decoder(DrawAnswer)


class FormulaDrawing:
    """Draws formulas and remembers what they look like. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # of the process
        self._process: Worker | None = None
        self._known: OrderedDict[Formula, DrawnFormula | None] = OrderedDict()
        self._num_bytes = 0
        self._num_slow = 0
        self._is_closed = False

    def draw(self, formula: Formula) -> DrawnFormula | None:
        """Return what ``formula`` looks like, None if it can't be drawn. Waits for the child."""
        if not is_within_bounds(formula.tex):
            return None
        with self._lock:
            if formula in self._known:
                self._known.move_to_end(formula)
                return self._known[formula]
            if self._is_closed:
                return None
            is_answered, drawn = self._ask(formula)
            if is_answered:
                self._keep(formula, drawn)
            return drawn

    def close(self) -> None:
        """End the child; nothing is drawn any more, and nobody waits for a formula any longer. Idempotent."""
        self._is_closed = True
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._end()

    def _keep(self, formula: Formula, drawn: DrawnFormula | None) -> None:
        self._known[formula] = drawn
        self._num_bytes += _size(formula, drawn)
        while self._num_bytes > _KEPT_BYTES:
            self._num_bytes -= _size(*self._known.popitem(last=False))

    def _ask(self, formula: Formula) -> tuple[bool, DrawnFormula | None]:
        """Return whether the child could be asked, and its answer; one that dies of the formula is one."""
        is_new = self._process is None
        process = self._running()
        if process is None:
            return False, None
        limit_s = CPU_LIMIT_S if self._num_slow < _NUM_SLOW else _SLOW_LIMIT_S
        answer = _exchange(process, msgspec.msgpack.encode(formula), limit_s, WALL_LIMIT_S)
        if self._is_closed:
            return False, None
        if answer is None and not is_new and process.poll() == 0:  # it had ended by itself meanwhile
            self._end()
            return self._ask(formula)
        try:
            if answer is not None:
                return True, frames.decode(_answers, answer).drawn
        except frames.UnreadableError:
            pass
        self._end()
        self._num_slow += 1
        return True, None

    def _running(self) -> Worker | None:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        try:
            self._process = Worker(FORMULA_CHILD, stdout=subprocess.PIPE)
        except (OSError, subprocess.SubprocessError):
            return None
        if _exchange(self._process, None, START_LIMIT_S, START_LIMIT_S) is None:
            self._end()
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            with contextlib.suppress(OSError):  # what was still to be written goes nowhere
                stream.close()


def _size(formula: Formula, drawn: DrawnFormula | None) -> int:
    return 200 + len(formula.tex) + (len(drawn.svg) if drawn else 0)


def _exchange(
    process: Worker, content: bytes | None, cpu_limit_s: float, wall_limit_s: float
) -> bytes | None:
    """Send a frame, if there is one, and return the next that comes; None if the child ended or was ended."""
    assert process.stdin is not None
    assert process.stdout is not None
    with _watched(process, cpu_limit_s, wall_limit_s):
        try:
            if content is not None:
                process.stdin.write(frames.frame(content))
                process.stdin.flush()
            return frames.read_frame(process.stdout)
        except (OSError, ValueError, frames.UnreadableError):
            return None


@contextlib.contextmanager
def _watched(process: Worker, cpu_limit_s: float, wall_limit_s: float) -> Iterator[None]:
    """End ``process`` if it takes more than its share meanwhile."""
    done = threading.Event()
    watch = threading.Thread(
        target=_watch, args=(process, done, cpu_limit_s, wall_limit_s), name="formula", daemon=True
    )
    watch.start()
    try:
        yield
    finally:
        done.set()
        watch.join()


def _watch(process: Worker, done: threading.Event, cpu_limit_s: float, wall_limit_s: float) -> None:
    if done.wait(_POLL_S):
        return
    deadline = time.monotonic() + wall_limit_s
    with contextlib.suppress(psutil.Error):
        child = psutil.Process(process.pid)
        before_s = _cpu_s(child)
        while not done.wait(_POLL_S):
            if _cpu_s(child) - before_s > cpu_limit_s or time.monotonic() > deadline:
                process.kill()
                return


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
