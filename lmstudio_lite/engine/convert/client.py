"""Has the converter's process do a job: llama.cpp's quantizer can't be stopped, but a process can.

A native assert ends that process only. It also ends when its parent does, whose end closes its input.
"""

from __future__ import annotations

import queue
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from lmstudio_lite.engine.convert.protocol import EVENTS, Event, Failed, Job, Progressed, Quantize
from lmstudio_lite.errors import ConversionError, ModelFileError, error_from_code
from lmstudio_lite.workers.frames import decode, read_line
from lmstudio_lite.workers.spawn import QUANTIZER
from lmstudio_lite.workers.worker import Worker

_POLL_S = 0.1


def run_job(job: Job, on_event: Callable[[Event], None], while_running: Callable[[], None]) -> None:
    """Do ``job`` in a process of its own; ``on_event`` hears what it says, on this thread.

    ``while_running`` is called ten times a second; what it raises ends the work and goes on to the caller.
    What is left of a file that was being written then is no model.

    Raises:
        AppError: what went wrong; ``ConversionError`` "crashed" where the process ended without a word.
    """
    heard: queue.SimpleQueue[Event | str] = queue.SimpleQueue()
    process = Worker(QUANTIZER, msgspec.json.encode(job).decode(), stdout=subprocess.PIPE)
    with process:

        def listen() -> None:
            heard.put(process.hear(read_line, lambda line: decode(EVENTS, line), heard.put))

        listener = threading.Thread(target=listen, name="converter", daemon=True)
        listener.start()
        try:
            _hear_out(heard, on_event, while_running)
        except BaseException:
            process.kill()
            raise
        finally:
            listener.join()


def _hear_out(
    heard: queue.SimpleQueue[Event | str],
    on_event: Callable[[Event], None],
    while_running: Callable[[], None],
) -> None:
    """Hand on what is heard until the reason of the process's end comes."""
    is_done, failure = False, None
    while True:
        while_running()
        try:
            event = heard.get(timeout=_POLL_S)
        except queue.Empty:
            continue
        if isinstance(event, str):
            break
        if isinstance(event, Failed):
            failure = error_from_code(event.code, event.details)
            continue
        is_done |= not isinstance(event, Progressed)
        on_event(event)
    if failure is not None:
        raise failure
    if not is_done:
        raise ConversionError(reason="crashed", detail=event)


def quantize(source: Path, target: Path, file_type: str, while_running: Callable[[], None]) -> None:
    """Write ``source`` to ``target`` as ``file_type``, as ``quantize_model`` does without a matrix.

    ``while_running`` as in ``run_job``.

    Raises:
        ModelFileError: llama.cpp can't, or ended the process ("not_quantized"); ``detail`` is what it said.
    """
    job = Quantize(str(source.absolute()), str(target.absolute()), file_type)
    try:
        run_job(job, lambda event: None, while_running)
    except ConversionError as error:
        detail = str(error.details.get("detail", "")) or str(error.details["reason"])
        raise ModelFileError(path=str(source), reason="not_quantized", detail=detail) from error
