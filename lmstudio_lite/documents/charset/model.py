"""How unlikely a text is in a language, in nats: one scale for all readings of the same bytes.

A reading of bytes costs what its characters cost: -ln P(letter | the letter before it) for words of an
alphabet, -ln P(character) for Chinese, Japanese and Korean, a fixed price for signs by how usual they are,
and a high one for what no text holds. Every reading explains the same bytes, so the difference of two costs
is the logarithm of how many times likelier the one is: no share of "frequent characters" of one script has
to be held against that of another. The tables are counted from freely licensed texts by
``packaging/letters.py``.
"""

from __future__ import annotations

import functools
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import msgspec
import regex

from lmstudio_lite.paths import resources

START, END = "^", "$"
QUANTUM = 0.15
"""Nats a step of a cost as it is written down: a printable character, the first of which is
``FIRST_STEP``."""
FIRST_STEP = 35
_FOREIGN_LETTER = 12.0
_OTHER_SCRIPT = 3.0
_BROKEN = 15.0
_CONTROL = 12.0
_NOT_USED = 14.0
_IN_A_WORD = 6.0
_OPENS_A_WORD = {"’": 3.0, "”": 3.0, "…": 1.0, "·": 2.0}
_WIDE_BESIDE_LETTER = 2.0
_ASCII_LETTER = 3.3
_ASCII_SPACE = 1.5
_ASCII_SIGN = 2.5
_SIGNS: tuple[tuple[float, str], ...] = (
    (4.0, "\u00a0«»‘’‚“”„–—…•·"),
    (5.5, "€£§°©®™№¿¡¶‰†′″‹›×÷±½¼¾²³µªº→"),
    (7.0, "¢¥¹≤≥≠≈√∞−←↑↓■□▪●○★☆✓†‡"),
)
_SIGN_COSTS = {sign: cost for cost, signs in _SIGNS for sign in signs}
_OTHER_SIGN = 9.0
_NEVER_MEANT = frozenset("¤¦¬¨¯¸´¶\u00ad")
_BOX_BEGINS, _BOX_ALONE, _BOX_SAME, _BOX_JOINS, _BOX_CHANGES, _BOX_AT_WORD = 5.0, 2.0, 0.7, 2.5, 7.0, 5.0
_BOX_LINES = frozenset("─═")
_BOX_FILLS = frozenset("─═░▒▓█▄▀")
_APOSTROPHES = frozenset("’·ʼ")
_WIDE = (
    r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}"
    r"\u3000-\u303f\u30fb\u30fc\uff00-\uff60\uffe0-\uffee"
)
_TOKENS = regex.compile(
    r"(?P<half>[\uff61-\uff9f]+)"
    rf"|(?P<wide>[{_WIDE}])"
    rf"|(?P<word>[\p{{L}}\p{{M}}\u200c\u200d--[ªºµ\uff61-\uff9f{_WIDE}]]+)"
    r"|(?P<box>[\u2500-\u259f]+)|(?P<space>[ \t\n\r]+)"
    r"|(?P<sign>[!-@\[-`{-~]+)|(?P<control>[\x00-\x1f\x7f])|(?P<other>.)",
    regex.V1 | regex.DOTALL,
)
_RUNS = regex.compile(r"(.)\1{3,}", regex.DOTALL)
_LEGACY_LETTERS = str.maketrans("șțȘȚ", "şţŞŢ")
"""Romanian's letters as old encodings have them."""


class _Alphabet(msgspec.Struct, frozen=True):
    """``costs`` has a row for the word's start and for each letter: the costs of each letter, then of its
    end.
    """

    letters: str
    costs: str


class _Characters(msgspec.Struct, frozen=True):
    """``steps`` are costs and how many of ``characters`` have each; the others cost by where they stand."""

    characters: str
    steps: tuple[tuple[float, int], ...]
    first_level: float
    second_level: float
    outside: float


class _Tables(msgspec.Struct, frozen=True):
    alphabets: dict[str, _Alphabet]
    characters: dict[str, _Characters]


@dataclass(frozen=True, slots=True)
class _Pairs:
    """The costs of pairs of letters, and of single ones whose neighbour is not of the alphabet."""

    costs: Mapping[str, float]
    script: str


_LEVELS = {
    "zh-hans": ("gb2312", 0xD8),
    "zh-hant": ("big5", 0xC9),
    "ja": ("euc_jp", 0xD0),
    "ko": ("euc_kr", 0xC9),
}
"""The character set that a language was written in, and where in it the rarer half begins."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A reading taken apart. ``constant`` is what costs the same in every language."""

    constant: float = 0.0
    words: Mapping[str, int] = field(default_factory=dict)
    characters: Mapping[str, int] = field(default_factory=dict)
    half_width: Mapping[str, int] = field(default_factory=dict)


def tokens_of(text: str) -> Tokens:
    """Take a reading apart; of a character that stands many times in a row (a line, dots) three count."""
    text = _RUNS.sub(r"\1\1\1", text)
    words: Counter[str] = Counter()
    characters: Counter[str] = Counter()
    half_width: Counter[str] = Counter()
    constant = 0.0
    before = ""
    for found in _TOKENS.finditer(text):
        kind, token = found.lastgroup, found[0]
        match kind:
            case "word" if token.isascii():
                constant += ascii_cost(token)
            case "word":
                words[token] += 1
                if before == "other" and text[found.start() - 1] not in _APOSTROPHES:
                    constant += _after_sign(text[found.start() - 1])
            case "wide":
                characters[token] += 1
                beside = text[found.start() - 1 : found.start()] + text[found.end() : found.end() + 1]
                constant += _WIDE_BESIDE_LETTER * sum("A" <= each <= "z" for each in beside)
            case "half":
                half_width[token] += 1
            case "space":
                constant += _ASCII_SPACE * len(token)
            case "sign":
                constant += _ASCII_SIGN * len(token)
            case "control":
                constant += _CONTROL
            case "box":
                constant += _box_cost(token)
                follows = text[found.end() : found.end() + 1]
                constant += _BOX_AT_WORD * (
                    (before == "word") + (follows.isalpha() and not follows.isascii())
                )
            case _:
                constant += _sign_cost(token)
                if token == "…" and not text[found.start() - 1 : found.start()].isalpha():
                    constant += _IN_A_WORD / 2  # nothing stands before it that it could leave open
                follows = text[found.end() : found.end() + 1]
                is_within = before in ("word", "box")
                if is_within and token in "‚„¿¡":
                    constant += _IN_A_WORD  # these only open
                if follows.isalpha() and is_within is not (token in _APOSTROPHES):
                    # An apostrophe stands within a word, other signs don't.
                    constant += _IN_A_WORD if is_within else _OPENS_A_WORD.get(token, 0.0)
        before = kind or ""
    return Tokens(constant, words, characters, half_width)


def cost_in(language: str, tokens: Tokens) -> float:
    """Return what a reading costs, without its constant part, if it is in ``language``."""
    tables = _tables()
    if language in tables.alphabets:
        costs = _pairs_of(language)
        cost = sum(num * _word_cost(costs, word) for word, num in tokens.words.items())
        return (
            cost
            + 11.0 * sum(tokens.characters.values())
            + 11.0 * sum(len(run) * num for run, num in tokens.half_width.items())
        )
    known = _character_costs(language)
    cost = sum(
        num * (known[each] if each in known else _rare_cost(language, each))
        for each, num in tokens.characters.items()
    )
    cost += sum(num * (_FOREIGN_LETTER * len(word)) for word, num in tokens.words.items())
    if tokens.half_width:
        halves = _pairs_of("ja-half")
        cost += sum(
            num * (2.0 + _pairs_cost(halves, run) if language == "ja" else 11.0 * len(run))
            for run, num in tokens.half_width.items()
        )
    return cost


def cheapest_mixture(languages: Iterable[str], tokens: Tokens) -> float:
    """Return what a reading costs if each of its words may be in another of ``languages``."""
    known = tuple(languages)
    cost = 0.0
    for word, num in tokens.words.items():
        one = Tokens(words={word: 1})
        cost += num * min(cost_in(language, one) for language in known)
    for part in (Tokens(characters=tokens.characters), Tokens(half_width=tokens.half_width)):
        if part.characters or part.half_width:
            cost += min(cost_in(language, part) for language in known)
    return cost


def ascii_words_cost(language: str, words: Mapping[str, int]) -> float:
    """Return what words of ASCII letters cost in ``language``: they say which language a text is in."""
    costs = _pairs_of(language)
    return sum(
        num * min(_pairs_cost(costs, word), _ASCII_LETTER * 1.5 * len(word)) for word, num in words.items()
    )


def languages() -> tuple[str, ...]:
    """Return the languages that there are tables of."""
    tables = _tables()
    return (*(name for name in tables.alphabets if name != "ja-half"), *tables.characters)


@functools.lru_cache(maxsize=4096)
def ascii_cost(word: str) -> float:
    """Return what a word of ASCII letters costs in every reading: what it costs in English, or little
    more.
    """
    return min(_pairs_cost(_pairs_of("en"), word.lower()), _ASCII_LETTER * len(word) + 2.0)


def _word_cost(pairs: _Pairs, word: str) -> float:
    low, case_cost = _in_lower_case(word)
    return _pairs_cost(pairs, low) + case_cost


@functools.lru_cache(maxsize=1 << 13)
def _in_lower_case(word: str) -> tuple[str, float]:
    return folded(word.translate(_LEGACY_LETTERS)), _case_cost(word)


def folded(word: str) -> str:
    """Return ``word`` in lower case, a letter for a letter."""
    low = word.lower()
    return low if len(low) == len(word) else "".join(letter.lower()[0] for letter in word)


def _pairs_cost(pairs: _Pairs, word: str) -> float:
    costs, cost = pairs.costs, 0.0
    before = START
    for letter in word:
        pair = costs.get(before + letter)
        cost += pair if pair is not None else _single_cost(pairs, letter)
        before = letter
    return cost + costs.get(before + END, 3.0)


def _single_cost(pairs: _Pairs, letter: str) -> float:
    known = pairs.costs.get(letter)
    if known is not None:
        return known
    return _FOREIGN_LETTER + (_OTHER_SCRIPT if _script_of(letter) != pairs.script else 0.0)


@functools.lru_cache(maxsize=2048)
def _script_of(letter: str) -> str:
    """Return the first word of a letter's Unicode name: LATIN, CYRILLIC, ARABIC …."""
    return unicodedata.name(letter, "").partition(" ")[0]


def _case_cost(word: str) -> float:
    if word == folded(word):
        return 0.1
    if word.isupper():
        return 2.5 if len(word) > 1 else 2.0
    if word[0].isupper() and not any(letter.isupper() for letter in word[1:]):
        return 1.5
    num_rises = sum(a.islower() and b.isupper() for a, b in pairwise(word))
    return 6.0 + 2.0 * num_rises


def _box_cost(run: str) -> float:
    cost = _BOX_BEGINS + (_BOX_ALONE if len(run) == 1 else 0.0)
    for before, after in pairwise(run):
        if before == after and after in _BOX_FILLS:
            cost += _BOX_SAME
        else:
            cost += _BOX_JOINS if before in _BOX_LINES or after in _BOX_LINES else _BOX_CHANGES
    return cost


def _sign_cost(sign: str) -> float:
    if sign == "\ufffd":
        return _BROKEN
    if sign in _NEVER_MEANT:
        return _CONTROL
    if sign in _SIGN_COSTS:
        return _SIGN_COSTS[sign]
    return _NOT_USED if unicodedata.category(sign)[0] == "C" else _OTHER_SIGN


def _after_sign(sign: str) -> float:
    """Return what it costs that a word begins at once behind a sign."""
    return 0.0 if sign in "«“‘„‚»”–—…¿¡·•\u00a0" or sign.isspace() else 4.0


def _rare_cost(language: str, character: str) -> float:
    table = _tables().characters[language]
    encoding, rarer_from = _LEVELS[language]
    try:
        code = character.encode(encoding)
    except UnicodeEncodeError:
        return table.outside
    if len(code) != 2 or not character.isalpha():
        return table.outside
    return table.first_level if code[0] < rarer_from else table.second_level


@functools.cache
def _tables() -> _Tables:
    content = (resources() / "letters.json").read_bytes()
    return msgspec.json.decode(content, type=_Tables)


@functools.cache
def _pairs_of(language: str) -> _Pairs:
    table = _tables().alphabets[language]
    letters = table.letters
    steps = iter(table.costs)
    costs = {letter: (ord(next(steps)) - FIRST_STEP) * QUANTUM for letter in letters}
    for before in START + letters:
        for letter in letters + END:
            costs[before + letter] = (ord(next(steps)) - FIRST_STEP) * QUANTUM
    return _Pairs(costs, _script_of(letters[0]))


@functools.cache
def _character_costs(language: str) -> dict[str, float]:
    table = _tables().characters[language]
    characters = iter(table.characters)
    return {next(characters): cost for cost, num in table.steps for _ in range(num)}
