"""Reads documents in a child process, so that no file can hurt the caller.

One process a document: it starts in about 0.2 s, leaves no memory behind, and whatever a broken or hostile
file does to it (crash, endless loop, swallowed memory) becomes an error of the ``DocumentError`` branch.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.opening import open_document
from lmstudio_lite.documents.protocol import ReadAnswer, ReadRequest, document_from_answer, sheets_from_answer
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document, Sheet
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
_answers: msgspec.json.Decoder[ReadAnswer] = msgspec.json.Decoder(ReadAnswer)
_ALLOCATION_FAILED_WORDS = (b"memory allocation of", b"MemoryError", b"out of memory")


class DocumentReader:
    """Thread-safe; every ``read`` runs its own helper process."""

    def __init__(
        self, limits: ReadLimits | None = None, kept_encoding: Callable[[Path], str] = lambda path: ""
    ) -> None:
        """``kept_encoding`` returns what the user said of the text at a path before, "" for nothing."""
        self._limits = limits or ReadLimits()
        self._kept_encoding = kept_encoding

    def read(
        self,
        path: Path,
        cancellation: Cancellation | None = None,
        *,
        encoding: str = "",
        keeps_form: bool = False,
    ) -> Document:
        """Read the document at ``path``; waits for it, so never call this on the GUI thread.

        ``encoding`` is what the user says a text is in; "" leaves it to the file and to what was said before.
        ``keeps_form`` for a translation: what is read for its sense loses the times of subtitles and the
        delimiters of tables.

        Raises:
            DocumentError: of the kind that fits; see ``readers.read_document``. A helper that died gives
                ``DocumentDamagedError`` with reason "crashed" or "out_of_memory", one that took longer
                than ``limits.time_s`` gives ``DocumentTimeoutError``.
            CancelledError: cancelled; the helper is gone by then.
        """
        answer = self._ask(path, cancellation, encoding=encoding, keeps_form=keeps_form)
        return document_from_answer(answer, path.absolute())

    def read_sheets(self, path: Path, cancellation: Cancellation | None = None) -> tuple[Sheet, ...]:
        """Read the cells of the spreadsheet at ``path``; waits, and raises as ``read`` does."""
        return sheets_from_answer(self._ask(path, cancellation, wants_sheets=True), path.absolute())

    def _ask(
        self,
        path: Path,
        cancellation: Cancellation | None,
        *,
        wants_sheets: bool = False,
        encoding: str = "",
        keeps_form: bool = False,
    ) -> ReadAnswer:
        cancellation = cancellation or Cancellation()
        cancellation.raise_if_cancelled()
        path = path.absolute()
        _check(path, self._limits)
        kept = self._kept_encoding(path)
        request = ReadRequest(str(path), self._limits, wants_sheets, encoding, kept, keeps_form)
        try:
            output, errors, exit_code = self._run_helper(path, request, cancellation)
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

    def _run_helper(
        self, path: Path, request: ReadRequest, cancellation: Cancellation
    ) -> tuple[bytes, bytes, int]:
        argument = json.dumps(msgspec.to_builtins(request))
        with Worker(DOCUMENT_HELPER, argument, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            forget = cancellation.on_cancel(process.kill)
            try:
                return _wait(process, path, self._limits)
            finally:
                forget()
                if process.poll() is None:
                    process.kill()
                    process.communicate()


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


def _check(path: Path, limits: ReadLimits) -> None:
    """Refuse what needs no helper to be refused."""
    with open_document(path) as file:
        size_bytes = os.fstat(file.fileno()).st_size
    if size_bytes == 0:
        raise DocumentEmptyError(path=str(path))
    if size_bytes > limits.size_bytes:
        raise DocumentTooLargeError(path=str(path), size_bytes=size_bytes, limit_bytes=limits.size_bytes)


def _memory_bytes(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0
