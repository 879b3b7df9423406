"""A model's chat template, rendered in a child process: whatever it does, it costs a second and a word.

One child serves all templates of this process, one request after the other. It is kept, for a start takes
0.2 s and a rendering far less than a millisecond; one that takes too much time or memory is ended, and the
next request starts another. Thread-safe.
"""

from __future__ import annotations

import atexit
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec
import psutil

from lmstudio_lite.engine.templates.child import (
    TOO_MUCH_MEMORY,
    RenderAnswer,
    Rendered,
    RenderRequest,
)
from lmstudio_lite.errors import TemplateError
from lmstudio_lite.workers import frames
from lmstudio_lite.workers.spawn import TEMPLATE_CHILD
from lmstudio_lite.workers.worker import UNREADABLE, Worker

SOURCE_SIZE_MAX = 256 * 1024
CPU_LIMIT_S = 0.4
BYTES_PER_S = 20e6
"""Of messages: long ones get more time."""
SOURCE_BYTES_PER_S, LONG_SOURCE = 100e3, 64 * 1024
"""Of a template that is compiled: one of 40 KB (GigaChat's) takes 0.25 s here, and twice that elsewhere."""
WALL_LIMIT_S = 0.8
STARVED_CPU_S = 0.1
STARVED_LIMIT_S = 10.0
"""On a machine that is busy otherwise a harmless template waits longer than a second for its turn."""
MEMORY_LIMIT_BYTES = 384 << 20
START_LIMIT_S = 60.0
SLOW_S = 0.1
SLOW_TOTAL_S = 1.0
"""What renderings that are slow for their size may take together before the template is given up."""
_POLL_S = 0.02
_answers = msgspec.msgpack.Decoder(RenderAnswer)


class TemplateProblem(StrEnum):
    """Why a template can't be used; ``reason`` of a ``TemplateError``, worded in ``words.models``."""

    INVALID = "invalid"
    TOO_LONG = "too_long"
    TOO_MUCH = "too_much"
    REFUSED = "refused"
    LOSES_TEXT = "loses_text"
    REPEATS_TEXT = "repeats_text"
    CHANGES_ORDER = "changes_order"
    UNAVAILABLE = "unavailable"


class Template:
    """One model's template. ``variables`` are the names it expects from outside."""

    def __init__(self, source: str, trials: Sequence[Mapping[str, object]] = ()) -> None:
        """Compile it and render ``trials`` at once: all of it together has the time of one rendering.

        What came of them is in ``trials``.

        Raises:
            TemplateError: it is not valid Jinja, absurdly long, or takes too much.
        """
        self._source = source
        self._slow_s = 0.0
        self._more_s = min(len(source), LONG_SOURCE) / SOURCE_BYTES_PER_S
        if len(source) > SOURCE_SIZE_MAX:
            raise TemplateError(reason=TemplateProblem.TOO_LONG, detail=f"{len(source)} characters")
        answer = self._ask(trials)
        self.variables = frozenset(answer.variables)
        self.trials = answer.rendered

    def render(self, variables: Mapping[str, object]) -> str:
        """Return the text.

        Raises:
            TemplateError: it failed, refused, or took more than its share.
        """
        (rendered,) = self._ask([variables]).rendered
        if rendered.error:
            raise error_of(rendered)
        return rendered.text

    def _ask(self, renders: Sequence[Mapping[str, object]]) -> RenderAnswer:
        if self._slow_s > SLOW_TOTAL_S:
            raise TemplateError(reason=TemplateProblem.TOO_MUCH, detail=f"{self._slow_s:.1f} s")
        frame = msgspec.msgpack.encode(RenderRequest(self._source, tuple(dict(row) for row in renders)))
        try:
            answer = _process.ask(frame, self._more_s)
        except TemplateError:
            self._slow_s += SLOW_TOTAL_S / 2
            raise
        if answer.cpu_s > SLOW_S + self._more_s + len(frame) / BYTES_PER_S:
            self._slow_s += answer.cpu_s
        if answer.problem:
            raise TemplateError(reason=TemplateProblem.INVALID, detail=answer.problem)
        return answer


def error_of(rendered: Rendered) -> TemplateError:
    """Return what a rendering without a text came to."""
    if rendered.error == TOO_MUCH_MEMORY:
        return TemplateError(reason=TemplateProblem.TOO_MUCH, detail=rendered.error)
    return TemplateError(reason=TemplateProblem.REFUSED, detail=rendered.error)


def close_templates() -> None:
    """End the child; the next rendering starts another. Idempotent."""
    _process.close()


class _TemplateProcess:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: Worker | None = None
        atexit.register(self.close)

    def ask(self, frame: bytes, more_s: float) -> RenderAnswer:
        """Return the child's answer to an encoded ``RenderRequest``, which has ``more_s`` for its template.

        Raises:
            TemplateError: it took too much, or the child can't be started.
        """
        with self._lock:
            process = self._running()
            limit_s = CPU_LIMIT_S + more_s + len(frame) / BYTES_PER_S
            exchange = _Exchange(process, frame)
            reason = exchange.wait(limit_s, WALL_LIMIT_S + 6 * more_s)
            answer = exchange.finish(kills=bool(reason))
            try:
                if answer is not None:
                    return frames.decode(_answers, answer)
            except frames.UnreadableError:
                reason = UNREADABLE
            self._end()
            raise TemplateError(reason=TemplateProblem.TOO_MUCH, detail=reason or "it crashed")

    def close(self) -> None:
        with self._lock:
            self._end()

    def _running(self) -> Worker:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        try:
            self._process = Worker(TEMPLATE_CHILD, stdout=subprocess.PIPE)
        except (OSError, subprocess.SubprocessError) as error:
            raise TemplateError(reason=TemplateProblem.UNAVAILABLE, detail=str(error)) from error
        start = _Exchange(self._process, None)
        is_ready = start.is_done(START_LIMIT_S)
        if start.finish(kills=not is_ready) is None:
            self._end()
            raise TemplateError(reason=TemplateProblem.UNAVAILABLE, detail="its process does not start")
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            try:
                stream.close()
            except OSError:
                continue  # What was still to be written goes nowhere.


class _Exchange:
    """One frame to the child, and its answer; on a thread, for a pipe can't be waited on everywhere."""

    def __init__(self, process: Worker, frame: bytes | None) -> None:
        self._process = process
        self._answer: bytes | None = None
        self._done = threading.Event()
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._run, args=(frame,), name="template", daemon=True)
        self._thread.start()

    def is_done(self, timeout_s: float) -> bool:
        return self._done.wait(timeout_s)

    def wait(self, cpu_limit_s: float, wall_limit_s: float) -> str:
        """Wait for the answer; return why it must be waited for no longer, "" where it is there."""
        if self._done.wait(_POLL_S):
            return ""
        try:
            child = psutil.Process(self._process.pid)
            cpu_before_s = _cpu_s(child)
            while not self._done.wait(_POLL_S):
                used_s, wall_s = _cpu_s(child) - cpu_before_s, time.monotonic() - self._began
                if used_s > cpu_limit_s or (wall_s > wall_limit_s and used_s > STARVED_CPU_S):
                    return f"{wall_s:.1f} s"
                if wall_s > STARVED_LIMIT_S:
                    return f"{wall_s:.1f} s"
                if (rss := int(child.memory_info().rss)) > MEMORY_LIMIT_BYTES:
                    return f"{rss >> 20} MB"
        except psutil.Error:
            self._done.wait(wall_limit_s)
        return "" if self._done.is_set() else "it crashed"

    def finish(self, *, kills: bool) -> bytes | None:
        """Return the answer, None where there is none; with ``kills`` the child ends first."""
        if kills:
            self._process.kill()
        self._thread.join()
        return self._answer

    def _run(self, frame: bytes | None) -> None:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            if frame is not None:
                stdin.write(frames.frame(frame))
                stdin.flush()
            self._answer = frames.read_frame(stdout)
        except (OSError, ValueError, frames.UnreadableError):
            self._answer = None
        finally:
            self._done.set()


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


_process = _TemplateProcess()
