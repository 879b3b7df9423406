"""Votes and what they tell of who wins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.duels import Contender, Duel, DuelAnswer, Side, Vote, standings
from lmstudio_lite.domain.generation import Message, Role

LARGE, SMALL, WARM = (
    Contender("l.gguf", "Large"),
    Contender("s.gguf", "Small"),
    Contender("s.gguf", "Small", temperature=1.5),
)


def duel(first: Contender, second: Contender, vote: Vote | None, **values: bool) -> Duel:
    answer = DuelAnswer("x", MessageState.COMPLETE)
    messages = (Message(Role.USER, "Why?"),)
    return Duel("1", datetime.now(UTC), messages, first, second, answer, answer, vote=vote, **values)


def test_every_vote_counts_for_both() -> None:
    votes: Sequence[Vote | None] = (Vote.FIRST, Vote.FIRST, Vote.SECOND, Vote.TIE, Vote.BOTH_BAD, None)
    best, other = standings(duel(LARGE, SMALL, vote) for vote in votes)
    assert (best.contender, other.contender) == (LARGE, SMALL)
    assert (best.num_won, best.num_lost, best.num_tied, best.num_both_bad) == (2, 1, 1, 1)
    assert (other.num_won, other.num_lost, other.num_votes) == (1, 2, 5)
    assert best.share == pytest.approx(0.6)
    assert best.share + other.share == pytest.approx(1)


def test_sides_do_not_matter_and_settings_make_another_contender() -> None:
    table = standings(
        [duel(LARGE, SMALL, Vote.FIRST), duel(SMALL, LARGE, Vote.SECOND), duel(SMALL, WARM, Vote.FIRST)]
    )
    assert {each.contender: each.num_won for each in table} == {LARGE: 2, SMALL: 1, WARM: 0}


def test_a_contender_against_itself_tells_nothing() -> None:
    assert standings([duel(SMALL, SMALL, Vote.FIRST)]) == []


def test_few_votes_leave_a_wide_range_and_many_a_narrow_one() -> None:
    few = standings([duel(LARGE, SMALL, Vote.FIRST)] * 2)[0].interval
    many = standings([duel(LARGE, SMALL, Vote.FIRST)] * 200)[0].interval
    assert few == pytest.approx((0.342, 1.0), abs=0.002)  # Wilson's for 2 of 2
    assert many[0] > 0.98


def test_names_are_hidden_until_the_vote() -> None:
    blind = duel(LARGE, SMALL, None, is_blind=True, is_swapped=True)
    assert blind.hides_names
    assert blind.sides == (Side.SECOND, Side.FIRST)
    assert not duel(LARGE, SMALL, Vote.TIE, is_blind=True).hides_names
