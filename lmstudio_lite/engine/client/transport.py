"""The way from a client to a service: on a thread of this process, or in a process of its own."""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import psutil

from lmstudio_lite.engine import protocol
from lmstudio_lite.engine.backend import EmbedderLoader, ModelLoader
from lmstudio_lite.engine.client.watchdog import Activity
from lmstudio_lite.workers.frames import read_frame
from lmstudio_lite.workers.spawn import ENGINE_WORKER
from lmstudio_lite.workers.worker import Worker

STOP_GRACE_S = 10.0
_logger = logging.getLogger(__name__)

OnMessages = Callable[[Sequence[protocol.Message]], None]
OnDeath = Callable[[str], None]


class Transport(Protocol):
    """A running service. Messages arrive on the transport's own thread."""

    @property
    def pid(self) -> int:
        """The process that the service runs in."""

    def send(self, command: protocol.Command) -> None:
        """Queue a command; returns at once, also when the service is gone."""

    def activity(self) -> Activity | None:
        """Return what the service's process has done so far, None where nothing can be said of it."""

    def kill(self) -> None:
        """End the service's process at once; ``on_death`` follows."""

    def close(self) -> None:
        """End the service and wait for it; no messages arrive afterwards."""


class ThreadTransport:
    """The service on a thread of this process. ``on_death`` is never called: a crash takes us along."""

    def __init__(
        self, load_model: ModelLoader, load_embedder: EmbedderLoader, on_messages: OnMessages
    ) -> None:
        # The window's process never runs it: a start need not wait for Jinja and the rest.
        from lmstudio_lite.engine.service import Service

        self._service = Service(load_model, on_messages, load_embedder)
        self._service.start()

    @property
    def pid(self) -> int:
        return os.getpid()

    def send(self, command: protocol.Command) -> None:
        self._service.post(command)

    def activity(self) -> Activity | None:
        return None

    def kill(self) -> None:
        """Do nothing: it would end this very process."""

    def close(self) -> None:
        self._service.post(protocol.Shutdown())
        self._service.join()


class WorkerTransport:
    """The service in a child process, over its standard streams; ``on_death(reason)`` when it dies."""

    def __init__(self, on_messages: OnMessages, on_death: OnDeath) -> None:
        self._on_messages = on_messages
        self._on_death = on_death
        self._is_closing = False
        self._process = Worker(ENGINE_WORKER, stdout=subprocess.PIPE)
        self._outgoing: queue.SimpleQueue[protocol.Command | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="engine-writer", daemon=True)
        self._reader = threading.Thread(target=self._read, name="engine-reader", daemon=True)
        self._writer.start()
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, command: protocol.Command) -> None:
        self._outgoing.put(command)

    def activity(self) -> Activity | None:
        try:
            process = psutil.Process(self._process.pid)
            times = process.cpu_times()
            counters = getattr(process, "io_counters", None)
            read_bytes = int(counters().read_bytes) if counters is not None else 0
        except psutil.Error:
            return None
        return Activity(float(times.user + times.system), read_bytes)

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        self._is_closing = True
        self._outgoing.put(protocol.Shutdown())
        self._outgoing.put(None)
        try:
            self._process.wait(STOP_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._join(self._reader)
        self._join(self._writer)

    def _join(self, thread: threading.Thread) -> None:
        if thread is not threading.current_thread():
            thread.join()

    def _write(self) -> None:
        stream = self._process.stdin
        assert stream is not None
        try:
            while (command := self._outgoing.get()) is not None:
                stream.write(protocol.encode([command]))
                stream.flush()
        except OSError:
            pass  # The reader sees the same end and reports it.
        finally:
            try:
                stream.close()
            except OSError:
                _logger.debug("the worker's input was already gone")

    def _read(self) -> None:
        reason = self._process.hear(read_frame, protocol.decode_messages, self._on_messages)
        self._outgoing.put(None)
        if not self._is_closing:
            self._on_death(reason)
