"""The child process that reads one document, or writes one translation, and ends.

Native parsers run here and nowhere else. The process limits its own memory and life where the system lets
it, so that it ends even when its parent was killed; the parent (``documents.client``) watches it as well.
"""

from __future__ import annotations

import io
import json
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

import msgspec

from lmstudio_lite.documents.decoding import EncodingWish
from lmstudio_lite.documents.protocol import (
    HelperAnswer,
    HelperRequest,
    ReadRequest,
    SheetsRead,
    TextsToWrite,
    UnitsRead,
    UnitsRequest,
    WriteRequest,
    Written,
    answer_with_document,
    answer_with_error,
)
from lmstudio_lite.documents.readers import read_document, read_sheets
from lmstudio_lite.errors import (
    AppError,
    DocumentDamagedError,
    DocumentNotFoundError,
    DocumentVanishedError,
    InvariantError,
)
from lmstudio_lite.paths import write_error
from lmstudio_lite.workers import frames
from lmstudio_lite.workers.child import Output, limit_memory, open_input

_EXIT_TIMED_OUT = 3
_GRACE_S = 5.0
_ADDRESS_SPACE_OVERHEAD_BYTES = 2 << 30
"""Mapped but unused: the parsers' code, stacks and arenas of the threads."""


def main(argv: Sequence[str]) -> int:
    """Do what ``argv[0]``, a ``HelperRequest`` as JSON, asks for; answer on standard output."""
    output = Output()
    request: HelperRequest = msgspec.convert(json.loads(argv[0]), HelperRequest)
    limit_memory(request.limits.memory_bytes + _ADDRESS_SPACE_OVERHEAD_BYTES)
    _limit_life(request.limits.time_s + _GRACE_S)
    output.write(msgspec.json.encode(_answer(request)))
    return 0


def _answer(request: HelperRequest) -> HelperAnswer:
    try:
        match request:
            case ReadRequest():
                return _read(request)
            case UnitsRequest():
                return _read_units(request)
            case WriteRequest():
                return _write(request)
    except DocumentNotFoundError:
        # The parent saw it a moment ago.
        return answer_with_error(DocumentVanishedError(path=request.path))
    except AppError as error:
        return answer_with_error(error)
    except MemoryError:
        return answer_with_error(DocumentDamagedError(path=request.path, reason="out_of_memory"))
    assert_never(request)


def _read(request: ReadRequest) -> HelperAnswer:
    path, limits = Path(request.path), request.limits
    if request.wants_sheets:
        return SheetsRead(read_sheets(path, limits))
    wish = EncodingWish(request.encoding, request.kept_encoding)
    return answer_with_document(read_document(path, limits, wish, keeps_form=request.keeps_form))


def _read_units(request: UnitsRequest) -> HelperAnswer:
    from lmstudio_lite.documents.rewriting.files import read_units  # the forms: only where they are needed

    return UnitsRead(read_units(Path(request.path), request.options, request.limits))


def _write(request: WriteRequest) -> HelperAnswer:
    from lmstudio_lite.documents.rewriting.files import write_translation

    content = frames.read_frame(io.BufferedReader(open_input()))
    if content is None:
        raise InvariantError("the texts to write were not told")
    texts = msgspec.json.decode(content, type=TextsToWrite).texts
    path, target = Path(request.path), Path(request.target)
    try:
        return Written(
            write_translation(path, texts, target, request.options, request.wanted, request.limits)
        )
    except OSError as error:
        return answer_with_error(write_error(error, target))


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
