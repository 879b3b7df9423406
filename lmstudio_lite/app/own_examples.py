"""The user's own work as sources of examples, asked for as this program asks a model for it."""

from __future__ import annotations

from enum import StrEnum

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import Message
from lmstudio_lite.domain.records import SummaryRecord
from lmstudio_lite.domain.summaries import WORDS_DEFAULT
from lmstudio_lite.finetune.data import own
from lmstudio_lite.finetune.data.sources import StoredSource
from lmstudio_lite.storage.duels import DuelRows
from lmstudio_lite.tasks.prompts import summary_prompts, translation_messages

_POINTS_PER_WORDS = 20


class OwnWork(StrEnum):
    """What the program keeps of the user's."""

    CHATS = "chats"
    ANSWERS = "answers"
    SUMMARIES = "summaries"
    TRANSLATIONS = "translations"
    SEGMENTS = "segments"
    """Of translated files, as they were reviewed."""
    DUELS = "duels"
    """The better of two answers, by the user's vote."""


def own_source(kind: OwnWork, name: str, services: Services) -> StoredSource:
    """Return the examples of one kind, under a ``name`` that people read."""
    conversations, results = services.conversations, services.results
    match kind:
        case OwnWork.CHATS:
            return StoredSource(name, kind, lambda: own.chats(conversations))
        case OwnWork.ANSWERS:
            return StoredSource(name, kind, lambda: own.chosen_answers(conversations))
        case OwnWork.SUMMARIES:
            return StoredSource(name, kind, lambda: own.edited_summaries(results, summary_prompt))
        case OwnWork.TRANSLATIONS:
            return StoredSource(name, kind, lambda: own.finished_translations(results, translation_prompt))
        case OwnWork.DUELS:
            duels = DuelRows(services.database)
            return StoredSource(name, kind, lambda: own.preferred_answers(duels))
        case OwnWork.SEGMENTS:
            segments = services.translated_segments
            return StoredSource(
                name, kind, lambda: own.reviewed_segments(results, segments, translation_prompt)
            )


def translation_prompt(text: str, source: str, target: str) -> tuple[Message, ...]:
    """Ask for a translation as the Translate tab does, without its examples."""
    return translation_messages(text, source=source, target=target, examples=())


def summary_prompt(text: str, record: SummaryRecord) -> tuple[Message, ...]:
    """Ask for a summary as the Summarize tab does for a text that fits at once."""
    prompts = summary_prompts(record.wanted_language or record.language, instruction=record.instruction)
    count = max(1, round((record.words or WORDS_DEFAULT) / _POINTS_PER_WORDS))
    return prompts.messages(
        text, form=record.form if record.form in prompts.table else "bullets", count=count
    )
