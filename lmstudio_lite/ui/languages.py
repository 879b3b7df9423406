"""What the window knows of a language besides the table: how it is called here, and which way it runs."""

from __future__ import annotations

from lmstudio_lite.documents.language import LANGUAGES

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "yi"})
"""ISO 639-1 codes of the languages written from right to left."""


def language_name(code: str) -> str:
    """Return the English name of ``code``, the code itself if the table lacks it."""
    language = LANGUAGES.get(code)
    return language.english_name if language else code
