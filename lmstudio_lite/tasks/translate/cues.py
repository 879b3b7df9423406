"""Subtitles to passages: sentences, which may go over several cues, while times and markup stay.

A sentence that is cut into cues is translated whole and laid over the same cues in proportion to what stood
in each, between words, rather behind a comma. Lines that begin with a dash or another speaker, what follows
a pause and what rolls on from cue to cue are passages of their own. Captions without full stops, as speech
recognition makes them, are taken some cues at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import regex

from lmstudio_lite.documents.plain.subtitles import Cue, find_cues
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.tasks.text.tokens import IDEOGRAPH
from lmstudio_lite.tasks.translate.carried import find_carried, without_tags
from lmstudio_lite.tasks.translate.pieces import Piece

_BEFORE = regex.compile(r"(?:\s|<[^<>\n]{1,80}>|\{\\[^{}\n]{1,80}\}|[-–—‐]+\s*(?=[^\s\d])|>>+|[♪♫#]+(?=\s))*")
_BEHIND = regex.compile(r"(?:\s|</?[^<>\n]{1,80}>|[♪♫])*\Z")
_TAG = regex.compile(r"<(?P<is_end>/?)(?P<name>[A-Za-z]\w*)[^<>\n]{0,80}>")
_NEW_SPEAKER = regex.compile(r"<v[ .]|[-–—‐]\s*\S|>>|[♪♫]|\[|\(")
_WORD = regex.compile(r"\p{L}")
_UNITS = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}][\p{P}]*|[^\s\p{Han}\p{Hiragana}\p{Katakana}]+\s*|\s+"
)
_CLAUSE_END = regex.compile(r"[\p{Po}\p{Pd}\p{Pe}\p{Pf}]\s*\Z")
_PAUSE_S = 3.0
_MOST_CUES = 4
_CUES_AT_A_TIME = 3
_MOST_LINES = 100
"""Looked at for sentences at once: each of those is held against each line."""
_ROLLING_SHARE = 0.3
_CLAUSE_REACH = 0.2
"""How far, in shares of the sentence, a cut is moved to stand behind a comma."""
_LINE_LENGTH = 42
"""Characters; the usual length of a subtitle's line (Netflix, BBC guidelines)."""


@dataclass(frozen=True, slots=True)
class _Line:
    """The words of a line of a cue: ``text[start:end]``; ``begins`` where no sentence goes on in it."""

    cue: int
    start: int
    end: int
    begins: bool


def split_subtitles(text: str) -> Iterator[Piece]:
    """Yield pieces that join to the subtitle file ``text``."""
    position = 0
    for run in _runs(text, find_cues(text)):
        for sentence in _sentences(text, run):
            yield Piece(text[position : sentence[0].start])
            yield _piece(text, sentence)
            position = sentence[-1].end
    yield Piece(text[position:])


def _runs(text: str, cues: Sequence[Cue]) -> Iterator[list[_Line]]:
    """Yield lines that may be of one sentence."""
    is_rolling = _is_rolling(text, cues)
    run: list[_Line] = []
    ended_s = 0.0
    for number, cue in enumerate(cues):
        is_after_pause = cue.start_s - ended_s > _PAUSE_S
        for at, (start, end) in enumerate(cue.lines):
            first, last = _words_of(text, start, end)
            if not _WORD.search(text, first, last):
                continue
            begins = is_rolling or (at == 0 and is_after_pause)
            begins = begins or _NEW_SPEAKER.match(text[start:first].strip() + text[first:last]) is not None
            if run and (begins or len(run) >= _MOST_LINES):
                yield run
                run = []
            run.append(_Line(number, first, last, begins))
        ended_s = cue.end_s
    if run:
        yield run


def _words_of(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the range without the marks and markup around the words; tags whose others are within stay."""
    before = _BEFORE.match(text, start, end)
    first = before.end() if before else start
    behind = _BEHIND.search(text, first, end)
    last = behind.start() if behind else end
    opened: list[str] = []
    for tag in _TAG.finditer(text, first, last):
        if not tag["is_end"]:
            opened.append(tag["name"])
        elif tag["name"] in opened:
            opened.remove(tag["name"])
        else:  # its other is among what was taken away
            first = text.rfind(f"<{tag['name']}", start, first)
            first = start if first < start else first
    for name in opened:
        closing = text.find(f"</{name}>", last, end)
        last = closing + len(name) + 3 if closing >= 0 else last
    return first, last


def _is_rolling(text: str, cues: Sequence[Cue]) -> bool:
    """Tell whether cues begin with the line that the one before ended with, as live captions do."""
    said = [[text[start:end].strip() for start, end in cue.lines] for cue in cues]
    pairs = [(one, other) for one, other in pairwise(said) if one and other]
    num_rolling = sum(other[0] == one[-1] and len(other) > 1 for one, other in pairs)
    return num_rolling > _ROLLING_SHARE * max(1, len(pairs))


def _sentences(text: str, run: Sequence[_Line]) -> Iterator[list[_Line]]:
    """Cut a run into sentences, each with its share of the lines."""
    joined, offsets = "", []
    for line in run:
        joined += _separator(joined, text[line.start : line.end])
        offsets.append(len(joined))
        joined += text[line.start : line.end]
    # Markup hides a full stop before it.
    plain = _TAG.sub(lambda tag: " " * len(tag[0]), joined)
    for segment in split_sentences(plain):
        shares: list[_Line] = []
        for line, offset in zip(run, offsets, strict=True):
            start = max(line.start, line.start + segment.start - offset)
            end = min(line.end, line.start + segment.end - offset)
            start, end = _words_of(text, start, end) if start < end else (start, start)
            if start < end and _WORD.search(text, start, end):
                shares.append(_Line(line.cue, start, end, line.begins))
        yield from _few_cues(shares)


def _few_cues(shares: list[_Line]) -> Iterator[list[_Line]]:
    """Yield a sentence whole, or some cues at a time where it goes over too many."""
    cues = list(dict.fromkeys(line.cue for line in shares))
    size = len(cues) if len(cues) <= _MOST_CUES else _CUES_AT_A_TIME
    for first in range(0, len(cues), max(1, size)):
        chosen = set(cues[first : first + size])
        yield [line for line in shares if line.cue in chosen]


def _separator(before: str, behind: str) -> str:
    if not before:
        return ""
    return "" if IDEOGRAPH.match(before[-1]) and IDEOGRAPH.match(behind[:1]) else " "


def _piece(text: str, lines: Sequence[_Line]) -> Piece:
    passage = ""
    for line in lines:
        said = text[line.start : line.end]
        passage += _separator(passage, said) + said
    start, end = lines[0].start, lines[-1].end
    if not _WORD.search(without_tags(passage)):
        return Piece(text[start:end])
    gaps = [text[one.end : other.start] for one, other in pairwise(lines)]
    weights = [line.end - line.start for line in lines]
    tags = [each.text for each in find_carried(passage) if each.kind == "tag"]

    def fill(translation: str) -> str:
        clean = " ".join(translation.replace("-->", "→").split())
        if [each.text for each in find_carried(clean) if each.kind == "tag"] != tags:
            clean = without_tags(clean)
        parts = _spread(clean, weights) if len(weights) > 1 else [_wrapped(clean, weights[0])]
        filled = parts[0]
        for gap, part in zip(gaps, parts[1:], strict=True):
            filled += (gap if part or gap.strip() else "") + (part or (parts[0] if gap.strip() else ""))
        return filled

    return Piece(text[start:end], passage, fill)


def _spread(translation: str, weights: Sequence[int]) -> list[str]:
    """Cut a translation into as many parts as there are weights, in their proportion; the last may be ""."""
    units = _UNITS.findall(translation)
    if len(units) < len(weights):
        return [translation, *[""] * (len(weights) - 1)]
    ends = [0]
    for unit in units:
        ends.append(ends[-1] + len(unit))
    total, weight_so_far, begin = sum(weights), 0, 0
    parts: list[str] = []
    for number, weight in enumerate(weights[:-1], 1):
        weight_so_far += weight
        target = ends[-1] * weight_so_far / total
        possible = range(begin + 1, len(units) - (len(weights) - number) + 1)
        reach = _CLAUSE_REACH * ends[-1]

        def distance(cut: int, target: float = target, reach: float = reach) -> float:
            bonus = reach if _CLAUSE_END.search(units[cut - 1]) else 0.0
            return abs(ends[cut] - target) - bonus

        cut = min(possible, key=distance)
        parts.append("".join(units[begin:cut]).strip())
        begin = cut
    parts.append("".join(units[begin:]).strip())
    return parts


def _wrapped(translation: str, weight: int) -> str:
    """Put a line that has become too long for the screen on two."""
    if len(translation) <= max(_LINE_LENGTH, weight) or len(translation) > 2 * _LINE_LENGTH:
        return translation
    return "\n".join(_spread(translation, (1, 1)))
