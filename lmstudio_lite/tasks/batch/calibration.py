"""Scores of labels made into probabilities that mean what they say. Pure arithmetic.

A model's scores tell the labels apart, but a small model is far too sure of itself and likes some labels
whatever the text. The second is taken out of the scores by asking about texts that say nothing (Zhao et al.,
"Calibrate before use", 2021); the first by a temperature (Guo et al., "On calibration of modern neural
networks", 2017). Where rows have a known label, both are fitted to those rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.domain.batch import Calibration, Confusion

ROWS_TO_FIT = 20
"""Fewer labelled rows tell less than the program's own calibration."""
_TEMPERATURES = (0.2, 20.0)
_BIAS_STRENGTH = 0.5
"""How strongly a label's bias is held to nought, in rows of the likelihood."""
_NUM_STEPS = 200
_NUM_BINS = 10
_GOLDEN = (math.sqrt(5) - 1) / 2


def probabilities(scores: Sequence[float], calibration: Calibration) -> tuple[float, ...]:
    """Return the labels' probabilities; they sum to 1 but for rounding."""
    biases = calibration.biases or (0.0,) * len(scores)
    values = [score / calibration.temperature + bias for score, bias in zip(scores, biases, strict=True)]
    highest = max(values)
    weights = [math.exp(value - highest) for value in values]
    total = math.fsum(weights)
    return tuple(weight / total for weight in weights)


def fitted(scores: Sequence[Sequence[float]], truths: Sequence[int], before: Calibration) -> Calibration:
    """Return the calibration under which the rows' true labels (by place) are likeliest.

    ``before`` is what to return for fewer than ``ROWS_TO_FIT`` rows.
    """
    if len(truths) < ROWS_TO_FIT:
        return before
    values, places = np.asarray(scores, np.float64), np.asarray(truths, np.int64)
    biases = np.zeros(values.shape[1])
    temperature = before.temperature
    for _ in range(4):
        temperature = _best_temperature(values, places, biases)
        biases = _best_biases(values / temperature, places, biases)
    return Calibration(temperature, tuple(map(float, biases - biases.mean())), len(truths))


def fitted_temperature(tasks: Sequence[tuple[Sequence[Sequence[float]], Sequence[int]]]) -> float:
    """Return the one temperature under which the true labels of several tasks are likeliest."""
    arrays = [(np.asarray(scores, np.float64), np.asarray(truths, np.int64)) for scores, truths in tasks]
    return _lowest(
        lambda at: sum(_loss(values / math.exp(at), places) for values, places in arrays),
        *map(math.log, _TEMPERATURES),
    )


def calibration_error(certainties: Sequence[float], are_right: Sequence[bool]) -> float:
    """Return the expected calibration error: how far certainty and the share of right ones are apart.

    In ten bins of equal width, weighted by their rows.
    """
    bins: list[list[int]] = [[] for _ in range(_NUM_BINS)]
    for place, certainty in enumerate(certainties):
        bins[min(_NUM_BINS - 1, int(certainty * _NUM_BINS))].append(place)
    gaps = (abs(sum(certainties[at] - are_right[at] for at in members)) for members in bins)
    return math.fsum(gaps) / max(1, len(certainties))


def confusion(labels: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Confusion:
    """Count (true label, given label); a true label is known however it is written in case and spaces."""
    places = {folded(label): place for place, label in enumerate(labels)}
    counts = [[0] * len(labels) for _ in labels]
    num_unknown = 0
    for truth, given in pairs:
        row = places.get(folded(truth))
        if row is None:
            num_unknown += 1
        else:
            counts[row][places[folded(given)]] += 1
    return Confusion(tuple(labels), tuple(map(tuple, counts)), num_unknown)


def folded(label: str) -> str:
    """Return what two spellings of one label have in common."""
    return " ".join(label.split()).casefold()


def _best_temperature(
    values: NDArray[np.float64], places: NDArray[np.int64], biases: NDArray[np.float64]
) -> float:
    return _lowest(lambda at: _loss(values / math.exp(at) + biases, places), *map(math.log, _TEMPERATURES))


def _best_biases(
    values: NDArray[np.float64], places: NDArray[np.int64], biases: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Descend the convex loss of the biases, which are held to nought where rows say little."""
    num_rows, num_labels = values.shape
    wanted = np.bincount(places, minlength=num_labels)
    step = 1.0 / (0.5 * num_rows + _BIAS_STRENGTH)
    for _ in range(_NUM_STEPS):
        slope = _softmax(values + biases).sum(axis=0) - wanted + _BIAS_STRENGTH * biases
        biases = biases - step * slope
    return biases


def _lowest(loss: Callable[[float], float], low: float, high: float) -> float:
    """Return the exponential of where ``loss`` is lowest between two logarithms, by golden section."""
    while high - low > 1e-3:
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def _loss(values: NDArray[np.float64], places: NDArray[np.int64]) -> float:
    chosen = _softmax(values)[np.arange(len(places)), places]
    return float(-np.log(np.maximum(chosen, 1e-300)).sum())


def _softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.exp(values - values.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return shares
