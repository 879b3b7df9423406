"""How an explanation is put together: amounts, names of files, and reasons in brackets.

The sentences use an error's details where they are there and stay whole where they are not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from lmstudio_lite.errors import Detail
from lmstudio_lite.files import FileKind
from lmstudio_lite.safe_text import safe_line

Details = dict[str, Detail]

_KINDS: dict[str, str] = {
    FileKind.FOLDER: "a folder",
    FileKind.PIPE: "a pipe",
    FileKind.SOCKET: "a socket",
    FileKind.DEVICE: "a device",
    FileKind.DISK: "a disk",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """``what`` happened and the ``remedy``, each a sentence or two; ``remedy`` is never empty."""

    what: str
    remedy: str


Wording = Callable[[Details], Explanation]


def say_size(num_bytes: float) -> str:
    """Word a size in decimal units: ``5.1 GB``, ``640 MB``, ``12 kB``, ``0 bytes``."""
    if num_bytes >= 1e9:
        return f"{num_bytes / 1e9:.1f} GB"
    if num_bytes >= 1e6:
        return f"{num_bytes / 1e6:.0f} MB"
    if num_bytes >= 1e3:
        return f"{num_bytes / 1e3:.0f} kB"
    return f"{num_bytes:.0f} bytes"


def say_duration(seconds: float) -> str:
    """Word a time left, no finer than it can be known: ``8 s``, ``40 s``, ``3 min``, ``2 h 10 min``."""
    if seconds < 10:
        return f"{max(1, round(seconds))} s"
    if seconds < 55:
        return f"{round(seconds / 5) * 5} s"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def say_parameters(count: int) -> str:
    """Word a number of weights: "0.7M", "135M", "1.2B"."""
    if count < 1e7:
        return f"{count / 1e6:.1f}M"
    return f"{count / 1e9:.1f}B" if count >= 1e9 else f"{count / 1e6:.0f}M"


_DELAYS = {"again": "reading some parts again", "slower": "the computer is slower than before"}


def say_time_left(seconds: float, delay: str = "") -> str:
    """``about 40 s left``, followed in brackets by the reason where it is more than before."""
    words = f"about {say_duration(seconds)} left"
    return f"{words} ({_DELAYS[delay]})" if delay in _DELAYS else words


def file_name(details: Details) -> str:
    path = str(details.get("path", ""))
    return f"“{safe_line(PurePath(path).name or path)}”" if path else "The file"


def say_kind(kind: str) -> str:
    """Say what is no file: "a pipe"; ``kind`` is a ``files.FileKind``."""
    return _KINDS.get(kind, "no file")


def amount(details: Details, key: str) -> str:
    value = details.get(key)
    return say_size(value) if isinstance(value, int | float) else "an unknown amount"


def number(details: Details, key: str) -> str:
    value = details.get(key)
    return f"{value:,}" if isinstance(value, int | float) else "an unknown number of"


def reason_in_brackets(details: Details) -> str:
    reason = str(details.get("reason", "")).strip()
    return f" ({safe_line(reason)})" if reason else ""


def said_in_brackets(details: Details) -> str:
    """Return what a library said, which explains little to most people and much to some."""
    said = str(details.get("detail", "")).strip()
    return f" (the library says: {said})" if said else ""


def meant(details: Details, otherwise: str) -> str:
    """Ask for the name that was probably meant (``nearest``), where one is known."""
    nearest = str(details.get("nearest", ""))
    return f"Did you mean “{safe_line(nearest)}”?" if nearest else otherwise


def fixed(what: str, remedy: str) -> Wording:
    explanation = Explanation(what, remedy)
    return lambda details: explanation


def about_file(what: str, remedy: str) -> Wording:
    return lambda details: Explanation(what.format(file_name(details)), remedy)
