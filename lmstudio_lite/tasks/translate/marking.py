"""A segment's marks put at their places in its translation, and told where a place is a guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from lmstudio_lite.domain.translations import Flag, FlagKind, Origin, TranslatedSegment
from lmstudio_lite.tasks.translate.anchors import sure_places
from lmstudio_lite.tasks.translate.marks import NoRoomError, Stretch, place_marks
from lmstudio_lite.tasks.translate.sentences import SentenceMark


def with_marks(
    segment: TranslatedSegment,
    marks: Sequence[SentenceMark],
    found: Mapping[int, Stretch],
    languages: tuple[str, str],
    unsure: Set[int] = frozenset(),
) -> TranslatedSegment:
    """Return ``segment`` with the ``marks`` of its source; ``found`` are places that a model has told.

    Of the marks ``unsure`` it is told that their places are guesses, as of those that have none.

    A translation that is too short for its marks is worth less than they are: then the source stays.
    """
    if not marks:
        return segment
    source, text = segment.source, segment.text
    sure = sure_places(source, text, marks, languages)
    try:
        placed = place_marks(source, text, marks, {**found, **sure})
    except NoRoomError:
        return replace(
            segment,
            text=source,
            is_kept=True,
            marks=tuple(mark.plain for mark in marks),
            flags=(Flag(FlagKind.MARK, source),),
            origin=Origin.SOURCE,
        )
    flags = [flag for flag in segment.flags if flag.kind is not FlagKind.MARK]
    guessed = [mark for mark in marks if mark.number in placed.guessed | unsure]
    if guessed:
        words = ", ".join(dict.fromkeys(source[mark.start : mark.end].strip() for mark in guessed))
        flags.append(Flag(FlagKind.MARK, words.strip(", ")))
    return replace(segment, marks=tuple(mark.plain for mark in placed.marks), flags=tuple(flags))
