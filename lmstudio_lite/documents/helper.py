"""The child process that reads one document and ends.

Native parsers run here and nowhere else. The process limits its own memory and life where the system lets
it, so that it ends even when its parent was killed; the parent (``documents.client``) watches it as well.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from lmstudio_lite.documents.protocol import (
    ReadAnswer,
    ReadRequest,
    SheetsRead,
    answer_with_document,
    answer_with_error,
)
from lmstudio_lite.documents.readers import read_document, read_sheets
from lmstudio_lite.errors import AppError, DocumentDamagedError, DocumentNotFoundError, DocumentVanishedError

_STANDARD_OUTPUT, _STANDARD_ERROR = 1, 2
_EXIT_TIMED_OUT = 3
_GRACE_S = 5.0
_ADDRESS_SPACE_OVERHEAD_BYTES = 2 << 30
"""Mapped but unused: the parsers' code, stacks and arenas of the threads."""


def main(argv: Sequence[str]) -> int:
    """Read the document that ``argv[0]``, a ``ReadRequest`` as JSON, asks for; answer on standard output."""
    output = _claim_standard_output()
    request = msgspec.convert(json.loads(argv[0]), ReadRequest)
    _limit_memory(request.limits.memory_bytes)
    _limit_life(request.limits.time_s + _GRACE_S)
    answer = _read(request)
    with output:
        output.write(msgspec.json.encode(answer))
    return 0


def _read(request: ReadRequest) -> ReadAnswer:
    try:
        if request.wants_sheets:
            return SheetsRead(read_sheets(Path(request.path), request.limits))
        return answer_with_document(read_document(Path(request.path), request.limits))
    except DocumentNotFoundError:
        # The parent saw it a moment ago.
        return answer_with_error(DocumentVanishedError(path=request.path))
    except AppError as error:
        return answer_with_error(error)
    except MemoryError:
        return answer_with_error(DocumentDamagedError(path=request.path, reason="out_of_memory"))


def _claim_standard_output() -> BinaryIO:
    """Return the pipe to the parent; what native code prints goes to the standard error stream instead."""
    pipe = os.fdopen(os.dup(_STANDARD_OUTPUT), "wb")
    os.dup2(_STANDARD_ERROR, _STANDARD_OUTPUT)
    return pipe


def _limit_memory(memory_bytes: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    limit = memory_bytes + _ADDRESS_SPACE_OVERHEAD_BYTES
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError):
        # macOS refuses some limits; the parent watches the memory there.
        return


def _limit_life(time_s: float) -> None:
    """End the process after ``time_s``; but for Windows, even while native code holds Python's lock."""
    if sys.platform == "win32":
        timer = threading.Timer(time_s, os._exit, (_EXIT_TIMED_OUT,))
        timer.daemon = True
        timer.start()
        return
    import signal

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, time_s)
