"""Duels are read back as they were kept."""

from __future__ import annotations

import pytest

from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.duels import Contender, DuelAnswer, Side, Vote
from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.personas import Persona
from lmstudio_lite.domain.profiles import SamplingChoice
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.duels import DuelRows

PIRATE = Persona("Pirate", "Speak like a pirate.", sampling=SamplingChoice(temperature=0.9))
FIRST = Contender("/m/a.gguf", "A", "/m/x.gguf", 0.5, PIRATE, 0.2)
SECOND = Contender("/m/b.gguf", "B")
MESSAGES = (Message(Role.USER, "Hi"), Message(Role.ASSISTANT, "Ho"), Message(Role.USER, "海は？ \ud83d"))


def test_a_duel_is_read_back_with_answers_and_vote(database: Database) -> None:
    rows = DuelRows(database)
    begun = rows.begin(MESSAGES, FIRST, SECOND, is_blind=True, is_swapped=True)
    assert (begun.first, begun.second) == (FIRST, SECOND)
    assert [message.role for message in begun.messages] == [message.role for message in MESSAGES]
    assert begun.prompt.startswith("海は？")
    rows.save_answer(begun.id, Side.SECOND, DuelAnswer("Wide.", MessageState.COMPLETE))
    rows.vote(begun.id, Vote.SECOND)
    read = rows.get(begun.id)
    assert (read.second_answer, read.first_answer) == (
        DuelAnswer("Wide.", MessageState.COMPLETE),
        DuelAnswer(),
    )
    assert (read.vote, read.is_blind, read.is_swapped, read.is_done) == (Vote.SECOND, True, True, False)
    rows.vote(begun.id, None)
    assert rows.get(begun.id).vote is None


def test_deleting_is_undone_and_what_is_not_there_says_so(database: Database) -> None:
    rows = DuelRows(database)
    first = rows.begin(MESSAGES, FIRST, SECOND, is_blind=False, is_swapped=False)
    second = rows.begin(MESSAGES, FIRST, SECOND, is_blind=False, is_swapped=False)
    assert [duel.id for duel in rows.list()] == [second.id, first.id]
    rows.delete(first.id)
    assert [duel.id for duel in rows.list()] == [second.id]
    rows.restore(first.id)
    assert len(rows.list()) == 2
    with pytest.raises(NotStoredError):
        rows.vote("nobody", Vote.TIE)


def test_damaged_values_hide_no_duel(database: Database) -> None:
    rows = DuelRows(database)
    kept = rows.begin(MESSAGES, FIRST, SECOND, is_blind=False, is_swapped=False)
    with database.write() as connection:
        connection.execute(
            "UPDATE duels SET messages = '{', first = '[1', first_state = 'odd', vote = 'maybe' WHERE id = ?",
            (kept.id,),
        )
    read = rows.get(kept.id)
    assert read.first == Contender("", "")
    assert read.first_answer.state is MessageState.INTERRUPTED
    assert read.vote is None
    assert read.messages
