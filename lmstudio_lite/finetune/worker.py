"""The training's own process: told by lines on its input, tells by lines on its output and in the run's log.

It ends by itself when its input closes, after a checkpoint: a closed or killed window leaves nothing behind.
torch and what belongs to it is imported here and nowhere else in the program.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from lmstudio_lite.errors import AppError, CancelledError, TrainingToolsMissingError
from lmstudio_lite.finetune.protocol import (
    Cancel,
    Command,
    Event,
    Export,
    Pause,
    Resume,
    RunFailed,
    RunFinished,
    StopAndKeep,
    decode_command,
    encode_line,
)
from lmstudio_lite.finetune.run_folder import RunFolder, RunLog
from lmstudio_lite.paths import write_error
from lmstudio_lite.workers.child import Output, end_on_bugs, open_input
from lmstudio_lite.workers.frames import read_line

PACKAGES = ("torch", "transformers", "peft", "gguf", "tokenizers")
EXIT_FAILED = 1


def main(argv: Sequence[str]) -> int:
    """Do the run in the folder ``argv[0]``; the exit code is 0 if it finished.

    ``argv[1]``, if there, is an ``Export`` as JSON: then the run is over, and that file is written.
    """
    output = Output()
    end_on_bugs()
    # Nothing is fetched, and nothing says so: both are read when transformers is imported.
    os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"}
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")
    if getattr(sys, "frozen", False):
        # A frozen program does not read this by itself; the components lie in a folder of the user's.
        sys.path += [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    folder = RunFolder(Path(argv[0]))
    export = msgspec.json.decode(argv[1], type=Export) if len(argv) > 1 else None
    try:
        lock = folder.lock()
    except AppError as error:
        # Not into the log, which is the other process's.
        output.write(encode_line(RunFailed(error.code, error.details)))
        return EXIT_FAILED
    log = RunLog(folder.log_file)
    try:
        return _work(folder, _Reporter(output, log), export)
    finally:
        log.close()
        lock.release()


def missing_package() -> str | None:
    """Return which of the training's packages is not installed, None if all are."""
    return next((name for name in PACKAGES if importlib.util.find_spec(name) is None), None)


def _work(folder: RunFolder, emit: _Reporter, export: Export | None) -> int:
    control = _Control()
    reader = threading.Thread(target=control.read, daemon=True)
    reader.start()
    try:
        if (package := missing_package()) is not None:
            raise TrainingToolsMissingError(package=package)
        from lmstudio_lite.finetune.training import job

        if export is None:
            job.run(folder, emit, control)
        else:
            job.export_again(folder, export, emit, control)
    except CancelledError:
        emit(RunFinished(is_cancelled=True, is_left=control.is_left))
    except AppError as error:
        emit(RunFailed(error.code, error.details))
        return EXIT_FAILED
    except OSError as error:
        failure = write_error(error, folder.path)
        emit(RunFailed(failure.code, failure.details | {"reason": str(error)}))
        return EXIT_FAILED
    except Exception as error:
        from lmstudio_lite.finetune.training.device import is_out_of_memory

        if not is_out_of_memory(error):
            raise
        emit(RunFailed("training_memory", {}))
        return EXIT_FAILED
    return 0


class _Reporter:
    """Writes each event to the log and to whoever listens; a listener that is gone is no failure."""

    def __init__(self, output: Output, log: RunLog) -> None:
        self._output = output
        self._log = log

    def __call__(self, event: Event) -> None:
        try:
            self._log.write(event)
        finally:
            try:
                self._output.write(encode_line(event))
            except OSError:
                return


class _Control:
    """What was asked for so far. An input that ends means that nobody is left who wants the result."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._is_paused = self._is_stopped = self._is_cancelled = False
        self.is_left = False
        """Whether the end of the input is why it is cancelled."""

    def is_stopped(self) -> bool:
        return self._is_stopped

    def is_cancelled(self) -> bool:
        return self._is_cancelled

    def is_paused(self) -> bool:
        return self._is_paused and not (self._is_stopped or self._is_cancelled)

    def wait(self) -> None:
        with self._changed:
            self._changed.wait(0.5)

    def read(self) -> None:
        """Take commands until the input ends."""
        with open_input() as commands:
            while (line := read_line(commands)) is not None:
                self._take(decode_command(line))
        with self._changed:
            self.is_left = not self._is_cancelled
            self._is_cancelled = True
            self._changed.notify_all()

    def _take(self, command: Command) -> None:
        with self._changed:
            match command:
                case Pause():
                    self._is_paused = True
                case Resume():
                    self._is_paused = False
                case StopAndKeep():
                    self._is_stopped = True
                case Cancel():
                    self._is_cancelled = True
            self._changed.notify_all()
