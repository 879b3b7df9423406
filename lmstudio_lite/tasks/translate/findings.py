"""What the reader of a translation must know of it, counted over its segments."""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.translations import TranslatedSegment
from lmstudio_lite.tasks.generate.capability import Capability
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.translate.families import family_of

_COUNTED = (
    Problem.WRONG_LANGUAGE,
    Problem.LEAK,
    Problem.ADDED,
    Problem.VALUES,
    Problem.LEFTOVER,
    Problem.OMITTED,
    Problem.NEGATION,
    Problem.TERM,
    Problem.ODD_LENGTH,
    Problem.CUT_SHORT,
)


def model_warnings(engine: EngineClient, source: str, target: str, total: int) -> tuple[TaskWarning, ...]:
    """Warn of a model so small that its translations can't be trusted, though no check finds fault."""
    capability = Capability.of(model) if (model := engine.state.model) else None
    is_trusted = capability is None or (capability.writes(source or "en") and capability.writes(target))
    return () if is_trusted else (TaskWarning("translation_small_model", total, total),)


def language_warnings(engine: EngineClient, source: str, target: str, total: int) -> tuple[TaskWarning, ...]:
    """Warn of a language that the makers of the model in use do not say it knows, where they name those."""
    family = family_of(engine.state.model)
    is_claimed = family is None or all(family.claims(code) for code in (source, target) if code)
    return () if is_claimed else (TaskWarning("translation_unclaimed_language", total, total),)


def segment_warnings(segments: Sequence[TranslatedSegment]) -> tuple[TaskWarning, ...]:
    """Count what went wrong, worst first."""
    total = len(segments)
    echoes = sum(segment.problem == Problem.ECHO for segment in segments)
    obeyed = sum(segment.problem == Problem.OBEYED for segment in segments)
    kept = sum(segment.is_kept for segment in segments) - echoes - obeyed
    counted = [
        ("translation_untranslated", kept),
        ("translation_echo", echoes),
        ("translation_obeyed", obeyed),
    ]
    for problem in _COUNTED:
        count = sum(segment.problem == problem for segment in segments)
        counted.append((f"translation_{problem.value}", count))
    return tuple(TaskWarning(code, count, total) for code, count in counted if count)
