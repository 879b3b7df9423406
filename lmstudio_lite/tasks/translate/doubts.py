"""What only many segments together tell: names that are spelled in two ways, and which are the least sure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from lmstudio_lite.domain.translations import Flag, FlagKind, Origin, TranslatedSegment
from lmstudio_lite.tasks.translate.confidence import Trip, after_round_trip, least_sure
from lmstudio_lite.tasks.translate.kept_words import kept_though_translated
from lmstudio_lite.tasks.translate.names import check_document

_FEWEST_FOR_TRIPS = 20
"""A reviewer looks at all of fewer segments anyway."""


def with_names(
    segments: Mapping[int, TranslatedSegment], languages: tuple[str, str]
) -> dict[int, TranslatedSegment]:
    """Return the segments whose flags change: for the spelling of a name, and for words that stayed as they
    are though they are translated elsewhere.
    """
    numbers = sorted(segments)
    pairs = [(segments[number].source, segments[number].text) for number in numbers]
    flags = check_document(pairs, source_language=languages[0], target_language=languages[1])
    kept = kept_though_translated(pairs)
    changed: dict[int, TranslatedSegment] = {}
    for place, number in enumerate(numbers):
        segment = segments[number]
        if segment.origin not in (Origin.MODEL, Origin.MEMORY):
            continue
        wanted = [flag for flag in segment.flags if flag.kind is not FlagKind.NAME]
        if place in flags:
            wanted.append(flags[place])
        if place in kept and all(flag.kind is not FlagKind.UNTRANSLATED for flag in wanted):
            wanted.append(Flag(FlagKind.UNTRANSLATED, kept[place]))
        if tuple(wanted) != segment.flags:
            changed[number] = replace(segment, flags=tuple(wanted))
    return changed


def after_trips(
    made: Mapping[int, TranslatedSegment], take_trips: Callable[[Sequence[Trip]], Sequence[float]]
) -> dict[int, TranslatedSegment]:
    """Have the least sure of the segments that a model made translated back; return those, judged anew."""
    if len(made) < _FEWEST_FOR_TRIPS:
        return {}
    numbers = sorted(made)
    doubted = [numbers[place] for place in least_sure([made[number].confidence for number in numbers])]
    trips = list(dict.fromkeys(Trip(made[number].source, made[number].text) for number in doubted))
    agreements = dict(zip(trips, take_trips(trips), strict=True))
    return {
        number: replace(
            made[number],
            confidence=after_round_trip(
                made[number].confidence or 0.0, agreements[Trip(made[number].source, made[number].text)]
            ),
        )
        for number in doubted
    }
