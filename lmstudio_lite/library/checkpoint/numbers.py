"""Numbers of a checkpoint's configuration, one by one, and how it says that positions are rotated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.library.checkpoint.shards import Checkpoint
from lmstudio_lite.library.gguf.packing import Value

_REAL_MAX = 1e30
LAYERS_MAX = 512
"""llama.cpp's own bound (``LLAMA_MAX_LAYERS``)."""
EXPERTS_MAX = 512
"""Likewise (``LLAMA_MAX_EXPERTS``)."""


class Numbers:
    """Raises ``ConversionError`` ("checkpoint_damaged") for whatever is no number of the kind asked for."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint

    def whole(self, key: str, otherwise: int = 0, *, at_most: int = (1 << 31) - 1) -> int:
        """Return a positive number."""
        return self.whole_in(self._checkpoint.config, key, otherwise, at_most=at_most)

    def whole_in(
        self, place: Mapping[str, Any], key: str, otherwise: int = 0, *, at_most: int = (1 << 31) - 1
    ) -> int:
        """Return a positive number of a part of the configuration."""
        value = place.get(key)
        value = otherwise if value is None else value
        if type(value) is not int or not 0 < value <= at_most:
            raise self._checkpoint.refuse("checkpoint_damaged", key)
        return value

    def whole_of(self, key: str, older: str, otherwise: int = 0, *, at_most: int = (1 << 31) - 1) -> int:
        """Return a positive number that older configurations call otherwise."""
        is_said = self._checkpoint.config.get(key) is not None
        return self.whole(key if is_said else older, otherwise, at_most=at_most)

    def real(self, place: Mapping[str, Any], key: str, otherwise: float | None = None) -> float:
        """Return a positive number that is finite."""
        value = place.get(key)
        value = otherwise if value is None else value
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < _REAL_MAX:
            return float(value)
        raise self._checkpoint.refuse("checkpoint_damaged", key)

    def reals(self, place: Mapping[str, Any], key: str, count: int) -> NDArray[np.float32]:
        """Return ``count`` positive numbers that are finite."""
        values = place.get(key)
        if not isinstance(values, list) or len(values) != count:
            raise self._checkpoint.refuse("checkpoint_damaged", key)
        return np.asarray([self.real({key: value}, key) for value in values], np.float32)


def rotation_of(checkpoint: Checkpoint) -> Mapping[str, Any]:
    """Return what says how positions are rotated: newer configurations have it all in one place."""
    rope = checkpoint.config.get("rope_parameters") or checkpoint.config.get("rope_scaling") or {}
    if not isinstance(rope, dict):
        raise checkpoint.refuse("checkpoint_damaged", "rope_parameters")
    return rope


def kind_of(rope: Mapping[str, Any]) -> str:
    """Return the kind of rotation, "default" where none is said."""
    return str(rope.get("rope_type") or rope.get("type") or "default")


def base_of(checkpoint: Checkpoint, numbers: Numbers, rope: Mapping[str, Any], otherwise: float) -> float:
    """Return the rotation's base."""
    return numbers.real(
        rope if rope.get("rope_theta") is not None else checkpoint.config, "rope_theta", otherwise
    )


def linear_scaling(numbers: Numbers, rope: Mapping[str, Any], name: str) -> dict[str, Value]:
    """Return the entries for positions that are drawn together."""
    return {
        f"{name}.rope.scaling.type": "linear",
        f"{name}.rope.scaling.factor": numbers.real(rope, "factor"),
    }


def llama3_factors(
    checkpoint: Checkpoint, numbers: Numbers, rope: Mapping[str, Any], base: float, head_length: int
) -> NDArray[np.float32]:
    """Return how much longer each wave becomes (Llama 3.1; ``_compute_llama3_parameters`` there)."""
    factor, low, high = (numbers.real(rope, key) for key in ("factor", "low_freq_factor", "high_freq_factor"))
    length = numbers.real(rope, "original_max_position_embeddings")
    if high <= low:
        raise checkpoint.refuse("checkpoint_damaged", "high_freq_factor")
    waves = 2 * math.pi * base ** (np.arange(0, head_length, 2) / head_length)
    smooth = np.clip((length / waves - low) / (high - low), 0.0, 1.0)
    return np.asarray(1 / ((1 - smooth) / factor + smooth), np.float32)
