"""A drive of its own, small enough to be filled, where an administrator's account can mount one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SIZE_KB = 512


class SmallDrive:
    """Mounted at ``folder`` until it is removed or pulled out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        options = f"size={SIZE_KB}k,mode=700"
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip("no file system can be mounted here")

    def pull_out(self) -> None:
        """Take the drive away, whatever is open on it."""
        subprocess.run(["umount", "-l", str(self.folder)], capture_output=True, check=False)


def can_mount() -> bool:
    is_administrator = sys.platform == "linux" and os.geteuid() == 0
    return is_administrator and all(map(shutil.which, ("mount", "umount")))
