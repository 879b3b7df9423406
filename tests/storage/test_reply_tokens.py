"""What is kept of a reply's tokens: read back as written, in parts, gone with its message."""

from __future__ import annotations

import math
import zlib

import pytest

from lmstudio_lite.domain.certainty import TokenSpan
from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.organizing import ConversationOrder
from lmstudio_lite.storage.reply_tokens import PART_SPANS, TokenParts


def spans(count: int, at: int = 0) -> list[TokenSpan]:
    others = (("海", math.log(0.25)), (" sea", math.log(0.1)))
    return [
        TokenSpan(at + 3 * number, at + 3 * number + 2, -0.07 * (number % 40), others[: number % 3])
        for number in range(count)
    ]


def test_tokens_are_read_back_as_they_were(database: Database) -> None:
    conversations = Conversations(database)
    question = conversations.begin("", "Why?")
    reply = conversations.add_message(question.conversation_id, question.id, Role.ASSISTANT, "x" * 3000)
    written = spans(600)
    conversations.tokens.replace(reply.id, written)
    read = conversations.tokens.of(reply.id)
    assert [(span.start, span.end) for span in read] == [(span.start, span.end) for span in written]
    for one, other in zip(read, written, strict=True):
        assert one.probability == pytest.approx(other.probability, rel=0.006)
        assert [text for text, _ in one.alternatives] == [text for text, _ in other.alternatives]
    assert conversations.tokens.of(question.id) == []
    assert conversations.tokens.num_parts(reply.id) == 3


def test_a_reply_that_grows_writes_only_what_is_not_full_yet(database: Database) -> None:
    conversations = Conversations(database)
    question = conversations.begin("", "Why?")
    reply = conversations.add_message(
        question.conversation_id, question.id, Role.ASSISTANT, "", MessageState.STREAMING
    )
    parts, written, num_due = TokenParts(), spans(1000), 0
    for at in range(0, 1000, 50):
        parts.add(written[at : at + 50])
        due = parts.due()
        num_due = max(num_due, sum(map(len, due.values())))
        conversations.update_message(
            reply.id, text="x" * 3 * at, state=MessageState.STREAMING, token_parts=due
        )
        parts.note_kept(due)
    assert len(conversations.tokens.of(reply.id)) == 1000
    assert num_due <= PART_SPANS + 50
    later = TokenParts(conversations.tokens.num_parts(reply.id))
    later.add(spans(3, at=3000))
    conversations.update_message(
        reply.id, text="x" * 3009, state=MessageState.COMPLETE, token_parts=later.due()
    )
    assert len(conversations.tokens.of(reply.id)) == 1003


def test_what_was_not_kept_is_due_again() -> None:
    parts = TokenParts()
    parts.add(spans(PART_SPANS + 1))
    first = parts.due()
    assert parts.due() == first
    parts.note_kept(first)
    assert list(parts.due()) == [1]


def test_a_copy_has_its_own_and_the_purge_takes_them(database: Database) -> None:
    conversations = Conversations(database)
    question = conversations.begin("Sea", "Why?")
    reply = conversations.add_message(question.conversation_id, question.id, Role.ASSISTANT, "Because.")
    conversations.tokens.replace(reply.id, spans(2))
    copy = ConversationOrder(database).duplicate(question.conversation_id, "Sea 2")
    conversations.delete(question.conversation_id)
    conversations.restore(question.conversation_id)
    assert len(conversations.tokens.of(reply.id)) == 2
    conversations.delete(question.conversation_id)
    conversations.purge_deleted()
    with database.read() as connection:
        assert connection.execute("SELECT count(*) FROM reply_tokens").fetchone()[0] == 1
    assert len(conversations.tokens.of(conversations.thread(copy.id)[-1].id)) == 2
    with pytest.raises(NotStoredError):
        conversations.tokens.replace(reply.id, spans(1))


@pytest.mark.parametrize(
    "blob", [b"", b"no zlib", zlib.compress(b"\xc1"), zlib.compress(b"\x91\x93\x00\x00\x00"), "text", None]
)
def test_what_is_damaged_counts_as_not_there(database: Database, blob: object) -> None:
    conversations = Conversations(database)
    question = conversations.begin("Sea", "Why?")
    with database.write() as connection:
        connection.execute("DROP TABLE reply_tokens")
        connection.execute("CREATE TABLE reply_tokens (message_number, part, spans)")
        connection.execute(
            "INSERT INTO reply_tokens SELECT number, 0, ? FROM messages WHERE id = ?", (blob, question.id)
        )
    assert conversations.tokens.of(question.id) == []


def test_tokens_take_little_room(database: Database) -> None:
    """Where a third of the tokens has other ways; replies of a model have fewer."""
    conversations = Conversations(database)
    question = conversations.begin("Sea", "Why?")
    conversations.tokens.replace(question.id, spans(PART_SPANS * 8))
    with database.read() as connection:
        size = connection.execute("SELECT sum(length(spans)) FROM reply_tokens").fetchone()[0]
    assert size < 12 * PART_SPANS * 8
