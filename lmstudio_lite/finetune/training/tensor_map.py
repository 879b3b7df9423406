"""How a model's parameters in PyTorch lie in its GGUF file: under which name, in which order of rows.

The files keep some matrices otherwise than transformers does (llama's query and key rows are interleaved
for the rotary embedding, GPT-2's matrices transposed, Gemma's norms one larger). What transformers does to
each tensor when it loads one is found out by having it do the same to row and column numbers, so that every
architecture that it loads can be written back, and none has to be known here by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_BLOCK = re.compile(r"blk\.\d+\.")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a parameter lies. Row i of it (before transposing) is row ``rows[i]`` in the file, None: row i;
    its columns (inputs of the matrix) likewise.

    The parameter is ``scale`` times what the file holds, plus ``offset``; with ``is_logarithm`` it is the
    logarithm of how far that is below zero (the decay of state spaces).
    """

    gguf_name: str
    rows: NDArray[np.intp] | None = None
    is_transposed: bool = False
    scale: float = 1.0
    offset: float = 0.0
    is_logarithm: bool = False
    columns: NDArray[np.intp] | None = None

    def to_file(self, values: Floats) -> Floats:
        """Return a parameter's values as the file has them."""
        if self.is_logarithm:
            return -np.exp(self.change_to_file(values))
        return self.change_to_file(values - self.offset if self.offset else values) / np.float32(self.scale)

    def change_to_file(self, change: Floats) -> Floats:
        """Return a difference of a parameter's values in the file's order."""
        ordered = change.T if self.is_transposed else change
        if ordered.ndim == 3 and ordered.shape[1] == 1:  # a convolution's, one for each channel
            ordered = ordered[:, 0]
        return self.rows_to_file(self.columns_to_file(ordered))

    def rows_to_file(self, values: Floats) -> Floats:
        """Return rows (outputs of the matrix) in the file's order."""
        if self.rows is None:
            return values
        placed = np.empty_like(values)
        placed[self.rows] = values
        return placed

    def columns_to_file(self, values: Floats) -> Floats:
        """Return columns (inputs of the matrix) in the file's order."""
        if self.columns is None:
            return values
        placed = np.empty_like(values)
        placed[:, self.columns] = values
        return placed


Process = Callable[[Floats, str], Floats | None]


class PlaceFinder:
    """Finds out what ``process``, transformers' treatment of a tensor by its name, does to it."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._known: dict[tuple[str, tuple[int, ...]], Place | None] = {}

    def find(self, gguf_name: str, shape: tuple[int, ...]) -> Place | None:
        """Return the place of the tensor, None if it is treated in a way that can't be written back."""
        kind = (_BLOCK.sub("blk.*.", gguf_name), shape)
        if kind not in self._known:
            is_plain = not gguf_name.startswith("blk.") and len(shape) > 1
            self._known[kind] = Place(gguf_name) if is_plain else self._probe(gguf_name, shape)
        known = self._known[kind]
        if known is None:
            return None
        return replace(known, gguf_name=gguf_name)

    def _probe(self, name: str, shape: tuple[int, ...]) -> Place | None:
        found = self._probe_with(self._run, name, shape)
        if found is not None:
            return found
        step = np.float32(1 / max(shape))  # the largest number must not be too much for an exponential

        def run_on_powers(values: Floats, name: str) -> Floats | None:
            done = self._run(-np.exp(values * step), name)
            return None if done is None else done / step

        found = self._probe_with(run_on_powers, name, shape)
        if found is None or round(found.scale, 3) != 1 or round(found.offset, 3) != 0:
            return None
        return replace(found, scale=1.0, offset=0.0, is_logarithm=True)

    def _probe_with(self, run: Process, name: str, shape: tuple[int, ...]) -> Place | None:
        zero, one = (run(np.full(shape, value, np.float32), name) for value in (-1.0, -2.0))
        if zero is None or one is None or zero.size == 0:
            return None
        scale = float(zero.flat[0] - one.flat[0])
        offset = float(zero.flat[0]) + scale
        if not (np.all(zero == zero.flat[0]) and np.all(one == one.flat[0])) or scale == 0:
            return None
        numbers = np.arange(shape[0], dtype=np.float32).reshape(-1, *([1] * (len(shape) - 1)))
        rows = run(np.broadcast_to(numbers, shape), name)
        if rows is None:
            return None
        rows = np.rint((rows - offset) / scale)
        if len(shape) == 1:
            return self._place(name, rows, shape[0], False, scale, offset)
        is_transposed = rows.ndim == 2 and rows.shape[1] == shape[0] and bool(np.all(rows == rows[0]))
        is_transposed = is_transposed and shape[0] > 1
        first = rows[0] if is_transposed else rows.reshape(rows.shape[0], -1)[:, 0]
        place = self._place(name, first, shape[0], is_transposed, scale, offset)
        numbers = np.broadcast_to(np.arange(shape[1], dtype=np.float32), shape)
        columns = run(numbers, name)
        if place is None or columns is None:
            return None
        columns = np.rint((columns - offset) / scale)
        expected = numbers.T if is_transposed else numbers
        if np.array_equal(columns, expected):
            return place
        if is_transposed or columns.shape != shape or not np.all(columns == columns[0]):
            return None
        order = columns[0].astype(np.intp)
        return replace(place, columns=order) if _is_order(order, shape[1]) else None

    @staticmethod
    def _place(
        name: str, rows: Floats, num_rows: int, is_transposed: bool, scale: float, offset: float
    ) -> Place | None:
        if not np.all(np.isfinite(rows)):
            return None
        order = rows.reshape(-1).astype(np.intp)
        if not _is_order(order, num_rows):
            return None
        is_same = bool(np.array_equal(order, np.arange(num_rows)))
        return Place(name, None if is_same else order, is_transposed, scale, offset)

    def _run(self, values: Any, name: str) -> Floats | None:
        """Return what becomes of values, without an axis of length 1 that convolutions have there."""
        try:
            with np.errstate(all="ignore"):
                done = self._process(values, name)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        is_wider = done is not None and done.ndim == values.ndim + 1 and done.shape[1] == 1
        return done[:, 0] if done is not None and is_wider else done


def _is_order(numbers: NDArray[np.intp], length: int) -> bool:
    return bool(np.array_equal(np.sort(numbers), np.arange(length)))
