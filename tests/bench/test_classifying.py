from __future__ import annotations

import random

import pytest

from lmstudio_lite.bench.classifying import (
    FITTED_TO,
    HELD_OUT,
    held_out_error,
    labelled_sets,
)
from lmstudio_lite.domain.batch import Calibration
from lmstudio_lite.tasks.batch.calibration import probabilities


@pytest.mark.parametrize("name", [FITTED_TO, HELD_OUT])
def test_two_hundred_sentences_each_have_one_of_their_labels(name: str) -> None:
    sets = labelled_sets(name)
    texts = [row.text for each in sets for row in each.rows]
    assert len(texts) == len(set(texts)) == 200
    for each in sets:
        assert {row.truth for row in each.rows} == set(each.labels)


def test_the_sentences_held_out_are_others_in_other_tasks() -> None:
    fitted_to, held_out = labelled_sets(FITTED_TO), labelled_sets(HELD_OUT)
    assert not {each.labels for each in fitted_to} & {each.labels for each in held_out}
    texts = [{row.text for each in sets for row in each.rows} for sets in (fitted_to, held_out)]
    assert not texts[0] & texts[1]


def test_the_error_is_judged_with_what_the_other_half_taught() -> None:
    draw = random.Random(4)
    tasks: list[tuple[list[tuple[float, ...]], list[int]]] = []
    for _ in range(8):
        scores: list[tuple[float, ...]] = []
        truths: list[int] = []
        for _ in range(100):
            meant = (draw.gauss(0, 1), draw.gauss(0, 1))
            truths.append(draw.choices((0, 1), probabilities(meant, Calibration()))[0])
            scores.append((5 * meant[0], 5 * meant[1]))
        tasks.append((scores, truths))
    assert held_out_error(tasks) < 0.06
    raw = [max(probabilities(values, Calibration())) for scores, _ in tasks for values in scores]
    assert sum(raw) / len(raw) > 0.9
