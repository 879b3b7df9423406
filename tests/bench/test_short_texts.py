from __future__ import annotations

from collections.abc import Callable

import pytest

from lmstudio_lite.bench.classifying import NUM_TEXTS
from lmstudio_lite.bench.short_texts import short_texts, texts_that_begin_alike


@pytest.mark.parametrize("texts_of", [short_texts, texts_that_begin_alike])
def test_the_texts_are_different_and_short(texts_of: Callable[[int], list[str]]) -> None:
    texts = texts_of(NUM_TEXTS)
    assert len(set(texts)) == NUM_TEXTS
    assert sum(len(text.split()) for text in texts) < 12 * NUM_TEXTS


def test_sentences_begin_differently_and_remarks_do_not() -> None:
    """Whoever reads once what texts begin with gains nothing with the first and much with the second."""

    def num_beginnings(texts: list[str]) -> int:
        return len({tuple(text.split()[:3]) for text in texts})

    assert num_beginnings(short_texts(NUM_TEXTS)) > 0.9 * NUM_TEXTS
    assert num_beginnings(texts_that_begin_alike(NUM_TEXTS)) < 0.1 * NUM_TEXTS
