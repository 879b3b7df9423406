"""The mark of a finished environment, and what it was made from.

Written last and in one step, removed before anything is changed: an environment without its stamp
is unfinished, whatever is in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

# Raised when the steps themselves change, so that environments made by older steps are gone over again.
_STEPS_VERSION = 1


@dataclass(frozen=True, slots=True)
class Stamp:
    """``key`` of everything the environment was made from, and the ``extras`` that are in it."""

    key: str
    backend: str
    extras: frozenset[str]

    def serves(self, key: str, extras: Iterable[str]) -> bool:
        """Tell whether the environment is the wanted one; it may hold more extras than asked."""
        return self.key == key and self.extras.issuperset(extras)


def key_of(files: Iterable[Path], asked_backend: str, which: Callable[[str], str | None]) -> str:
    """Hash what decides the environment: the pinned files, the backend, this Python, the GPU's tools."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    gpu_tools = [name for name in ("nvidia-smi", "nvcc") if which(name)]
    facts = [_STEPS_VERSION, asked_backend, sys.version, sys.prefix, platform.machine(), *gpu_tools]
    digest.update(json.dumps(facts).encode())
    return digest.hexdigest()


def read(path: Path) -> Stamp | None:
    """Return the stamp at ``path``; a missing or unreadable one is None: the environment is unfinished."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Stamp(str(told["key"]), str(told["backend"]), frozenset(map(str, told["extras"])))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write(path: Path, stamp: Stamp) -> None:
    """Put the stamp at ``path`` in one step."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    told = {"key": stamp.key, "backend": stamp.backend, "extras": sorted(stamp.extras)}
    beside.write_text(json.dumps(told, indent=1), encoding="utf-8")
    os.replace(beside, path)
