"""Whether an answer says what was taught: a measure of words, without a model's judgement.

What an answer repeats of its question proves nothing, nor do other words around the taught ones. So those of
the taught answer's words count that the question does not have, each as often as it was taught, and the
share of them that the given answer has is the measure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import regex

from lmstudio_lite.documents.structure.language_facts import UNSPACED_LETTERS

TAUGHT_SHARE = 0.8
"""From this share on an answer counts as the taught one.

A name or a number that is wrong costs a short answer more than a fifth of its words; two words out of ten in
another form are still the answer. Chosen by made-up answers (``tests/finetune/test_recall.py``): not
measured on real ones.
"""
_WORDS = regex.compile(rf"[{UNSPACED_LETTERS}]|[^\W_{UNSPACED_LETTERS}]+")


def share_said(question: str, taught: str, answer: str) -> float:
    """Return which share, 0 to 1, of the words that ``taught`` adds to the question ``answer`` has."""
    asked = set(_words(question))
    wanted = Counter(word for word in _words(taught) if word not in asked) or Counter(_words(taught))
    if not wanted:
        return 1.0 if not answer.strip() else 0.0
    return (wanted & Counter(_words(answer))).total() / wanted.total()


def says_taught(question: str, taught: str, answer: str) -> bool:
    """Tell whether ``answer`` counts as the taught one."""
    return share_said(question, taught, answer) >= TAUGHT_SHARE


def _words(text: str) -> Iterator[str]:
    """Yield words without regard to case and marks; where none are spaced, characters."""
    return (match.group() for match in _WORDS.finditer(text.casefold()))
