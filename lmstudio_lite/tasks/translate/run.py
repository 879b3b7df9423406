"""A text translated sentence by sentence, in order, with everything around the sentences kept.

What is code in Markdown stays, a table stays one, subtitles stay a file of subtitles with the same cues:
``documents.rewriting`` says what is text, ``units`` translates it.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lmstudio_lite.documents.rewriting.slots import Edit, SlottedText, apply_edits, edits_of
from lmstudio_lite.documents.rewriting.text import split_text
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.domain.translation_memory import TranslationMemory
from lmstudio_lite.domain.translations import (
    Register,
    SegmentRecord,
    TextForm,
    TranslatedSegment,
    Translation,
    TranslationOptions,
    TranslationProgress,
    UnitsProgress,
)
from lmstudio_lite.domain.units import BilingualLayout, Unit, UnitText
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.tasks.generate.time_left import WorkMeter
from lmstudio_lite.tasks.translate.marking import with_marks
from lmstudio_lite.tasks.translate.sentences import Sentence, join_segments, split_units
from lmstudio_lite.tasks.translate.units import translate_units

_MISSING = "…"
_END = "\U000f0000"
"""Stands where a text ends that is shown before it is whole; a private character, which no form escapes."""


def translate(
    text: str,
    *,
    source: str,
    target: str,
    engine: EngineClient,
    report: Callable[[TranslationProgress], None],
    cancellation: Cancellation,
    cache: PartCache | None = None,
    record: SegmentRecord | None = None,
    meter: WorkMeter | None = None,
    form: TextForm = TextForm.PLAIN,
    register: Register = Register.ANY,
    audience: str = "",
    instruction: str = "",
    terms: Sequence[Term] = (),
    memory: TranslationMemory | None = None,
) -> Translation:
    """Translate ``text``; codes are ISO 639-1, ``source`` "" is detected. Waits for the model.

    The text keeps its ``form``. For the rest see ``translate_units``.

    Raises:
        BadRequestError: a language is not one of ``domain.languages.LANGUAGES``.
        CancelledError: cancelled; the last report holds what was done.
        ModelError, EngineError: the model can't answer.
    """
    started = time.monotonic()
    shown = _ShownText(text, form, target)

    def show(progress: UnitsProgress) -> None:
        so_far = shown.so_far(progress.segments, progress.begun)
        report(
            TranslationProgress(
                progress.num_done, progress.num_total, progress.seconds_left, so_far, progress.delay
            )
        )

    made = translate_units(
        shown.units,
        TranslationOptions(source, target, register, audience, instruction),
        engine=engine,
        report=show,
        cancellation=cancellation,
        cache=cache,
        record=record,
        terms=terms,
        memory=memory,
        meter=meter,
    )
    return Translation(
        text=shown.with_texts(made.texts),
        source=made.source,
        target=target,
        num_segments=len(shown.sentences),
        seconds=time.monotonic() - started,
        warnings=made.warnings,
        segments=made.segments,
    )


def translation_so_far(
    text: str, target: str, segments: Mapping[int, TranslatedSegment], form: TextForm = TextForm.PLAIN
) -> TranslationProgress:
    """Return how far a translation of ``text`` is that has ``segments``, by their number."""
    shown = _ShownText(text, form, target)
    known = {
        number: segment
        for number, segment in segments.items()
        if number < len(shown.sentences) and shown.sentences[number].text == segment.source
    }
    return TranslationProgress(len(known), len(shown.sentences), None, shown.so_far(known, {}))


@dataclass(eq=False, slots=True)
class _ShownText:
    """A text whose translation is shown while it is made, again and again: what is known once is kept."""

    text: str
    form: TextForm
    target: str
    slotted: SlottedText = field(init=False)
    units: tuple[Unit, ...] = field(init=False)
    sentences: list[Sentence] = field(init=False)
    _numbers: dict[int, list[int]] = field(init=False)
    _segments: dict[int, TranslatedSegment] = field(default_factory=dict)
    _edits: dict[int, tuple[UnitText, list[Edit]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.slotted = split_text(self.text, self.form)
        self.units = tuple(slot.unit for slot in self.slotted.slots)
        self.sentences = split_units(self.units)
        self._numbers = defaultdict(list)
        for number, sentence in enumerate(self.sentences):
            self._numbers[sentence.unit].append(number)

    def so_far(self, done: Mapping[int, TranslatedSegment], begun: Mapping[int, str]) -> str:
        """Return the translation up to the last sentence that has begun, with a mark for those before it.

        Sentences are translated side by side: who stops keeps every one that is done, as the count says.
        """
        self._segments.update(done)
        last = max((*self._segments, *begun), default=-1)
        if last < 0:
            return ""
        texts: dict[int, UnitText] = {}
        for unit, numbers in self._numbers.items():
            shown = [self._shown(number, begun, last) for number in numbers if number <= last]
            if shown:
                texts[unit] = join_segments(self.units[unit], shown, self.target)
        return self.with_texts(texts).partition(_END)[0]

    def with_texts(self, texts: Mapping[int, UnitText]) -> str:
        """Return the text with ``texts`` in the place of the units of these numbers."""
        edits: list[Edit] = []
        for number, text in texts.items():
            known = self._edits.get(number)
            if known is None or known[0] != text:
                slot = self.slotted.slots[number]
                known = text, edits_of([slot], {0: text}, BilingualLayout.NONE)
                self._edits[number] = known
            edits.extend(known[1])
        return apply_edits(self.text, edits)

    def _shown(self, number: int, begun: Mapping[int, str], last: int) -> TranslatedSegment:
        segment = self._segments.get(number)
        if segment is None:
            sentence = self.sentences[number]
            text = begun.get(number, "").strip() or _MISSING
            plain = TranslatedSegment(
                sentence.text, text, "", is_kept=False, unit=sentence.unit, start=sentence.start
            )
            segment = with_marks(plain, sentence.marks, {}, ("", self.target))
        is_end = number == last and not self._is_whole
        return replace(segment, text=segment.text + _END) if is_end else segment

    @property
    def _is_whole(self) -> bool:
        return len(self._segments) == len(self.sentences)
