"""The marks of segments put at their places, where that takes the model.

The questions about one segment follow one another; those about many are asked side by side.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import regex

from lmstudio_lite.domain.translations import TranslatedSegment
from lmstudio_lite.tasks.generate.attempts import Part
from lmstudio_lite.tasks.translate.align import Found, Search, questions_for
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
    marked: Sequence[MarkedSegment], asking: Asking, placed: Callable[[int, TranslatedSegment], None]
) -> list[Part]:
    """Return the first questions after the words of open marks; the others follow from their answers.

    ``placed`` is told a segment's place in ``marked`` and the segment with its marks, once for each: as soon
    as all of its words are found. Words that several ask for are asked for once.
    """
    languages = asking.options.source, asking.options.target
    wanted: dict[Search, list[tuple[int, WantedWords]]] = defaultdict(list)
    places = [_Places(each) for each in marked]
    for place, each in enumerate(marked):
        for words in open_marks(each, languages):
            wanted[_search(each, words)].append((place, words))
            places[place].num_open += 1

    def take(answer: Found | None, asked: Sequence[tuple[int, WantedWords]]) -> None:
        for place, words in asked:
            places[place].take(answer, words)
            if not places[place].num_open:
                placed(place, places[place].segment(languages))

    parts: list[Part] = []
    for search, asked in wanted.items():
        parts += questions_for(search, asking, functools.partial(take, asked=asked))
    return parts


@dataclass(eq=False, slots=True)
class _Places:
    """Where marks of a segment were found so far; ``num_open`` are still looked for."""

    marked: MarkedSegment
    num_open: int = 0
    found: dict[int, Stretch] = field(default_factory=dict)
    unsure: set[int] = field(default_factory=set)

    def take(self, answer: Found | None, words: WantedWords) -> None:
        self.num_open -= 1
        if answer is None:
            return
        sentence, segment = self.marked.sentence, self.marked.segment
        mark = next(mark for mark in sentence.marks if mark.number == words.number)
        self.found[mark.number] = place_of(sentence.text, segment.text, mark, words, answer.stretch)
        if not answer.is_sure:
            self.unsure.add(mark.number)

    def segment(self, languages: tuple[str, str]) -> TranslatedSegment:
        marks = self.marked.sentence.marks
        return with_marks(self.marked.segment, marks, self.found, languages, self.unsure)


def _search(marked: MarkedSegment, words: WantedWords) -> Search:
    source, target = (_LINE_BREAK.sub(" ", text) for text in (marked.sentence.text, marked.segment.text))
    return Search(source, target, Stretch(words.start, words.end))
