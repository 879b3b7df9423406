"""Reads the units of files and writes their translations, each in a child process of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import msgspec

from lmstudio_lite.documents.helper_process import ask_helper, check_readable
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.protocol import (
    TextsToWrite,
    UnitsRequest,
    WriteRequest,
    changes_from_answer,
    units_from_answer,
)
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.units import FileUnits, ReadUnitsOptions, UnitText, WriteUnitsOptions
from lmstudio_lite.workers import frames


class DocumentRewriter:
    """Thread-safe. Both methods wait for their helper: not for the GUI thread."""

    def __init__(
        self, limits: ReadLimits | None = None, kept_encoding: Callable[[Path], str] = lambda path: ""
    ) -> None:
        """``kept_encoding`` returns what the user said of the text at a path before, "" for nothing."""
        self._limits = limits or ReadLimits()
        self._kept_encoding = kept_encoding

    def read_units(
        self, path: Path, options: ReadUnitsOptions, cancellation: Cancellation | None = None
    ) -> FileUnits:
        """Return the units of the file at ``path``.

        Raises:
            DocumentError: as ``rewriting.files.read_units``, or the helper died or took too long.
            CancelledError: cancelled; the helper is gone by then.
        """
        path = path.absolute()
        check_readable(path, self._limits)
        request = UnitsRequest(str(path), self._limits, self._with_encoding(path, options))
        return units_from_answer(ask_helper(path, request, cancellation or Cancellation()), path)

    def write_translation(
        self,
        path: Path,
        texts: Mapping[int, UnitText],
        target: Path,
        options: ReadUnitsOptions,
        wanted: WriteUnitsOptions,
        cancellation: Cancellation | None = None,
    ) -> tuple[str, ...]:
        """Write to ``target`` what the file at ``path`` is with ``texts``; see ``rewriting.form.FileForm``.

        Raises:
            DocumentError: as ``read_units``, or this kind of file can't be written as is ``wanted``.
            StorageError: ``target`` can't be written.
            CancelledError: cancelled; the helper is gone by then.
        """
        path = path.absolute()
        check_readable(path, self._limits)
        options = self._with_encoding(path, options)
        request = WriteRequest(str(path), self._limits, options, wanted, str(target.absolute()))
        told = frames.frame(msgspec.json.encode(TextsToWrite(dict(texts))))
        answer = ask_helper(path, request, cancellation or Cancellation(), told)
        return changes_from_answer(answer, path, target)

    def _with_encoding(self, path: Path, options: ReadUnitsOptions) -> ReadUnitsOptions:
        return replace(options, encoding=options.encoding or self._kept_encoding(path))
