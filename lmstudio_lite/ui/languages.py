"""How a language is called in the window."""

from __future__ import annotations

from lmstudio_lite.documents.language import LANGUAGES


def language_name(code: str) -> str:
    """Return the English name of ``code``, the code itself if the table lacks it."""
    language = LANGUAGES.get(code)
    return language.english_name if language else code
