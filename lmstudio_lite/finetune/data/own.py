"""The user's own work in this program as examples: conversations, chosen answers, summaries, translations.

What the user kept, chose or wrote is what a model of theirs should learn. Nothing here leaves the database:
the examples go into the folder of the training run, on this machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from lmstudio_lite.domain.conversations import MessageState, StoredMessage
from lmstudio_lite.domain.duels import Side, Vote
from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.records import SummaryRecord
from lmstudio_lite.domain.results import ResultKind, StoredResult
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.finetune.data.problems import FIXABLE, Problem, shorten
from lmstudio_lite.finetune.data.records import PairPrompt, translation_example
from lmstudio_lite.finetune.data.sources import Item
from lmstudio_lite.finetune.data.turns import RecordError, checked
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.duels import DuelRows
from lmstudio_lite.storage.results import Results
from lmstudio_lite.storage.translated_segments import TranslatedSegments

SummaryPrompt = Callable[[str, SummaryRecord], tuple[Message, ...]]
"""Words the question for a summary: the source text and the record that was stored with it."""

_ALL = 1_000_000
_WHOLE = frozenset((MessageState.COMPLETE,))


def chats(conversations: Conversations) -> Iterator[Item]:
    """Yield every conversation as it is on the screen, up to the first answer that was broken off."""
    for conversation in conversations.list(limit=_ALL):
        yield from _thread(conversations.thread(conversation.id), conversation.title or conversation.id)


def chosen_answers(conversations: Conversations) -> Iterator[Item]:
    """Yield each liked or edited answer with what led to it; of the answers before it nothing is learned."""
    for message_id in conversations.chosen_answer_ids():
        path = conversations.path_to(message_id)
        if not path or path[-1].state not in _WHOLE:
            continue
        try:
            title = conversations.get(path[-1].conversation_id).title or message_id
        except NotStoredError:
            continue  # deleted for good while the examples are read
        messages = [Message(message.role, message.text) for message in path]
        yield _checked(messages, title, learns_last=True)


def preferred_answers(duels: DuelRows) -> Iterator[Item]:
    """Yield the answer that won each duel, with what led to it."""
    for duel in duels.list():
        if duel.vote not in (Vote.FIRST, Vote.SECOND):
            continue
        answer = duel.answer(Side(duel.vote)).text
        if answer.strip():
            yield _checked([*duel.messages, Message(Role.ASSISTANT, answer)], duel.prompt, learns_last=True)


def edited_summaries(results: Results, prompt: SummaryPrompt) -> Iterator[Item]:
    """Yield the summaries that the user has rewritten, each as the answer to the question for it."""
    for listed in results.list(ResultKind.SUMMARY, limit=_ALL):
        if not listed.summary.is_edited:
            continue
        if (result := _still_there(results, listed.id)) is None:
            continue
        answer = Message(Role.ASSISTANT, result.text)
        yield _checked([*prompt(result.source_text, result.summary), answer], result.title)


def finished_translations(results: Results, prompt: PairPrompt) -> Iterator[Item]:
    """Yield the translations that came to their end without a doubt."""
    for listed in results.list(ResultKind.TRANSLATION, limit=_ALL):
        record = listed.translation
        if record.num_done != record.num_total or record.warnings or record.file is not None:
            continue  # a file is learned from by its segments
        if (result := _still_there(results, listed.id)) is None:
            continue
        languages = (record.source, record.target)
        try:
            yield translation_example(
                result.source_text, result.text, languages, shorten(result.title), prompt
            )
        except RecordError as error:
            yield Problem(Path(shorten(result.title)), 0, error.kind, error.detail)


def reviewed_segments(results: Results, segments: TranslatedSegments, prompt: PairPrompt) -> Iterator[Item]:
    """Yield what its reviewer edited or accepted of translated files, and what has no flag any more."""
    for listed in results.list(ResultKind.TRANSLATION, limit=_ALL):
        record, title = listed.translation, shorten(listed.title)
        if record.file is None:
            continue
        for row in segments.list(listed.id):
            is_wanted = row.is_accepted or (row.is_edited and not row.needs_look)
            if not is_wanted or row.segment.is_kept:
                continue
            languages = (record.source, record.target)
            try:
                yield translation_example(row.segment.source, row.segment.text, languages, title, prompt)
            except RecordError as error:
                yield Problem(Path(title), row.number + 1, error.kind, error.detail)


def _still_there(results: Results, result_id: str) -> StoredResult | None:
    """Return the whole result, None if it was deleted for good since it was listed."""
    try:
        return results.get(result_id)
    except NotStoredError:
        return None


def _thread(messages: Sequence[StoredMessage], title: str) -> Iterator[Item]:
    kept: list[Message] = []
    for message in messages:
        if message.role is Role.ASSISTANT and message.state not in _WHOLE:
            break
        kept.append(Message(message.role, message.text))
    if any(message.role is Role.ASSISTANT for message in kept):
        yield _checked(kept, title)


def _checked(messages: list[Message], title: str, *, learns_last: bool = False) -> TrainingExample | Problem:
    try:
        example = checked(messages, shorten(title), FIXABLE).example
        return replace(example, learns_last=learns_last)
    except RecordError as error:
        # A title stands where other sources have a file.
        return Problem(Path(shorten(title).replace("/", "∕")), 0, error.kind, error.detail)
