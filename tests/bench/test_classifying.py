from __future__ import annotations

import random

from lmstudio_lite.bench.classifying import NUM_TEXTS, held_out_error, labelled_sets, short_texts
from lmstudio_lite.domain.batch import Calibration
from lmstudio_lite.tasks.batch.calibration import probabilities


def test_two_hundred_sentences_each_have_one_of_their_labels() -> None:
    sets = labelled_sets()
    texts = [row.text for each in sets for row in each.rows]
    assert len(texts) == len(set(texts)) == 200
    for each in sets:
        assert {row.truth for row in each.rows} == set(each.labels)


def test_the_short_texts_are_different_and_short() -> None:
    texts = short_texts(NUM_TEXTS)
    assert len(set(texts)) == NUM_TEXTS
    assert sum(len(text.split()) for text in texts) < 12 * NUM_TEXTS


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
