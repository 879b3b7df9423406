"""Where marks stand in a translation as far as no model is needed to tell.

A mark around the whole sentence stays around the whole; words that both texts have (names, numbers, code)
carry their mark with them; an object before the first or behind the last word stays there. For the rest
``wanted_words`` says of which words the place must be found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from lmstudio_lite.domain.units import MarkKind
from lmstudio_lite.tasks.text.tokens import IDEOGRAPH
from lmstudio_lite.tasks.translate.figures import localize_figures
from lmstudio_lite.tasks.translate.marks import BEFORE_WORDS, BEHIND_WORDS, Stretch, trimmed
from lmstudio_lite.tasks.translate.sentences import SentenceMark

_PAUSE = regex.compile(r"[\s,;:，、；：]+\Z")
_ENDING = regex.compile(r"[\s.!?…。！？,;:，、；：]+\Z")
_LETTER = regex.compile(r"[\p{L}\p{M}\p{N}]")
_WORD_BEFORE = regex.compile(r"[\p{L}\p{M}\p{N}'’-]+\Z")
_WORD_BEHIND = regex.compile(r"[\p{L}\p{M}\p{N}'’-]+")
_SHORT_WORD, _FEW_IDEOGRAPHS = 3, 2


@dataclass(frozen=True, slots=True)
class WantedWords:
    """Words of the source, ``[start:end]`` of it, whose place in the translation decides that of a mark."""

    number: int
    start: int
    end: int


def sure_places(
    source: str, target: str, marks: Sequence[SentenceMark], languages: tuple[str, str]
) -> dict[int, Stretch]:
    """Return by number where marks stand beyond doubt; ``languages`` are those of source and target."""
    if source == target:
        return {mark.number: Stretch(mark.start, mark.end) for mark in marks}
    found: dict[int, Stretch] = {}
    for mark in marks:
        stretch = (
            _edge(source, target, mark.start)
            if mark.kind is MarkKind.OBJECT
            else _same_words(source, target, mark, languages)
        )
        if stretch is not None:
            found[mark.number] = stretch
    return found


def wanted_words(source: str, marks: Sequence[SentenceMark]) -> list[WantedWords]:
    """Return what must be found for ``marks``; an object at an edge of another mark goes with that one."""
    edges = {at for mark in marks if mark.kind is not MarkKind.OBJECT for at in (mark.start, mark.end)}
    wanted: list[WantedWords] = []
    for mark in marks:
        start, end = (mark.start, mark.end)
        if mark.kind is MarkKind.OBJECT:
            if mark.start in edges:
                continue
            start, end = _beside(source, mark.start)
        start, end = trimmed(source, start, end)
        if start < end:
            wanted.append(WantedWords(mark.number, start, end))
    return wanted


def place_of(source: str, target: str, mark: SentenceMark, words: WantedWords, found: Stretch) -> Stretch:
    """Return where ``mark`` stands in the translation, its ``words`` being ``found`` there."""
    if mark.kind is not MarkKind.OBJECT:
        return _with_edges(source, target, mark, _without_ending(target, found))
    if mark.start >= words.end:
        between = source[words.end : mark.start].strip()
        at = found.end + len(between) if between and target.startswith(between, found.end) else found.end
        return Stretch(at, at)
    return Stretch(found.start, found.start)


def _without_ending(target: str, found: Stretch) -> Stretch:
    """Return ``found`` without a comma behind it or the sentence's full stop: a model's answer may have them.

    A full stop inside the sentence is an abbreviation's.
    """
    signs = _ENDING if found.end == len(target.rstrip()) else _PAUSE
    ending = signs.search(target, found.start, found.end)
    return Stretch(found.start, ending.start()) if ending and ending.start() > found.start else found


def occurrences(text: str, words: str) -> list[int]:
    """Return where ``words`` stand in ``text`` as whole words."""
    found: list[int] = []
    at = text.find(words)
    while at >= 0:
        if _is_edge(text, at) and _is_edge(text, at + len(words)):
            found.append(at)
        at = text.find(words, at + 1)
    return found


def _is_edge(text: str, at: int) -> bool:
    if not 0 < at < len(text):
        return True
    before, behind = text[at - 1], text[at]
    are_letters = bool(_LETTER.match(before) and _LETTER.match(behind))
    return not are_letters or bool(IDEOGRAPH.match(before) or IDEOGRAPH.match(behind))


def _same_words(source: str, target: str, mark: SentenceMark, languages: tuple[str, str]) -> Stretch | None:
    start, end = trimmed(source, mark.start, mark.end)
    whole = trimmed(source, 0, len(source))
    if (start, end) == whole:
        first, last = trimmed(target, 0, len(target))
        return _with_edges(source, target, mark, Stretch(first, last)) if first < last else None
    if start == end:
        return _same_signs(source, target, mark)
    words = source[start:end]
    here = occurrences(source, words)
    if start not in here:
        return None
    for written in dict.fromkeys((words, localize_figures(words, words, *languages))):
        there = occurrences(target, written)
        if len(there) == len(here):
            at = there[here.index(start)]
            return _with_edges(source, target, mark, Stretch(at, at + len(written)))
    return None


def _same_signs(source: str, target: str, mark: SentenceMark) -> Stretch | None:
    """Return the place of a mark around signs alone, as an arrow or a full stop in bold."""
    signs = source[mark.start : mark.end].strip()
    if not signs or source.count(signs) != target.count(signs):
        return None
    at = -1
    for _ in range(source[: mark.end].count(signs)):
        at = target.find(signs, at + 1)
    return Stretch(at, at + len(signs)) if at >= 0 else None


def _with_edges(source: str, target: str, mark: SentenceMark, found: Stretch) -> Stretch:
    """Widen what was ``found`` by the punctuation that the mark has at its edges, if it stands there."""
    first, last = trimmed(source, mark.start, mark.end)
    start, end = found.start, found.end
    if mark.start < first and source[mark.start : first].strip():
        before = BEHIND_WORDS.search(target[:start])
        assert before is not None
        signs = target[before.start() : start]
        start -= len(signs.lstrip()) if signs.rstrip() == signs else 0
    if last < mark.end and source[last : mark.end].strip():
        behind = BEFORE_WORDS.match(target, end)
        assert behind is not None
        signs = target[end : behind.end()]
        is_last = mark.end == len(source)
        end += len(signs.rstrip()) if is_last else min(len(signs.rstrip()), mark.end - last)
    return Stretch(start, end)


def _edge(source: str, target: str, at: int) -> Stretch | None:
    """Return the place of an object outside the words of the sentence, None for one among them."""
    if not _LETTER.search(source, 0, at):
        before = BEFORE_WORDS.match(target)
        assert before is not None
        place = min(at, before.end())
        return Stretch(place, place)
    if not _LETTER.search(source, at):
        behind = BEHIND_WORDS.search(target)
        assert behind is not None
        place = max(len(target) - (len(source) - at), behind.start())
        return Stretch(place, place)
    return None


def _beside(source: str, at: int) -> tuple[int, int]:
    """Return the words that an object stands at: those it follows without a space, else those behind it."""
    before = _words_before(source, at)
    is_glued_behind = at < len(source) and _LETTER.match(source, at) is not None
    if source[at - 1 : at].isspace() and is_glued_behind:
        behind = _WORD_BEHIND.match(source, at)
        assert behind is not None
        return at, behind.end()
    return before


def _words_before(source: str, at: int) -> tuple[int, int]:
    end = at - len(source[:at]) + len(source[:at].rstrip())
    behind = BEHIND_WORDS.search(source[:end])
    assert behind is not None
    end = behind.start()
    if end and IDEOGRAPH.match(source[end - 1]):
        return max(0, end - _FEW_IDEOGRAPHS), end
    word = _WORD_BEFORE.search(source[:end])
    start = word.start() if word else end
    if word and len(word[0]) <= _SHORT_WORD:
        more = _WORD_BEFORE.search(source[:start].rstrip())
        start = more.start() if more else start
    return start, end
