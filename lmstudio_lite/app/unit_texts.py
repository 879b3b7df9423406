"""Reviewed segments back to the texts of a file's units: what is written is made of the stored rows."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from lmstudio_lite.domain.file_translations import SegmentRow
from lmstudio_lite.domain.translations import TranslatedSegment
from lmstudio_lite.domain.units import Unit, UnitText, check_unit_text
from lmstudio_lite.errors import InvariantError
from lmstudio_lite.tasks.translate.sentences import split_units, whole_texts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TextsToWrite:
    """``texts`` are by unit. ``num_source`` sentences are not in them: the source stands there."""

    texts: dict[int, UnitText]
    num_source: int


def texts_of(units: Sequence[Unit], rows: Sequence[SegmentRow], target: str) -> TextsToWrite:
    """Put the segments of ``rows`` back into their units; what has none stays as it is in the file.

    A text that would break its unit's marks is left out, so that it costs no more than itself. So is one of
    a unit that is cut otherwise now than when it was translated, by an earlier version.
    """
    segments = [row.segment for row in rows if _stands_in(units, row.segment)]
    texts = whole_texts(units, segments, target)
    for number, text in list(texts.items()):
        try:
            check_unit_text(units[number], text)
        except InvariantError as error:
            log.error("unit %d stays in its source's words: %s", number, error)
            del texts[number]
    translated = {
        (segment.unit, segment.start) for segment in segments if segment.unit in texts and not segment.is_kept
    }
    num_source = sum(
        not sentence.existing and (sentence.unit, sentence.start) not in translated
        for sentence in split_units(units)
    )
    return TextsToWrite(texts, num_source)


def _stands_in(units: Sequence[Unit], segment: TranslatedSegment) -> bool:
    number = segment.unit
    if number is None or number >= len(units):
        return False
    return units[number].text.startswith(segment.source, segment.start)
