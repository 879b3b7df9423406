"""What a reviewer does to single segments, as pure functions from rows to rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lmstudio_lite.domain.file_translations import SegmentRow
from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.domain.text_marks import carry_marks, is_guess
from lmstudio_lite.domain.translations import Flag, FlagKind, Origin
from lmstudio_lite.tasks.translate.flags import find_flags


@dataclass(frozen=True, slots=True)
class Checking:
    """What an edited text is held against: the pair of languages (ISO 639-1), and terms."""

    source: str
    target: str
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Find:
    """What is looked for in the translations, or with ``in_sources`` in the sources."""

    text: str
    matches_case: bool = False
    whole_words: bool = False
    in_sources: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        words = re.escape(self.text)
        words = rf"(?<!\w){words}(?!\w)" if self.whole_words else words
        return re.compile(words, 0 if self.matches_case else re.IGNORECASE)


def edited(row: SegmentRow, text: str, checking: Checking) -> SegmentRow:
    """Return ``row`` with a text that its reviewer wrote, its marks at their places, checked anew."""
    segment = row.segment
    flags = find_flags(
        segment.source,
        text,
        source_language=checking.source,
        target_language=checking.target,
        terms=checking.terms,
    )
    carried = carry_marks(segment.text, segment.marks, text)
    if len(carried) < len(segment.marks) or is_guess(segment.text, segment.marks, text):
        flags = (*flags, Flag(FlagKind.MARK))
    changed = replace(
        segment,
        text=text,
        problem="",
        is_kept=False,
        marks=carried,
        flags=flags,
        confidence=None,
        origin=Origin.EDITED,
    )
    return SegmentRow(row.number, changed, is_edited=True, is_accepted=False)


def with_repeats(rows: Iterable[SegmentRow], row: SegmentRow) -> list[SegmentRow]:
    """Return ``row`` and those that say the same in the same words and that nobody has accepted."""
    return [
        each
        for each in rows
        if each.number == row.number
        or (
            not each.is_accepted
            and each.segment.source == row.segment.source
            and each.segment.text == row.segment.text
        )
    ]


def found_in(rows: Iterable[SegmentRow], find: Find) -> list[int]:
    """Return the numbers of the rows that have what is looked for."""
    if not find.text:
        return []
    pattern = find.pattern
    return [
        row.number
        for row in rows
        if pattern.search(row.segment.source if find.in_sources else row.segment.text)
    ]


def replaced_in(rows: Sequence[SegmentRow], find: Find, by: str, checking: Checking) -> list[SegmentRow]:
    """Return the rows whose translation has what is looked for, with ``by`` in its place."""
    if not find.text or find.in_sources:
        return []
    pattern = find.pattern
    changed = []
    for row in rows:
        text = pattern.sub(lambda match: by, row.segment.text)
        if text != row.segment.text and text.strip():
            changed.append(edited(row, text, checking))
    return changed
