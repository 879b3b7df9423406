"""Runs a training in its own process: starts it, hands on what it says, tells it what the user wants.

Exactly one ``RunFinished`` or ``RunFailed`` comes last, also when the process is killed. What libraries print
goes into ``worker.log`` in the run's folder.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from lmstudio_lite.errors import TrainingWorkerError
from lmstudio_lite.finetune.protocol import (
    Command,
    Event,
    Export,
    RunFailed,
    RunFinished,
    decode_event,
    encode_line,
)
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.paths import write_error
from lmstudio_lite.private_files import open_to_append
from lmstudio_lite.workers.frames import read_line
from lmstudio_lite.workers.spawn import TRAINING_WORKER
from lmstudio_lite.workers.worker import Worker

_CLOSE_S = 20.0


class TrainingClient:
    """One run's process. Thread-safe."""

    def __init__(
        self,
        folder: RunFolder,
        on_event: Callable[[Event], None],
        search_path: Sequence[Path] = (),
        export: Export | None = None,
    ) -> None:
        """Start the process on a folder that holds settings and data.

        ``on_event`` runs on a thread of the client's. ``search_path`` is where the training components lie,
        if not among the program's own packages. With ``export`` the run is over and
        writes one more file.

        Raises:
            StorageError: nothing can be written to the folder.
            TrainingWorkerError: the process can't be started.
        """
        self._on_event = on_event
        self._is_over = False
        self._lock = threading.Lock()
        task = [] if export is None else [msgspec.json.encode(export).decode()]
        try:
            with open_to_append(folder.path / "worker.log") as log:
                self._process = Worker(
                    TRAINING_WORKER,
                    *(str(folder.path.absolute()), *task),
                    stdout=subprocess.PIPE,
                    stderr=log,
                    environment=_environment(search_path),
                )
        except subprocess.SubprocessError as error:
            raise TrainingWorkerError(reason=str(error)) from error
        except OSError as error:
            raise write_error(error, folder.path) from error
        self._reader = threading.Thread(target=self._read, name="training", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the last event is still to come."""
        return self._reader.is_alive()

    def send(self, command: Command) -> None:
        """Tell the process something; one that has ended is not told."""
        assert self._process.stdin is not None
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(encode_line(command))
            self._process.stdin.flush()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the last event to be handed on; return whether it was. Not for the GUI thread."""
        self._reader.join(timeout_s)
        return not self._reader.is_alive()

    def close(self) -> None:
        """End the process, at its next step with a checkpoint, else by force. Idempotent."""
        assert self._process.stdin is not None
        with self._lock, contextlib.suppress(OSError):
            self._process.stdin.close()
        if not self.wait(_CLOSE_S):
            self._process.kill()
            self._reader.join()

    def _read(self) -> None:
        reason = self._process.hear(read_line, decode_event, self._take)
        with self._lock, contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        if not self._is_over:
            error = TrainingWorkerError(reason=reason)
            self._on_event(RunFailed(error.code, error.details))

    def _take(self, event: Event) -> None:
        self._is_over = self._is_over or isinstance(event, RunFinished | RunFailed)
        self._on_event(event)


def _environment(search_path: Sequence[Path]) -> dict[str, str]:
    """Put ``search_path`` on the child's path."""
    before = os.environ.get("PYTHONPATH", "")
    paths = [*filter(None, [before]), *map(str, search_path)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)} if paths else dict(os.environ)
