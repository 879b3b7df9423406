"""Personas, what controls conversations and the summaries of their turns: kept, copied and purged."""

from __future__ import annotations

import pytest

from lmstudio_lite.domain.chat_summaries import summary_for
from lmstudio_lite.domain.control import NO_CONTROL, ConversationControl
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.personas import KeptPersona, Persona
from lmstudio_lite.domain.profiles import SamplingChoice
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.storage.chat_summaries import ChatSummaries
from lmstudio_lite.storage.conversation_controls import ConversationControls
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.organizing import ConversationOrder
from lmstudio_lite.storage.personas import PersonaRows

POET = Persona("Poet", "You write \ud800 poems.", sampling=SamplingChoice(temperature=1.1))
CONTROL = ConversationControl(KeptPersona("p", POET), stop=("END",), summarizes=True)


def test_personas_are_kept_changed_deleted_and_brought_back(database: Database) -> None:
    rows = PersonaRows(database)
    poet, tutor = rows.add(POET), rows.add(Persona("Tutor"))
    assert rows.list() == [poet, tutor]
    rows.change(poet.id, Persona("Poet", "You rhyme."))
    assert rows.get(poet.id) == Persona("Poet", "You rhyme.")
    rows.delete(poet.id)
    assert (rows.list(), rows.get(poet.id)) == ([tutor], None)
    rows.restore(poet.id)
    assert [each.id for each in rows.list()] == [poet.id, tutor.id]
    with pytest.raises(NotStoredError):
        rows.delete("nobody")


def test_a_torn_row_hides_no_other(database: Database) -> None:
    rows = PersonaRows(database)
    rows.add(POET)
    kept = rows.add(Persona("Tutor"))
    with database.write() as connection:
        connection.execute("UPDATE personas SET persona = '{\"na' WHERE id != ?", (kept.id,))
    assert rows.list() == [kept]


def test_a_control_goes_with_its_conversation(database: Database, conversations: Conversations) -> None:
    controls = ConversationControls(database)
    question = conversations.begin("Rain", "Tell me of rain", control=CONTROL)
    assert controls.get(question.conversation_id) == CONTROL
    assert controls.get("unknown") == NO_CONTROL
    copy = ConversationOrder(database).duplicate(question.conversation_id, "Copy")
    controls.keep(question.conversation_id, NO_CONTROL)
    assert controls.get(question.conversation_id) == NO_CONTROL
    assert controls.get(copy.id) == CONTROL
    conversations.delete(copy.id)
    assert controls.get(copy.id) == CONTROL
    conversations.purge_deleted()
    assert controls.get(copy.id) == NO_CONTROL


def test_a_summary_counts_on_its_branch_and_is_edited_and_switched_off(
    database: Database, conversations: Conversations
) -> None:
    summaries = ChatSummaries(database)
    first = conversations.begin("Rain", "One")
    answer = conversations.add_message(first.conversation_id, first.id, Role.ASSISTANT, "1")
    other = conversations.add_message(first.conversation_id, first.id, Role.ASSISTANT, "one")
    here = first.conversation_id
    summaries.add(here, answer.id, num_turns=1, text="The user counts.", model="Qwen")
    (made,) = summaries.list(here)
    assert summary_for([made], conversations.path_to(answer.id)) == (made, 2)
    assert summary_for([made], conversations.path_to(other.id)) == (None, 0)
    summaries.edit(made.id, "The user counts to ten.")
    edited = summaries.list(here)[0]
    assert (edited.text, edited.is_edited) == ("The user counts to ten.", True)
    copy = ConversationOrder(database).duplicate(here, "Copy")
    (copied,) = summaries.list(copy.id)
    assert copied.last_message_id in {message.id for message in conversations.messages(copy.id)}
    summaries.switch(made.id, is_off=True)
    assert summary_for(summaries.list(here), conversations.path_to(answer.id)) == (None, 0)
    conversations.delete(here)
    conversations.purge_deleted()
    assert summaries.list(here) == []
    assert summaries.list(copy.id) == [copied]
