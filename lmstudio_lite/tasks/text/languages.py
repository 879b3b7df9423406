"""Whether a text is in the language that it should be in, and how long it is in any."""

from __future__ import annotations

import regex

from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.documents.structure.language_facts import WordMarks, language_facts
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.tasks.text.tokens import IDEOGRAPH

SURE_LETTERS = 40
"""A text of fewer letters is not said to be in another language."""

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


def is_in_another_language(text: str, language: str, fewest_letters: int) -> bool:
    """Tell whether ``text`` is surely not in ``language`` ("" is any); too short a text never is."""
    if not language or sum(character.isalpha() for character in text) < fewest_letters:
        return False
    return detect_language(text) not in ("", language)


def is_in_characters(language: str) -> bool:
    """Tell whether neither words nor sentences of ``language`` have a space between them."""
    return language_facts(language).word_marks is WordMarks.CHARACTERS


def num_foreign_letters(text: str, language: str) -> int:
    """Count letters of scripts that ``language`` does not use; Latin and Greek ones may stand anywhere."""
    native = LANGUAGES[language].native_name if language in LANGUAGES else ""
    own = {name for name, script in _SCRIPTS.items() if script.search(native)}
    if language == "ja":
        own = {"han", "kana"}
    return sum(len(script.findall(text)) for name, script in _SCRIPTS.items() if name not in own)


def length_in_any_language(text: str) -> int:
    """Return a length that is about the same in every language: an ideograph says as much as 3 letters."""
    return len(text) + 2 * len(IDEOGRAPH.findall(text))
