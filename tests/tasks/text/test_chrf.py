from __future__ import annotations

import pytest

from lmstudio_lite.tasks.text.chrf import chrf

_SCORES = [
    ("The cat sat on the mat.", "The cat is on the mat.", 67.17273492330233),
    ("Das Haus ist alt.", "Das Gebäude ist sehr alt.", 21.269961892891157),
    ("图书馆星期天关门。", "图书馆星期天不开门。", 50.09684956111796),
    ("abc", "xyz", 0.0),
    ("same words", "same words", 100.0),
    ("a", "ab", 55.55555555555556),
]
"""What sacreBLEU's CHRF() says of them."""


@pytest.mark.parametrize(("text", "reference", "score"), _SCORES)
def test_a_sentence_scores_as_in_sacrebleu(text: str, reference: str, score: float) -> None:
    assert chrf([text], [reference]) == pytest.approx(score, abs=1e-9)


def test_many_sentences_score_as_in_sacrebleu() -> None:
    assert chrf([each[0] for each in _SCORES], [each[1] for each in _SCORES]) == pytest.approx(
        49.8664735645046, abs=1e-9
    )


def test_nothing_scores_nothing() -> None:
    assert chrf([""], ["a text"]) == 0.0
    assert chrf([], []) == 0.0
