"""Who did what to whom: whether a sentence swaps those whom its passage names.

Without a parser: what both have word for word is put in order. Two that stand on the two sides of a third
word in one and on the other sides in the other have swapped places, unless one of the two is in the passive
voice, a preposition stands before either ("In spring the price rose"), or both did it together. What a
preposition governs in one ("to the Hansens") and another in the other is swapped too. Where articles show who
is the object, they decide.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from lmstudio_lite.tasks.evidence.clauses import Mark, Reader
from lmstudio_lite.tasks.text.names import has_inner_capital
from lmstudio_lite.tasks.text.tokens import plain

_STEM = 6
_MOST_WORDS = 60
_MOST_CHARACTERS = 120
_TOKEN = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['’-][\p{L}\p{N}]+)*|[,;:.!?()–—]")
_ARTICLES_BETWEEN = 3
_SHORTEST_RUN = 2
_HAN_BREAK = regex.compile(r"[，。；：！？、,.;:!?（）()“”\s]")


@dataclass(frozen=True, slots=True)
class _Unit:
    """Something that both texts have: where, and what stands before it."""

    key: str
    place: int
    before: str
    is_name: bool
    is_object: bool = False


def swapped_roles(sentence: str, passage: str, reader: Reader) -> bool:
    """Tell whether ``sentence`` gives what the passage says of one to another, and the other way round."""
    if reader.is_spaced:
        here, there = _units_of_words(sentence, passage, reader)
    else:
        if reader.cleft.search(sentence) or reader.cleft.search(passage):
            return False
        here, there = _units_of_characters(sentence, passage)
    if len(here) < 2:
        return False
    return _are_switched(here, there, sentence, passage, reader) or _are_governed_otherwise(
        here, there, reader.directions
    )


def _units_of_words(sentence: str, passage: str, reader: Reader) -> tuple[list[_Unit], list[_Unit]]:
    words = [_words(text) for text in (sentence, passage)]
    keys = [{_key(word): number for number, word in enumerate(each)} for each in words]
    counts = [[_key(word) for word in each] for each in words]
    shared = [
        key
        for key in keys[0]
        if key in keys[1]
        and all(count.count(key) == 1 for count in counts)
        and (key not in reader.common or key in reader.auxiliaries)
    ]
    if max(map(len, words)) > _MOST_WORDS:
        return [], []
    found = []
    for each, places in zip(words, keys, strict=True):
        found.append(
            [_unit(each, key, places[key], reader) for key in sorted(shared, key=places.__getitem__)]
        )
    return found[0], found[1]


def _unit(words: Sequence[str], key: str, place: int, reader: Reader) -> _Unit:
    is_object = place > 0 and words[place - 1].casefold() in reader.object_articles
    return _Unit(key, place, _before(words, place, reader), _is_name(words, place, reader), is_object)


def _words(text: str) -> list[str]:
    return [match[0] for match in _TOKEN.finditer(text)]


def _key(word: str) -> str:
    return plain(word)[:_STEM] if len(word) > 1 else word


def _before(words: Sequence[str], place: int, reader: Reader) -> str:
    """Return the preposition before a word, with no more than an article or an adjective between; or ""."""
    for number in range(place - 1, max(-1, place - 1 - _ARTICLES_BETWEEN), -1):
        word = words[number].casefold()
        if word in reader.prepositions:
            return word
        if not word[0].isalpha() or (word in reader.relatives):
            return ""
    return ""


def _is_name(words: Sequence[str], place: int, reader: Reader) -> bool:
    """Tell whether a word names somebody or something: by its capital, or by the article before it."""
    word = words[place].casefold()
    if word in reader.auxiliaries or word in reader.prepositions or word in reader.determiners:
        return False
    return words[place][0].isupper() or (place > 0 and words[place - 1].casefold() in reader.determiners)


def misplaced_title(sentence: str, passages: str, reader: Reader) -> bool:
    """Tell whether a name has a title or a role that the passages give to another ("chemist Pavlova")."""
    if not reader.is_spaced:
        return False
    given: dict[str, set[str]] = {}
    borne: dict[str, set[str]] = {}
    for title, name in itertools.pairwise(_words(passages)):
        if _is_title(title, name, reader):
            given.setdefault(_key(title), set()).add(name)
            borne.setdefault(name, set()).add(_key(title))
    for title, name in itertools.pairwise(_words(sentence)):
        if _is_title(title, name, reader):
            names, titles = given.get(_key(title), set()), borne.get(name, set())
            if names and titles and name not in names and _key(title) not in titles:
                return True
    return False


def _is_title(title: str, name: str, reader: Reader) -> bool:
    is_word = title[0].isalpha() and _key(title) not in reader.common
    return is_word and name[0].isupper() and title.casefold() not in reader.prepositions


def strange_subject(sentence: str, clause: str, others: Sequence[str], reader: Reader) -> bool:
    """Tell whether ``sentence`` says of one what ``clause`` says of another.

    Its subject, the first thing it names outside of a preposition, is missing in the clause, whose own
    subject is missing in it, and stands in one of the ``others``.
    """
    here, there = _subject(sentence, reader), _subject(clause, reader)
    if not here or not there or here == there or reader.has(Mark.PASSIVE, sentence + clause):
        return False
    said, given = ({_key(word) for word in _words(text)} for text in (sentence, clause))
    is_other = any(here in {_key(word) for word in _words(other)} for other in others)
    return here not in given and there not in said and is_other


def _subject(text: str, reader: Reader) -> str:
    words = _words(text)
    for place, word in enumerate(words):
        if _key(word) in reader.common or not word[0].isalpha() or not reader.sentence(word).features:
            continue
        is_thing = (
            place == 0 or _is_name(words, place, reader) or words[place - 1].casefold() in reader.breaking
        )
        if not is_thing:
            return ""
        if not _before(words, place, reader):
            return "" if has_inner_capital(word) else _key(word)  # "GPL" may be "the license"
    return ""


def _are_switched(
    here: Sequence[_Unit], there: Sequence[_Unit], sentence: str, passage: str, reader: Reader
) -> bool:
    if reader.has(Mark.PASSIVE, sentence) != reader.has(Mark.PASSIVE, passage):
        return False
    places = {unit.key: unit for unit in there}
    for first, middle, last in itertools.combinations(here, 3):
        if first.before or last.before or places[first.key].before or places[last.key].before:
            continue
        if reader.is_spaced and (not first.is_name or not last.is_name or middle.is_name):
            continue
        if any(unit.is_object and places[unit.key].is_object for unit in (first, last)):
            continue
        if places[last.key].place < places[middle.key].place < places[first.key].place:
            return not _are_together(passage, last, first, reader)
    return False


def _are_together(passage: str, first: _Unit, last: _Unit, reader: Reader) -> bool:
    """Tell whether only "and" stands between the two in the passage."""
    if not reader.is_spaced:
        start, end = sorted((passage.find(first.key) + len(first.key), passage.find(last.key)))
        return len(passage[start:end]) <= 1 and reader.has(Mark.SHARED, passage[start:end])
    return False


def _are_governed_otherwise(
    here: Sequence[_Unit], there: Sequence[_Unit], directions: frozenset[str]
) -> bool:
    places = {unit.key: unit for unit in there}
    for unit in here:
        if unit.before not in directions or not unit.is_name or places[unit.key].before == unit.before:
            continue
        for other in here:
            is_given = places[other.key].before == unit.before and other.before != unit.before
            if is_given and other.is_name and places[other.key].is_name:
                return True
    return False


def _units_of_characters(sentence: str, passage: str) -> tuple[list[_Unit], list[_Unit]]:
    """Find what both have in runs of characters, the longest first, each once."""
    sentence, passage = sentence[:_MOST_CHARACTERS], passage[:_MOST_CHARACTERS]
    runs: list[tuple[int, int, str]] = []
    place = 0
    while place < len(sentence):
        length = _longest_run(sentence, place, passage)
        if length >= _SHORTEST_RUN:
            run = sentence[place : place + length]
            if passage.count(run) == 1 and sentence.count(run) == 1:
                runs.append((place, passage.find(run), run))
            place += length
        else:
            place += 1
    here = [_Unit(run, start, "", True) for start, _, run in runs]
    there = [_Unit(run, start, "", True) for _, start, run in sorted(runs, key=lambda each: each[1])]
    return here, there


def _longest_run(sentence: str, place: int, passage: str) -> int:
    length = 0
    while place + length < len(sentence):
        run = sentence[place : place + length + 1]
        if _HAN_BREAK.search(run) or run not in passage:
            break
        length += 1
    return length
