"""Translations of single sentences, the program's and the bare model's, as rows; then what the checks find.

chrF against references, terms of a glossary, echoes, changed numbers and what is untranslated without a flag;
whether the segments of least confidence are the worst; planted faults and good segments, for which no model
is needed. With ``--json`` each sentence is a line of its own.
"""

from __future__ import annotations

import fnmatch
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from lmstudio_lite.bench.engine_run import open_engine
from lmstudio_lite.bench.rows import Bound, Row
from lmstudio_lite.bench.setting import Setting
from lmstudio_lite.bench.translation.bare import translate_bare
from lmstudio_lite.bench.translation.marks import Marks, mark
from lmstudio_lite.bench.translation.planted import Segment, read_faults, read_good
from lmstudio_lite.bench.translation.references import ReferenceSet, reference_sets
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.translations import FlagKind, TranslatedSegment, TranslationOptions
from lmstudio_lite.domain.units import Place, Unit, UnitKind
from lmstudio_lite.tasks.text.chrf import chrf
from lmstudio_lite.tasks.translate.glossary import TermIndex
from lmstudio_lite.tasks.translate.units import translate_units

CHRF = Bound(1.0, is_minimum=True)
ALL = Bound(1.0, is_minimum=True)
NONE = Bound(0.0)
FAULTS = Bound(55 / 60, is_minimum=True)
GOOD = Bound(0.1)
WORST = Bound(1.0, is_minimum=True)
CONTEXT_SIZE = 8192
SECONDS = {"small": 60.0, "half_billion": 150.0}
_WORST_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class _Translated:
    """The sentences of a set: the program's segments with and without its terms, and the bare model's."""

    references: ReferenceSet
    ours: list[TranslatedSegment]
    with_terms: list[TranslatedSegment]
    bare: list[str]

    def marks(self) -> list[Marks]:
        return [self._mark(place, segment.text) for place, segment in enumerate(self.ours)]

    def bare_marks(self) -> list[Marks]:
        return [self._mark(place, text) for place, text in enumerate(self.bare)]

    def _mark(self, place: int, text: str) -> Marks:
        return mark(text, self.references.references[place], self.references.target_language)


def expected_s(setting: Setting) -> float:
    """Return about how many seconds it takes on two cores."""
    return SECONDS["half_billion" if setting.model == setting.half_billion else "small"]


def of_sentences(setting: Setting) -> list[Row]:
    """Rows of chrF for each pair, of what must not be, of confidence, and of the checks."""
    translated = []
    with open_engine(setting, setting.model, context_size=CONTEXT_SIZE) as engine:
        for references in _chosen(setting):
            setting.say(f"{references.pair}: {len(references.references)} sentences")
            translated.append(_translate(setting, engine.client, references))
    rows = [_chrf_row(each) for each in translated]
    if translated:
        rows += [_terms_row(translated), *_counts(translated), _confidence_row(translated)]
    return rows + rows_of_checks(read_faults(), read_good())


def _chosen(setting: Setting) -> list[ReferenceSet]:
    """Return the sets of the pairs that are asked for ("en-*"), all without any."""
    patterns = setting.documents or ("*",)
    return [
        each
        for each in reference_sets(setting.file)
        if any(fnmatch.fnmatch(each.pair, pattern) for pattern in patterns)
    ]


def _translate(setting: Setting, client: EngineClient, references: ReferenceSet) -> _Translated:
    sources = [each.source for each in references.references]
    bare = translate_bare(client, sources, references.target_language)
    began = time.perf_counter()
    ours = _ours(client, references, with_terms=False)
    seconds = time.perf_counter() - began
    with_terms = _ours(client, references, with_terms=True)
    translated = _Translated(references, ours, with_terms, bare)
    for reference, segment, other, text, marks in zip(
        references.references, ours, with_terms, bare, translated.marks(), strict=True
    ):
        setting.tell(
            {
                "pair": references.pair,
                "source": reference.source,
                "reference": reference.text,
                "text": segment.text,
                "with_terms": other.text,
                "bare": text,
                "chrf": round(marks.score, 1),
                "flags": [flag.kind.value for flag in segment.flags],
                "confidence": segment.confidence,
            }
        )
    setting.tell({"pair": references.pair, "seconds": round(seconds, 1)})
    return translated


def _ours(client: EngineClient, references: ReferenceSet, *, with_terms: bool) -> list[TranslatedSegment]:
    units = [
        Unit(each.source, Place(UnitKind.BODY, "bench", number))
        for number, each in enumerate(references.references, start=1)
    ]
    options = TranslationOptions(references.source_language, references.target_language)
    translation = translate_units(
        units,
        options,
        engine=client,
        report=lambda progress: None,
        cancellation=Cancellation(),
        terms=references.terms if with_terms else (),
    )
    by_unit: dict[int, list[TranslatedSegment]] = {}
    for segment in translation.segments:
        by_unit.setdefault(segment.unit or 0, []).append(segment)
    return [_whole(by_unit[number]) for number in range(len(units))]


def _whole(segments: Sequence[TranslatedSegment]) -> TranslatedSegment:
    """Return the segments of one unit as one."""
    if len(segments) == 1:
        return segments[0]
    known = [segment.confidence for segment in segments if segment.confidence is not None]
    return TranslatedSegment(
        source=" ".join(segment.source for segment in segments),
        text=" ".join(segment.text for segment in segments),
        problem="",
        is_kept=any(segment.is_kept for segment in segments),
        flags=tuple(flag for segment in segments for flag in segment.flags),
        confidence=min(known, default=None),
    )


def _chrf_row(each: _Translated) -> Row:
    references = [reference.text for reference in each.references.references]
    ours, bare = chrf([segment.text for segment in each.ours], references), chrf(each.bare, references)
    ratio = ours / bare if bare else None
    holds = CHRF.holds(ratio) if ratio is not None else True
    return Row(f"translation-chrf-{each.references.pair}", ours, bare, ratio, CHRF, holds, note="chrF")


def _terms_row(translated: Sequence[_Translated]) -> Row:
    wanted, found, flagged, by_bare = 0, 0, 0, 0
    for each in translated:
        pair = each.references
        index = TermIndex(pair.terms, pair.source_language, pair.target_language)
        for segment, bare in zip(each.with_terms, each.bare, strict=True):
            num_terms = len(index.find(segment.source))
            missing = len(index.missing(segment.source, segment.text))
            wanted += num_terms > 0
            found += num_terms > 0 and not missing
            flagged += missing > 0 and any(flag.kind is FlagKind.TERM for flag in segment.flags)
            by_bare += num_terms > 0 and not index.missing(segment.source, bare)
    share, against = found / wanted, by_bare / wanted
    note = f"{found} of {wanted} segments that need one, {flagged} of the others flagged"
    return Row("translation-terms", share, against, share, ALL, ALL.holds(share), note=note)


def _counts(translated: Sequence[_Translated]) -> list[Row]:
    marks = [(marked, segment) for each in translated for marked, segment in _pairs(each)]
    bare = [marked for each in translated for marked in each.bare_marks()]
    unflagged = [marked for marked, segment in marks if not segment.flags]
    every = [marked for marked, _ in marks]
    return [
        _count("echoes", [each.is_echo for each in every], [each.is_echo for each in bare]),
        _count(
            "other-numbers",
            [each.has_other_numbers for each in unflagged],
            [each.has_other_numbers for each in bare],
        ),
        _count(
            "untranslated",
            [each.is_untranslated for each in unflagged],
            [each.is_untranslated for each in bare],
        ),
    ]


def _pairs(each: _Translated) -> list[tuple[Marks, TranslatedSegment]]:
    return list(zip(each.marks(), each.ours, strict=True))


def _count(name: str, ours: Sequence[bool], bare: Sequence[bool]) -> Row:
    number = float(sum(ours))
    note = "segments without a flag; against: the bare model's" if name != "echoes" else ""
    return Row(f"translation-{name}", number, float(sum(bare)), number, NONE, NONE.holds(number), note=note)


def _confidence_row(translated: Sequence[_Translated]) -> Row:
    """Say how many of the least sure have a chrF below their pair's median, against chance."""
    rated = []
    for each in translated:
        marks = each.marks()
        median = statistics.median(marked.score for marked in marks)
        rated += [
            (segment.confidence, marked.score < median)
            for marked, segment in zip(marks, each.ours, strict=True)
            if segment.confidence is not None
        ]
    name = "translation-confidence"
    if not rated:
        return Row(name, None, None, None, WORST, None, note="no segment has a confidence")
    least_sure = sorted(rated)[: max(1, round(_WORST_SHARE * len(rated)))]
    share = statistics.fmean(is_low for _, is_low in least_sure)
    chance = statistics.fmean(is_low for _, is_low in rated)
    ratio = share / chance if chance else None
    note = f"of the {len(least_sure)} least sure, those with a chrF below the median"
    return Row(name, share, chance, ratio, WORST, ratio is not None and ratio > WORST.limit, note=note)


def rows_of_checks(faults: Sequence[Segment], good: Sequence[Segment]) -> list[Row]:
    """Say which share of the planted faults is flagged, and of the good segments."""
    found, wrongly = _share_flagged(faults), _share_flagged(good)
    halves = [f"{'held out' if half else 'tuned on'} {_num_flagged(faults, half)}" for half in (False, True)]
    good_halves = [
        f"{'held out' if half else 'tuned on'} {_num_flagged(good, half)}" for half in (False, True)
    ]
    return [
        Row("translation-faults", found, None, found, FAULTS, FAULTS.holds(found), note=", ".join(halves)),
        Row(
            "translation-good-flagged",
            wrongly,
            None,
            wrongly,
            GOOD,
            GOOD.holds(wrongly),
            note=", ".join(good_halves),
        ),
    ]


def _share_flagged(segments: Sequence[Segment]) -> float:
    return sum(bool(segment.flags()) for segment in segments) / len(segments)


def _num_flagged(segments: Sequence[Segment], is_held_out: bool) -> str:
    half = [segment for segment in segments if segment.is_held_out is is_held_out]
    return f"{sum(bool(segment.flags()) for segment in half)} of {len(half)}"
