"""Logging: a small rotating file in the log folder and, when asked for, the terminal.

Prompts and documents are logged at DEBUG only, if at all, and DEBUG never reaches the file: what the
file holds can be sent to somebody. A record is one line whatever it says, cut where it is long, for
paths and reasons may come from hostile files. A child process logs to its standard error.
"""

from __future__ import annotations

import logging
import logging.handlers
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from lmstudio_lite.paths import Paths

log = logging.getLogger(__name__)

FILE_NAME = "lmstudio-lite.log"
_FORMAT = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"
_FILE_SIZE_BYTES = 1_000_000
_NUM_OLD_FILES = 3
_MESSAGE_LENGTH_MAX = 2_000


def configure(paths: Paths | None, verbose: bool = False) -> Callable[[], None]:
    """Start logging and return what ends it and lets go of the file.

    ``paths`` None (a child process) logs to standard error alone. ``verbose`` shows everything there.
    A log folder that can't be written to is reported on standard error and is no reason to stop.
    """
    handlers: list[logging.Handler] = []
    if paths is not None:
        handlers += _file_handlers(paths.logs)
    if verbose or paths is None:
        terminal: logging.StreamHandler[TextIO] = logging.StreamHandler()
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


class _RotatingFile(logging.handlers.RotatingFileHandler):
    """Goes on in the same file when it can't be renamed, as on Windows while another process has it."""

    def doRollover(self) -> None:
        """Start a new file, or keep the old one."""
        try:
            super().doRollover()
        except OSError:
            self.stream = self._open()


def _file_handlers(folder: Path) -> list[logging.Handler]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
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
