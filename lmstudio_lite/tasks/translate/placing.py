"""The marks of many segments put at their places, where that takes the model: all asked for side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from lmstudio_lite.domain.translations import TranslatedSegment
from lmstudio_lite.tasks.translate.align import Answers, Found, Search, find_words
from lmstudio_lite.tasks.translate.anchors import WantedWords, place_of, sure_places, wanted_words
from lmstudio_lite.tasks.translate.asking import Asking
from lmstudio_lite.tasks.translate.marking import with_marks
from lmstudio_lite.tasks.translate.marks import Stretch
from lmstudio_lite.tasks.translate.sentences import Sentence

_LINE_BREAK = regex.compile(r"[\r\n\v\f\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class MarkedSegment:
    """A segment whose text is made, and the sentence that it is the translation of."""

    sentence: Sentence
    segment: TranslatedSegment


def open_marks(marked: MarkedSegment, languages: tuple[str, str]) -> list[WantedWords]:
    """Return the words that a model must find in the translation, so that all marks have their places."""
    sentence, segment = marked.sentence, marked.segment
    sure = sure_places(sentence.text, segment.text, sentence.marks, languages)
    return [words for words in wanted_words(sentence.text, sentence.marks) if words.number not in sure]


def place_by_words(
    marked: Sequence[MarkedSegment], asking: Asking, answers: Answers
) -> list[TranslatedSegment]:
    """Return the segments with their marks where the model finds their words."""
    languages = asking.options.source, asking.options.target
    wanted: dict[Search, list[tuple[int, WantedWords]]] = defaultdict(list)
    for place, each in enumerate(marked):
        for words in open_marks(each, languages):
            wanted[_search(each, words)].append((place, words))
    found: dict[int, dict[int, Stretch]] = defaultdict(dict)
    unsure: dict[int, set[int]] = defaultdict(set)
    for answer, asked in zip(find_words(list(wanted), asking, answers), wanted.values(), strict=True):
        for place, words in asked:
            _take(answer, words, marked[place], found[place], unsure[place])
    return [
        with_marks(each.segment, each.sentence.marks, found[place], languages, unsure[place])
        for place, each in enumerate(marked)
    ]


def _search(marked: MarkedSegment, words: WantedWords) -> Search:
    source, target = (_LINE_BREAK.sub(" ", text) for text in (marked.sentence.text, marked.segment.text))
    return Search(source, target, Stretch(words.start, words.end))


def _take(
    answer: Found | None,
    words: WantedWords,
    marked: MarkedSegment,
    found: dict[int, Stretch],
    unsure: set[int],
) -> None:
    if answer is None:
        return
    mark = next(mark for mark in marked.sentence.marks if mark.number == words.number)
    found[mark.number] = place_of(marked.sentence.text, marked.segment.text, mark, words, answer.stretch)
    if not answer.is_sure:
        unsure.add(mark.number)
