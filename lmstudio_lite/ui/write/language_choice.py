"""The languages to choose from, as a box shows them."""

from __future__ import annotations

from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.words.languages import say_language


def language_choices() -> list[tuple[str, object]]:
    """Return words and code of each language."""
    choices: list[tuple[str, object]] = []
    for code, language in LANGUAGES.items():
        name = say_language(code)
        own = language.native_name
        choices.append((name if own == name else f"{name} · {own}", code))
    return choices
