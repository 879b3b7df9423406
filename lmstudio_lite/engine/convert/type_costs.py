"""What each of ggml's types costs on this machine: bytes a weight, and seconds to read and to write one.

Measured by converting a few thousand random weights, in some milliseconds a type, when a type is first asked
for: processors differ by more than a factor of three, and types by a hundred.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.engine.convert.quantizer_log import PlannedTensor
from lmstudio_lite.engine.llama import ggml

_ROW_LENGTH = 1024
_BEST_OF = 2
_FEW_ROWS, _MANY_ROWS = 4, 64
_SLOW_S = 0.004
_COPY_S_PER_BYTE = 0.7e-9
"""Reading from and writing to the system's cache; a slow disk adds to it."""


@functools.cache
def type_numbers() -> dict[str, int]:
    """Return ggml's numbers of types by their names, as it writes them ("q4_K", "f16")."""
    traits = [ggml.type_traits(number).contents for number in range(llama_cpp.GGML_TYPE_COUNT)]
    names = [each.type_name.decode() if each.type_name else "" for each in traits]
    return {name: number for number, name in enumerate(names) if traits[number].blck_size > 0 and name}


def num_bytes(tensor: PlannedTensor, type_name: str) -> int:
    """Return the size of a tensor as ``type_name``."""
    traits = ggml.type_traits(type_numbers()[type_name]).contents
    return tensor.num_elements // int(traits.blck_size) * int(traits.type_size)


def seconds(tensor: PlannedTensor, num_threads: int) -> float:
    """Return how long the tensor takes, on so many threads."""
    source, target = tensor.source_type, tensor.target_type
    moved = num_bytes(tensor, source) + num_bytes(tensor, target)
    if source == target:
        return moved * _COPY_S_PER_BYTE
    each = read_seconds(source) + write_seconds(target)
    return tensor.num_elements * each / num_threads + moved * _COPY_S_PER_BYTE


@functools.cache
def write_seconds(type_name: str) -> float:
    """Return the time one thread takes for one weight to become of a type."""
    number = type_numbers()[type_name]
    prepare_seconds(type_name)

    def run(num_rows: int) -> float:
        floats = _floats(num_rows)
        ones = np.ones(_ROW_LENGTH, np.float32)
        target = np.empty(floats.nbytes, np.uint8)
        began = time.perf_counter()
        pointers = floats.ctypes.data, target.ctypes.data
        ggml.quantize_chunk(number, *pointers, 0, num_rows, _ROW_LENGTH, ones.ctypes.data)
        return time.perf_counter() - began

    return _rate(run)


@functools.cache
def prepare_seconds(type_name: str) -> float:
    """Return how long a type's tables took to make: seconds for those of one or two bits, once a process."""
    began = time.perf_counter()
    ggml.quantize_init(type_numbers()[type_name])
    return time.perf_counter() - began


@functools.cache
def read_seconds(type_name: str) -> float:
    """Return the time one thread takes for one weight of a type to become a float."""
    number = type_numbers()[type_name]
    traits = ggml.type_traits(number).contents
    if type_name == "f32" or not traits.to_float:
        return 0.0
    to_float = ggml.ToFloat(traits.to_float)

    def run(num_rows: int) -> float:
        blocks = np.zeros(num_rows * _ROW_LENGTH * 4, np.uint8)
        floats = np.empty(num_rows * _ROW_LENGTH, np.float32)
        began = time.perf_counter()
        to_float(blocks.ctypes.data, floats.ctypes.data, floats.size)
        return time.perf_counter() - began

    return _rate(run)


def _rate(run: Callable[[int], float]) -> float:
    """Return seconds a weight: the best of some runs, short ones where a type is slow."""
    num_rows = _FEW_ROWS if run(_FEW_ROWS) > _SLOW_S else _MANY_ROWS
    best = min(run(num_rows) for _ in range(_BEST_OF))
    return best / (num_rows * _ROW_LENGTH)


@functools.cache
def _floats(num_rows: int) -> NDArray[np.float32]:
    random = np.random.default_rng(5)
    return random.standard_normal((num_rows, _ROW_LENGTH), dtype=np.float32) * np.float32(0.05)
