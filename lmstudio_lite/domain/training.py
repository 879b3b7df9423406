"""What a model is trained on, and where a training stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lmstudio_lite.domain.generation import Message, Role


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """Either a conversation, whose answers are learned, or a text, which is learned whole.

    Exactly one of ``messages`` and ``text`` is not empty. ``at`` says where it comes from, for people:
    "notes.jsonl:17". With ``learns_last`` the last answer alone is learned; the others are what led to it.
    Nor are the messages at the places ``unlearned`` (from 0), which their author has marked so.
    """

    messages: tuple[Message, ...] = ()
    text: str = ""
    at: str = ""
    learns_last: bool = False
    unlearned: tuple[int, ...] = ()

    @property
    def learned(self) -> list[int]:
        """The places of the answers that are learned, in order; of a text, none."""
        answers = [at for at, message in enumerate(self.messages) if message.role is Role.ASSISTANT]
        wanted = answers[-1:] if self.learns_last else answers
        return [at for at in wanted if at not in self.unlearned]


class Phase(StrEnum):
    """Where a run stands. An interrupted one was neither finished nor stopped: its program is gone."""

    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
