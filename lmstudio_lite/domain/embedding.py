"""Texts as vectors, for search by meaning."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One vector of length 1 per text, in order; their dot product is the cosine similarity.

    ``values`` holds the rows of ``dimension`` 32-bit floats in this machine's byte order. A text longer
    than the model reads was cut: ``num_tokens`` counts what was read, ``num_dropped_tokens`` what was not.
    """

    dimension: int
    values: bytes
    num_tokens: tuple[int, ...]
    num_dropped_tokens: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.num_tokens)

    def vector(self, index: int) -> array[float]:
        """Return the vector of text ``index``."""
        size = 4 * self.dimension
        row = array("f")
        row.frombytes(self.values[index * size : (index + 1) * size])
        return row


@dataclass(frozen=True, slots=True)
class EmbeddingFile:
    """A model that compares meanings. ``identity`` names its content: other vectors belong to another one."""

    path: Path
    name: str
    identity: str


@dataclass(frozen=True, slots=True)
class MeaningState:
    """What compares meanings now: ``model`` None if the library has none.

    ``is_on`` as the user chose; it ``has_failed`` a short while ago and is let alone.
    """

    model: EmbeddingFile | None
    is_on: bool
    has_failed: bool

    @property
    def compares(self) -> bool:
        """Whether meanings are compared beside words."""
        return self.model is not None and self.is_on and not self.has_failed
