"""What a language is called in the language in use."""

from __future__ import annotations

from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.words.translate import trc

CONTEXT = "a language"
"""What translators are told of the names in the table of languages, all of which are in the template."""


def say_language(code: str) -> str:
    """Return what ``code`` (ISO 639-1) is called, the code itself if the table lacks it."""
    language = LANGUAGES.get(code)
    return trc(CONTEXT, language.english_name) if language else code
