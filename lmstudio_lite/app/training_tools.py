"""The training components (torch and what belongs to it): are they here, and how do they come here.

They are an optional extra of hundreds of megabytes that only the training process imports. Where they are
missing the user may have them fetched, by a child process and into a folder of the app's own that is put on
the training process's path; nothing else changes, and deleting the folder undoes it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.errors import DiskFullError, TrainingToolsMissingError
from lmstudio_lite.private_files import is_safe_place, make_private_folder
from lmstudio_lite.workers.spawn import ChildProcess

PACKAGES = ("torch", "transformers", "peft", "gguf", "tokenizers")
REQUIREMENTS = (
    *("torch==2.13.0", "transformers>=5.23,<6", "peft>=0.21,<1"),
    *("gguf>=0.19,<1", "tokenizers>=0.22,<1"),
)
IS_WITH_CUDA = sys.platform.startswith("linux")
"""Whether torch, as it is commonly published for this system, brings NVIDIA's libraries along."""
DOWNLOAD_BYTES = 3_000_000_000 if IS_WITH_CUDA else 320_000_000
INSTALLED_BYTES = 6_500_000_000 if IS_WITH_CUDA else 1_300_000_000
"""At most: without NVIDIA's libraries it is a tenth and a fifth, as was measured."""
_ROOM_BYTES = 2_000_000_000
"""The least that may be free before anything is fetched."""
_NO_SPACE = "No space left on device"
_DONE_MARK = "complete"
_COLLECTING = re.compile(r"^(?:Collecting|Downloading|Using cached) (\S+)")
_WEIGHT = re.compile(r"\(([\d.]+) (kB|MB|GB)\)")
_UNITS = {"kB": 1e3, "MB": 1e6, "GB": 1e9}


@dataclass(frozen=True, slots=True)
class InstallProgress:
    """``fraction`` is 0 to 1, by the bytes that were announced so far; ``what`` is fetched now."""

    fraction: float
    what: str


class TrainingTools:
    """Looks after the components in ``folder``. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()

    @property
    def is_own(self) -> bool:
        """Whether they lie in the app's own folder, whole, where no other user can have changed them."""
        return (self.folder / _DONE_MARK).is_file() and is_safe_place(self.folder)

    @property
    def are_there(self) -> bool:
        """Whether training can start. Imports nothing."""
        return self.is_own or all(importlib.util.find_spec(name) is not None for name in PACKAGES)

    @property
    def can_install(self) -> bool:
        """False in a frozen program: it has no pip, and its Python may be another one than packages need."""
        return not getattr(sys, "frozen", False) and importlib.util.find_spec("pip") is not None

    def search_path(self) -> tuple[Path, ...]:
        """Return what the training process must have on its path."""
        return (self.folder,) if self.is_own else ()

    def install(self, report: Callable[[InstallProgress], None], cancellation: Cancellation) -> None:
        """Fetch the components with pip into the folder; waits. What was half done before is done anew.

        Raises:
            DiskFullError: there is no room.
            TrainingToolsMissingError: pip failed; ``reason`` is its last word.
            CancelledError: cancelled; the folder is gone again.
        """
        with self._lock:
            self._check_room()
            shutil.rmtree(self.folder, ignore_errors=True)
            make_private_folder(self.folder)
            try:
                self._run_pip(report, cancellation)
            except BaseException:
                shutil.rmtree(self.folder, ignore_errors=True)
                raise
            (self.folder / _DONE_MARK).touch()

    def remove(self) -> None:
        """Delete what was fetched."""
        with self._lock:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _check_room(self) -> None:
        make_private_folder(self.folder.parent)
        if shutil.disk_usage(self.folder.parent).free < _ROOM_BYTES:
            raise DiskFullError(path=str(self.folder))

    def _run_pip(self, report: Callable[[InstallProgress], None], cancellation: Cancellation) -> None:
        command = [sys.executable, "-m", "pip", "install", "--target", str(self.folder)]
        command += ["--no-input", "--disable-pip-version-check", "--progress-bar", "off", *REQUIREMENTS]
        cancellation.raise_if_cancelled()
        last, is_full = "", False
        with ChildProcess(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            environment={**os.environ, "PYTHONUNBUFFERED": "1"},
        ) as process:
            forget = cancellation.on_cancel(process.kill)
            try:
                num_bytes = 0.0
                for output in process.stdout or ():
                    line = output.decode("utf-8", "replace")
                    last = line.strip() or last
                    is_full = is_full or _NO_SPACE in line
                    num_bytes += _announced_bytes(line)
                    if found := _COLLECTING.match(line.strip()):
                        report(InstallProgress(min(0.9, num_bytes / DOWNLOAD_BYTES), _name_of(found[1])))
                    elif line.startswith("Installing"):
                        report(InstallProgress(0.92, ""))
            finally:
                forget()
                with contextlib.suppress(OSError):
                    if process.poll() is None and cancellation.is_cancelled:
                        process.kill()
        cancellation.raise_if_cancelled()
        if process.returncode != 0 and is_full:
            raise DiskFullError(path=str(self.folder))
        if process.returncode != 0:
            raise TrainingToolsMissingError(package="pip", reason=last[:300])


def _announced_bytes(line: str) -> float:
    found = _WEIGHT.search(line)
    return float(found[1]) * _UNITS[found[2]] if found and "Downloading" in line else 0.0


def _name_of(requirement: str) -> str:
    """Return a package's name from a wheel's name, an address or a requirement."""
    name = requirement.rstrip("/").rpartition("/")[2]
    return re.split(r"[-=<>!~;\[ ]", name)[0]
