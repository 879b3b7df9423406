"""The disk under a data folder, to be filled or made read-only while a window works on it.

Full: the folder is a small file system of its own, and a ballast file takes what is left; this needs an
administrator's account on Linux. Read-only: as an administrator everything in it becomes immutable, also
for files that are open (``chattr +i``); for others the permissions to write are taken away, which reaches
new files only.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

SIZE_MB = 96
_BLOCK = b"\0" * 65_536
_MOUNT_TRIES = 50
_MAPPED = "-shm"
"""SQLite's shared memory stays writable: Linux answers writing to a mapped immutable file with SIGBUS.
A disk that becomes read-only does not (measured: ext4 after ``trigger_fs_error`` fails the write itself), and
nothing lasting is in that file.
"""


def can_be_filled() -> bool:
    """Tell whether a small file system can be mounted here."""
    is_administrator = sys.platform == "linux" and os.geteuid() == 0
    return is_administrator and all(map(shutil.which, ("mount", "umount")))


def can_be_made_read_only(folder: Path) -> bool:
    """Tell whether writing into ``folder`` can be forbidden to this account."""
    probe = Disk(folder / "probe", is_small=False)
    try:
        probe.make_read_only()
        try:
            (probe.folder / "file").touch()
        except OSError:
            return True
        return False
    finally:
        probe.remove()


class Disk:
    """A data folder and what can be done to the disk that it lies on."""

    def __init__(self, folder: Path, *, is_small: bool) -> None:
        """Make ``folder``; ``is_small`` puts a file system of ``SIZE_MB`` under it."""
        self.folder = folder
        self._is_small = is_small
        self._ballast = folder / "ballast"
        self._is_read_only = False
        folder.mkdir(mode=0o700)
        if is_small:
            _run("mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=700", "tmpfs", str(folder))

    def fill(self) -> None:
        """Take every byte that is left."""
        with self._ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                if file.write(_BLOCK) < len(_BLOCK):
                    file.write(b"\0")

    def free(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)

    def make_read_only(self) -> None:
        """Let nothing be written or made any more."""
        self._is_read_only = True
        self._change("+i", 0o500)

    def make_writable(self) -> None:
        """Undo ``make_read_only``."""
        self._is_read_only = False
        self._change("-i", 0o700)

    def remove(self) -> None:
        """Cure what is wrong and take the file system away, with all that it holds."""
        if self._is_read_only:
            self.make_writable()
        if self._is_small:
            for _ in range(_MOUNT_TRIES):
                if (
                    subprocess.run(["umount", str(self.folder)], capture_output=True, check=False).returncode
                    == 0
                ):
                    break
                time.sleep(0.1)
            else:
                _run("umount", "-l", str(self.folder))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _change(self, attribute: str, mode: int) -> None:
        if os.geteuid() != 0 or shutil.which("chattr") is None:
            for parent, _, _ in os.walk(self.folder):
                os.chmod(parent, mode)
            return
        tree = list(os.walk(self.folder))
        folders = [parent for parent, _, _ in tree]
        files = [
            os.path.join(parent, name)
            for parent, _, names in tree
            for name in names
            if not name.endswith(_MAPPED)
        ]
        # Folders first: then no file comes any more. What is gone meanwhile is passed over.
        for paths in (folders, files):
            subprocess.run(["chattr", "-f", attribute, "--", *paths], capture_output=True, check=False)


def _run(*command: str) -> None:
    subprocess.run(command, capture_output=True, check=True)
