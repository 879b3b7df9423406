"""Segments as they are made: with their flags, and their marks where no model is needed for those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.domain.translations import Flag, FlagKind, Origin, TranslatedSegment, TranslationOptions
from lmstudio_lite.domain.units import Unit
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.translate.confidence import confidence_of
from lmstudio_lite.tasks.translate.flags import find_flags
from lmstudio_lite.tasks.translate.marking import with_marks
from lmstudio_lite.tasks.translate.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Making:
    """Makes the segments of ``units``; ``terms`` are those of the glossaries in use."""

    units: Sequence[Unit]
    options: TranslationOptions
    terms: Sequence[Term]

    @property
    def languages(self) -> tuple[str, str]:
        """Source and target."""
        return self.options.source, self.options.target

    def from_file(self, sentence: Sentence) -> TranslatedSegment:
        """Return what the file holds already."""
        return replace(self._plain(sentence, sentence.existing), origin=Origin.FILE)

    def kept(self, sentence: Sentence, problem: Problem) -> TranslatedSegment:
        """Return the source in place of a translation that is worth nothing."""
        return replace(
            self._plain(sentence, sentence.text),
            problem=problem.value,
            is_kept=True,
            marks=tuple(mark.plain for mark in sentence.marks),
            flags=(Flag(FlagKind(problem.value)),),
            origin=Origin.SOURCE,
        )

    def made(
        self,
        sentence: Sentence,
        text: str,
        origin: Origin,
        *,
        problem: Problem | None = None,
        flags: Sequence[Flag] = (),
        certainty: float | None = None,
    ) -> TranslatedSegment:
        """Return a translation; ``flags`` are set beside those that the checks find.

        ``certainty`` is that of the ``PartResult`` it came of, None where no model made it.
        """
        text, lost = _of_amount(sentence, text)
        found = [*self._found(sentence, text), *lost, *flags]
        if problem is Problem.CUT_SHORT:
            found.append(Flag(FlagKind.CUT_SHORT))
        segment = replace(
            self._plain(sentence, text),
            problem=problem.value if problem else "",
            flags=tuple(dict.fromkeys(found)),
            confidence=confidence_of(certainty, found),
            origin=origin,
        )
        return with_marks(segment, sentence.marks, {}, self.languages)

    def _found(self, sentence: Sentence, text: str) -> tuple[Flag, ...]:
        unit = self.units[sentence.unit]
        if sentence.amount:
            text = sentence.amount.filled(text)
        is_whole = sentence.text == unit.text.strip()
        return find_flags(
            sentence.passage,
            text,
            source_language=self.options.source,
            target_language=self.options.target,
            terms=self.terms,
            max_characters=unit.max_characters if is_whole else None,
            stay=[sentence.text[mark.start : mark.end] for mark in sentence.marks if mark.keeps_text],
        )

    def _plain(self, sentence: Sentence, text: str) -> TranslatedSegment:
        return TranslatedSegment(
            sentence.text,
            text,
            "",
            is_kept=False,
            unit=sentence.unit,
            start=sentence.start,
            place=sentence.place,
        )


def _of_amount(sentence: Sentence, text: str) -> tuple[str, list[Flag]]:
    """Return a translation that was made with a number, with the sign for all such numbers."""
    amount = sentence.amount
    if amount is None or amount.sign in text:
        return text, []
    restored = amount.restored(text)
    return (text, [Flag(FlagKind.VALUES, amount.sign)]) if restored is None else (restored, [])
