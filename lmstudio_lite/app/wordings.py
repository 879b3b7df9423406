"""Other ways to say a sentence of a translated text, and the one that its reader chose."""

from __future__ import annotations

from dataclasses import replace

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.translate import TranslationOutcome, store_text
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.translations import Origin, TranslatedSegment, TranslationOptions
from lmstudio_lite.tasks.translate.alternatives import alternatives

_NUM_WANTED = 5


def other_wordings(
    services: Services, outcome: TranslationOutcome, segment: TranslatedSegment, cancellation: Cancellation
) -> list[str]:
    """Return other translations of a sentence of ``outcome``, the likeliest first; waits for the model.

    Raises:
        ModelError, EngineError: the model can't answer.
        CancelledError: cancelled.
    """
    task = outcome.task
    options = TranslationOptions(outcome.source, task.target, task.register, task.audience)
    return alternatives(
        segment.source,
        options,
        _NUM_WANTED,
        engine=services.engine,
        cancellation=cancellation,
        terms=services.glossaries.terms_in_use(outcome.source, task.target),
        known=(segment.text,),
    )


def with_wording(
    outcome: TranslationOutcome, segment: TranslatedSegment, start: int, end: int, wording: str
) -> TranslationOutcome:
    """Return ``outcome`` with ``wording`` in the place of the sentence, characters ``start`` to ``end``."""
    chosen = replace(segment, text=wording, flags=(), origin=Origin.EDITED)
    return replace(
        outcome,
        text=outcome.text[:start] + wording + outcome.text[end:],
        segments=tuple(chosen if each is segment else each for each in outcome.segments),
    )


def keep_wording(services: Services, outcome: TranslationOutcome) -> None:
    """Store the text as it is now; one that has no row yet stays on the screen alone.

    Raises:
        StorageError: it can't be stored.
    """
    if outcome.result_id:
        store_text(services, outcome)
