"""What tasks of every kind report: the reason for a longer wait, and findings that stay with a result."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Delay(StrEnum):
    """Why a time left grew: parts are read again, or the machine works more slowly than before."""

    AGAIN = "again"
    SLOWER = "slower"


@dataclass(frozen=True, slots=True)
class TaskWarning:
    """A finding that stays in a result: ``code`` for ``words.explain_warning``, and how much it touches.

    A code is the task's name and a ``Problem``, such as ``summary_echo``; or ``summary_extract`` (the
    document's own sentences stand in for a summary), ``translation_untranslated`` (the source stands in
    for its translation), ``translation_same_language``.
    """

    code: str
    num_affected: int
    num_total: int
