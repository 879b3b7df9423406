"""The tokens of a run's examples, on the disk: read where they are needed, never held in memory.

Two files. ``tokens`` holds 32-bit integers, all examples behind each other; a token that carries loss is
stored as its complement (``~id``, negative), so that the mark travels with it. ``starts`` holds where each
example begins, as 64-bit integers, and at its end where the last one ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.files import open_regular, read_regular
from lmstudio_lite.finetune.training.tokenize import Encoded
from lmstudio_lite.paths import replace_file, replacing

_REPORT_EVERY = 500
_COUNTED_AT_ONCE = 1 << 18
_COUNTS_MAX_BYTES = 1 << 16


class StoreCounts(msgspec.Struct, frozen=True):
    """What was stored. ``key`` names what it was made from."""

    key: str
    num_examples: int
    num_tokens: int
    num_learned: int
    num_cut: int
    num_dropped: int


@dataclass(frozen=True, slots=True)
class Row:
    """An example's tokens and which of them carry loss."""

    token_ids: NDArray[np.int64]
    is_learned: NDArray[np.bool_]


class TokenStore:
    """Stored examples, by number."""

    def __init__(self, folder: Path, name: str) -> None:
        self._tokens_file = folder / f"{name}.tokens"
        self._starts_file = folder / f"{name}.starts"
        self._counts_file = folder / f"{name}.json"
        self._tokens: NDArray[np.int32] = np.zeros(0, np.int32)
        self._starts: NDArray[np.int64] = np.zeros(1, np.int64)
        self.counts = StoreCounts("", 0, 0, 0, 0, 0)

    def open(self, key: str) -> bool:
        """Open what was stored under ``key`` before; return whether it is there."""
        try:
            counts = msgspec.json.decode(read_regular(self._counts_file, _COUNTS_MAX_BYTES), type=StoreCounts)
        except (OSError, msgspec.DecodeError):
            return False
        if counts.key != key:
            return False
        self._map(counts)
        return True

    def fill(
        self,
        key: str,
        encoded: Iterable[tuple[list[Encoded], bool]],
        report: Callable[[int], None],
    ) -> None:
        """Store examples under ``key``; ``report`` is told how many were read.

        Raises:
            StorageError: they can't be written.
        """
        self._counts_file.unlink(missing_ok=True)
        num_tokens = num_learned = num_stored = num_cut = num_dropped = 0
        with replacing(self._tokens_file) as tokens, replacing(self._starts_file) as starts:
            for number, (parts, is_cut) in enumerate(encoded):
                if number % _REPORT_EVERY == 0:
                    report(number)
                num_cut += is_cut
                num_dropped += not parts
                for part in parts:
                    ids = np.array(part.token_ids, np.int32)
                    learned = np.array(part.is_learned, np.bool_)
                    starts.write(np.int64(num_tokens).tobytes())
                    tokens.write(np.where(learned, ~ids, ids).astype("<i4").tobytes())
                    num_tokens += len(ids)
                    num_learned += part.num_learned
                    num_stored += 1
            starts.write(np.int64(num_tokens).tobytes())
        counts = StoreCounts(key, num_stored, num_tokens, num_learned, num_cut, num_dropped)
        replace_file(self._counts_file, msgspec.json.encode(counts))
        self._map(counts)

    def __len__(self) -> int:
        return self.counts.num_examples

    def length(self, number: int) -> int:
        """Return how many tokens an example has."""
        return int(self._starts[number + 1] - self._starts[number])

    def row(self, number: int) -> Row:
        stored = np.asarray(self._tokens[self._starts[number] : self._starts[number + 1]])
        is_learned = stored < 0
        return Row(np.where(is_learned, ~stored, stored).astype(np.int64), is_learned)

    def count_tokens(self, vocabulary_size: int, num_tokens_max: int) -> NDArray[np.int64]:
        """Return how often each token occurs in the first ``num_tokens_max``."""
        counts = np.zeros(vocabulary_size, np.int64)
        for start in range(0, min(len(self._tokens), num_tokens_max), _COUNTED_AT_ONCE):
            stored = np.asarray(self._tokens[start : start + _COUNTED_AT_ONCE])
            counts += np.bincount(np.where(stored < 0, ~stored, stored), minlength=vocabulary_size)
        return counts

    def _map(self, counts: StoreCounts) -> None:
        self.counts = counts
        with open_regular(self._starts_file) as file:
            self._starts = np.memmap(file, "<i8", mode="r")
        if counts.num_tokens:
            with open_regular(self._tokens_file) as file:
                self._tokens = np.memmap(file, "<i4", mode="r")
