"""How words are looked for in a text that is at hand: as the search over everything looks for them."""

from __future__ import annotations

from lmstudio_lite.storage.search import fold


def fold_words(text: str) -> str:
    """Return ``text`` without case, accents and width, and with single spaces."""
    return " ".join(fold(text).split())
