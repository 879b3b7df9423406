"""SubRip and WebVTT: a slot for each sentence that is said."""

from __future__ import annotations

from lmstudio_lite.documents.plain.subtitles import find_cues, is_web_subtitles
from lmstudio_lite.documents.rewriting.cue_tokens import SUBRIP, WEBVTT
from lmstudio_lite.documents.rewriting.cues import slots_of_cues
from lmstudio_lite.documents.rewriting.slots import SlottedText
from lmstudio_lite.domain.units import BilingualLayout


def split_subtitles(text: str) -> SlottedText:
    """Return the sentences of a subtitle file; numbers, times, names and notes stay."""
    markup = WEBVTT if is_web_subtitles(text) else SUBRIP
    slots = slots_of_cues(text, find_cues(text), markup)
    return SlottedText(tuple(slots), layouts=frozenset({BilingualLayout.BELOW}))
