"""The sentences of subtitles: each may go over several cues, while times and markup stay.

A sentence that is cut into cues is translated whole and laid over the same cues in proportion to what stood
in each, between words, rather behind a comma. Lines that begin with a dash or another speaker, what follows
a pause and what rolls on from cue to cue are units of their own. Captions without full stops, as speech
recognition makes them, are taken some cues at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import regex

from lmstudio_lite.documents.plain.subtitles import Cue
from lmstudio_lite.documents.rewriting.cue_tokens import CueMarkup
from lmstudio_lite.documents.rewriting.inline import (
    Inline,
    Token,
    TokenKind,
    inline_of,
    text_token,
    write_inline,
)
from lmstudio_lite.documents.rewriting.slots import Edit, Slot
from lmstudio_lite.documents.rewriting.spreading import cuts_of, parts_at
from lmstudio_lite.documents.rewriting.words import has_words
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.units import BilingualLayout, Place, Unit, UnitKind, UnitText

_WORD = regex.compile(r"\p{L}")
_IDEOGRAPH = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
_PAUSE_S = 3.0
_MOST_CUES = 4
_CUES_AT_A_TIME = 3
_MOST_LINES = 100
"""Looked at for sentences at once: each of those is held against each line."""
_ROLLING_SHARE = 0.3
_LINE_LENGTH = 42
"""Characters; the usual length of a subtitle's line (Netflix, BBC guidelines)."""


@dataclass(frozen=True, slots=True)
class _Line:
    """The words of a line of a cue: ``text[start:end]``; ``begins`` where no sentence goes on in it."""

    cue: int
    start: int
    end: int
    begins: bool


def slots_of_cues(text: str, cues: Sequence[Cue], markup: CueMarkup) -> list[Slot]:
    """Return a slot for each sentence of the subtitle file ``text``, in its order."""
    words = _Words(text, cues, markup)
    sentences = [sentence for run in words.runs() for sentence in words.sentences(run) if sentence]
    slots: list[Slot] = []
    for sentence in sentences:
        clock = _clock(cues[sentence[0].cue].start_s)
        slot = words.slot(sentence, Place(UnitKind.CUE, clock, len(slots) + 1))
        if slot is not None:
            slots.append(slot)
    return slots


class _Words:
    """The lines of a file as runs, sentences and slots."""

    def __init__(self, text: str, cues: Sequence[Cue], markup: CueMarkup) -> None:
        self._text = text
        self._cues = cues
        self._markup = markup
        is_windows = markup.line_end == "\n" and "\r\n" in text
        self._line_end = "\r\n" if is_windows else markup.line_end

    def runs(self) -> Iterator[list[_Line]]:
        """Yield lines that may be of one sentence."""
        is_rolling = self._is_rolling()
        run: list[_Line] = []
        ended_s = 0.0
        for number, cue in enumerate(self._cues):
            is_after_pause = cue.start_s - ended_s > _PAUSE_S
            for at, (start, end) in enumerate(cue.lines):
                first, last = self._words_of(start, end)
                if not _WORD.search(self._text, first, last):
                    continue
                beginning = self._text[start:first].strip() + self._text[first:last]
                begins = is_rolling or (at == 0 and is_after_pause)
                begins = begins or self._markup.new_speaker.match(beginning) is not None
                if run and (begins or len(run) >= _MOST_LINES):
                    yield run
                    run = []
                run.append(_Line(number, first, last, begins))
            ended_s = cue.end_s
        if run:
            yield run

    def _words_of(self, start: int, end: int) -> tuple[int, int]:
        """Return the range without what stands around the words; tags whose others are within stay."""
        before = self._markup.before.match(self._text, start, end)
        first = before.end() if before else start
        behind = self._markup.behind.search(self._text, first, end)
        last = behind.start() if behind else end
        opened: list[str] = []
        for token in self._markup.tokens(self._text[first:last]):
            if token.kind is TokenKind.OPEN:
                opened.append(token.name)
            elif token.kind is TokenKind.CLOSE and token.name in opened:
                opened.remove(token.name)
            elif token.kind is TokenKind.CLOSE:  # its other is among what was taken away
                first = self._first_of(token.name, start, first)
        for name in opened:
            last = self._last_of(name, last, end)
        return first, last

    def _first_of(self, name: str, start: int, first: int) -> int:
        """Return where the last tag ``name`` begins that opens between ``start`` and ``first``."""
        position, found = start, first
        for token in self._markup.tokens(self._text[start:first]):
            if token.kind is TokenKind.OPEN and token.name == name:
                found = position
            position += len(token.raw)
        return found

    def _last_of(self, name: str, last: int, end: int) -> int:
        """Return where the first tag ends that closes ``name`` between ``last`` and ``end``."""
        position = last
        for token in self._markup.tokens(self._text[last:end]):
            position += len(token.raw)
            if token.kind is TokenKind.CLOSE and token.name == name:
                return position
        return last

    def _is_rolling(self) -> bool:
        """Tell whether cues begin with the line that the one before ended with, as live captions do."""
        said = [[self._text[start:end].strip() for start, end in cue.lines] for cue in self._cues]
        pairs = [(one, other) for one, other in pairwise(said) if one and other]
        num_rolling = sum(other[0] == one[-1] and len(other) > 1 for one, other in pairs)
        return num_rolling > _ROLLING_SHARE * max(1, len(pairs))

    def sentences(self, run: Sequence[_Line]) -> Iterator[list[_Line]]:
        """Cut a run into sentences, each with its share of the lines."""
        joined, offsets = "", []
        for line in run:
            joined += _separator(joined, self._text[line.start : line.end])
            offsets.append(len(joined))
            joined += self._without_markup(line)
        for segment in split_sentences(joined):
            shares: list[_Line] = []
            for line, offset in zip(run, offsets, strict=True):
                start = max(line.start, line.start + segment.start - offset)
                end = min(line.end, line.start + segment.end - offset)
                start, end = self._words_of(start, end) if start < end else (start, start)
                if start < end and _WORD.search(self._text, start, end):
                    shares.append(_Line(line.cue, start, end, line.begins))
            yield from _few_cues(shares)

    def _without_markup(self, line: _Line) -> str:
        """Return a line's words with blanks for markup, which would hide a full stop before it."""
        said = self._text[line.start : line.end]
        return "".join(
            token.raw if token.kind is TokenKind.TEXT else " " * len(token.raw)
            for token in self._markup.tokens(said)
        )

    def slot(self, lines: Sequence[_Line], place: Place) -> Slot | None:
        """Return the slot of a sentence, None if it holds no words."""
        tokens: list[Token] = []
        shown = ""
        widths: list[int] = []
        for line in lines:
            of_line = list(self._markup.tokens(self._text[line.start : line.end]))
            words = "".join(token.text for token in of_line)
            widths.append(max(1, len(words)))
            if separator := _separator(shown, words):
                tokens.append(text_token(separator, ""))
            tokens += of_line
            shown += separator + words
        inline = inline_of(tokens)
        if not has_words(inline.text):
            return None
        unit = Unit(inline.text, place, inline.marks)
        writing = _Writing(
            self._text, self._cues, tuple(lines), tuple(widths), inline, self._markup, self._line_end
        )
        return Slot(unit, writing.edits)


@dataclass(frozen=True, slots=True)
class _Writing:
    """A sentence and the lines over which its translation is laid."""

    text: str
    cues: Sequence[Cue]
    lines: tuple[_Line, ...]
    widths: tuple[int, ...]
    inline: Inline
    markup: CueMarkup
    line_end: str

    def edits(self, text: UnitText, layout: BilingualLayout) -> list[Edit]:
        ranges = cuts_of(text.text, self.widths)
        parts = parts_at(text, ranges)
        filled = [self._filled(line, part) for line, part in zip(self.lines, parts, strict=True)]
        return self._joined(filled, ranges) if layout is BilingualLayout.NONE else self._below(filled)

    def _filled(self, line: _Line, part: UnitText) -> str:
        """Return what is written in a line; what has become too long for the screen is put on more."""
        limit = max(_LINE_LENGTH, *(end - start for start, end in self.cues[line.cue].lines))
        num_lines = -(-len(part.text) // limit) if part.text else 1
        lines = parts_at(part, cuts_of(part.text, [1] * num_lines)) if num_lines > 1 else [part]
        written = [write_inline(one, self.inline.markup, self.markup.escaped).strip() for one in lines]
        return self.line_end.join(one for one in written if one)

    def _joined(self, filled: Sequence[str], ranges: Sequence[tuple[int, int]]) -> list[Edit]:
        """Return the edits of the lines. A cue for which no words are left shows the first part again."""
        edits: list[Edit] = []
        for number, (line, written) in enumerate(zip(self.lines, filled, strict=True)):
            is_empty = ranges[number][0] == ranges[number][1] and number > 0
            gap_start = self.lines[number - 1].end if number else line.start
            gap = self.text[gap_start : line.start]
            if not is_empty:
                edits.append(Edit(line.start, line.end, written))
            elif line.cue != self.lines[number - 1].cue or self._has_more(line, gap):
                edits.append(Edit(line.start, line.end, written or filled[0]))
            else:
                edits.append(Edit(gap_start, line.end, written))
        return edits

    def _has_more(self, line: _Line, gap: str) -> bool:
        """Tell whether more than the end of a line stands before ``line``, or other words in it."""
        return bool(gap.replace("\\N", "").strip())

    def _below(self, filled: Sequence[str]) -> list[Edit]:
        """Return edits that put a cue's translation under its last line."""
        edits: list[Edit] = []
        numbered = zip(self.lines, filled, strict=True)
        for cue, of_cue in groupby(numbered, key=lambda item: item[0].cue):
            words = " ".join(written for _line, written in of_cue if written)
            end = self.cues[cue].lines[-1][1]
            while self.text[end - 1] in "\r ":
                end -= 1
            if words:
                edits.append(Edit(end, end, f"{self.line_end}{words}"))
        return edits


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
    return "" if _IDEOGRAPH.match(before[-1]) and _IDEOGRAPH.match(behind[:1]) else " "


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
