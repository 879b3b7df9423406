"""A child of this program, as its parent sees it: what it is told, what it says, and why it ended."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import IO, TypeVar

from lmstudio_lite.workers.frames import UnreadableError
from lmstudio_lite.workers.spawn import ChildProcess, Stream, child_command

UNREADABLE = "unreadable"
_Message = TypeVar("_Message")
_logger = logging.getLogger(__name__)


class Worker(ChildProcess):
    """A hidden verb of this program in a process; its input is a pipe that begins with the arguments.

    They are not on its command line, for every user of the machine can read that, and they name files.
    """

    def __init__(
        self,
        verb: str,
        *arguments: str,
        stdout: Stream = None,
        stderr: Stream = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start it; ``environment`` None is this process's own.

        Raises:
            OSError: it can't be started.
        """
        super().__init__(
            child_command(verb), stdin=subprocess.PIPE, stdout=stdout, stderr=stderr, environment=environment
        )
        self._verb = verb
        if arguments:
            assert self.stdin is not None
            line = json.dumps(arguments).encode() + b"\n"
            with contextlib.suppress(BrokenPipeError):  # Its end tells more.
                while line:
                    line = line[os.write(self.stdin.fileno(), line) :]

    def hear(
        self,
        read: Callable[[IO[bytes]], bytes | None],
        decode: Callable[[bytes], _Message],
        take: Callable[[_Message], None],
    ) -> str:
        """Hand each message to ``take`` until the output ends; wait for the end and return its reason.

        A worker that sends what can't be read is ended; the reason is ``UNREADABLE`` then.
        """
        stream, reason = self.stdout, ""
        assert stream is not None
        try:
            while (content := read(stream)) is not None:
                take(decode(content))
        except UnreadableError as error:
            _logger.error("the %s sent what can't be read: %s", self._verb, error)
            self.kill()
            reason = UNREADABLE
        stream.close()
        code = self.wait()
        return reason or exit_reason(code)


def exit_reason(code: int) -> str:
    """Name an exit: "SIGSEGV", or "exit code 3"."""
    if sys.platform == "win32":
        return f"exit code {code & 0xFFFFFFFF:#x}"
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
