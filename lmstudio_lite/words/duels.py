"""Words for duels: contenders, votes and who wins how often."""

from __future__ import annotations

from pathlib import Path

from lmstudio_lite.domain.duels import Contender, Duel, Side, Standing, Vote
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.translate import tr, trn


def say_contender(contender: Contender) -> str:
    """Return what a contender is called: its model, and what it is asked with."""
    parts = [contender.model_name or Path(contender.model).stem]
    if contender.adapter:
        parts.append(tr("adapter {0}").format(Path(contender.adapter).stem))
    if contender.persona is not None:
        parts.append(contender.persona.name)
    if contender.temperature is not None:
        parts.append(tr("temperature {0}").format(f"{contender.temperature:g}"))
    return safe_line(" · ".join(parts))


def say_side(duel: Duel, side: Side) -> str:
    """Return what stands over an answer: A or B while names are hidden, else who it was."""
    if duel.hides_names:
        return tr("Answer A") if duel.sides[0] is side else tr("Answer B")
    return say_contender(duel.contender(side))


def say_vote(duel: Duel) -> str:
    """Return what the user made of a duel, "" for nothing yet."""
    match duel.vote:
        case None:
            return ""
        case Vote.TIE:
            return tr("a tie")
        case Vote.BOTH_BAD:
            return tr("both bad")
        case vote:
            return tr("better: {0}").format(say_contender(duel.contender(Side(vote))))


def say_share(standing: Standing) -> str:
    """Return a contender's share of wins, with the range that it may as well have been."""
    low, high = standing.interval
    return tr("{0} % ({1} to {2} %)").format(round(100 * standing.share), round(100 * low), round(100 * high))


def say_few(standings: list[Standing]) -> str:
    """Return what so many votes can tell, in a sentence."""
    if not standings:
        return tr("Nothing was voted on yet.")
    num_votes = sum(standing.num_votes for standing in standings) // 2
    told = trn("From {n} vote.", "From {n} votes.", num_votes)
    best, rest = standings[0], standings[1:]
    if all(best.interval[0] > standing.interval[1] for standing in rest):
        return told
    return " ".join((told, tr("Too few to tell who is best: the ranges overlap.")))
