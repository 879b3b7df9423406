"""What a translation reports while it is made, and what it is in the end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lmstudio_lite.domain.progress import Delay, TaskWarning


class TextForm(StrEnum):
    """What a text is written in, as far as its file's name says; the form is kept in its translation."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    TABLE = "table"
    """Separated values."""


@dataclass(frozen=True, slots=True)
class TranslationProgress:
    """``text_so_far`` is the translation up to the last sentence that has begun, "…" where one has not.

    ``delay`` is why there is more time left than was told before.
    """

    num_done: int
    num_total: int
    seconds_left: float | None
    text_so_far: str
    delay: Delay | None = None


@dataclass(frozen=True, slots=True)
class TranslatedSegment:
    """A sentence and its translation; ``problem`` is a ``Problem``'s value, "" if none was found.

    ``text`` is the original where ``is_kept``.
    """

    source: str
    text: str
    problem: str
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Translation:
    """``source`` is the language translated from, given or detected; "" if it can't be told.

    ``warnings`` are for ``words.explain_warning``.
    """

    text: str
    source: str
    target: str
    num_segments: int
    seconds: float
    warnings: tuple[TaskWarning, ...]
    segments: tuple[TranslatedSegment, ...]
