"""How this program starts other processes: itself again as a child, and the few programs of others.

Every child of its own is a hidden verb of the one entry point (``lmstudio_lite.__main__``): PyInstaller
freezes one executable, so a child can't be started by module name there.

Whatever is started has a temporary folder of its own that no other user can enter (``private_folder``), and
begins in the program's folder, where nobody else puts code that Python or llama.cpp would find: both look
into the folder they are started in. What it makes is private (umask 077).
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from io import FileIO
from pathlib import Path
from typing import IO, Any

from lmstudio_lite.private_folder import PrivateFolder

ENGINE_WORKER = "engine-worker"
DOCUMENT_HELPER = "document-helper"
TRAINING_WORKER = "training-worker"
QUANTIZER = "quantizer"
TEMPLATE_CHILD = "template-child"

_PROGRAM_FOLDER = Path(__file__).resolve().parents[1]
_STANDARD_INPUT = 0
_EXIT_WITHOUT_PARENT = 1
_TEMPORARY_FOLDER_NAMES = ("TMPDIR", "TMP", "TEMP")

Stream = int | IO[Any] | None


def child_command(verb: str) -> list[str]:
    """Return the command line that runs hidden ``verb`` in a new process of this same program."""
    if getattr(sys, "frozen", False):
        return [sys.executable, verb]
    return [sys.executable, "-m", "lmstudio_lite", verb]


class ChildProcess(subprocess.Popen[bytes]):
    """A process whose temporary folder goes when it was waited for (``wait``, ``communicate``, ``with``).

    It has no input and, unless asked for, the parent's output.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        stdin: Stream = subprocess.DEVNULL,
        stdout: Stream = None,
        stderr: Stream = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start ``command``; ``environment`` None is this process's own.

        Raises:
            OSError: it can't be started, or there is no room for its folder.
        """
        self._folder = PrivateFolder.make()
        variables = dict(os.environ if environment is None else environment)
        variables |= dict.fromkeys(_TEMPORARY_FOLDER_NAMES, str(self._folder.path))
        is_posix = os.name == "posix"
        try:
            super().__init__(
                command,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                cwd=_PROGRAM_FOLDER,
                env=variables,
                pass_fds=(self._folder.lock_descriptor,) if is_posix else (),
                umask=0o077 if is_posix else -1,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except BaseException:
            self._folder.remove()
            raise

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, as ``Popen`` does, and remove the temporary folder."""
        code = super().wait(timeout)
        self._folder.remove()
        return code


def start_child(
    verb: str,
    *arguments: str,
    stdout: Stream = None,
    stderr: Stream = None,
    environment: Mapping[str, str] | None = None,
) -> ChildProcess:
    """Start hidden ``verb`` of this program; its input is a pipe that begins with the ``arguments``.

    They are not on its command line, for every user of the machine can read that, and they name files.

    Raises:
        OSError: it can't be started.
    """
    child = ChildProcess(
        child_command(verb), stdin=subprocess.PIPE, stdout=stdout, stderr=stderr, environment=environment
    )
    if arguments:
        assert child.stdin is not None
        line = json.dumps(arguments).encode() + b"\n"
        with contextlib.suppress(BrokenPipeError):  # Its end tells more.
            while line:
                line = line[os.write(child.stdin.fileno(), line) :]
    return child


def take_arguments() -> list[str]:
    """Return the arguments that this child was started with; its input is read no further than them.

    A child whose parent ended before it said them ends without a word.
    """
    line = bytearray()
    while (byte := os.read(_STANDARD_INPUT, 1)) != b"\n":
        if not byte:
            raise SystemExit(_EXIT_WITHOUT_PARENT)
        line += byte
    return [str(argument) for argument in json.loads(line)]


def open_input() -> FileIO:
    """Return this child's input for a thread that waits for it.

    It is unbuffered: such a thread holds the lock of ``sys.stdin``'s buffer, for which Python aborts the
    process ("_enter_buffered_busy") when it ends while the thread still waits.
    """
    return FileIO(_STANDARD_INPUT, closefd=False)


def fill_standard_descriptors() -> None:
    """Open the null device where standard input, output or error is closed.

    The next files to be opened would take their numbers, and native code that prints would write into them.
    """
    while True:
        descriptor = os.open(os.devnull, os.O_RDWR)
        if descriptor > 2:
            os.close(descriptor)
            return
        os.set_inheritable(descriptor, True)
