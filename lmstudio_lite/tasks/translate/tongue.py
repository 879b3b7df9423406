"""Whether a translation is in the language that it should be in, all of it.

A whole text in another language is told by ``detect_language``; so is a sentence of several. What is left
over within a sentence is told by runs of words that stand in the source too and by its small words ("and the
other"), for names, titles and terms stay as they are.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

import regex

from lmstudio_lite.documents.structure.language import common_words, detect_language
from lmstudio_lite.documents.structure.language_facts import has_language_facts
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.tasks.text.languages import (
    SURE_LETTERS,
    is_in_characters,
    num_foreign_letters,
)
from lmstudio_lite.tasks.text.numbers import month_of
from lmstudio_lite.tasks.text.overlap import ECHO_SHARE, EchoCheck
from lmstudio_lite.tasks.text.sentences import SENTENCE_ENDS
from lmstudio_lite.tasks.text.tokens import IDEOGRAPH, WORD, tokenize
from lmstudio_lite.tasks.translate.carried import without_carried

_NAME_WORDS = 3
_SENTENCE_LETTERS = 24
"""Letters of one sentence among others; alone it takes ``SURE_LETTERS``."""
_RUN_WORDS = 3
_QUOTED = regex.compile(
    r"[“„«»「『\"‘‚][^“”„«»「」『』\"’]{1,80}[”“»«」』\"’]"
    r"|(?<![\p{L}\p{N}])'[^'\n]{1,40}'(?![\p{L}\p{N}])"
)
_CAPITAL_WORD = regex.compile(r"(?<![\p{L}\p{N}])\p{Lu}\p{Ll}{2,}(?![\p{L}\p{N}])")
_SMALL_WORD = regex.compile(r"(?<![\p{L}\p{N}$_./+=-])\p{Ll}{4,}(?![\p{L}\p{N}_/+=(-]|\.\p{L})")
_ENGLISH_ENDING = regex.compile(r"\p{L}{3}(?:ings?|ness|ly|ful|ed|ers?|ions?|ies|ive|th)\Z")
_NOT_ROMANCE = regex.compile(
    r"(?:k|th|sh|gh|ee|oo|tch|ould|ings?|ly|ness|ful|less|[^aeiou]ed|[^aeiou]ers)\Z|kn|gh|ow|wh"
)
_NOT_GERMAN = regex.compile(
    r"\A(?!(?:modern|blind|wild|warm|bitter|mild|fast|bald|fern|rund|still|super|online|offline|extra|minus"
    r"|plus|orange|human|neutral|golden|unter|hinter|immer|aber|oder|jeder|intern|extern|later|inline|live"
    r"|also|bevor|statt|seit|dann|wann|denn|hier|mein|dein|sein|kein|nach|last|rein|dies)\Z)"
    r"\p{L}+(?<!al|ant|ent|iv|ar|är|il|os|ibel|abel|isch|bar|ern)\Z"
)
_LONG_WORD = regex.compile(r"\p{Latin}[\p{Latin}\p{M}]{3,}")
_SENTENCE_STARTS = (".", "!", "?", ":")
_FEWEST_KEPT = 3
_OF_OTHER_WORDS = frozenset({"de", "nl", "sv", "da", "no", "fi", "hu", "pl", "cs", "tr"})
"""Of 3,000 human translations of programs' messages from English, with all their terms, 23 into German and 11
into Dutch have three such words that are most of theirs; where more words are alike it takes four, which 7 to
12 have into French, Spanish, Italian and Portuguese. None of 133 good sentences has."""
_UNLIKELY_WORDS = {
    ("en", "de"): _NOT_GERMAN,
    **{("en", target): _NOT_ROMANCE for target in ("fr", "es", "it", "pt", "ro")},
}
"""How a word in small letters looks that is English and hardly one of the target: no German noun has a
small first letter. Of 400 human translations of programs' messages 1 to 4 have such words, often commands."""

_PLAIN_ENGLISH = frozenset(
    (  # noqa: SIM905
        "left first next before after between only never always often because while until without within "
        "through during against about among both every other another same such many much more very there "
        "where when which whose could would should might shall being were have having does make take "
        "taken coming gone goes know known people person year years weeks month months right wrong behind "
        "below above again almost already away better bring early enough ever everything everyone good "
        "great keep kept least lost need nothing once quite rather really seen several since small soon "
        "that their them these they thing things think this those though thought three today together "
        "told took toward tomorrow upon used using usually what with words work world yesterday young "
        "your"
    ).split()
)
"""Words that stay in no language: of 60,000 human translations of programs' messages into ten, 13 have one
(or a month) that stands in the source, too, and that the other checks do not tell."""


def is_echo(source: str, text: str) -> bool:
    """Tell whether ``text`` is the source, or most of it is; a name may stay as it is."""
    words = tokenize(source)
    is_same = tokenize(text) == words and (len(words) > _NAME_WORDS or _is_short_sentence(source))
    return is_same or (len(words) > _NAME_WORDS and EchoCheck(source).share(text) > ECHO_SHARE)


def _is_short_sentence(source: str) -> bool:
    """Tell whether a few words are a sentence ("Over there."), and no name, which may stay as it is."""
    plain = without_carried(source).strip()
    return plain.endswith(SENTENCE_ENDS) and any(word.islower() for word in plain.split()[1:])


def is_in_wrong_language(source: str, text: str, source_language: str, target_language: str) -> bool:
    """Tell whether ``text``, or a sentence of it, is surely in another language than the target.

    Titles and words that are quoted as they are in the source don't count.
    """
    text = _QUOTED.sub(lambda quoted: " " if quoted[0][1:-1] in source else quoted[0], text)
    is_known = bool(source_language) and source_language != target_language
    detected = detect_language(text)
    if is_known and _num_letters(text) >= SURE_LETTERS // 2 and detected == source_language:
        return _has_words_of(text, detected, target_language)
    if _num_letters(text) >= SURE_LETTERS and detected not in ("", target_language):
        return _has_words_of(text, detected, target_language)
    sentences = [segment.text for segment in split_sentences(without_carried(text))]
    return len(sentences) > 1 and any(_is_in_another(sentence, target_language) for sentence in sentences)


def _num_letters(text: str) -> int:
    return sum(character.isalpha() for character in text)


def _is_in_another(sentence: str, language: str) -> bool:
    """Tell whether one sentence of several is in another language; a short one is easily mistaken."""
    if _num_letters(sentence) < _SENTENCE_LETTERS:
        return False
    detected = detect_language(sentence)
    return detected not in ("", language) and _has_words_of(sentence, detected, language, fewest=2)


def _has_words_of(text: str, detected: str, language: str, fewest: int = 1) -> bool:
    """Tell whether common words bear out that ``text`` is in the language ``detected``, not in ``language``.

    Of 4,800 human translations of programs' messages, 20 with names of settings and few words are detected as
    another language; without common words of that language they are not believed to be.
    """
    if is_in_characters(language) or is_in_characters(detected) or not common_words(detected):
        return True
    words = tokenize(text)
    common, own = common_words(detected), common_words(language)
    theirs, ours = (sum(word in each for word in words) for each in (common - own, own - common))
    return theirs >= ours and sum(word in common for word in words) >= fewest


def has_leftovers(text: str, target_language: str) -> bool:
    """Tell whether letters stand in ``text`` that its language does not use."""
    return num_foreign_letters(text, target_language) > 1


def untranslated_words(source: str, text: str, source_language: str, target_language: str) -> str:
    """Return words of the source that stand in its translation without being names or terms; "" for none."""
    if source_language == target_language or is_in_characters(source_language):
        return ""
    ours = " ".join(_plain_words(source))
    for run in _runs_of_words(text, is_in_characters(target_language)):
        for part in _parts_in(run, ours):
            if _is_left_over(part, source_language, target_language):
                return " ".join(part)
    unlikely = _UNLIKELY_WORDS.get((source_language, target_language))
    found = _single_words(text, ours, unlikely) if unlikely else ""
    found = found or _mostly_kept(source, text, target_language)
    if not found and source_language == "en":
        found = _plain_english(text, ours, target_language)
    return found or _kept_month(text, ours, source_language, target_language)


def _plain_english(text: str, source: str, target_language: str) -> str:
    """Return a plain English word of the source that stands in a translation: "Ein Tag left"."""
    own = common_words(target_language)
    for match in _SMALL_WORD.finditer(_QUOTED.sub(" ", without_carried(text))):
        if match[0] in _PLAIN_ENGLISH and match[0] not in own and f" {match[0]} " in f" {source} ":
            return str(match[0])
    return ""


def _kept_month(text: str, source: str, source_language: str, target_language: str) -> str:
    """Return a month of the source that stands in a translation and that its language calls otherwise."""
    if not (has_language_facts(source_language) and has_language_facts(target_language)):
        return ""
    for match in _CAPITAL_WORD.finditer(_QUOTED.sub(" ", without_carried(text))):
        name = str(match[0])
        is_kept = f" {name} " in f" {source} " and month_of(name, source_language) > 0
        if is_kept and not month_of(name, target_language):
            return name
    return ""


def _mostly_kept(source: str, text: str, target_language: str) -> str:
    """Return the words of the source that stand in a translation if they are most of its own.

    They need not stand together: "Next year möchten sie die Bridge zum Mill rebuilden". Names don't count.
    """
    if is_in_characters(target_language):
        return ""
    plain = _QUOTED.sub(" ", without_carried(source))
    words = [(match[0], match.start()) for match in _LONG_WORD.finditer(plain)]
    names = {word.casefold() for word, at in words if word[0].isupper() and not _begins(plain, at)}
    ours = {word.casefold() for word, _ in words} - names
    theirs = [match[0] for match in _LONG_WORD.finditer(_QUOTED.sub(" ", without_carried(text)))]
    theirs = [word for word in theirs if word.casefold() not in names]
    same = [word for word in theirs if word.casefold() in ours]
    fewest = _FEWEST_KEPT if target_language in _OF_OTHER_WORDS else _FEWEST_KEPT + 1
    is_most = len(same) >= fewest and 2 * len(same) > len(theirs)
    return " ".join(dict.fromkeys(same)) if is_most else ""


def _begins(text: str, at: int) -> bool:
    """Tell whether a sentence begins at a place."""
    before = text[:at].rstrip()
    return not before or before.endswith(_SENTENCE_STARTS)


def _single_words(text: str, source: str, unlikely: regex.Pattern[str]) -> str:
    """Return two words of the source in small letters that are hardly any of the target, or a sure one."""
    found: list[str] = []
    for match in _SMALL_WORD.finditer(_QUOTED.sub(" ", without_carried(text))):
        if f" {match[0]} " in f" {source} " and unlikely.search(match[0]) and match[0] not in found:
            found.append(match[0])
    sure = [word for word in found if _ENGLISH_ENDING.search(word)]
    return " ".join(found) if len(found) > 1 else next(iter(sure), "")


def _plain_words(text: str) -> list[str]:
    return [match[0] for match in WORD.finditer(_QUOTED.sub(" ", without_carried(text)))]


def _runs_of_words(text: str, is_characters: bool) -> Iterator[list[str]]:
    """Yield what stands together between marks and, in Chinese, between characters."""
    plain = _QUOTED.sub(" | ", without_carried(text))
    for piece in regex.split(r"[^\p{L}\p{M}\p{N}\s'’-]+", plain):
        pieces = IDEOGRAPH.split(piece) if is_characters else [piece]
        for each in pieces:
            words = [match[0] for match in WORD.finditer(each)]
            if words:
                yield words


def _parts_in(words: list[str], source: str) -> Iterator[list[str]]:
    """Yield the longest runs of ``words`` that stand in the source."""
    padded = f" {source} "
    start = 0
    while start < len(words):
        end = start
        while end < len(words) and f" {' '.join(words[start : end + 1])} " in padded:
            end += 1
        if end > start:
            yield words[start:end]
        start = max(end, start + 1)


def _is_left_over(words: list[str], source_language: str, target_language: str) -> bool:
    small = [word for word in words if word.islower()]
    if len(small) < 2:
        return False
    own = _own_words(source_language, target_language)
    num_own = sum(word in own for word in small)
    if is_in_characters(target_language):
        return num_own >= 1 or len(small) >= _RUN_WORDS
    return num_own >= 1 and len(words) >= _RUN_WORDS


@functools.cache
def _own_words(source_language: str, target_language: str) -> frozenset[str]:
    """Return the common words of the source's language that are none of the target's."""
    return common_words(source_language or "en") - common_words(target_language)
