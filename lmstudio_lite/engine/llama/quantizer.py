"""Quantizes a model in a process of its own: llama.cpp's quantizer can't be stopped, but a process can.

A native assert ends that process only. It also ends when its parent does, whose end closes its input.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lmstudio_lite.engine.llama.quantization import quantize_model
from lmstudio_lite.errors import ModelFileError
from lmstudio_lite.workers.child import end_with_parent
from lmstudio_lite.workers.spawn import QUANTIZER
from lmstudio_lite.workers.worker import Worker, exit_reason

_POLL_S = 0.1
_EXIT_FAILED = 1


def quantize(source: Path, target: Path, file_type: str, while_running: Callable[[], None]) -> None:
    """Write ``source`` to ``target`` as ``file_type``, as ``quantize_model`` does.

    ``while_running`` is called ten times a second; what it raises ends the work and goes on to the caller.
    What is left of ``target`` then is no model.

    Raises:
        ModelFileError: llama.cpp can't, or ended the process ("not_quantized"); ``detail`` is what it said.
    """
    process = Worker(
        QUANTIZER,
        *(str(source.absolute()), str(target.absolute()), file_type),
        stdout=subprocess.PIPE,
    )
    with process:
        try:
            while _is_running(process):
                while_running()
        except BaseException:
            process.kill()
            raise
        assert process.stdout is not None
        detail = process.stdout.read().decode("utf-8", "replace").strip()
    if process.returncode != 0:
        detail = detail or exit_reason(process.returncode)
        raise ModelFileError(path=str(source), reason="not_quantized", detail=detail)


def _is_running(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_POLL_S)
    except subprocess.TimeoutExpired:
        return True
    return False


def main(arguments: Sequence[str]) -> int:
    """Quantize ``arguments``: source, target, type. What went wrong is written to the output."""
    source, target, file_type = arguments
    end_with_parent()
    try:
        quantize_model(Path(source), Path(target), file_type)
    except ModelFileError as error:
        sys.stdout.write(str(error.details.get("detail", error.code)))
        return _EXIT_FAILED
    return 0
