"""The texts of a file translated sentence by sentence, with the marks of their form at their places.

The same sentence is translated once. What the file or the memory holds already is used; the rest goes to the
engine at once, behind what all prompts share. Each sentence is checked, asked for again where it went wrong,
flagged where that did not help, and recorded as soon as it is there. Models are given plain text: terms that
are missing and marks are put into what they write afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.translation_memory import TranslationMemory
from lmstudio_lite.domain.translations import (
    Origin,
    SegmentRecord,
    TranslationOptions,
    UnitsProgress,
    UnitsTranslation,
)
from lmstudio_lite.domain.units import Unit
from lmstudio_lite.errors import BadRequestError
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.tasks.generate.attempts import PartMemory
from lmstudio_lite.tasks.generate.cache import CachedParts, model_identity
from lmstudio_lite.tasks.generate.fingerprint import fingerprint_of
from lmstudio_lite.tasks.generate.time_left import WorkMeter
from lmstudio_lite.tasks.translate.findings import language_warnings, model_warnings, segment_warnings
from lmstudio_lite.tasks.translate.sentences import whole_texts
from lmstudio_lite.tasks.translate.units_run import UnitsRun

_MADE_BY = tuple(f"lmstudio_lite.tasks.{room}" for room in ("text", "generate", "translate"))
_WORDS = ("prompts", "languages")


def translate_units(
    units: Sequence[Unit],
    options: TranslationOptions,
    *,
    engine: EngineClient,
    report: Callable[[UnitsProgress], None],
    cancellation: Cancellation,
    cache: PartCache | None = None,
    record: SegmentRecord | None = None,
    terms: Sequence[Term] = (),
    memory: TranslationMemory | None = None,
    meter: WorkMeter | None = None,
) -> UnitsTranslation:
    """Translate ``units``; waits for the model, unless nothing is left for it to do.

    What ``record`` holds of the same units is not made again, nor what ``cache`` knows. ``terms`` are those
    of the glossaries in use, ``memory`` has accepted segments. ``meter`` is that of the task of which this is
    a step. ``report`` is called on this thread, at most ten times a second and whenever a sentence is done.

    Raises:
        BadRequestError: a language is not one of ``domain.languages.LANGUAGES``.
        CancelledError: cancelled; what was done is in ``record`` and was reported.
        ModelError, EngineError: the model can't answer.
    """
    started = time.monotonic()
    known = replace(options, source=source_of(units, options))
    run = UnitsRun(
        units,
        known,
        engine,
        report,
        cancellation,
        record,
        terms,
        _cached(engine, cache),
        meter or WorkMeter(),
    )
    warnings: tuple[TaskWarning, ...] = ()
    if known.source == known.target:
        total = sum(not sentence.existing for sentence in run.sentences)
        warnings = (TaskWarning("translation_same_language", total, total),) if total else ()
    else:
        run.recall(memory)
        run.generate()
        run.force_terms()
        run.place_marks()
        run.doubt()
        made = [segment for segment in run.segments.values() if segment.origin is Origin.MODEL]
        warnings = segment_warnings(list(run.segments.values()))
        if made:
            pair = known.source, known.target
            warnings += model_warnings(engine, *pair, len(made)) + language_warnings(engine, *pair, len(made))
    segments = tuple(run.segments[number] for number in sorted(run.segments))
    return UnitsTranslation(
        texts=whole_texts(units, segments, known.target),
        segments=segments,
        source=known.source,
        target=known.target,
        seconds=time.monotonic() - started,
        warnings=warnings,
    )


def source_of(units: Sequence[Unit], options: TranslationOptions) -> str:
    """Return the language that ``units`` are translated from, detected where it is not given.

    Raises:
        BadRequestError: a language of ``options`` is unknown.
    """
    for code in (options.source, options.target) if options.source else (options.target,):
        if code not in LANGUAGES:
            raise BadRequestError(reason=f"unknown language {code!r}")
    return options.source or detect_language("\n".join(unit.text for unit in units))


def _cached(engine: EngineClient, cache: PartCache | None) -> PartMemory | None:
    model = engine.state.model
    if cache is None or model is None:
        return None
    return CachedParts(cache, model_identity(model), fingerprint_of(_MADE_BY, _WORDS))
