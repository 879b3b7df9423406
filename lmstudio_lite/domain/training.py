"""What a model is trained on, and where a training stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lmstudio_lite.domain.generation import Message


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """Either a conversation, whose answers are learned, or a text, which is learned whole.

    Exactly one of ``messages`` and ``text`` is not empty. ``at`` says where it comes from, for people:
    "notes.jsonl:17". With ``learns_last`` the last answer alone is learned; the others are what led to it.
    """

    messages: tuple[Message, ...] = ()
    text: str = ""
    at: str = ""
    learns_last: bool = False


class Phase(StrEnum):
    """Where a run stands. An interrupted one was neither finished nor stopped: its program is gone."""

    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
