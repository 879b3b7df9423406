"""What another user of this machine may do: scripts that run as nobody, where the tests run as root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

NOBODY = 65534
_BECOME_NOBODY = """
import hashlib, json, os, socket, stat, struct, subprocess, sys, time
from pathlib import Path
os.setgroups([]); os.setgid({0}); os.setuid({0}); os.umask(0)
"""

needs_other_user = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can act as another user"
)


def as_nobody(script: str, *arguments: str) -> str:
    """Run ``script`` (a few modules are imported) as another user; return what it printed."""
    command = [sys.executable, "-I", "-c", _BECOME_NOBODY.format(NOBODY) + script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def shared_folder() -> Iterator[Path]:
    """Give a folder that everybody can enter and write to, as /tmp is; ``tmp_path`` is nobody else's."""
    folder = Path(tempfile.mkdtemp(prefix="shared-"))
    folder.chmod(0o1777)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
