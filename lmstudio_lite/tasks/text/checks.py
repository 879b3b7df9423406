"""What is wrong with a generated text, found by counting: echoes, loops, wrong language, odd length.

Small models copy their input and repeat themselves. The checks here are pure functions over words
(characters in Chinese and Japanese, which have no spaces), cheap enough to run while a text streams,
so that a bad attempt is stopped early. None of them knows what a good text is.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import regex

from lmstudio_lite.documents.language import LANGUAGES, detect_language

_TOKEN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]|[\p{L}\p{M}\p{N}_]+(?:['’][\p{L}\p{M}]+)*")
_IDEOGRAPH = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")

_SCRIPTS = {
    "han": regex.compile(r"\p{Han}"),
    "kana": regex.compile(r"[\p{Hiragana}\p{Katakana}]"),
    "hangul": regex.compile(r"\p{Hangul}"),
    "cyrillic": regex.compile(r"\p{Cyrillic}"),
    "arabic": regex.compile(r"\p{Arabic}"),
    "hebrew": regex.compile(r"\p{Hebrew}"),
    "devanagari": regex.compile(r"\p{Devanagari}"),
    "thai": regex.compile(r"\p{Thai}"),
}

_TASK_TALK = regex.compile(
    r"\b(?:original|given|rewritten|rephrased|revised)\s+(?:sentences?|paragraphs?|bullet points?)\b"
    r"|^\W*(?:original |revised |rewritten )?(?:sentence|summary|bullet point)s?\s*\d*\s*:"
    r"|\bthe (?:first |second |last |next )?sentence (?:is|says|reads)\b"
    r"|\b(?:the|these) notes (?:on|about|of|are|say)\b"
    r"|\b(?:ursprünglich|gegeben|umformuliert)e[nrs]?\s+(?:Satz|Sätze|Absatz)\b",
    regex.IGNORECASE | regex.MULTILINE,
)

_EMPTY_TALK = regex.compile(
    r"\A\W*(?:(?:(?:the|this)\s+(?:text|article|document|passage|paper|section|report|author)|it)\s+)?(?:also\s+)?"
    r"(?:provid|giv|contain|includ|offer|present)(?:es?|ed|s|ing)?\s+(?:(?:an?|some|the|detailed|brief|more)\s+){0,3}"
    r"(?:information|details?|overview|insights?|summary|description|discussion|list)\b"
    r"|\A\W*(?:(?:der|dieser|das)\s+(?:text|artikel|abschnitt|dokument|kapitel)|es)\s+"
    r"(?:enthält|bietet|gibt|liefert)\s+(?:\w+\s+){0,2}(?:informationen|überblick|einblicke?|details)\b",
    regex.IGNORECASE,
)
"""Sentences that say that there is something to read, and not what."""

_SHINGLE_WORDS = 8
_SHINGLE_CHARACTERS = 12
_LOOP_NGRAM = 6
_FEWEST_SUMMARY_TOKENS = 4
_PART_CHARACTERS = 10_000
"""Of sources up to this long, the runs of the 32 looked at last are kept, up to some 2 MB each."""
_ENOUGH_TOKENS = 30
_TITLE_LINES_MIN = 2
_TITLE_WORDS = 4.5
_ONLY_TITLES = 1.4
"""How much longer titles may be where no line at all ends as a sentence does."""
_TITLE_CHARACTERS = 8.0
SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？", "۔", "؟", "।")
_LONG_SOURCE_TOKENS = 120
_SURE_LETTERS = 40
_ECHO_SHARE = 0.6
_SURE_ECHO_SHARE = 0.85
_NAME_WORDS = 3
_LENGTH_RATIO_MAX = 2.5
_LENGTH_SLACK = 25


class Problem(StrEnum):
    """Why a text is not what was asked for, worst last (``is_worse``).

    A leftover is a word in the script of the source, a leak are words of the prompt, fragments are cut out of
    formulas, and what is invented says nothing of the text it is about.
    """

    CUT_SHORT = "cut_short"
    ODD_LENGTH = "odd_length"
    LEFTOVER = "leftover"
    LEAK = "leak"
    FRAGMENTS = "fragments"
    ECHO = "echo"
    WRONG_LANGUAGE = "wrong_language"
    INVENTED = "invented"
    LOOP = "loop"
    EMPTY = "empty"


_SEVERITY = {problem: rank for rank, problem in enumerate(Problem)}


def is_worse(problem: Problem | None, than: Problem | None) -> bool:
    """Compare two findings; None (nothing found) is the best."""
    return _rank(problem) > _rank(than)


def _rank(problem: Problem | None) -> int:
    return -1 if problem is None else _SEVERITY[problem]


def tokenize(text: str) -> list[str]:
    """Split into case-folded words; each Chinese or Japanese character counts as one."""
    return [match.group().casefold() for match in _TOKEN.finditer(text)]


def shingles(tokens: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """Return every run of ``size`` tokens."""
    return [tuple(tokens[start : start + size]) for start in range(len(tokens) - size + 1)]


class EchoCheck:
    """Tells how much of a text is copied from one source, by runs of 8 words or 12 characters.

    ``size`` sets another length of the runs, in words or in characters of Chinese and Japanese. Of a
    part, only the source is held: a long document has thousands of parts, of which a few are looked at at a
    time. The runs of a whole document are held here, and go with this object.
    """

    def __init__(self, source: str, size: int | None = None) -> None:
        self._source = source
        self._size = size
        self._of_long_source: _Shingles | None = None

    def covers(self, num_tokens: int) -> bool:
        """Tell whether the source is long enough for a text of ``num_tokens`` to have been shortened."""
        num_source_tokens = self._shingles().num_tokens
        return num_source_tokens >= min(2 * num_tokens, _LONG_SOURCE_TOKENS)

    def share(self, text: str) -> float:
        """Return the share (0 to 1) of the text's shingles that stand in the source; 0 if it is shorter."""
        source = self._shingles()
        found = shingles(tokenize(text), source.size)
        if not found:
            return 0.0
        return sum(shingle in source.known for shingle in found) / len(found)

    def is_echo(self, text: str, limit: float = _ECHO_SHARE) -> bool:
        """Tell whether a text, if it is long enough to be told, is mostly copied."""
        num_tokens = len(tokenize(text))
        return num_tokens >= _ENOUGH_TOKENS and self.covers(num_tokens) and self.share(text) > limit

    def _shingles(self) -> _Shingles:
        if len(self._source) <= _PART_CHARACTERS:
            return _shingles_of_part(self._source, self._size)
        if self._of_long_source is None:
            self._of_long_source = _shingles_of(self._source, self._size)
        return self._of_long_source


@dataclass(frozen=True, slots=True)
class _Shingles:
    size: int
    num_tokens: int
    known: frozenset[tuple[str, ...]]


def _shingles_of(source: str, size: int | None) -> _Shingles:
    tokens = tokenize(source)
    size = size or shingle_size(tokens)
    return _Shingles(size, len(tokens), frozenset(shingles(tokens, size)))


_shingles_of_part = functools.lru_cache(maxsize=32)(_shingles_of)


def shingle_size(tokens: Sequence[str]) -> int:
    """Return how many tokens in a row are too many to agree by chance."""
    num_ideographs = sum(len(token) == 1 and _IDEOGRAPH.match(token) is not None for token in tokens)
    return _SHINGLE_CHARACTERS if num_ideographs * 2 > len(tokens) else _SHINGLE_WORDS


def has_loop(text: str) -> bool:
    """Tell whether the text repeats itself: a period at its end, a line again and again, or most n-grams."""
    tokens = tokenize(text)
    return _ends_in_a_period(tokens) or _repeats_a_line(text) or _repeats_most_ngrams(tokens)


def _ends_in_a_period(tokens: Sequence[str]) -> bool:
    for period in range(1, min(80, len(tokens) // 3) + 1):
        num_repeats = max(3, -(-16 // period))
        length = period * num_repeats
        if length > len(tokens):
            continue
        tail = tokens[-length:]
        if all(tail[index] == tail[index - period] for index in range(period, length)):
            return True
    return False


def _repeats_a_line(text: str) -> bool:
    lines = Counter(tuple(tokenize(line)) for line in text.splitlines())
    return any(num >= 3 and len(line) >= 4 for line, num in lines.items())


def _repeats_most_ngrams(tokens: Sequence[str]) -> bool:
    found = shingles(tokens, _LOOP_NGRAM)
    return len(found) >= 40 and len(set(found)) < 0.65 * len(found)


def _lists_titles(text: str) -> bool:
    """Tell whether the lines are headings ("2 Overview") rather than sentences: they say nothing."""
    written = [line.strip() for line in text.splitlines() if line.strip()]
    num_sentences = sum(line.endswith(SENTENCE_ENDS) for line in written)
    if len(written) < _TITLE_LINES_MIN or num_sentences * 2 >= len(written):
        return False
    lines = [[token for token in tokenize(line) if not token.isdigit()] for line in written]
    tokens = [token for line in lines for token in line]
    is_ideographic = shingle_size(tokens) == _SHINGLE_CHARACTERS
    longest = _TITLE_CHARACTERS if is_ideographic else _TITLE_WORDS
    return len(tokens) / len(lines) < longest * (1.0 if num_sentences else _ONLY_TITLES)


def has_sentence(text: str) -> bool:
    """Tell whether anything in the text ends as a sentence does; a string of headings has none."""
    return any(mark in text for mark in SENTENCE_ENDS)


def speaks_of_task(text: str, source: str) -> bool:
    """Tell whether much of ``text`` is about sentences and summaries, which its source is not."""
    num_found = len(_TASK_TALK.findall(text))
    return 3 * num_found > len(text.splitlines()) and not _TASK_TALK.search(source)


def without_empty_talk(sentences: Sequence[str]) -> list[str]:
    """Leave out sentences that only tell what the text is about, unless there are no others."""
    telling = [sentence for sentence in sentences if not _EMPTY_TALK.match(sentence)]
    return telling or list(sentences)


def find_summary_problem(
    text: str, raw: str, echo: EchoCheck, *, language: str, is_whole: bool, may_copy: bool
) -> Problem | None:
    """Judge a summary: ``text`` tidied, ``raw`` as generated, so that tidying can't hide a loop.

    ``may_copy`` is for merging, where the source is a summary already. A growing text (not ``is_whole``)
    is judged only by what more text can't mend.
    """
    num_tokens = len(tokenize(text))
    if is_whole and (num_tokens < _FEWEST_SUMMARY_TOKENS or _lists_titles(text) or _lists_titles(raw)):
        return Problem.EMPTY
    if has_loop(raw):
        # Tidying keeps each sentence once: what is left may do, if it is more than a sentence.
        return None if is_whole and num_tokens >= _ENOUGH_TOKENS and not has_loop(text) else Problem.LOOP
    if is_in_another_language(text, language, _SURE_LETTERS if is_whole else 2 * _SURE_LETTERS):
        return Problem.WRONG_LANGUAGE
    if not may_copy and echo.is_echo(text, _ECHO_SHARE if is_whole else _SURE_ECHO_SHARE):
        return Problem.ECHO
    return None


def find_translation_problem(
    passage: str, text: str, *, source: str, target: str, is_whole: bool
) -> Problem | None:
    """Judge the translation of one passage; a growing one is judged only by what more text can't mend."""
    if is_whole and not text:
        return Problem.EMPTY
    if has_loop(text) and not has_loop(passage):
        return Problem.LOOP
    if not is_whole:
        return None
    words = tokenize(passage)
    if len(words) > _NAME_WORDS and (tokenize(text) == words or EchoCheck(passage).share(text) > _ECHO_SHARE):
        return Problem.ECHO
    is_source = bool(source) and source != target and detect_language(text) == source
    if is_source and sum(character.isalpha() for character in text) >= _SURE_LETTERS // 2:
        return Problem.WRONG_LANGUAGE
    if is_in_another_language(text, target, _SURE_LETTERS):
        return Problem.WRONG_LANGUAGE
    if _num_foreign_letters(text, target) > 1:
        return Problem.LEFTOVER
    longer, shorter = sorted((_weight(passage), _weight(text)), reverse=True)
    return Problem.ODD_LENGTH if longer > _LENGTH_RATIO_MAX * shorter + _LENGTH_SLACK else None


def _num_foreign_letters(text: str, language: str) -> int:
    """Count letters of scripts that ``language`` does not use; Latin and Greek ones may stand anywhere."""
    native = LANGUAGES[language].native_name if language in LANGUAGES else ""
    own = {name for name, script in _SCRIPTS.items() if script.search(native)}
    if language == "ja":
        own = {"han", "kana"}
    return sum(len(script.findall(text)) for name, script in _SCRIPTS.items() if name not in own)


def _weight(text: str) -> int:
    """Return a length that is about the same in every language: an ideograph says as much as 3 letters."""
    return len(text) + 2 * len(_IDEOGRAPH.findall(text))


def is_in_another_language(text: str, language: str, fewest_letters: int) -> bool:
    """Tell whether ``text`` is surely not in ``language`` ("" is any); too short a text never is."""
    if not language or sum(character.isalpha() for character in text) < fewest_letters:
        return False
    return detect_language(text) not in ("", language)
