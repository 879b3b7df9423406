"""Ordinary words of a short segment ("Door", "Item name") that came back as they were.

In a cell, a heading or a caption nothing around a word tells that it stayed. So its own language tells it:
``resources/ordinary_words`` has, for 15 languages, the stems of words of pictures' names, of a dictionary and
of programs' messages, and the words that a language has in the same letters as another, or that several have
("Hotel", "Login"). A word that is known stays rightly only if it is one of these of the target, or if a
glossary or the file wants it. Names, acronyms, code and what has figures are no such words.

On 38,000 short messages of eight programs that no list is made of and nothing was chosen by, to and from
English: of sources that came back as they were 81 % are told (15 % without this), of people's translations
0.86 % (into German 1.8 %, Dutch 2.8 %) and, into English, 0.22 %; into 20 languages without a list 0 to 4 %.
A name that is a word as well ("Baker") is told where it stands alone: 15 % of English surnames, 0.7 % of
names in full, 23 of 484 places.
"""

from __future__ import annotations

import functools
from collections.abc import Collection

import regex

from lmstudio_lite.documents.structure.language import common_words
from lmstudio_lite.paths import resources
from lmstudio_lite.tasks.text.languages import num_foreign_letters
from lmstudio_lite.tasks.translate.carried import without_carried
from lmstudio_lite.tasks.translate.inflection import stem

_MOST_WORDS = 3
_SHORTEST = 3
_LONGEST_ACRONYM = 4
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*")
_NO_WORDS = regex.compile(r"[\p{N}_=<>\[\]{}/\\|$@#%*^~]|\w[:.]\w|--")
_JOINING = frozenset({"de", "nl", "sv", "da", "fi", "hu"})
_JOINTS = ("", "s", "n", "en", "es", "e", "er")
_SHORTEST_PART = 4
"""Of a word that is put together of two, as these languages do."""


def kept_words(
    source: str, text: str, source_language: str, target_language: str, stay: Collection[str]
) -> str:
    """Return ordinary words of a short ``source`` that its translation is made of; "" for none.

    ``stay`` are texts whose words are to be in the translation as they are. Any thread.
    """
    code = source_language or "en"
    if code == target_language:
        return ""
    if source.strip() == text.strip() and num_foreign_letters(text, target_language):
        return text.strip()
    ours = _words(without_carried(source))
    is_same = [word.casefold() for word in ours] == [word.casefold() for word in _words(text)]
    if not is_same or not 1 <= len(ours) <= _MOST_WORDS or _NO_WORDS.search(source):
        return ""
    wanted = {word.casefold() for each in stay for word in _words(each)}
    kept = [word for word in ours if word.casefold() not in wanted and _is_left(word, code, target_language)]
    is_no_name = any(word.islower() for word in kept) or all(_is_plain(word, code) for word in ours)
    return " ".join(kept) if is_no_name else ""


def _words(text: str) -> list[str]:
    return [match[0] for match in _WORD.finditer(text)]


def _is_left(word: str, code: str, target_language: str) -> bool:
    """Tell whether a word is one of its language, and none of the target's."""
    is_acronym = word.isupper() and len(word) <= _LONGEST_ACRONYM
    if len(word) < _SHORTEST or is_acronym or not (word.islower() or word.istitle() or word.isupper()):
        return False
    folded = word.casefold()
    is_theirs = folded in _listed("taken") or folded in _listed(f"{target_language}-shared")
    return not is_theirs and folded not in common_words(target_language) and _is_known(word, code)


def _is_plain(word: str, code: str) -> bool:
    """Tell whether a word beside another one is surely no name."""
    return len(word) < _SHORTEST or word.islower() or _is_known(word, code)


def _is_known(word: str, code: str) -> bool:
    """Tell whether a language's list has a word in any form, or the two that it is put together of."""
    known = _listed(code)
    return stem(word, code) in known or (code in _JOINING and _is_joined(word.casefold(), code, known))


def _is_joined(word: str, code: str, known: frozenset[str]) -> bool:
    """Tell whether a word is two listed ones in one: "Datei" and "Verwaltung"."""
    return any(
        stem(word[end:], code) in known
        and any(
            stem(word[: end - len(joint)], code) in known
            for joint in _JOINTS
            if word[:end].endswith(joint) and end - len(joint) >= _SHORTEST_PART
        )
        for end in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
    )


@functools.cache
def _listed(name: str) -> frozenset[str]:
    """Return a list of words; none where there is no such list."""
    path = resources() / "ordinary_words" / f"{name}.txt"
    return frozenset(path.read_text("utf-8").split()) if path.is_file() else frozenset()
