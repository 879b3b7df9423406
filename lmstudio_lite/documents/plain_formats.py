"""Texts whose form stands in the way of reading: tables with separators, and subtitles."""

from __future__ import annotations

import csv
import io
import re

_SNIFFED_LENGTH = 64 * 1024
_DELIMITERS = ",;\t|"
_LONGEST_FIELD = 1_000_000

_CUE_TIME = re.compile(
    r"^\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})\s*-->\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3}).*$"
)
_CUE_MARKUP = re.compile(r"<[^<>\n]{1,80}>|\{\\[^{}\n]{1,80}\}")
_VTT_NOTE = re.compile(r"^(?:WEBVTT|NOTE|STYLE|REGION)\b")
_PAUSE_S = 3.0
_PARAGRAPH_S = 60.0
_SPEECH_END = (".", "!", "?", "…", "。", "！", "？")


def table_to_markdown(text: str) -> str:
    """Return the rows of a CSV or TSV file as a Markdown table, the first row as its head.

    Text that is no table is returned as it is.
    """
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:_SNIFFED_LENGTH], _DELIMITERS)
    except csv.Error:
        return text
    before = csv.field_size_limit(_LONGEST_FIELD)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), dialect) if any(map(str.strip, row))]
    except csv.Error:
        return text
    finally:
        csv.field_size_limit(before)
    width = max(map(len, rows), default=0)
    if width < 2:
        return text
    lines = ["| " + " | ".join(map(_cell, [*row, *[""] * (width - len(row))])) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]]) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def subtitles_to_text(text: str) -> str:
    """Return what is said in SRT or WebVTT subtitles, in paragraphs that begin with their time.

    A paragraph ends at a pause, or at a sentence's end after a minute; lines that roll on from cue to cue
    are said once. Text that is no subtitles is returned as it is.
    """
    paragraphs: list[list[str]] = []
    began = ended = 0.0
    said = ""
    for start, end, words in _cues(text):
        is_new = not paragraphs or start - ended > _PAUSE_S
        is_new = is_new or (start - began > _PARAGRAPH_S and said.endswith(_SPEECH_END))
        if is_new:
            paragraphs.append([f"[{_clock(start)}]"])
            began = start
        for line in words:
            if line != said:
                paragraphs[-1].append(line)
                said = line
        ended = end
    return "\n\n".join(" ".join(lines) for lines in paragraphs if len(lines) > 1) or text


def _cues(text: str) -> list[tuple[float, float, list[str]]]:
    cues: list[tuple[float, float, list[str]]] = []
    is_open = False
    lines = text.splitlines()
    for number, line in enumerate(lines):
        time = _CUE_TIME.match(line)
        if time:
            cues.append((_seconds(time.groups()[:4]), _seconds(time.groups()[4:]), []))
            is_open = True
        elif not line.strip() or _VTT_NOTE.match(line):
            is_open = False
        elif is_open:
            is_number = (
                line.strip().isdecimal() and number + 1 < len(lines) and _CUE_TIME.match(lines[number + 1])
            )
            words = " ".join(_CUE_MARKUP.sub("", line).split())
            if words and not is_number:
                cues[-1][2].append(words)
    return cues


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
