"""Finds out which columns of each weight matrix a text uses, while the model reads it: an importance matrix.

llama.cpp offers each operation of its graph to a callback. Of every product with a weight matrix of a block
the other factor is looked at: the squares of its columns are added up, of a mixture of experts for the expert
that each row goes to (``tools/imatrix/imatrix.cpp``). Rows that llama.cpp's tool leaves out, of batches of
fewer than 16, don't occur here.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.engine.convert.imatrix_file import Entry, ImportanceMatrix
from lmstudio_lite.engine.convert.windows import WINDOW_TOKENS, cut_into_windows
from lmstudio_lite.engine.llama import ggml
from lmstudio_lite.engine.llama.plain_reader import PlainReader, ReaderOptions
from lmstudio_lite.errors import ConversionError, InvariantError

Floats = NDArray[np.float32]
_Kind = TypeVar("_Kind", np.float32, np.int32)
_ROWS_MIN = 16
_PART_TOKENS = 128
"""So many rows of logits are held at once."""
_PRODUCTS = (ggml.OP_MUL_MAT, ggml.OP_MUL_MAT_ID)


class Collector:
    """Adds up what each weight matrix is multiplied with. ``callback`` is llama.cpp's, on its thread."""

    def __init__(self) -> None:
        if not ggml.layout_is_known():
            raise InvariantError("this llama.cpp lays its tensors out in another way")
        self.failure: Exception | None = None
        self._sums: dict[str, NDArray[np.float64]] = {}
        self._counts: dict[str, NDArray[np.float64]] = {}
        self.callback = llama_cpp.ggml_backend_sched_eval_callback(self._on_node)

    def matrix(self, datasets: Sequence[str], num_windows: int) -> ImportanceMatrix:
        """Return what was added up."""
        entries = {
            name: Entry(sums.astype(np.float32), self._counts[name].astype(np.float32))
            for name, sums in self._sums.items()
        }
        return ImportanceMatrix(entries, tuple(datasets), num_windows, WINDOW_TOKENS)

    def _on_node(self, address: int, asks: bool, _user: object) -> bool:
        """Answer whether a node's value is wanted, then take it; False ends the evaluation."""
        try:
            node = ctypes.cast(address, ctypes.POINTER(ggml.Tensor)).contents
            if asks:
                return self._is_wanted(node)
            self._take(node)
        except Exception as error:  # An exception can't pass through llama.cpp.
            self.failure = error
            return False
        return True

    @staticmethod
    def _is_wanted(node: ggml.Tensor) -> bool:
        if node.op not in _PRODUCTS or not _weight_name(node).startswith("blk."):
            return False
        factor = node.src[1].contents
        is_of_floats = factor.type == ggml.TYPE_F32 and factor.nb[0] == 4
        return bool(is_of_floats) and (node.op == ggml.OP_MUL_MAT_ID or factor.ne[1] >= _ROWS_MIN)

    def _take(self, node: ggml.Tensor) -> None:
        name, weights, factor = _weight_name(node), node.src[0].contents, node.src[1].contents
        values = _array(factor, np.float32)
        if node.op == ggml.OP_MUL_MAT_ID:
            self._add_experts(
                name, int(weights.ne[2]), values[0], _array(node.src[2].contents, np.int32)[0, 0]
            )
            return
        num_matrices = int(weights.ne[2] * weights.ne[3])
        sums, counts = self._entry(name, num_matrices, values.shape[-1], num_counts=1)
        squares = np.einsum("abrc,abrc->abc", values, values)
        for outer in range(squares.shape[0]):
            for inner in range(squares.shape[1]):
                at = (outer % int(weights.ne[3])) * int(weights.ne[2]) + inner % int(weights.ne[2])
                sums[at] += squares[outer, inner]
        counts += values[..., 0].size / num_matrices

    def _add_experts(self, name: str, num_experts: int, values: Floats, chosen: NDArray[np.int32]) -> None:
        """Add ``values`` (tokens, 1 or experts used, columns) to the experts ``chosen`` (tokens, used)."""
        sums, counts = self._entry(name, num_experts, values.shape[-1], num_counts=num_experts)
        for used in range(chosen.shape[1]):
            squares = np.square(values[:, used % values.shape[1]])
            for expert in np.unique(chosen[:, used]):
                rows = squares[chosen[:, used] == expert]
                sums[expert] += rows.sum(axis=0, dtype=np.float64)
                counts[expert] += len(rows)

    def _entry(
        self, name: str, num_matrices: int, width: int, *, num_counts: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if name not in self._sums:
            self._sums[name] = np.zeros((num_matrices, width))
            self._counts[name] = np.zeros(num_counts)
        return self._sums[name], self._counts[name]


def calibrate(
    source: Path,
    texts: Sequence[str],
    datasets: Sequence[str],
    num_windows_max: int,
    report: Callable[[float], None] = lambda fraction: None,
) -> ImportanceMatrix:
    """Return the importance matrix of the model at ``source`` over ``texts``, named ``datasets``.

    Raises:
        ModelError: the model can't be loaded.
        ConversionError: the text is too short ("text_too_short"), or the model computes in a way that
            gives no figures ("not_calibrated").
        DecodeError: llama.cpp could not evaluate a window.
    """
    collector = Collector()
    with PlainReader(source, ReaderOptions(WINDOW_TOKENS, on_node=collector.callback)) as reader:
        token_windows = cut_into_windows(reader.tokenizer, texts, num_windows_max)
        for number, token_ids in enumerate(token_windows):
            report(number / len(token_windows))
            _read_window(reader, token_ids, collector)
    report(1.0)
    matrix = collector.matrix(datasets, len(token_windows))
    is_finite = all(np.isfinite(entry.sums).all() for entry in matrix.entries.values())
    if not matrix.entries or not is_finite:
        raise ConversionError(path=str(source), reason="not_calibrated")
    return matrix


def _read_window(reader: PlainReader, token_ids: Sequence[int], collector: Collector) -> None:
    """Read a window with logits after every token: the last layer computes only what is asked for."""
    reader.begin()
    for start in range(0, len(token_ids), _PART_TOKENS):
        try:
            reader.read(token_ids[start : start + _PART_TOKENS], start, wants_all=True)
        finally:
            if collector.failure is not None:
                raise collector.failure


def _weight_name(node: ggml.Tensor) -> str:
    """Return the name of a product's weights, without what the scheduler puts around a copy's."""
    name = bytes(node.src[0].contents.name).decode("utf-8", "replace")
    parts = name.split("#")
    return parts[1] if len(parts) > 1 else name


def _array(tensor: ggml.Tensor, kind: type[_Kind]) -> NDArray[_Kind]:
    """Return a view of a tensor in the processor's memory, outermost dimension first."""
    shape = tuple(int(length) for length in reversed(tensor.ne))
    strides = tuple(int(step) for step in reversed(tensor.nb))
    size = sum((length - 1) * step for length, step in zip(shape, strides, strict=True)) + 4
    buffer = (ctypes.c_uint8 * size).from_address(tensor.data)
    return np.ndarray(shape, kind, memoryview(buffer), 0, strides)
