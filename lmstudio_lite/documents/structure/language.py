"""Which language a text is written in, good on a single sentence too; "" when it can't be told.

Scripts decide where only one language of the table uses them (kana, hangul, Greek, Thai). For the Latin,
Cyrillic and Arabic scripts py3langid ranks the languages of that script, and common words, which a naive
Bayes classifier weighs too little in short texts, get a vote. Nothing is loaded before the first call.
"""

from __future__ import annotations

import functools
import threading
import tomllib
from collections import Counter
from typing import TYPE_CHECKING

import regex

from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.paths import resources

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_SAMPLE_LENGTH = 6000
_SHORT_LENGTH = 160
_FEWEST_WORDS = 3
_FEWEST_LETTERS = 12
_FEWEST_VOTES = 2
_SURE_WORDS, _SURE_SHARE, _SURE_LEAD = 200, 0.15, 3
"""How many words, how many of them common ones of one language, and how many times those of the next."""
_SURE = 0.5
_classifier_lock = threading.Lock()

_SCRIPTS: tuple[tuple[str, str], ...] = (
    ("hangul", r"\p{Hangul}"),
    ("kana", r"[\p{Hiragana}\p{Katakana}]"),
    ("han", r"\p{Han}"),
    ("cyrillic", r"\p{Cyrillic}"),
    ("arabic", r"\p{Arabic}"),
    ("latin", r"\p{Latin}"),
    ("el", r"\p{Greek}"),
    ("he", r"\p{Hebrew}"),
    ("th", r"\p{Thai}"),
    ("ka", r"\p{Georgian}"),
    ("hy", r"\p{Armenian}"),
    ("devanagari", r"\p{Devanagari}"),
    ("bn", r"\p{Bengali}"),
    ("ta", r"\p{Tamil}"),
    ("te", r"\p{Telugu}"),
    ("gu", r"\p{Gujarati}"),
    ("pa", r"\p{Gurmukhi}"),
    ("kn", r"\p{Kannada}"),
    ("ml", r"\p{Malayalam}"),
    ("si", r"\p{Sinhala}"),
    ("km", r"\p{Khmer}"),
    ("lo", r"\p{Lao}"),
    ("my", r"\p{Myanmar}"),
    ("am", r"\p{Ethiopic}"),
)
_SCRIPT_PATTERNS = tuple((name, regex.compile(pattern)) for name, pattern in _SCRIPTS)
_LANGUAGES_OF_SCRIPT = {
    "cyrillic": ("ru", "uk", "bg", "sr", "be", "mk", "kk", "mn"),
    "arabic": ("ar", "fa", "ur"),
    "devanagari": ("hi", "mr", "ne"),
}
_NOISE = regex.compile(r"```.*?```|https?://\S+|www\.\S+|\S+@\S+|[\p{N}_/\\|#*<>=+~^`{}\[\]]+", regex.DOTALL)
_WORDS = regex.compile(r"\p{L}[\p{L}\p{M}’']*")


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of the main language of ``text``, or "" when that can't be told.

    Long texts are judged by samples from their start, middle and end. Any thread.
    """
    sample = _NOISE.sub(" ", _sample(text))
    counts = _letters_of_scripts(sample)
    num_letters = sum(counts.values())
    if num_letters == 0:
        return ""
    script = _main_script(counts)
    match script:
        case "hangul":
            return "ko"
        case "kana":
            return "ja"
        case "han":
            return "zh"
        case "arabic" | "devanagari":
            return _rank(sample, _LANGUAGES_OF_SCRIPT[script])
        case "cyrillic":
            return _vote(sample, _LANGUAGES_OF_SCRIPT[script])
        case "latin":
            return _vote(sample, _latin_languages())
        case _:
            return script if script in LANGUAGES else ""


def _sample(text: str) -> str:
    if len(text) <= _SAMPLE_LENGTH:
        return text
    part = _SAMPLE_LENGTH // 3
    middle = len(text) // 2
    return " ".join((text[:part], text[middle : middle + part], text[-part:]))


def _letters_of_scripts(sample: str) -> dict[str, int]:
    if sample.isascii():
        latin = sum(map(str.isalpha, sample))
        return {name: latin if name == "latin" else 0 for name, _ in _SCRIPT_PATTERNS}
    return {name: len(pattern.findall(sample)) for name, pattern in _SCRIPT_PATTERNS}


def _main_script(counts: dict[str, int]) -> str:
    """Weigh scripts by what they say: an ideograph is a word, and kana among them mean Japanese."""
    east_asian = {name: counts[name] for name in ("han", "kana", "hangul")}
    weights = {name: float(count) for name, count in counts.items() if name not in east_asian}
    weights |= {name: count * 3.0 for name, count in east_asian.items()}
    if east_asian["kana"] * 8 >= east_asian["han"] and east_asian["kana"]:
        weights["kana"] += weights.pop("han")
    elif east_asian["hangul"] * 2 >= east_asian["han"] and east_asian["hangul"]:
        weights["hangul"] += weights.pop("han")
    return max(weights, key=lambda name: weights[name])


def _vote(sample: str, codes: tuple[str, ...]) -> str:
    """Return the one of ``codes`` whose common words a ``sample`` has; py3langid settles what is not clear.

    It costs half a second that a text of clear words need not pay: the words of a neighbour, even of one that
    is not in the table, are never so far behind (Afrikaans has half as many of German as of Dutch).
    """
    words = [word.casefold().replace("’", "'") for word in _WORDS.findall(sample)]
    frequent = _languages_by_word()
    counts = Counter(code for word in words for code in frequent.get(word, ()))
    votes = {code: counts[code] for code in codes}
    second, best = sorted(votes.values())[-2:]
    if len(words) >= _SURE_WORDS and best >= max(_SURE_SHARE * len(words), _SURE_LEAD * second):
        return max(votes, key=lambda code: votes[code])
    if best == 0 and (len(set(words)) < _FEWEST_WORDS or sum(map(len, words)) < _FEWEST_LETTERS):
        return ""
    if best == 0 or len(sample) >= _SHORT_LENGTH:
        return _rank(sample, codes)
    winners = tuple(code for code, num_votes in votes.items() if num_votes == best)
    if len(winners) == 1 and best >= _FEWEST_VOTES and best * 4 >= len(words):
        return winners[0]
    return _rank(sample, winners)


def common_words(code: str) -> frozenset[str]:
    """Return the most frequent words of a language, empty where the table has none."""
    return _common_words_of_all().get(code, frozenset())


@functools.cache
def _common_words_of_all() -> dict[str, frozenset[str]]:
    with (resources() / "common_words.toml").open("rb") as file:
        return {code: frozenset(words.split()) for code, words in tomllib.load(file).items()}


@functools.cache
def _languages_by_word() -> dict[str, list[str]]:
    languages: dict[str, list[str]] = {}
    for code, words in _common_words_of_all().items():
        for word in words:
            languages.setdefault(word, []).append(code)
    return languages


@functools.cache
def _latin_languages() -> tuple[str, ...]:
    other = {code for codes in _LANGUAGES_OF_SCRIPT.values() for code in codes} | {"zh", "ja", "ko"}
    other |= {name for name, _ in _SCRIPTS}
    return tuple(code for code in LANGUAGES if code not in other)


def _rank(sample: str, codes: tuple[str, ...]) -> str:
    """Return the likeliest of ``codes`` by py3langid; "" if it is surely a language outside the table."""
    if len(codes) == 1:
        return codes[0]
    with _classifier_lock:
        ranking: list[tuple[str, float]] = _classifier().rank(sample)
    best, probability = ranking[0]
    if best not in LANGUAGES and probability > _SURE:
        return ""
    return next((code for code, _ in ranking if code in codes and code in LANGUAGES), "")


@functools.cache
def _classifier() -> LanguageIdentifier:
    # Imported late: numpy and the model cost 0.5 s that only the first detection should pay.
    from py3langid import langid

    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
