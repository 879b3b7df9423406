"""A question put to every part of a long document: what is noted of it, and what a stop costs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.conversations import (
    Attachment,
    MessageState,
    NewAttachment,
    PartsRead,
    ReplyProgress,
    StoredMessage,
)
from lmstudio_lite.domain.documents import Page
from lmstudio_lite.domain.generation import ChatPrompt, GenerationRequest, Role
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.tasks.chat.reply import ChatTask
from lmstudio_lite.words.replies import say_note
from tests.tasks.chat.test_reply import Talk
from tests.tasks.summarize.test_summarizer import story

SECRET = "The lighthouse keeper Ottilie Brandt hid the golden compass under the pier."
STORY = story(150) + "\n\n" + SECRET + "\n\n" + story(150)
QUESTION = "Where is the compass?"
INVENTED = "The compass was sold to a merchant from Venice for ninety ducats."


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    talk = Talk(tmp_path)
    talk.task = ChatTask(
        talk.engine,
        talk.conversations,
        talk.settings,
        talk.unsaved,
        part_cache=PartCache(talk.database, talk.unsaved),
    )
    talk.answer = note_or_answer
    yield talk
    talk.engine.close()
    talk.unsaved.close()
    talk.database.close()


def asked(request: GenerationRequest) -> str:
    assert isinstance(request.prompt, ChatPrompt)
    return "\n".join(message.text for message in request.prompt.messages)


def is_about_part(request: GenerationRequest) -> bool:
    return "write only: NOTHING" in asked(request)


def note_or_answer(request: GenerationRequest) -> str:
    """Answer as a small model does: one part's note is right, one is made up, the others are none."""
    if not is_about_part(request):
        return "Under the pier."
    if SECRET in asked(request):
        return SECRET
    return INVENTED if "mile 120 " in asked(request) else "NOTHING"


def question(talk: Talk) -> StoredMessage:
    half = len(STORY) // 2
    content_hash = hashlib.sha256(STORY.encode()).hexdigest()
    pages = (Page(1, 0, half), Page(2, half, len(STORY)))
    attached = NewAttachment(Attachment("story.pdf", content_hash, "en", "", (), pages), STORY)
    return talk.conversations.add_message(talk.id, None, Role.USER, QUESTION, attachments=[attached])


def ask(talk: Talk, user: StoredMessage, cancellation: Cancellation | None = None) -> StoredMessage:
    return talk.task.reply(
        talk.id,
        user.id,
        reads_all=True,
        report=talk.progress.append,
        cancellation=cancellation or Cancellation(),
    )


def test_every_part_is_read_and_what_none_says_is_left_out(talk: Talk) -> None:
    reply = ask(talk, question(talk))
    parts = [request for request in talk.engine.requests if is_about_part(request)]
    assert reply.note.num_parts_read == len(parts) > 5
    assert STORY.split()[0] in asked(parts[0])
    assert all(any(word in asked(part) for part in parts) for word in ("near mile 2 ", "near mile 151 "))
    final = asked(talk.engine.requests[-1])
    assert SECRET in final
    assert INVENTED not in final
    assert any(STORY[each.start : each.end].strip() == SECRET for each in reply.note.passages)
    assert "story.pdf, page" in final
    assert f"All {len(parts)} parts" in say_note(reply.note)
    told = [progress for progress in talk.progress if isinstance(progress, PartsRead)]
    assert told[-1].num_done == told[-1].num_total == len(parts)
    assert talk.conversations.get_message(reply.id).note == reply.note


def test_asked_again_nothing_is_read_twice(talk: Talk) -> None:
    user = question(talk)
    ask(talk, user)
    before = len(talk.engine.requests)
    again = ask(talk, user)
    assert len(talk.engine.requests) == before + 1
    assert again.note.num_parts_read > 5


def test_a_stop_while_reading_keeps_what_was_read(talk: Talk) -> None:
    user, cancellation = question(talk), Cancellation()

    def stop_soon(progress: ReplyProgress) -> None:
        if isinstance(progress, PartsRead) and progress.num_done >= 2:
            cancellation.cancel()

    stopped = talk.task.reply(talk.id, user.id, reads_all=True, report=stop_soon, cancellation=cancellation)
    assert (stopped.state, stopped.text) == (MessageState.STOPPED, "")
    assert stopped.note.reads_all, "“Try again” reads on"
    before = sum(map(is_about_part, talk.engine.requests))
    ended = ask(talk, user)
    assert ended.state is MessageState.COMPLETE
    assert sum(map(is_about_part, talk.engine.requests)) - before <= ended.note.num_parts_read - 2
