"""What a watched window tells whoever judges it: one line a fact, written at once, outside its data folder.

Times are of the system's monotonic clock, which all processes share and no clock jump reaches. A line is
handed to the system before the next thing happens: a process that is killed takes nothing back.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import msgspec


class Place(StrEnum):
    """Where on the screen something was seen."""

    REPLY = "reply"
    DRAFT = "draft"
    SUMMARY = "summary"
    SUMMARY_PARTS = "summary parts"
    TRANSLATION = "translation"
    TRANSLATED_SEGMENTS = "translated segments"
    TRAINING_STEP = "training step"
    SETTINGS_SAVED = "settings saved"
    EXPORTED = "exported"


class Shown(msgspec.Struct, frozen=True, tag=True):
    """A text stood on the screen; ``key`` names what of its place it is."""

    at_s: float
    place: Place
    key: str
    text: str


class Counted(msgspec.Struct, frozen=True, tag=True):
    """So many were done, and the screen said so."""

    at_s: float
    place: Place
    key: str
    number: int


class Reached(msgspec.Struct, frozen=True, tag=True):
    """The process came to a stage: "shown", "began", "looked", "ended <activity>", "closing"."""

    at_s: float
    stage: str


class Wrong(msgspec.Struct, frozen=True, tag=True):
    """Something that must not be: a bug, an error in the log, a warning of Qt, "made a mistake"."""

    at_s: float
    kind: str
    text: str


class Said(msgspec.Struct, frozen=True, tag=True):
    """A notice on the screen, or a warning in the log: no failure, but worth reading after one."""

    at_s: float
    kind: str
    text: str


class FoundMessage(msgspec.Struct, frozen=True):
    """A message as the database has it."""

    id: str
    role: str
    state: str
    text: str


class Found(msgspec.Struct, frozen=True, tag=True):
    """What the next start showed."""

    at_s: float
    messages: list[FoundMessage]
    replies_shown: list[str]
    drafts: list[str]
    summary_titles: list[str]
    summary_texts: list[str]
    offers: list[str]
    translations: list[str]
    num_segments_kept: int
    panes: list[str]
    system_prompt: str
    training_phases: list[str]
    training_steps_kept: int
    notices: list[str]


Fact = Shown | Counted | Reached | Wrong | Said | Found


class Journal:
    """Appends facts to a file. Thread-safe: a line is one write."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, fact: Fact) -> None:
        os.write(self._file, msgspec.json.encode(fact) + b"\n")

    def reach(self, stage: str) -> None:
        self.write(Reached(time.monotonic(), stage))

    def say_wrong(self, kind: str, text: str) -> None:
        self.write(Wrong(time.monotonic(), kind, text))

    def say(self, kind: str, text: str) -> None:
        self.write(Said(time.monotonic(), kind, text))


def facts_in(path: Path) -> Iterator[Fact]:
    """Yield what a journal holds by now; a last line that a kill cut off is left out."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return
    for line in lines[:-1]:
        yield msgspec.json.decode(line, type=Fact)
