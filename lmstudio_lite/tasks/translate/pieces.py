"""A stretch of a text that is translated or stays, and how the translation takes its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text. ``passage`` is what a model is given of it, "" where it stays as it is.

    ``fill`` puts the translation where the stretch is more than the passage: over several cues of subtitles.
    """

    text: str
    passage: str = ""
    fill: Callable[[str], str] | None = None

    def filled(self, translation: str) -> str:
        """Return what stands in the place of ``text``."""
        return self.fill(translation) if self.fill else translation
