"""The one way of every text to standard output and standard error, a terminal or not.

``safe_streams`` puts itself in the streams' place, so that what argparse, logging and tracebacks write goes
the same way as a summary: nothing that a terminal would obey gets through (``safe_text``), no character makes
an encoding fail, and a stream that can't be written to is one error instead of a traceback. JSON keeps its
values: there, such characters are escaped.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import sys
from collections.abc import Iterator
from typing import TextIO, cast

from lmstudio_lite.safe_text import safe_json, safe_text


class OutputError(Exception):
    """Standard output or standard error can't be written to; the message is the system's reason."""


class SafeStream(io.TextIOBase):
    """Writes to ``stream`` what a terminal may be sent."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding or "utf-8"

    def write(self, text: str) -> int:
        """Write ``text`` made safe.

        Raises:
            BrokenPipeError: whoever read it has gone.
            OutputError: it can't be written.
        """
        self.write_control(safe_text(text))
        return len(text)

    def write_control(self, text: str) -> None:
        """Write ``text`` as it is: for what the program itself tells the terminal. Raises as ``write``."""
        with _named_errors():
            self._stream.write(text)

    def flush(self) -> None:
        """Send what was written on its way. Raises as ``write``."""
        with _named_errors():
            self._stream.flush()

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()


@contextlib.contextmanager
def safe_streams() -> Iterator[None]:
    """Let everything that is written meanwhile go through ``SafeStream``; a closed input is an empty one."""
    before = sys.stdin, sys.stdout, sys.stderr
    with open(os.devnull, encoding="utf-8") as nothing, open(os.devnull, "w", encoding="utf-8") as nowhere:
        sys.stdin = sys.stdin or nothing
        streams = SafeStream(sys.stdout or _Closed()), SafeStream(sys.stderr or nowhere)
        sys.stdout, sys.stderr = (cast("TextIO", stream) for stream in streams)
        try:
            yield
        finally:
            sys.stdin, sys.stdout, sys.stderr = before


def forget_output() -> None:
    """Send what is still written, also at the interpreter's exit, nowhere: nobody reads it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def put(text: str) -> None:
    """Write ``text`` to standard output at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def as_json(value: object, *, indent: int | None = 2) -> str:
    """Return ``value`` as JSON with a line end, as standard output can encode it."""
    encoding = (getattr(sys.stdout, "encoding", "") or "utf-8").lower()
    text = json.dumps(value, ensure_ascii=not encoding.startswith("utf"), indent=indent, default=str)
    return safe_json(text) + "\n"


def json_line(value: object) -> str:
    """Return ``value`` as JSON on one line, as standard output can encode it."""
    return as_json(value, indent=None)


class _Closed(io.StringIO):
    """In place of a standard output that is closed (``>&-``): a result must not be lost without a word."""

    def write(self, text: str) -> int:
        """Fail as the system does."""
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


@contextlib.contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        raise OutputError(getattr(error, "strerror", None) or str(error)) from error
