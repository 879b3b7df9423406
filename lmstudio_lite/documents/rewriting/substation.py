"""SubStation Alpha (ASS and SSA): what is said in its dialogue lines; styles, times and drawings stay.

After the format's description by its makers ("ASS File Format Specification") and libass: the ``Format`` line
of the events says in which field the text stands, which is the last. Lines that draw, and lines of karaoke
whose syllables have times of their own, are no text to translate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import regex

from lmstudio_lite.documents.plain.subtitles import Cue
from lmstudio_lite.documents.rewriting.cue_tokens import SUBSTATION
from lmstudio_lite.documents.rewriting.cues import slots_of_cues
from lmstudio_lite.documents.rewriting.slots import SlottedText
from lmstudio_lite.documents.rewriting.text_file import MalformedError
from lmstudio_lite.domain.units import BilingualLayout

_LINE = regex.compile(r"[^\r\n]+")
_SECTION = regex.compile(r"\s*\[(?P<name>[^\]]+)\]\s*\Z")
_FIELDS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
_TIME = regex.compile(r"\s*(\d+):(\d{1,2}):(\d{1,2})[.:](\d{1,3})\s*\Z")
_DRAWS = regex.compile(r"\{[^}]*\\p[1-9]")
_SYLLABLE = regex.compile(r"\\[kK][fot]?\d")
_MOST_SYLLABLES = 1
_BREAK = regex.compile(r"\\[Nn]")


def split_substation(text: str) -> SlottedText:
    """Return the sentences of the dialogue.

    Raises:
        MalformedError: there is no section of events.
    """
    kept: Counter[str] = Counter()
    cues = list(_cues(text, kept))
    slots = slots_of_cues(text, cues, SUBSTATION)
    return SlottedText(
        tuple(slots), kept=tuple(sorted(kept.items())), layouts=frozenset({BilingualLayout.BELOW})
    )


def _cues(text: str, kept: Counter[str]) -> Iterator[Cue]:
    fields: tuple[str, ...] = _FIELDS
    section = ""
    has_events = False
    for found in _LINE.finditer(text):
        named = _SECTION.match(found[0])
        if named:
            section = named["name"].strip().lower()
            has_events = has_events or section == "events"
            continue
        kind, colon, rest = found[0].partition(":")
        if section != "events" or not colon:
            continue
        if kind.strip().lower() == "format":
            fields = tuple(name.strip().lower() for name in rest.split(","))
        elif kind.strip().lower() == "dialogue":
            cue = _cue(text, fields, found.start() + len(kind) + 1, found.end(), kept)
            if cue is not None:
                yield cue
    if not has_events:
        raise MalformedError("no events")


def _cue(text: str, fields: tuple[str, ...], start: int, end: int, kept: Counter[str]) -> Cue | None:
    values = text[start:end].split(",", len(fields) - 1)
    if len(values) < len(fields) or fields[-1] != "text" or "start" not in fields or "end" not in fields:
        return None
    words = values[-1]
    if _DRAWS.search(words) or len(_SYLLABLE.findall(words)) > _MOST_SYLLABLES:
        kept["drawing" if _DRAWS.search(words) else "karaoke"] += 1
        return None
    times = [_TIME.match(values[fields.index(name)]) for name in ("start", "end")]
    begins, ends = (_seconds(time) if time else 0.0 for time in times)
    lines: list[tuple[int, int]] = []
    position = end - len(words)
    for found in [*_BREAK.finditer(text, position, end), None]:
        until = found.start() if found else end
        if text[position:until].strip():
            lines.append((position, until))
        position = found.end() if found else end
    return Cue(begins, ends, tuple(lines))


def _seconds(time: regex.Match[str]) -> float:
    hours, minutes, seconds, fraction = time.groups()
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000
