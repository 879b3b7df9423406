"""What of a conversation is in the model's context, what was left out, and what a summary stands for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lmstudio_lite.domain.chat_summaries import TurnsSummary


class ContextPartKind(StrEnum):
    """What a part of a prompt is."""

    INSTRUCTIONS = "instructions"
    DOCUMENTS = "documents"
    SUMMARY = "summary"
    TURN = "turn"
    MARKS = "marks"
    """What the model's template puts around it all."""


class Presence(StrEnum):
    """How a part is there for the model."""

    IN = "in"
    LEFT_OUT = "left_out"
    SUMMARIZED = "summarized"


@dataclass(frozen=True, slots=True)
class ContextPart:
    """``number`` counts the turns from 1, 0 for what is none; ``text`` is how it begins.

    ``num_tokens`` of a turn that is not in are those it would take.
    """

    kind: ContextPartKind
    presence: Presence
    num_tokens: int
    number: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class ContextInventory:
    """``num_tokens`` is what the prompt takes of ``context_size``; ``summary`` is the one that counts.

    ``summaries`` are all of the branch that is shown, also those that are switched off. The model
    ``is_too_small`` where older turns are to be summarized and its notes would be worse than none.
    """

    parts: tuple[ContextPart, ...]
    num_tokens: int
    context_size: int
    summary: TurnsSummary | None = None
    summaries: tuple[TurnsSummary, ...] = ()
    is_too_small: bool = False

    def num_of(self, presence: Presence) -> int:
        """Return how many turns are there in such a way."""
        return sum(part.presence is presence and part.kind is ContextPartKind.TURN for part in self.parts)
