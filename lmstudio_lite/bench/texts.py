"""Texts of a wanted length, different from their first word on, the same in every run."""

from __future__ import annotations

import random

_TEXT = (
    "the old harbour lay quiet under a grey sky while small boats came home with little in their nets and "
    "people on the stone wall talked about prices weather letters from the north and a bridge that nobody "
    "would ever build because money went where it always had gone before winter closed the mountain road "
    "again so the baker kept flour for three weeks and her brother wrote down every name in a long book"
)
_WORDS = _TEXT.split()


def words(count: int, seed: int) -> str:
    """Return ``count`` words in sentences."""
    draw = random.Random(seed)
    sentences = []
    while count > 0:
        length = min(count, draw.randint(7, 15))
        count -= length
        sentences.append(" ".join(draw.choice(_WORDS) for _ in range(length)).capitalize() + ".")
    return " ".join(sentences)
