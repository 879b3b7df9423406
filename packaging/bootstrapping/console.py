"""Steps with elapsed time on the terminal, and child processes whose output goes to a log."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

_TICK_S = 1.0
_TAIL_LINES = 25
_END_GRACE_S = 10.0


class CommandFailedError(Exception):
    """A child process ended with ``status``; ``tail`` is the end of what it printed."""

    def __init__(self, command: Sequence[str], status: int, tail: Sequence[str]) -> None:
        super().__init__(f"{command[0]} exited with {status}")
        self.status = status
        self.tail = tuple(tail)


class Console:
    """One line per step; on a terminal the running step's line shows its seconds live."""

    def __init__(self, log: Path, stream: TextIO | None = None) -> None:
        self.log = log
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._started_s = time.monotonic()

    def say(self, text: str) -> None:
        """Print ``text`` as lines of their own."""
        print(text, file=self._stream, flush=True)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Show ``name`` while the body runs, then how long it took."""
        begun_s = time.monotonic()
        ended = threading.Event()
        if self._live:
            ticker = threading.Thread(target=self._tick, args=(name, begun_s, ended), daemon=True)
            ticker.start()
        else:
            self.say(f"  ….. {name}")
        outcome = "stopped"
        try:
            yield
            outcome = "done"
        except Exception:
            outcome = "failed"
            raise
        finally:
            ended.set()
            if self._live:
                ticker.join()
                self._stream.write("\r\x1b[K")
            self.say(f"  {outcome:7} {name}  ({_duration(time.monotonic() - begun_s)})")

    def _tick(self, name: str, begun_s: float, ended: threading.Event) -> None:
        while True:
            self._stream.write(f"\r\x1b[K  …  {name}  {_duration(time.monotonic() - begun_s)}")
            self._stream.flush()
            if ended.wait(_TICK_S):
                return

    def run(self, command: Sequence[str], *, environment: Mapping[str, str], folder: Path) -> None:
        """Run ``command`` to its end with its output in the log.

        On Ctrl-C the child, which got the same signal, has ten seconds to end by itself.

        Raises:
            CommandFailedError: it exited with anything but 0.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a", encoding="utf-8", errors="replace") as log:
            log.write(f"\n$ {' '.join(command)}\n")
            log.flush()
            start = self.log.stat().st_size
            child = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=folder,
            )
            try:
                status = child.wait()
            except BaseException:
                _end(child)
                raise
        if status != 0:
            with self.log.open("rb") as written:
                written.seek(start)
                lines = written.read().decode("utf-8", "replace").splitlines()
            raise CommandFailedError(command, status, lines[-_TAIL_LINES:])

    def total(self) -> str:
        """Return the time since this console began."""
        return _duration(time.monotonic() - self._started_s)


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(_END_GRACE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _duration(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:.0f} min {rest:.0f} s" if minutes else f"{rest:.1f} s"


def end_like_ctrl_c_on_sigterm() -> None:
    """Make a plain ``kill`` stop the work as Ctrl-C does, children included."""

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, interrupt)
