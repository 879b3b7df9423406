"""What a model file would take, asked of llama.cpp itself in a process of its own.

It reads the header, lays everything out and allocates nothing of weights and cache (``no_alloc``): a tenth
of a second for a model of any size. A file that makes it abort ends that process only.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from lmstudio_lite.domain.fit import MemoryNeed, RunSizes
from lmstudio_lite.errors import AppError, ModelLoadError, error_from_code
from lmstudio_lite.workers.child import end_with_parent
from lmstudio_lite.workers.spawn import MEMORY_ASKER
from lmstudio_lite.workers.worker import Worker, exit_reason

_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class FreeDevice:
    """A graphics card that llama.cpp sees, with the memory that is free on it now."""

    name: str
    free_bytes: int


@dataclass(frozen=True, slots=True)
class Answer:
    """``needs`` answers each of the sizes; ``code`` and ``details`` are an error's, "" for none."""

    needs: tuple[MemoryNeed, ...] = ()
    devices: tuple[FreeDevice, ...] = ()
    code: str = ""
    details: dict[str, str | int | float] = field(default_factory=dict)


def ask_needs(path: Path, sizes: Sequence[RunSizes]) -> tuple[MemoryNeed, ...]:
    """Return what the model at ``path`` would take in each of ``sizes``; waits about half a second.

    Raises:
        ModelNotFoundError, ModelFileError, ModelLoadError: llama.cpp can't use the file; "refused" with
            the way it ended where it ended the process.
    """
    answer = _ask(str(path), msgspec.json.encode(list(sizes)).decode())
    if answer.code:
        raise error_from_code(answer.code, dict(answer.details))
    return answer.needs


def ask_devices() -> tuple[FreeDevice, ...]:
    """Return the graphics cards that models can lie on, with what is free there; waits half a second.

    Raises:
        ModelLoadError: llama.cpp ended the process.
    """
    return _ask("", "[]").devices


def _ask(path: str, sizes: str) -> Answer:
    try:
        process = Worker(MEMORY_ASKER, path, sizes, stdout=subprocess.PIPE)
    except OSError as error:
        raise ModelLoadError(path=path, reason="refused", detail=str(error)) from error
    timer = threading.Timer(_TIMEOUT_S, process.kill)
    timer.start()
    with process:
        try:
            assert process.stdout is not None
            # The worker's input stays open meanwhile: its end would end the worker.
            content = process.stdout.read()
            process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            timer.cancel()
            timer.join()
    if process.returncode != 0:
        raise ModelLoadError(path=path, reason="refused", detail=exit_reason(process.returncode))
    return msgspec.convert(json.loads(content), Answer)


def main(arguments: Sequence[str]) -> int:
    """Answer the question in ``arguments``: a path ("" for the devices alone), and sizes as JSON."""
    path, sizes = arguments
    end_with_parent()
    from lmstudio_lite.workers.child import Output

    output = Output()
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")
    try:
        answer = _answer(Path(path) if path else None, msgspec.json.decode(sizes, type=list[RunSizes]))
    except AppError as error:
        answer = Answer(code=error.code, details=dict(error.details))
    # Names of files may be no text: Python's own JSON keeps what stands for their bytes.
    output.write(json.dumps(msgspec.to_builtins(answer)).encode())
    return 0


def _answer(path: Path | None, sizes: Sequence[RunSizes]) -> Answer:
    import llama_cpp

    from lmstudio_lite.engine.llama import log as llama_log
    from lmstudio_lite.engine.llama.devices import gpu_devices

    llama_log.install()
    llama_cpp.llama_backend_init()
    devices = tuple(FreeDevice(device.name, device.free_bytes) for device in gpu_devices())
    if path is None:
        return Answer(devices=devices)
    return Answer(tuple(_need(path, one) for one in sizes), devices)


def _need(path: Path, sizes: RunSizes) -> MemoryNeed:
    import llama_cpp

    from lmstudio_lite.engine.llama import log as llama_log
    from lmstudio_lite.engine.llama.buffers import planned_bytes
    from lmstudio_lite.engine.llama.context import planning_params
    from lmstudio_lite.engine.llama.refusal import context_error
    from lmstudio_lite.engine.llama.weights import open_without_weights

    model = open_without_weights(path, sizes.num_gpu_layers)
    try:
        with llama_log.recording() as lines:
            context = llama_cpp.llama_init_from_model(model, planning_params(sizes))
        if not context:
            raise context_error(path)
        llama_cpp.llama_free(context)
        kept, compute = planned_bytes(lines)
        return MemoryNeed(int(llama_cpp.llama_model_size(model)), kept, compute)
    finally:
        llama_cpp.llama_model_free(model)
