"""What is said of a translation: how far it is, and what came of it."""

from __future__ import annotations

from typing import Protocol

from lmstudio_lite.domain.models import EngineState, ModelPhase
from lmstudio_lite.domain.translations import TranslationProgress
from lmstudio_lite.words.saying import say_duration, say_time_left
from lmstudio_lite.words.translate import tr, trn

_READY = EngineState(ModelPhase.READY)


class Outcome(Protocol):
    """What ``app.translate.TranslationOutcome`` is to this module."""

    @property
    def num_done(self) -> int: ...
    @property
    def num_total(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def is_partial(self) -> bool: ...
    @property
    def is_interrupted(self) -> bool: ...


def say_progress(progress: TranslationProgress | None, state: EngineState = _READY) -> str:
    """``3 of 12 sentences, about 8 s``, or what is waited for."""
    if state.phase is ModelPhase.LOADING:
        return tr("Waiting for the model, {0} % loaded").format(round(state.loading_fraction * 100))
    if state.phase is ModelPhase.RESTARTING:
        return tr("The model is being started again")
    if progress is None or progress.num_total <= 1:
        return tr("Translating…")
    words = tr("{0} of {1} sentences").format(progress.num_done, progress.num_total)
    if progress.seconds_left is None:
        return words
    return tr("{0}, {1}").format(words, say_time_left(progress.seconds_left, progress.delay or ""))


def say_outcome(outcome: Outcome) -> str:
    """``12 sentences, 9 s`` or, stopped early, ``Stopped after 3 of 12 sentences``."""
    if outcome.is_partial and outcome.is_interrupted:
        words = tr("{0} of {1} sentences done, stopped when the program ended")
        return words.format(outcome.num_done, outcome.num_total)
    if outcome.is_partial:
        return tr("Stopped after {0} of {1} sentences").format(outcome.num_done, outcome.num_total)
    words = trn("{n} sentence", "{n} sentences", outcome.num_total)
    return f"{words}, {say_duration(outcome.seconds)}" if outcome.seconds else words


def say_characters(num_characters: int) -> str:
    if not num_characters:
        return ""
    return trn("{n} character", "{n} characters", num_characters)
