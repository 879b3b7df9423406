"""Subtitles (SRT, WebVTT): the cues of a file, where their lines stand in it, and what is said as a text.

A summary reads what is said, in paragraphs; a translation keeps the file and needs each line's place in it.
Both know cues from here. Files in the wild break the formats' rules: numbers are missing or doubled, blank
lines stand inside a cue, fractions are left out. No line of a cue is lost for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread

_CUE_TIME = re.compile(
    r"\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?\s*-->"
    r"\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?(?:\s.*)?\Z"
)
_MARKUP = re.compile(r"<[^<>\n]{1,80}>|\{\\[^{}\n]{1,80}\}")
_VTT_HEAD = re.compile(r"\ufeff?WEBVTT(?:\s|\Z)")
_VTT_BLOCK = re.compile(r"(?:NOTE|STYLE|REGION)\b")
_LINES_BEFORE_FIRST_CUE = 4
_PAUSE_S = 3.0
_PARAGRAPH_S = 60.0
_SPEECH_END = (".", "!", "?", "…", "。", "！", "？")


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown from ``start_s`` to ``end_s``; its ``lines`` are half-open ranges of the file's text."""

    start_s: float
    end_s: float
    lines: tuple[tuple[int, int], ...]


def is_subtitles(text: str) -> bool:
    """Tell whether a text is a subtitle file: it begins as WebVTT does, or with a cue's number and time."""
    if _VTT_HEAD.match(text):
        return True
    beginning = text[:1000].removeprefix("\ufeff").split("\n")
    first = [line for line in beginning if line.strip()][:_LINES_BEFORE_FIRST_CUE]
    at = next((at for at, line in enumerate(first) if _CUE_TIME.match(line)), None)
    return at is not None and all(line.strip().isdecimal() for line in first[:at])


def is_web_subtitles(text: str) -> bool:
    """Tell whether a subtitle file is WebVTT, whose text has entities and notes."""
    return _VTT_HEAD.match(text) is not None


def find_cues(text: str) -> list[Cue]:
    """Return the cues of a subtitle file in its order; those of other texts are none."""
    times: list[tuple[float, float]] = []
    lines: list[list[tuple[int, int]]] = []
    is_vtt = _VTT_HEAD.match(text) is not None
    is_after_blank, is_block = True, False
    numbered = list(_lines(text))
    for number, (start, end) in enumerate(numbered):
        line = text[start:end]
        time = _CUE_TIME.match(line)
        if time:
            times.append((_seconds(time.groups()[:4]), _seconds(time.groups()[4:])))
            lines.append([])
        elif not line.strip():
            is_block = False
        elif is_vtt and is_after_blank and _VTT_BLOCK.match(line):
            is_block = True
        elif times and not is_block and not _is_name(text, numbered, number, is_after_blank=is_after_blank):
            lines[-1].append((start, end))
        is_after_blank = not line.strip()
    return [Cue(*time, tuple(spans)) for time, spans in zip(times, lines, strict=True)]


def _is_name(text: str, numbered: list[tuple[int, int]], number: int, *, is_after_blank: bool) -> bool:
    """Tell whether the line is the number or name of the cue whose time follows."""
    if number + 1 >= len(numbered) or not _CUE_TIME.match(text[slice(*numbered[number + 1])]):
        return False
    return is_after_blank or text[slice(*numbered[number])].strip().isdecimal()


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield start, end
        start = end + 1
    yield start, len(text)


def read_subtitles(text: str) -> Reading:
    """Return what is said in a subtitle file; notes in it, which no player shows, are named."""
    said = subtitles_to_text(text)
    body = Part(PartKind.BODY, num_characters=len(said))
    num_unseen = sum(len(block) for block in re.findall(r"(?m)^NOTE\b[^\n]*(?:\n[^\n]+)*", text))
    if not _VTT_HEAD.match(text) or not num_unseen:
        return Reading(said, "", inventory=(body,))
    notes = Part(PartKind.COMMENTS, num_characters=num_unseen, how=HowRead.NOT_READ, why=WhyUnread.HIDDEN)
    return Reading(said, "", inventory=(body, notes))


def subtitles_to_text(text: str) -> str:
    """Return what is said in SRT or WebVTT subtitles, in paragraphs that begin with their time.

    A paragraph ends at a pause, or at a sentence's end after a minute; lines that roll on from cue to cue
    are said once. Text that is no subtitles is returned as it is.
    """
    paragraphs: list[list[str]] = []
    began = ended = 0.0
    said = ""
    for cue in find_cues(text):
        is_new = not paragraphs or cue.start_s - ended > _PAUSE_S
        is_new = is_new or (cue.start_s - began > _PARAGRAPH_S and said.endswith(_SPEECH_END))
        if is_new:
            paragraphs.append([f"[{_clock(cue.start_s)}]"])
            began = cue.start_s
        for start, end in cue.lines:
            line = " ".join(_MARKUP.sub("", text[start:end]).split())
            if line and line != said:
                paragraphs[-1].append(line)
                said = line
        ended = cue.end_s
    return "\n\n".join(" ".join(lines) for lines in paragraphs if len(lines) > 1) or text


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
