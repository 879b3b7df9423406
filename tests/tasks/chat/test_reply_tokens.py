"""How sure the starter model was of its replies: kept with them, worked out later, gone another way from."""

from __future__ import annotations

import pytest

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.certainty import OtherWay, TokenSpan, WordList
from lmstudio_lite.domain.conversations import ReplyProgress, ReplyText, StoredMessage
from lmstudio_lite.errors import CancelledError

QUESTION = "Write two sentences about the sea, with an emoji and the word 海."


@pytest.fixture(scope="module")
def asked(shared_services: Services) -> tuple[Services, StoredMessage, list[ReplyProgress]]:
    services = shared_services
    services.settings.update("chat", max_tokens=60, temperature=0.9, marks_unsure_words=True)
    question = services.conversations.begin("Sea", QUESTION)
    progress: list[ReplyProgress] = []
    reply = services.chat.reply(
        question.conversation_id, question.id, report=progress.append, cancellation=Cancellation()
    )
    return services, reply, progress


def joined(spans: list[TokenSpan], text: str) -> str:
    return "".join(text[span.start : span.end] for span in spans)


def test_each_character_of_a_reply_has_its_token(
    asked: tuple[Services, StoredMessage, list[ReplyProgress]],
) -> None:
    services, reply, progress = asked
    told = [span for each in progress if isinstance(each, ReplyText) for span in each.tokens]
    assert joined(told, reply.text) == reply.text
    kept = services.conversations.tokens.of(reply.id)
    assert [(span.start, span.end) for span in kept] == [(span.start, span.end) for span in told]
    words = WordList(kept, reply.text).words
    assert [reply.text[word.start : word.end] for word in words if word.start == 0]
    assert all(0 < word.probability <= 1 for word in words)
    assert any(span.alternatives for span in kept)


def test_going_another_way_makes_a_sibling_that_begins_alike(
    asked: tuple[Services, StoredMessage, list[ReplyProgress]],
) -> None:
    services, reply, _ = asked
    kept = services.conversations.tokens.of(reply.id)
    span = next(span for span in kept if span.start > 10 and span.alternatives)
    way = OtherWay(span.start, span.alternatives[0][0], 0.25)
    beside = services.chat.branch_reply(
        reply.id, way, report=lambda progress: None, cancellation=Cancellation()
    )
    assert beside.parent_id == reply.parent_id
    assert beside.text.startswith(reply.text[: way.start] + way.text)
    assert services.conversations.get_message(reply.id).text == reply.text
    assert services.conversations.get_message(beside.id).num_siblings >= 2
    tokens = services.conversations.tokens.of(beside.id)
    assert joined(tokens, beside.text) == beside.text
    gone = next(each for each in tokens if each.start == way.start)
    assert gone.probability == pytest.approx(0.25, rel=0.01)
    assert reply.text[span.start : span.end] in [text for text, _ in gone.alternatives]


def test_what_is_not_known_can_be_worked_out(
    asked: tuple[Services, StoredMessage, list[ReplyProgress]],
) -> None:
    services, reply, _ = asked
    before = services.conversations.tokens.of(reply.id)
    services.conversations.tokens.replace(reply.id, [])
    read: list[tuple[int, int]] = []
    worked_out = services.chat.work_out_tokens(
        reply.id, report=lambda done, total: read.append((done, total)), cancellation=Cancellation()
    )
    assert joined(worked_out, reply.text) == reply.text
    assert read[-1] == (len(reply.text), len(reply.text))
    kept = services.conversations.tokens.of(reply.id)
    assert [(span.start, span.end) for span in kept] == [(span.start, span.end) for span in worked_out]
    alike = [
        (one.probability, other.probability)
        for one, other in zip(before, kept, strict=False)
        if (one.start, one.end) == (other.start, other.end)
    ]
    assert len(alike) > len(before) // 2
    assert sum(abs(one - other) for one, other in alike) / len(alike) < 0.05


def test_without_marks_nothing_is_asked_for_and_it_can_be_worked_out_all_the_same(
    asked: tuple[Services, StoredMessage, list[ReplyProgress]],
) -> None:
    services, _, _ = asked
    services.settings.update("chat", marks_unsure_words=False, max_tokens=8)
    question = services.conversations.begin("Sea", "Name a sea.")
    reply = services.chat.reply(
        question.conversation_id, question.id, report=lambda progress: None, cancellation=Cancellation()
    )
    assert services.conversations.tokens.of(reply.id) == []
    worked_out = services.chat.work_out_tokens(
        reply.id, report=lambda done, total: None, cancellation=Cancellation()
    )
    assert joined(worked_out, reply.text) == reply.text


def test_working_it_out_can_be_stopped(asked: tuple[Services, StoredMessage, list[ReplyProgress]]) -> None:
    services, reply, _ = asked
    before = services.conversations.tokens.of(reply.id)
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(CancelledError):
        services.chat.work_out_tokens(reply.id, report=lambda done, total: None, cancellation=cancellation)
    assert services.conversations.tokens.of(reply.id) == before
