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
from lmstudio_lite.words.translate import mark, tr, trn

Details = dict[str, Detail]

_KINDS: dict[str, str] = {
    FileKind.FOLDER: mark("a folder"),
    FileKind.PIPE: mark("a pipe"),
    FileKind.SOCKET: mark("a socket"),
    FileKind.DEVICE: mark("a device"),
    FileKind.DISK: mark("a disk"),
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
        return tr("{0} GB").format(f"{num_bytes / 1e9:.1f}")
    if num_bytes >= 1e6:
        return tr("{0} MB").format(f"{num_bytes / 1e6:.0f}")
    if num_bytes >= 1e3:
        return tr("{0} kB").format(f"{num_bytes / 1e3:.0f}")
    return trn("{n} byte", "{n} bytes", round(num_bytes))


def say_duration(seconds: float) -> str:
    """Word a time left, no finer than it can be known: ``8 s``, ``40 s``, ``3 min``, ``2 h 10 min``."""
    if seconds < 10:
        return tr("{0} s").format(max(1, round(seconds)))
    if seconds < 55:
        return tr("{0} s").format(round(seconds / 5) * 5)
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return tr("{0} min").format(minutes)
    hours, minutes = divmod(minutes, 60)
    return tr("{0} h {1} min").format(hours, minutes) if minutes else tr("{0} h").format(hours)


def say_parameters(count: int) -> str:
    """Word a number of weights: "0.7M", "135M", "1.2B"."""
    if count < 1e7:
        return tr("{0}M").format(f"{count / 1e6:.1f}")
    if count >= 1e9:
        return tr("{0}B").format(f"{count / 1e9:.1f}")
    return tr("{0}M").format(f"{count / 1e6:.0f}")


_DELAYS = {"again": mark("reading some parts again"), "slower": mark("the computer is slower than before")}


def say_time_left(seconds: float, delay: str = "") -> str:
    """``about 40 s left``, followed in brackets by the reason where it is more than before."""
    words = tr("about {0} left").format(say_duration(seconds))
    return f"{words} ({tr(_DELAYS[delay])})" if delay in _DELAYS else words


def begin_sentence(text: str) -> str:
    """Return ``text`` with a capital at its beginning, the rest as the translator wrote it."""
    return text[:1].upper() + text[1:]


def file_name(details: Details) -> str:
    path = str(details.get("path", ""))
    return f"“{safe_line(PurePath(path).name or path)}”" if path else tr("The file")


def say_kind(kind: str) -> str:
    """Say what is no file: "a pipe"; ``kind`` is a ``files.FileKind``."""
    return tr(_KINDS.get(kind, mark("no file")))


def amount(details: Details, key: str) -> str:
    value = details.get(key)
    return say_size(value) if isinstance(value, int | float) else tr("an unknown amount")


def number(details: Details, key: str) -> str:
    value = details.get(key)
    return f"{value:,}" if isinstance(value, int | float) else tr("an unknown number of")


def reason_in_brackets(details: Details) -> str:
    reason = str(details.get("reason", "")).strip()
    return f" ({safe_line(reason)})" if reason else ""


def said_in_brackets(details: Details) -> str:
    """Return what a library said, which explains little to most people and much to some."""
    said = str(details.get("detail", "")).strip()
    return f" ({tr('the library says: {0}').format(said)})" if said else ""


def meant(details: Details, otherwise: str) -> str:
    """Ask for the name that was probably meant (``nearest``), where one is known."""
    nearest = str(details.get("nearest", ""))
    return tr("Did you mean “{0}”?").format(safe_line(nearest)) if nearest else otherwise


def fixed(what: str, remedy: str) -> Wording:
    """Word a failure always alike; both texts are marked."""
    return lambda details: Explanation(tr(what), tr(remedy))


def about_file(what: str, remedy: str) -> Wording:
    """Word a failure with the file's name in place of ``{0}``; both texts are marked."""
    return lambda details: Explanation(tr(what).format(file_name(details)), tr(remedy))
