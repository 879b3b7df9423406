from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.batch import BatchRow, Calibration, Heard
from lmstudio_lite.tasks.batch.calibration import (
    calibration_error,
    confusion,
    fitted,
    fitted_temperature,
    probabilities,
)
from lmstudio_lite.tasks.batch.labelling import label_rows

scores = st.lists(st.floats(-60, 60), min_size=2, max_size=9)


@given(scores, st.floats(0.2, 20))
def test_probabilities_sum_to_one_and_keep_the_order(values: list[float], temperature: float) -> None:
    found = probabilities(values, Calibration(temperature))
    assert math.fsum(found) == pytest.approx(1, abs=1e-12)
    best = max(values)
    assert max(found) == found[values.index(best)]


def overconfident(count: int, seed: int) -> tuple[list[list[float]], list[int]]:
    """Rows whose scores are four times what they should be, and lean to the last label by two."""
    draw = random.Random(seed)
    rows, truths = [], []
    for _ in range(count):
        meant = [draw.gauss(0, 1.5) for _ in range(3)]
        shares = probabilities(meant, Calibration())
        truths.append(draw.choices(range(3), shares)[0])
        rows.append([4 * (value + (2 if at == 2 else 0)) for at, value in enumerate(meant)])
    return rows, truths


def error_of(rows: list[list[float]], truths: list[int], calibration: Calibration) -> float:
    found = [probabilities(row, calibration) for row in rows]
    right = [max(range(3), key=each.__getitem__) == truth for each, truth in zip(found, truths, strict=True)]
    return calibration_error([max(each) for each in found], right)


def test_temperature_and_biases_are_found_again_on_other_rows() -> None:
    calibration = fitted(*overconfident(600, 1), Calibration())
    assert calibration.temperature == pytest.approx(4, rel=0.25)
    assert calibration.biases[2] - calibration.biases[0] == pytest.approx(-2, abs=0.5)
    others = overconfident(600, 2)
    assert error_of(*others, calibration) < 0.06 < 0.2 < error_of(*others, Calibration())


def test_few_rows_change_nothing() -> None:
    before = Calibration(1.7)
    assert fitted(*overconfident(19, 1), before) is before


def test_rows_of_one_label_give_finite_biases() -> None:
    rows, _ = overconfident(40, 1)
    calibration = fitted(rows, [0] * 40, Calibration())
    assert all(map(math.isfinite, (calibration.temperature, *calibration.biases)))


def test_one_temperature_for_several_tasks() -> None:
    rows, truths = overconfident(400, 3)
    unbiased = [[row[0], row[1], row[2] - 8] for row in rows]
    halves = [(unbiased[:200], truths[:200]), (unbiased[200:], truths[200:])]
    assert fitted_temperature(halves) == pytest.approx(4, rel=0.25)


def test_the_calibration_error_of_known_cases() -> None:
    assert calibration_error([0.75] * 4, [True, True, True, False]) == 0
    assert calibration_error([0.95, 0.95], [True, False]) == pytest.approx(0.45)
    assert calibration_error([1.0], [True]) == 0
    assert calibration_error([], []) == 0


def test_confusion_counts_true_by_given_and_names_what_it_does_not_know() -> None:
    found = confusion(("yes", "no"), [("yes", "yes"), (" YES", "no"), ("no", "no"), ("maybe", "no")])
    assert found.counts == ((1, 1), (0, 1))
    assert (found.num_unknown, found.num_rows) == (1, 3)
    assert found.accuracy == pytest.approx(2 / 3)


def test_rows_are_labelled_by_what_they_say_beyond_the_usual() -> None:
    heard = [Heard(BatchRow(1, "a", "yes"), (-0.1, -2.4)), Heard(BatchRow(2, "b"), (-0.9, -0.5))]
    labelled = label_rows(("yes", "no"), (-0.05, -3.0), heard)
    assert [each.label for each in labelled.rows] == ["no", "no"]
    assert labelled.judged is not None
    assert labelled.judged.confusion.counts == ((0, 1), (0, 0))


def test_nothing_is_judged_without_true_labels() -> None:
    labelled = label_rows(("yes", "no"), (-0.7, -0.7), [Heard(BatchRow(1, "a"), (-0.1, -2.4))])
    assert labelled.judged is None
    assert labelled.rows[0].label == "yes"


def test_enough_true_labels_calibrate_and_are_judged_by_halves() -> None:
    rows, truths = overconfident(200, 5)
    labels = ("a", "b", "c")
    heard = [
        Heard(BatchRow(at, f"text {at}", labels[truth]), tuple(row))
        for at, (row, truth) in enumerate(zip(rows, truths, strict=True), 1)
    ]
    labelled = label_rows(labels, (0.0, 0.0, 0.0), heard)
    assert labelled.calibration.num_fitted == 200
    assert labelled.judged is not None
    assert labelled.judged.error < 0.15
    assert labelled.judged.confusion.num_rows == 200
