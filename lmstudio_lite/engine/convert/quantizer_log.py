"""What llama.cpp's quantizer says of each tensor, read from its log: its only sign of life.

A tensor's line comes in pieces ("[ 3/ 272] name - [shape], type = q8_0, ", then what becomes of it), and so
does the warning of a tensor whose rows don't divide into a type's blocks (``llama-quant.cpp``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import prod

_TENSOR = re.compile(r"\[\s*(\d+)/\s*(\d+)\]\s+(\S+)\s+- \[([\d, ]+)\], type =\s*(\w+),")
_TARGET = re.compile(r"->\s*[\d.]+ MiB \((\w+)\)|converting to (\w+) \.\.")
_SIZE = re.compile(r"size =\s*[\d.]+ MiB")
_NEEDS_MATRIX = "will require an imatrix"
_REPLACED = "falling back to"


@dataclass(frozen=True, slots=True)
class PlannedTensor:
    """A tensor and its types, by ggml's names; ``target_type`` is ``source_type`` where it is copied."""

    name: str
    shape: tuple[int, ...]
    source_type: str
    target_type: str

    @property
    def num_elements(self) -> int:
        return prod(self.shape)


class QuantizerLog:
    """Fed with the log's pieces; tells each tensor when it begins and when its new type is known."""

    def __init__(self, on_begun: Callable[[str], None] | None = None) -> None:
        """``on_begun`` is told a tensor's name when its turn comes."""
        self.tensors: list[PlannedTensor] = []
        self.needs_matrix = False
        self.num_replaced = 0
        self._on_begun = on_begun
        self._open: tuple[str, tuple[int, ...], str] | None = None

    def feed(self, text: str) -> None:
        """Take in one piece of the log."""
        if (found := _TENSOR.search(text)) is not None:
            shape = tuple(int(length) for length in found[4].split(","))
            self._open = found[3], shape, found[5]
            if self._on_begun is not None:
                self._on_begun(found[3])
            text = text[found.end() :]
        self.needs_matrix |= _NEEDS_MATRIX in text
        self.num_replaced += _REPLACED in text
        if self._open is None:
            return
        target = _TARGET.search(text)
        if target is None and _SIZE.search(text) is None:
            return
        name, shape, source = self._open
        self.tensors.append(
            PlannedTensor(name, shape, source, (target[1] or target[2]) if target else source)
        )
        self._open = None
