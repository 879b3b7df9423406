"""Reads documents in a child process, so that no file can hurt the caller. One process a document."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lmstudio_lite.documents.helper_process import ask_helper, check_readable
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.protocol import (
    HelperAnswer,
    ReadRequest,
    document_from_answer,
    sheets_from_answer,
)
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document, Sheet


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
    ) -> HelperAnswer:
        cancellation = cancellation or Cancellation()
        cancellation.raise_if_cancelled()
        path = path.absolute()
        check_readable(path, self._limits)
        kept = self._kept_encoding(path)
        request = ReadRequest(str(path), self._limits, wants_sheets, encoding, kept, keeps_form)
        return ask_helper(path, request, cancellation)
