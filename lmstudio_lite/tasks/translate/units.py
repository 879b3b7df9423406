"""The texts of a file translated sentence by sentence, with the marks of their form at their places.

The same sentence is translated once. What the file or the memory holds already is used; the rest goes to the
engine at once, behind what all prompts share. Each sentence is checked, asked for again where it went wrong,
flagged where that did not help, and recorded as soon as it is there. Models are given plain text: marks are
placed afterwards, by ``align`` and ``marks``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import Priority
from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.translation_memory import (
    MemoryMatch,
    MemoryMatchKind,
    MemoryQuery,
    TranslationMemory,
)
from lmstudio_lite.domain.translations import (
    Flag,
    FlagKind,
    Origin,
    SegmentRecord,
    TranslatedSegment,
    TranslationOptions,
    UnitsProgress,
    UnitsTranslation,
)
from lmstudio_lite.domain.units import Unit
from lmstudio_lite.errors import BadRequestError
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.tasks.generate.attempts import (
    Part,
    PartMemory,
    PartResult,
    PartsProgress,
    generate_parts,
    wait_for_model,
)
from lmstudio_lite.tasks.generate.cache import CachedParts, model_identity
from lmstudio_lite.tasks.generate.fingerprint import fingerprint_of
from lmstudio_lite.tasks.generate.time_left import WorkMeter
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.translate.asking import Asking
from lmstudio_lite.tasks.translate.findings import language_warnings, model_warnings, segment_warnings
from lmstudio_lite.tasks.translate.flags import find_flags
from lmstudio_lite.tasks.translate.glossary import TermIndex
from lmstudio_lite.tasks.translate.marking import with_marks
from lmstudio_lite.tasks.translate.memory import reusable
from lmstudio_lite.tasks.translate.parts import Question, part_for
from lmstudio_lite.tasks.translate.placing import MarkedSegment, open_marks, place_by_words
from lmstudio_lite.tasks.translate.sentences import Sentence, has_words, split_units, whole_texts

_MADE_BY = tuple(f"lmstudio_lite.tasks.{room}" for room in ("text", "generate", "translate"))
_WORDS = ("prompts", "languages")
_FEW_PASSAGES = 4
"""So few are someone waiting at the window, and go before bulk work."""
_WORTHLESS = frozenset({Problem.EMPTY, Problem.LOOP, Problem.ECHO, Problem.OBEYED})


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
    run = _Run(units, known, engine, report, cancellation, record, terms)
    warnings: tuple[TaskWarning, ...] = ()
    if known.source == known.target:
        total = sum(not sentence.existing for sentence in run.sentences)
        warnings = (TaskWarning("translation_same_language", total, total),) if total else ()
    else:
        known_parts, meter = _cached(engine, cache), meter or WorkMeter()
        run.recall(memory)
        run.generate(known_parts, meter)
        run.place_marks(known_parts, meter)
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


@dataclass(eq=False, slots=True)
class _Run:
    """One translation under way. ``segments`` are those that are done, by their number."""

    units: Sequence[Unit]
    options: TranslationOptions
    engine: EngineClient
    report: Callable[[UnitsProgress], None]
    cancellation: Cancellation
    record: SegmentRecord | None
    terms: Sequence[Term]
    sentences: list[Sentence] = field(init=False)
    segments: dict[int, TranslatedSegment] = field(default_factory=dict)
    hints: dict[int, MemoryMatch] = field(default_factory=dict)
    _unreported: dict[int, TranslatedSegment] = field(default_factory=dict)
    _waiting: set[int] = field(default_factory=set)

    @property
    def _languages(self) -> tuple[str, str]:
        return self.options.source, self.options.target

    def __post_init__(self) -> None:
        self.sentences = split_units(self.units)

    def recall(self, memory: TranslationMemory | None) -> None:
        """Take what is translated already: recorded, in the file, in the memory."""
        recorded = self.record.find() if self.record else {}
        found: dict[int, TranslatedSegment] = {}
        for number, sentence in enumerate(self.sentences):
            segment = recorded.get(number)
            if segment and (segment.unit, segment.source) == (sentence.unit, sentence.text):
                self.segments[number] = segment
            elif sentence.existing:
                found[number] = _from_file(sentence)
        self._unreported.update(self.segments)
        self._waiting.update(n for n, segment in self.segments.items() if self._waits(n, segment))
        self._take(found)
        if memory:
            self._take(self._remembered(memory))
        if self.segments:
            self._report(None, {})

    def _remembered(self, memory: TranslationMemory) -> dict[int, TranslatedSegment]:
        numbers = [number for number in range(len(self.sentences)) if number not in self.segments]
        matches = memory.find([self._query(number) for number in numbers])
        found: dict[int, TranslatedSegment] = {}
        for number, match in zip(numbers, matches, strict=True):
            if match is None:
                continue
            if match.kind is MemoryMatchKind.FUZZY:
                self.hints[number] = match
            text = reusable(match, self.sentences[number].passage, *self._languages)
            if text is not None:
                found[number] = self._segment(number, text, None, Origin.MEMORY)
        return found

    def _query(self, number: int) -> MemoryQuery:
        def neighbour(other: int) -> str:
            is_there = 0 <= other < len(self.sentences)
            return self.sentences[other].passage if is_there else ""

        return MemoryQuery(self.sentences[number].passage, neighbour(number - 1), neighbour(number + 1))

    def generate(self, known: PartMemory | None, meter: WorkMeter) -> None:
        """Have the model translate what is left, each passage once."""
        wanted: dict[Question, list[int]] = {}
        for number in range(len(self.sentences)):
            if number not in self.segments:
                wanted.setdefault(self._question(number), []).append(number)
        if not wanted:
            return
        wait_for_model(self.engine, self.cancellation)
        counts = self.engine.count_tokens([question.passage for question in wanted])
        asking = Asking.of(self.engine.state.model, self.options)
        index = TermIndex(self.terms, *self._languages)
        parts = [
            part_for(question, asking, index, count) for question, count in zip(wanted, counts, strict=True)
        ]
        numbers = list(wanted.values())
        generate_parts(
            self.engine,
            parts,
            report=lambda progress: self._report(progress, self._begun(progress, numbers)),
            cancellation=self.cancellation,
            priority=Priority.INTERACTIVE if len(parts) <= _FEW_PASSAGES else Priority.BULK,
            memory=_Keeper(parts, lambda place, result: self._made(numbers[place], result), known),
            meter=meter,
        )

    def place_marks(self, known: PartMemory | None, meter: WorkMeter) -> None:
        """Have the model find the words of the marks whose places only it can tell."""
        marked = [MarkedSegment(self.sentences[n], self.segments[n]) for n in sorted(self._waiting)]
        if not marked:
            return
        wait_for_model(self.engine, self.cancellation)

        def answers(parts: Sequence[Part]) -> list[str]:
            results = generate_parts(
                self.engine,
                parts,
                report=lambda progress: self._report(progress, {}),
                cancellation=self.cancellation,
                priority=Priority.INTERACTIVE if len(parts) <= _FEW_PASSAGES else Priority.BULK,
                memory=known,
                meter=meter,
            )
            return [result.text for result in results]

        asking = Asking.of(self.engine.state.model, self.options)
        placed = place_by_words(marked, asking, answers)
        numbers = sorted(self._waiting)
        self._waiting.clear()
        self._take(dict(zip(numbers, placed, strict=True)))
        self._report(None, {})

    def _question(self, number: int) -> Question:
        sentence, match = self.sentences[number], self.hints.get(number)
        kept = [sentence.text[mark.start : mark.end].strip() for mark in sentence.marks if mark.keeps_text]
        return Question(sentence.passage, match.entry if match else None, tuple(filter(has_words, kept)))

    def _begun(self, progress: PartsProgress, numbers: Sequence[Sequence[int]]) -> dict[int, str]:
        return {
            number: text
            for place, text in enumerate(progress.texts)
            if text and not progress.is_done[place]
            for number in numbers[place]
        }

    def _made(self, numbers: Sequence[int], result: PartResult) -> None:
        self._take({number: self._of_result(number, result) for number in numbers})

    def _of_result(self, number: int, result: PartResult) -> TranslatedSegment:
        if result.problem in _WORTHLESS:
            return self._kept(number, result.problem)
        return self._segment(number, result.text, result.problem, Origin.MODEL)

    def _kept(self, number: int, problem: Problem) -> TranslatedSegment:
        sentence = self.sentences[number]
        return TranslatedSegment(
            sentence.text,
            sentence.text,
            problem.value,
            is_kept=True,
            unit=sentence.unit,
            start=sentence.start,
            place=sentence.place,
            marks=tuple(mark.plain for mark in sentence.marks),
            flags=(Flag(FlagKind(problem.value)),),
            origin=Origin.SOURCE,
        )

    def _segment(self, number: int, text: str, problem: Problem | None, origin: Origin) -> TranslatedSegment:
        sentence = self.sentences[number]
        flags = list(self._flags(sentence, text))
        if problem is Problem.CUT_SHORT:
            flags.append(Flag(FlagKind.CUT_SHORT))
        if number in self.hints:
            flags.append(Flag(FlagKind.FUZZY, self.hints[number].entry.source))
        segment = TranslatedSegment(
            sentence.text,
            text,
            problem.value if problem else "",
            is_kept=False,
            unit=sentence.unit,
            start=sentence.start,
            place=sentence.place,
            flags=tuple(flags),
            origin=origin,
        )
        return with_marks(segment, sentence.marks, {}, self._languages)

    def _flags(self, sentence: Sentence, text: str) -> tuple[Flag, ...]:
        unit = self.units[sentence.unit]
        is_whole = sentence.text == unit.text.strip()
        return find_flags(
            sentence.passage,
            text,
            source_language=self.options.source,
            target_language=self.options.target,
            terms=self.terms,
            max_characters=unit.max_characters if is_whole else None,
        )

    def _take(self, segments: Mapping[int, TranslatedSegment]) -> None:
        self.segments.update(segments)
        self._unreported.update(segments)
        self._waiting.update(number for number, segment in segments.items() if self._waits(number, segment))
        if self.record and segments:
            self.record.keep(segments)

    def _waits(self, number: int, segment: TranslatedSegment) -> bool:
        """Tell whether a segment has marks at places that only the model can tell."""
        is_made = segment.origin in (Origin.MODEL, Origin.MEMORY)
        is_guessed = is_made and any(flag.kind is FlagKind.MARK for flag in segment.flags)
        return is_guessed and bool(
            open_marks(MarkedSegment(self.sentences[number], segment), self._languages)
        )

    def _report(self, progress: PartsProgress | None, begun: Mapping[int, str]) -> None:
        reported, self._unreported = self._unreported, {}
        left = progress.time_left if progress else None
        self.report(
            UnitsProgress(
                len(self.segments) - len(self._waiting),
                len(self.sentences),
                left.seconds if left else None,
                reported,
                left.delay if left else None,
                begun,
            )
        )


def _from_file(sentence: Sentence) -> TranslatedSegment:
    return TranslatedSegment(
        sentence.text,
        sentence.existing,
        "",
        is_kept=False,
        unit=sentence.unit,
        place=sentence.place,
        origin=Origin.FILE,
    )


class _Keeper:
    """The ``PartMemory`` that hands results on as they come, and has those that ``known`` knows."""

    def __init__(
        self, parts: Sequence[Part], made: Callable[[int, PartResult], None], known: PartMemory | None
    ) -> None:
        self._places = {id(part): place for place, part in enumerate(parts)}
        self._made = made
        self._known = known

    def find(self, parts: Sequence[Part]) -> dict[int, PartResult]:
        found = self._known.find(parts) if self._known else {}
        for place, result in found.items():
            self._made(place, result)
        return found

    def keep(self, part: Part, result: PartResult) -> None:
        self._made(self._places[id(part)], result)
        if self._known:
            self._known.keep(part, result)
