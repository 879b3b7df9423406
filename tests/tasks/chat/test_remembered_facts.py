"""Facts that were said early in long conversations are asked for at the end: with a summary, and cut.

Takes minutes and a model that can take notes: ``LMSTUDIO_LITE_NOTES_MODEL`` names its file.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.profiles import ModelProfile
from lmstudio_lite.paths import portable_paths
from tests.tasks.chat.long_chats import CHATS, LongChat

CONTEXT_SIZE = 1280


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_a_summary_keeps_facts_that_cutting_loses(tmp_path: Path) -> None:
    named = os.environ.get("LMSTUDIO_LITE_NOTES_MODEL")
    if not named:
        pytest.skip("LMSTUDIO_LITE_NOTES_MODEL names no model")
    with Services.open(portable_paths(tmp_path / "data"), isolation="process") as services:
        services.settings.update("engine", measures=False)
        services.settings.update("chat", temperature=0.0, max_tokens=60)
        services.profiles.override(ModelProfile(context_size=CONTEXT_SIZE))
        services.load_model(Path(named))
        services.engine.wait_until_ready()
        right = {}
        for summarizes in (True, False):
            services.settings.update("chat", summarizes=summarizes)
            right[summarizes] = sum(_num_right(services, chat) for chat in CHATS)
    num_asked = sum(len(chat.planted) for chat in CHATS)
    assert right[True] >= right[False] + num_asked // 4, right


def _num_right(services: Services, chat: LongChat) -> int:
    """Return how many of the questions are answered, each asked as the next after the same talk."""
    conversation_id, leaf = services.conversations.create("Long").id, None
    for said, answer in chat.turns:
        question = services.conversations.add_message(conversation_id, leaf, Role.USER, said)
        leaf = services.conversations.add_message(conversation_id, question.id, Role.ASSISTANT, answer).id
    num_right = 0
    for planted in chat.planted:
        question = services.conversations.add_message(conversation_id, leaf, Role.USER, planted.question)
        reply = services.chat.reply(
            conversation_id, question.id, report=lambda _: None, cancellation=Cancellation()
        )
        num_right += any(word in reply.text.casefold() for word in planted.words)
    return num_right
