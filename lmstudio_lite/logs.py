"""Logging: a small rotating file in the log folder and, when asked for, the terminal.

Prompts and documents are logged at DEBUG only, if at all, and DEBUG never reaches the file: what the
file holds can be sent to somebody. No other user can read it, for it names files. A record is one line
whatever it says, cut where it is long, for paths and reasons may come from hostile files. A child process
logs to its standard error.

Logging never fails: a record that can't be written (a full disk, a closed terminal) is counted, and the
count is written when writing works again.
"""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import TextIO

from lmstudio_lite.paths import Paths
from lmstudio_lite.private_files import make_private_folder, open_descriptor, tighten
from lmstudio_lite.safe_text import safe_text

log = logging.getLogger(__name__)

_ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

FILE_NAME = "lmstudio-lite.log"
_FORMAT = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"
_FILE_SIZE_BYTES = 1_000_000
_NUM_OLD_FILES = 3
_MESSAGE_LENGTH_MAX = 2_000
_LOST = "%d records before this one could not be written"


def configure(paths: Paths | None, verbose: bool = False) -> Callable[[], None]:
    """Start logging and return what ends it and lets go of the file.

    ``paths`` None (a child process) logs to standard error alone. ``verbose`` shows everything there.
    A log folder that can't be written to is reported on standard error and is no reason to stop.
    """
    handlers: list[logging.Handler] = []
    if paths is not None:
        handlers += _file_handlers(paths.logs)
    if verbose or paths is None:
        terminal = _Terminal()
        terminal.setLevel(logging.DEBUG if verbose else logging.INFO)
        handlers.append(terminal)
    package, root = logging.getLogger("lmstudio_lite"), logging.getLogger()
    old_level = package.level
    package.setLevel(logging.DEBUG if verbose else logging.INFO)
    for handler in handlers:
        handler.setFormatter(_OneLine(_FORMAT))
        root.addHandler(handler)

    def stop() -> None:
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()
        package.setLevel(old_level)

    return stop


class _OneLine(logging.Formatter):
    """Keeps a message on one line of bounded length; a traceback follows on lines of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Format ``record`` with its message escaped and cut."""
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in record.message)
        if len(text) > _MESSAGE_LENGTH_MAX:
            text = f"{text[:_MESSAGE_LENGTH_MAX]}… ({len(text):,} characters)"
        record.message = text
        return super().formatMessage(record)

    def formatException(self, ei: _ExceptionInfo) -> str:
        """Format a traceback; what it says in the end may come from a hostile file, too."""
        return safe_text(super().formatException(ei))


class _Terminal(logging.StreamHandler[TextIO]):
    """Says nothing about a terminal that is gone."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Leave the record out."""


class _RotatingFile(logging.handlers.RotatingFileHandler):
    """Private, never in the way of its caller, and in the same file where it can't be renamed.

    The latter is so on Windows while another process has the file.
    """

    _num_lost = 0

    def doRollover(self) -> None:
        """Start a new file, or keep the old one."""
        try:
            super().doRollover()
        except OSError:
            self.stream = self._open()

    def emit(self, record: logging.LogRecord) -> None:
        """Write ``record``, and how many could not be written before it."""
        lost = self._num_lost
        super().emit(record)
        if lost and self._num_lost == lost:
            self._num_lost = 0
            super().emit(log.makeRecord(log.name, logging.WARNING, "", 0, _LOST, (lost,), None))

    def handleError(self, record: logging.LogRecord) -> None:
        """Count the record as lost, and let go of the file with what is stuck on the way to it."""
        self._num_lost += 1
        self._let_go()

    def close(self) -> None:
        """Let go of the file, whether or not the rest can be written."""
        self._let_go()
        super().close()

    def _let_go(self) -> None:
        stream, self.stream = self.stream, None
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.close()

    def _open(self) -> TextIOWrapper:
        file = open(  # noqa: SIM115
            self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=open_descriptor
        )
        assert isinstance(file, TextIOWrapper)
        return file


def _file_handlers(folder: Path) -> list[logging.Handler]:
    try:
        make_private_folder(folder)
        tighten([folder, *folder.glob(f"{FILE_NAME}*")])
        file = _RotatingFile(
            folder / FILE_NAME,
            maxBytes=_FILE_SIZE_BYTES,
            backupCount=_NUM_OLD_FILES,
            encoding="utf-8",
            errors="backslashreplace",
        )
    except OSError as error:
        log.warning("no log file in %s: %s", folder, error)
        return []
    file.setLevel(logging.INFO)
    return [file]
