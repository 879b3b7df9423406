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

import msgspec

from lmstudio_lite.documents.decoding import EncodingWish
from lmstudio_lite.documents.protocol import (
    ReadAnswer,
    ReadRequest,
    SheetsRead,
    answer_with_document,
    answer_with_error,
)
from lmstudio_lite.documents.readers import read_document, read_sheets
from lmstudio_lite.errors import AppError, DocumentDamagedError, DocumentNotFoundError, DocumentVanishedError
from lmstudio_lite.workers.child import Output, limit_memory

_EXIT_TIMED_OUT = 3
_GRACE_S = 5.0
_ADDRESS_SPACE_OVERHEAD_BYTES = 2 << 30
"""Mapped but unused: the parsers' code, stacks and arenas of the threads."""


def main(argv: Sequence[str]) -> int:
    """Read the document that ``argv[0]``, a ``ReadRequest`` as JSON, asks for; answer on standard output."""
    output = Output()
    request = msgspec.convert(json.loads(argv[0]), ReadRequest)
    limit_memory(request.limits.memory_bytes + _ADDRESS_SPACE_OVERHEAD_BYTES)
    _limit_life(request.limits.time_s + _GRACE_S)
    output.write(msgspec.json.encode(_read(request)))
    return 0


def _read(request: ReadRequest) -> ReadAnswer:
    try:
        if request.wants_sheets:
            return SheetsRead(read_sheets(Path(request.path), request.limits))
        path, limits = Path(request.path), request.limits
        wish = EncodingWish(request.encoding, request.kept_encoding)
        return answer_with_document(read_document(path, limits, wish, keeps_form=request.keeps_form))
    except DocumentNotFoundError:
        # The parent saw it a moment ago.
        return answer_with_error(DocumentVanishedError(path=request.path))
    except AppError as error:
        return answer_with_error(error)
    except MemoryError:
        return answer_with_error(DocumentDamagedError(path=request.path, reason="out_of_memory"))


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
