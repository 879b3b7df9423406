"""Talk about the text or the task where something of the text was asked for.

The patterns are those of all languages: small models often talk in another one than they write in.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

import regex

from lmstudio_lite.documents.structure.language_facts import WordMarks, all_language_facts, phrases_of_all
from lmstudio_lite.tasks.text.tokens import tokenize

_MOST_WORDS_OF_NOTHING = 6


def speaks_of_task(text: str, source: str) -> bool:
    """Tell whether much of ``text`` is about sentences and summaries, which its source is not."""
    num_found = len(_task_talk().findall(text))
    return 3 * num_found > len(text.splitlines()) and not _task_talk().search(source)


def without_empty_talk(sentences: Sequence[str]) -> list[str]:
    """Leave out sentences that only tell what the text is about, unless there are no others."""
    telling = [sentence for sentence in sentences if not _empty_talk().match(sentence)]
    return telling or list(sentences)


def without_opening(text: str) -> str:
    """Leave out a line that announces the text ("Here is a summary:") and a label before it ("Summary:")."""
    opening = _opening().match(text)
    return text[opening.end() :] if opening else text


def without_title_label(title: str) -> str:
    """Leave out "Title:" before a title."""
    return str(_title_label().sub("", title))


def says_nothing(line: str) -> bool:
    """Tell whether a short line says that there is nothing to say ("None."), or has no word."""
    words = tuple(tokenize(line))
    if not words:
        return True
    phrases, whole = _nothing()
    return words in whole or (len(words) <= _MOST_WORDS_OF_NOTHING and not phrases.isdisjoint(_runs(words)))


def _runs(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    return {words[start:end] for end in range(1, len(words) + 1) for start in range(end)}


@functools.cache
def _task_talk() -> regex.Pattern[str]:
    patterns = phrases_of_all(lambda facts: facts.task_talk)
    return regex.compile(
        "|".join(f"(?:{pattern})" for pattern in patterns), regex.IGNORECASE | regex.MULTILINE
    )


@functools.cache
def _empty_talk() -> regex.Pattern[str]:
    """Sentences that say that there is something to read, and not what."""
    patterns = phrases_of_all(lambda facts: facts.empty_talk)
    return regex.compile(rf"\A\W*(?:{'|'.join(patterns)})", regex.IGNORECASE)


@functools.cache
def _opening() -> regex.Pattern[str]:
    starts = _any_of(phrases_of_all(lambda facts: facts.openings))
    labels = _any_of(phrases_of_all(lambda facts: facts.summary_labels))
    return regex.compile(
        rf"\A(?:\**{starts}[^\n]*[:：]\**\s*\n+|\**{labels}\**\s*[:：]\**\s*)+", regex.IGNORECASE
    )


@functools.cache
def _title_label() -> regex.Pattern[str]:
    labels = _any_of(phrases_of_all(lambda facts: facts.title_labels))
    return regex.compile(rf"\A\W*{labels}\W*[:：]", regex.IGNORECASE)


def _any_of(phrases: Iterable[str]) -> str:
    """Return a pattern of whole phrases; in scripts without spaces more may follow."""
    ends = r"(?!(?<=[\p{Latin}\p{Cyrillic}\p{Arabic}])[\p{L}\p{M}])"
    return rf"(?:{'|'.join(map(regex.escape, phrases))}){ends}"


@functools.cache
def _nothing() -> tuple[frozenset[tuple[str, ...]], frozenset[tuple[str, ...]]]:
    """Return phrases that say so within a line, and, where words can't be told apart, whole lines."""
    phrases: set[tuple[str, ...]] = set()
    whole: set[tuple[str, ...]] = set()
    for facts in all_language_facts():
        is_spaced = facts.word_marks is WordMarks.SPACES
        (phrases if is_spaced else whole).update(tuple(tokenize(phrase)) for phrase in facts.nothing)
    return frozenset(phrases), frozenset(whole)
