"""Duels: one prompt answered by two contenders, the user's vote, and who wins how often here. Values only.

A contender is a model with whatever it is asked with. What a table says of few votes is little, so each share
comes with the interval that it may as well have been.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.generation import Message
from lmstudio_lite.domain.personas import Persona

_Z = 1.96  # of a normal distribution: 95 % lie within so many deviations
_DONE = frozenset((MessageState.COMPLETE, MessageState.LENGTH, MessageState.STOPPED))


class Side(StrEnum):
    """Which contender, whatever the screen shows on which side."""

    FIRST = "first"
    SECOND = "second"

    @property
    def other(self) -> Side:
        return Side.SECOND if self is Side.FIRST else Side.FIRST


class Vote(StrEnum):
    """What the user made of two answers."""

    FIRST = "first"
    SECOND = "second"
    TIE = "tie"
    BOTH_BAD = "both_bad"


@dataclass(frozen=True, slots=True)
class Contender:
    """``model`` is a file's path and ``model_name`` its name; ``adapter`` a path, "" for none.

    ``persona`` and ``temperature`` None are what a chat without them has.
    """

    model: str
    model_name: str
    adapter: str = ""
    adapter_strength: float = 1.0
    persona: Persona | None = None
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class DuelAnswer:
    """What a contender has said so far; STREAMING while it has not come to an end, or has not begun."""

    text: str = ""
    state: MessageState = MessageState.STREAMING

    @property
    def is_done(self) -> bool:
        """Whether there is an answer to judge: it came to an end of its own or of the user's."""
        return self.state in _DONE


@dataclass(frozen=True, slots=True)
class Duel:
    """``messages`` end with the prompt. ``is_swapped``: the second contender stands on the left.

    ``is_blind``: who is who is hidden until the vote. ``vote`` None is still to come.
    """

    id: str
    created_at: datetime
    messages: tuple[Message, ...]
    first: Contender
    second: Contender
    first_answer: DuelAnswer = DuelAnswer()
    second_answer: DuelAnswer = DuelAnswer()
    is_blind: bool = False
    is_swapped: bool = False
    vote: Vote | None = None

    @property
    def prompt(self) -> str:
        return self.messages[-1].text

    @property
    def is_done(self) -> bool:
        """Whether both answers are there to be judged."""
        return self.first_answer.is_done and self.second_answer.is_done

    @property
    def hides_names(self) -> bool:
        return self.is_blind and self.vote is None

    @property
    def sides(self) -> tuple[Side, Side]:
        """Who stands on the left, and who on the right."""
        return (Side.SECOND, Side.FIRST) if self.is_swapped else (Side.FIRST, Side.SECOND)

    def contender(self, side: Side) -> Contender:
        return self.first if side is Side.FIRST else self.second

    def answer(self, side: Side) -> DuelAnswer:
        return self.first_answer if side is Side.FIRST else self.second_answer


@dataclass(frozen=True, slots=True)
class Standing:
    """How a contender did in the duels that were voted on, against whomever."""

    contender: Contender
    num_won: int
    num_lost: int
    num_tied: int
    num_both_bad: int

    @property
    def num_votes(self) -> int:
        return self.num_won + self.num_lost + self.num_tied + self.num_both_bad

    @property
    def share(self) -> float:
        """The share of won duels, 0 to 1; a tie, and two bad answers, are half a win each."""
        return (self.num_won + (self.num_tied + self.num_both_bad) / 2) / max(1, self.num_votes)

    @property
    def interval(self) -> tuple[float, float]:
        """Where the share would lie with many more votes: Wilson's interval, 95 of 100 times right."""
        count = self.num_votes
        if not count:
            return 0.0, 1.0
        middle = (self.share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
        spread = math.sqrt(self.share * (1 - self.share) / count + _Z**2 / (4 * count**2))
        half = spread * _Z / (1 + _Z**2 / count)
        return max(0.0, middle - half), min(1.0, middle + half)


def standings(duels: Iterable[Duel]) -> list[Standing]:
    """Return how each contender did in what was voted on, the likeliest best first.

    A contender against itself tells nothing and is left out.
    """
    outcomes: dict[Contender, list[str]] = {}
    for duel in duels:
        if duel.vote is None or duel.first == duel.second:
            continue
        is_drawn = duel.vote in (Vote.TIE, Vote.BOTH_BAD)
        for side in Side:
            won = "won" if duel.vote == side.value else "lost"
            outcomes.setdefault(duel.contender(side), []).append(duel.vote if is_drawn else won)
    found = [
        Standing(contender, *(came.count(each) for each in ("won", "lost", Vote.TIE, Vote.BOTH_BAD)))
        for contender, came in outcomes.items()
    ]
    found.sort(key=lambda standing: (-standing.interval[0], -standing.share, standing.contender.model_name))
    return found
