"""What is known of a file that is only partly here: JSON lines beside it, each appended as it becomes true.

A killed program loses at most the line that it was writing; what follows a broken line is not believed.
The lines say what the file is (its address, size, SHA-256 and validator), and which of its bytes are on the
disk, each range with a hash by which damage is found:

    {"anew": {"format": 1, "url": …, "size": …, "sha256": …, "etag": …, …}}
    {"file": {…}}                        the same, when more has become known of it
    {"to": 8388608, "sha": "…"}          the bytes before 8388608, whose SHA-256 is given
    {"have": [a, b], "b2": "…"}          bytes a to b, fetched ahead, and their BLAKE2b
    {"lost": [a, b]}                     found damaged
    {"proven": "…"}                      all is here, on the disk, and has this SHA-256

The chain of "to" costs nothing: SHA-256 passes those points anyway, and each holds what lies before it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from lmstudio_lite.files import open_regular
from lmstudio_lite.hub.byte_ranges import ByteRanges

FORMAT = 1
_SIZE_MAX = 256 << 20


class FileFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the file is. ``etag`` and ``modified`` are validators as the server wrote them, "" for none.

    ``size`` is 0 while unknown. ``high`` is how many bytes were shown to the user as fetched before a new
    beginning.
    """

    url: str
    size: int = 0
    sha256: str = ""
    etag: str = ""
    modified: str = ""
    repo: str = ""
    revision: str = ""
    path: str = ""
    high: int = 0
    format: int = FORMAT


@dataclass(slots=True)
class Known:
    """What the lines say together. ``marks`` are ends of beginnings with their SHA-256, in order.

    ``ahead`` are ranges with their BLAKE2b, by their start. ``high`` is the most that was ever here.
    """

    facts: FileFacts
    on_disk: ByteRanges = field(default_factory=ByteRanges)
    marks: list[tuple[int, str]] = field(default_factory=list)
    ahead: dict[int, tuple[int, str]] = field(default_factory=dict)
    high: int = 0
    proven: str = ""


class Journal:
    """Appends lines. The caller sees to it that one thread at a time does."""

    def __init__(self, path: Path) -> None:
        """Append to the file at ``path``, which is made. Raises ``OSError``."""
        self._file: BinaryIO = path.open("ab", buffering=0)

    def begin(self, facts: FileFacts) -> None:
        """Say what the file is; what was said before holds no more. Raises ``OSError``, as all others do."""
        self._append({"anew": facts})

    def describe(self, facts: FileFacts) -> None:
        """Say what has become known of the file."""
        self._append({"file": facts})

    def mark(self, end: int, sha256: str) -> None:
        self._append({"to": end, "sha": sha256})

    def have(self, start: int, end: int, blake2b: str) -> None:
        self._append({"have": [start, end], "b2": blake2b})

    def lose(self, start: int, end: int) -> None:
        self._append({"lost": [start, end]})

    def prove(self, sha256: str) -> None:
        """Say that all is here; this line reaches the disk before the call returns."""
        self._append({"proven": sha256})
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()

    def _append(self, line: dict[str, Any]) -> None:
        content = msgspec.json.encode(line) + b"\n"
        while content:
            content = content[self._file.write(content) :]


def read_journal(path: Path) -> Known | None:
    """Return what is known, None where there is no journal or it does not say what the file is.

    Raises:
        OSError: it is there and can't be read.
    """
    try:
        with open_regular(path) as file:
            content = file.read(_SIZE_MAX)
    except FileNotFoundError:
        return None
    known: Known | None = None
    for line in content.split(b"\n")[:-1]:
        try:
            said = msgspec.json.decode(line)
            known = _taken(known, said)
        except (msgspec.MsgspecError, ValueError, KeyError, TypeError):
            break
        if known is None:
            break
    return known


def _taken(known: Known | None, said: dict[str, Any]) -> Known | None:
    """Return ``known`` with one more line."""
    if "anew" in said:
        facts = _facts(said["anew"])
        return Known(facts, high=max(facts.high, known.high if known else 0))
    if known is None:
        return None
    if "file" in said:
        known.facts = _facts(said["file"])
    elif "to" in said:
        end = _offset(said["to"])
        if known.marks and end <= known.marks[-1][0]:
            known.marks = [mark for mark in known.marks if mark[0] < end]
        known.marks.append((end, _hexadecimal(said["sha"], 64)))
        known.on_disk.add(0, end)
    elif "have" in said:
        start, end = map(_offset, said["have"])
        if start < end:
            known.ahead[start] = end, _hexadecimal(said["b2"], 32)
            known.on_disk.add(start, end)
    elif "lost" in said:
        start, end = map(_offset, said["lost"])
        known.on_disk.remove(start, end)
        known.ahead = {a: (b, hashed) for a, (b, hashed) in known.ahead.items() if b <= start or a >= end}
    elif "proven" in said:
        known.proven = _hexadecimal(said["proven"], 64)
    known.high = max(known.high, known.on_disk.num_bytes)
    return known


def _facts(value: object) -> FileFacts:
    facts = msgspec.convert(value, FileFacts)
    if facts.format != FORMAT or not 0 <= facts.size <= 1 << 60:
        raise ValueError("another format")
    return facts


def _offset(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1 << 60:
        raise ValueError("no offset")
    return value


def _hexadecimal(value: object, num_digits: int) -> str:
    if not isinstance(value, str) or len(value) != num_digits or set(value) - set("0123456789abcdef"):
        raise ValueError("no hash")
    return value
