"""What a child of this program does about its own process: its streams, its limits, its end."""

from __future__ import annotations

import json
import os
import sys
import threading
from io import FileIO

EXIT_BUG = 70
_EXIT_WITHOUT_PARENT = 1
_STANDARD_INPUT, _STANDARD_OUTPUT, _STANDARD_ERROR = 0, 1, 2


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


class Output:
    """The way to the parent: the standard output that this child was started with.

    Whatever else prints there from now on, native code above all, goes to standard error.
    """

    def __init__(self) -> None:
        self._stream = FileIO(os.dup(_STANDARD_OUTPUT), "wb")
        os.dup2(_STANDARD_ERROR, _STANDARD_OUTPUT)

    def write(self, content: bytes) -> None:
        """Write all of ``content`` at once: no buffer is left for the end of the process.

        Raises:
            OSError: the parent is gone.
        """
        view = memoryview(content)
        while view:
            view = view[self._stream.write(view) :]


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


def end_with_parent() -> None:
    """End this process when its input does; for one that is told nothing after its arguments."""

    def wait() -> None:
        open_input().readall()
        os._exit(_EXIT_WITHOUT_PARENT)

    threading.Thread(target=wait, daemon=True).start()


def end_on_bugs() -> None:
    """Let an exception that a thread does not catch end this process as a crash would.

    The parent sees the end, and nobody waits for a thread that is dead.
    """
    threading.excepthook = _end_on_bug


def _end_on_bug(arguments: threading.ExceptHookArgs) -> None:
    sys.excepthook(arguments.exc_type, arguments.exc_value or SystemError(), arguments.exc_traceback)
    sys.stderr.flush()
    os._exit(EXIT_BUG)


def limit_memory(size_bytes: int) -> None:
    """Limit the address space, where the system lets a process do so, and write no core dumps.

    Python maps much that it never touches. macOS refuses some limits, Windows has none: a parent that must
    be sure watches as well.
    """
    if sys.platform == "win32":
        return
    import resource

    for kind, wanted in ((resource.RLIMIT_AS, size_bytes), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        try:
            resource.setrlimit(kind, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
        except (OSError, ValueError):
            continue
