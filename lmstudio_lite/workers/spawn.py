"""How this program starts other processes: itself again as a child, and the few programs of others.

Every child of its own is a hidden verb of the one entry point (``lmstudio_lite.__main__``): PyInstaller
freezes one executable, so a child can't be started by module name there.

Whatever is started has a temporary folder of its own that no other user can enter (``private_folder``), and
begins in the program's folder, where nobody else puts code that Python or llama.cpp would find: both look
into the folder they are started in. What it makes is private (umask 077).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from lmstudio_lite.private_folder import PrivateFolder

ENGINE_WORKER = "engine-worker"
DOCUMENT_HELPER = "document-helper"
TRAINING_WORKER = "training-worker"
QUANTIZER = "quantizer"
TEMPLATE_CHILD = "template-child"
MEMORY_ASKER = "memory-asker"
FORMULA_CHILD = "formula-child"
VERBS = (
    ENGINE_WORKER,
    DOCUMENT_HELPER,
    TRAINING_WORKER,
    QUANTIZER,
    TEMPLATE_CHILD,
    MEMORY_ASKER,
    FORMULA_CHILD,
)

_PROGRAM_FOLDER = Path(__file__).resolve().parents[2]
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
