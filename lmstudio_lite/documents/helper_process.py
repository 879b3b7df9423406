"""One run of the document helper, as its parent sees it: it is started, watched, and answers once.

Whatever a broken or hostile file does to it (crash, endless loop, swallowed memory) becomes an error of the
``DocumentError`` branch. It starts in about 0.2 s and leaves no memory behind.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import time
from pathlib import Path

import msgspec
import psutil

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.opening import open_document
from lmstudio_lite.documents.protocol import HelperAnswer, HelperRequest
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.errors import (
    DocumentDamagedError,
    DocumentEmptyError,
    DocumentTimeoutError,
    DocumentTooLargeError,
)
from lmstudio_lite.workers import frames
from lmstudio_lite.workers.spawn import DOCUMENT_HELPER
from lmstudio_lite.workers.worker import Worker, exit_reason

_logger = logging.getLogger(__name__)

_MEMORY_CHECK_S = 0.25
_answers: msgspec.json.Decoder[HelperAnswer] = msgspec.json.Decoder(HelperAnswer)
_ALLOCATION_FAILED_WORDS = (b"memory allocation of", b"MemoryError", b"out of memory")


def check_readable(path: Path, limits: ReadLimits) -> None:
    """Refuse what needs no helper to be refused.

    Raises:
        DocumentError: it is not there, no file, empty or too large.
    """
    with open_document(path) as file:
        size_bytes = os.fstat(file.fileno()).st_size
    if size_bytes == 0:
        raise DocumentEmptyError(path=str(path))
    if size_bytes > limits.size_bytes:
        raise DocumentTooLargeError(path=str(path), size_bytes=size_bytes, limit_bytes=limits.size_bytes)


def ask_helper(
    path: Path, request: HelperRequest, cancellation: Cancellation, told: bytes = b""
) -> HelperAnswer:
    """Have a helper of its own answer ``request`` about the file at ``path``; waits.

    ``told`` is a frame that the helper reads from its input.

    Raises:
        DocumentDamagedError: the helper died; ``reason`` is "crashed" or "out_of_memory".
        DocumentTimeoutError: it took longer than its limit.
        CancelledError: cancelled; the helper is gone by then.
    """
    cancellation.raise_if_cancelled()
    try:
        output, errors, exit_code = _run(path, request, cancellation, told)
    except OSError as error:
        # No memory, no process or no file handle left for a child.
        raise DocumentDamagedError(path=str(path), reason="crashed", detail=str(error)) from error
    cancellation.raise_if_cancelled()
    try:
        return frames.decode(_answers, output)
    except frames.UnreadableError:
        ran_out = any(words in errors for words in _ALLOCATION_FAILED_WORDS)
        reason = "out_of_memory" if ran_out else "crashed"
        _logger.debug("the document helper ended, %s: %r", exit_reason(exit_code), errors[-2000:])
        raise DocumentDamagedError(path=str(path), reason=reason, exit_code=exit_code) from None


def _run(
    path: Path, request: HelperRequest, cancellation: Cancellation, told: bytes
) -> tuple[bytes, bytes, int]:
    argument = json.dumps(msgspec.to_builtins(request))  # half a surrogate pair in a path survives
    with Worker(DOCUMENT_HELPER, argument, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        forget = cancellation.on_cancel(process.kill)
        try:
            _tell(process, told)
            return _wait(process, path, request.limits)
        finally:
            forget()
            if process.poll() is None:
                process.kill()
                process.communicate()


def _tell(process: subprocess.Popen[bytes], told: bytes) -> None:
    """Write what the helper reads before anything else; one that can't read ends by its own limit.

    ``communicate`` would lose what is not written yet when its timeout passes (Python 3.11).
    """
    assert process.stdin is not None
    view = memoryview(told)
    with contextlib.suppress(BrokenPipeError):  # its end tells more
        while view:
            view = view[os.write(process.stdin.fileno(), view) :]


def _wait(process: subprocess.Popen[bytes], path: Path, limits: ReadLimits) -> tuple[bytes, bytes, int]:
    """Return what the helper wrote to its two streams and its exit code; raises when it passes a limit."""
    deadline = time.monotonic() + limits.time_s
    while True:
        try:
            output, errors = process.communicate(timeout=_MEMORY_CHECK_S)
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline:
                raise DocumentTimeoutError(path=str(path), limit_s=limits.time_s) from None
            if _memory_bytes(process.pid) > limits.memory_bytes:
                raise DocumentDamagedError(path=str(path), reason="out_of_memory") from None
        else:
            return output, errors, process.returncode


def _memory_bytes(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0
