"""One translation of units under way: what is known, what is asked for, what is made of the answers.

``units`` has what its callers must know.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import Priority
from lmstudio_lite.domain.glossary import Term
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
)
from lmstudio_lite.domain.units import Unit
from lmstudio_lite.tasks.generate.attempts import (
    Part,
    PartMemory,
    PartResult,
    PartsProgress,
    generate_parts,
    wait_for_model,
)
from lmstudio_lite.tasks.generate.cache import HandingOn
from lmstudio_lite.tasks.generate.time_left import WorkMeter
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.translate.asking import Asking
from lmstudio_lite.tasks.translate.confidence import Trip, round_trip
from lmstudio_lite.tasks.translate.doubts import after_trips, with_names
from lmstudio_lite.tasks.translate.glossary import TermIndex, target_of
from lmstudio_lite.tasks.translate.making import Making
from lmstudio_lite.tasks.translate.memory import reusable
from lmstudio_lite.tasks.translate.parts import Question, part_for
from lmstudio_lite.tasks.translate.placing import MarkedSegment, open_marks, place_by_words
from lmstudio_lite.tasks.translate.sentences import Sentence, has_words, split_units
from lmstudio_lite.tasks.translate.term_forcing import Forced, Lacking, force_terms

_FEW_PASSAGES = 4
"""So few are someone waiting at the window, and go before bulk work."""
_MARK_WEIGHT = 120.0
"""What placing a mark costs at most, in prompt tokens: 231 questions of about 60 tokens placed the 105 of the
hand-made key. Names, numbers and edges need none, so the time left rather falls."""
_MARKED_AT_ONCE = 8
"""Questions about words begin otherwise than those for translations: asked one by one, each has its beginning
read again (143 tokens a question), asked side by side they share it."""
_WORTHLESS = frozenset({Problem.EMPTY, Problem.LOOP, Problem.ECHO, Problem.OBEYED})


@dataclass(eq=False, slots=True)
class UnitsRun:
    """One translation under way. ``segments`` are those that are done, by their number."""

    units: Sequence[Unit]
    options: TranslationOptions
    engine: EngineClient
    report: Callable[[UnitsProgress], None]
    cancellation: Cancellation
    record: SegmentRecord | None
    terms: Sequence[Term]
    known: PartMemory | None
    meter: WorkMeter
    making: Making = field(init=False)
    sentences: list[Sentence] = field(init=False)
    segments: dict[int, TranslatedSegment] = field(default_factory=dict)
    hints: dict[int, MemoryMatch] = field(default_factory=dict)
    _unreported: dict[int, TranslatedSegment] = field(default_factory=dict)
    _waiting: set[int] = field(default_factory=set)
    _made_now: set[int] = field(default_factory=set)
    _marks_due: list[int] = field(default_factory=list)
    _num_marks_expected: int = 0

    def __post_init__(self) -> None:
        self.sentences = split_units(self.units)
        self.making = Making(self.units, self.options, self.terms)

    def recall(self, memory: TranslationMemory | None) -> None:
        """Take what is translated already: recorded, in the file, in the memory."""
        recorded = self.record.find() if self.record else {}
        elsewhere = {segment.source: segment for segment in recorded.values()}
        found: dict[int, TranslatedSegment] = {}
        for number, sentence in enumerate(self.sentences):
            segment = recorded.get(number)
            if segment and (segment.unit, segment.source) == (sentence.unit, sentence.text):
                self.segments[number] = segment
            elif sentence.existing:
                found[number] = self.making.from_file(sentence)
            elif (moved := elsewhere.get(sentence.text)) and not (
                sentence.marks or moved.marks or sentence.amount
            ):
                # Recorded by a version of the program that cuts texts otherwise.
                found[number] = replace(moved, unit=sentence.unit, start=sentence.start, place=sentence.place)
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
            sentence = self.sentences[number]
            text = reusable(match, sentence.passage, *self.making.languages)
            if text is not None:
                found[number] = self.making.made(
                    sentence, text, Origin.MEMORY, flags=self._hint_flags(number)
                )
        return found

    def _query(self, number: int) -> MemoryQuery:
        def neighbour(other: int) -> str:
            is_there = 0 <= other < len(self.sentences)
            return self.sentences[other].passage if is_there else ""

        return MemoryQuery(self.sentences[number].passage, neighbour(number - 1), neighbour(number + 1))

    def generate(self) -> None:
        """Have the model translate what is left, each passage once."""
        wanted: dict[Question, list[int]] = {}
        for number in range(len(self.sentences)):
            if number not in self.segments:
                wanted.setdefault(self._question(number), []).append(number)
        if not wanted:
            return
        asking = self._asking()
        counts = self.engine.count_tokens([question.passage for question in wanted])
        index = TermIndex(self.terms, *self.making.languages)
        numbers = list(wanted.values())
        parts = [
            part_for(question, asking, index, count) for question, count in zip(wanted, counts, strict=True)
        ]
        for place, each in enumerate(numbers):
            if any(self.sentences[number].marks for number in each):
                parts[place] = replace(parts[place], then=functools.partial(self._marks_of, each, asking))
        self._expect_marks(sum(len(sentence.marks) for sentence in self.sentences))
        generate_parts(
            self.engine,
            parts,
            report=lambda progress: self._report(progress, self._begun(progress, numbers)),
            cancellation=self.cancellation,
            priority=Priority.INTERACTIVE if len(parts) <= _FEW_PASSAGES else Priority.BULK,
            memory=HandingOn(parts, lambda place, result: self._made(numbers[place], result), self.known),
            meter=self.meter,
        )
        self._expect_marks(-self._num_marks_expected)

    def force_terms(self) -> None:
        """Put terms of the glossaries into translations that lack them still."""
        lacking = [n for n in sorted(self.segments) if self._lacks_term(self.segments[n])]
        if not lacking:
            return
        texts = [Lacking(self.sentences[n].passage, self.segments[n].text) for n in lacking]
        index = TermIndex(self.terms, *self.making.languages)
        forced = force_terms(texts, index, self._asking(), self._answers)
        self._take(
            {
                n: self._forced(n, each)
                for n, each in zip(lacking, forced, strict=True)
                if each.text != self.segments[n].text
            }
        )

    def place_marks(self) -> None:
        """Have the model find the words of marks that wait still."""
        if not self._waiting:
            return
        parts = self._questions(sorted(self._waiting), self._asking())
        if parts:
            self._answers(parts)
        self._report(None, {})

    def _marks_of(self, numbers: Sequence[int], asking: Asking, _result: PartResult) -> list[Part]:
        """Return what is to be asked about the marks of segments that are made, once there are several."""
        self._expect_marks(-sum(len(self.sentences[number].marks) for number in numbers))
        waiting = [number for number in numbers if number in self._waiting]
        self._marks_due += [n for n in waiting if not self._lacks_term(self.segments[n])]
        if len(self._marks_due) < _MARKED_AT_ONCE:
            return []
        due, self._marks_due = self._marks_due, []
        return self._questions(due, asking)

    def _questions(self, numbers: Sequence[int], asking: Asking) -> list[Part]:
        marked = [MarkedSegment(self.sentences[n], self.segments[n]) for n in numbers]

        def placed(place: int, segment: TranslatedSegment) -> None:
            self._waiting.discard(numbers[place])
            self._settle({numbers[place]: segment})

        return place_by_words(marked, asking, placed)

    def _expect_marks(self, num_marks: int) -> None:
        """Count marks whose places will be asked for, for the time left."""
        self._num_marks_expected += num_marks
        self.meter.later += _MARK_WEIGHT * num_marks

    def doubt(self) -> None:
        """Hold names against each other, and have the least sure of what was made now translated back."""
        self._take(with_names(self.segments, self.making.languages))

        def take_trips(trips: Sequence[Trip]) -> list[float]:
            source, target = self.making.languages
            return round_trip(
                trips,
                source_language=source,
                target_language=target,
                engine=self.engine,
                cancellation=self.cancellation,
                meter=self.meter,
                known=self.known,
            )

        made = {n: self.segments[n] for n in self._made_now if self.segments[n].origin is Origin.MODEL}
        self._take(after_trips(made, take_trips))
        if self._unreported:
            self._report(None, {})

    def _asking(self) -> Asking:
        wait_for_model(self.engine, self.cancellation)
        return Asking.of(self.engine.state.model, self.options)

    def _answers(self, parts: Sequence[Part]) -> None:
        generate_parts(
            self.engine,
            parts,
            report=lambda progress: self._report(progress, {}),
            cancellation=self.cancellation,
            priority=Priority.INTERACTIVE if len(self.sentences) <= _FEW_PASSAGES else Priority.BULK,
            memory=self.known,
            meter=self.meter,
        )

    def _lacks_term(self, segment: TranslatedSegment) -> bool:
        return segment.origin is Origin.MODEL and segment.problem == Problem.TERM

    def _forced(self, number: int, forced: Forced) -> TranslatedSegment:
        """Return a segment with terms put into it: what stands around them may not fit any more."""
        problem = Problem.TERM if forced.missing else None
        flags = [Flag(FlagKind.TERM, target_of(term)) for term in forced.put_in]
        flags += self._hint_flags(number)
        made = self.making.made(
            self.sentences[number], forced.text, Origin.MODEL, problem=problem, flags=flags
        )
        return replace(made, confidence=self.segments[number].confidence)

    def _hint_flags(self, number: int) -> list[Flag]:
        match = self.hints.get(number)
        return [Flag(FlagKind.FUZZY, match.entry.source)] if match else []

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
        self._made_now.update(numbers)
        self._take({number: self._of_result(number, result) for number in numbers})

    def _of_result(self, number: int, result: PartResult) -> TranslatedSegment:
        sentence = self.sentences[number]
        if result.problem in _WORTHLESS:
            return self.making.kept(sentence, result.problem)
        return self.making.made(
            sentence,
            result.text,
            Origin.MODEL,
            problem=result.problem,
            flags=self._hint_flags(number),
            certainty=result.certainty,
        )

    def _take(self, segments: Mapping[int, TranslatedSegment]) -> None:
        self._waiting.update(number for number, segment in segments.items() if self._waits(number, segment))
        self._settle(segments)

    def _settle(self, segments: Mapping[int, TranslatedSegment]) -> None:
        self.segments.update(segments)
        self._unreported.update(segments)
        if self.record and segments:
            self.record.keep(segments)

    def _waits(self, number: int, segment: TranslatedSegment) -> bool:
        """Tell whether a segment has marks at places that only the model can tell."""
        is_made = segment.origin in (Origin.MODEL, Origin.MEMORY)
        is_guessed = is_made and any(flag.kind is FlagKind.MARK for flag in segment.flags)
        return is_guessed and bool(
            open_marks(MarkedSegment(self.sentences[number], segment), self.making.languages)
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
