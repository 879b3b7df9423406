"""What a model from nothing shows of itself while it is born: the numbers behind the lesson's pictures.

All of it is computed in the training process, from the run's own texts, tokenizer and weights, said as events
and kept in the run's log, so that a run that is over can still be looked at.
"""

from __future__ import annotations

import msgspec

WEIGHT_STEPS = 255
"""Attention is told in steps of 1/255: what an eye can tell apart, in one byte each."""


class TextsSeen(msgspec.Struct, frozen=True, tag="texts"):
    """What the model is to learn from: ``commonest`` characters with how often they occur."""

    num_texts: int
    num_characters: int
    num_distinct: int
    commonest: tuple[tuple[str, int], ...]
    beginning: str


class TokenizerLearned(msgspec.Struct, frozen=True, tag="tokenizer"):
    """An own tokenizer was learned; ``pieces`` is how it cuts the data's beginning.

    ``merges`` are the first pairs that became one token, in the order they were learned, of ``num_merges``;
    ``latest`` the last ones. ``characters_per_token`` is measured on the data's beginning.
    """

    vocabulary_size: int
    pieces: tuple[str, ...]
    merges: tuple[tuple[str, str], ...] = ()
    latest: tuple[tuple[str, str], ...] = ()
    num_merges: int = 0
    characters_per_token: float = 0.0


class Neighbours(msgspec.Struct, frozen=True):
    """A token and those whose vectors point most nearly the same way, with the cosine of the angle."""

    piece: str
    nearest: tuple[tuple[str, float], ...]


class Place(msgspec.Struct, frozen=True):
    """Where a token lies on the plane that shows most of the embedding's spread; both from -1 to 1."""

    piece: str
    x: float
    y: float


class EmbeddingSeen(msgspec.Struct, frozen=True, tag="embedding"):
    """The commonest words' vectors after ``step`` steps; ``numbers`` begin the one of ``piece``."""

    step: int
    width: int
    piece: str
    numbers: tuple[float, ...]
    neighbours: tuple[Neighbours, ...]
    places: tuple[Place, ...]


class AttentionSeen(msgspec.Struct, frozen=True, tag="attention"):
    """Who looks at whom in one sentence, in every head of every layer.

    ``weights`` holds ``num_layers`` x ``num_heads`` maps behind each other, each row by row: how much each
    token (row) takes from each (column), in steps of 1 / ``WEIGHT_STEPS``.
    """

    step: int
    pieces: tuple[str, ...]
    num_layers: int
    num_heads: int
    weights: bytes

    def weight(self, layer: int, head: int, row: int, column: int) -> float:
        """Return how much of its attention token ``row`` gives to token ``column``, 0 to 1."""
        size = len(self.pieces)
        at = ((layer * self.num_heads + head) * size + row) * size + column
        return self.weights[at] / WEIGHT_STEPS


class GuessSeen(msgspec.Struct, frozen=True, tag="guess"):
    """How well the same sentence is foreseen, token by token, after ``step`` steps.

    ``shares`` are the probabilities that the model gave to each piece after the first, from those before it;
    ``likeliest`` is what it thinks would follow all of them. ``vocabulary_size`` says what a blind guess is.
    """

    step: int
    vocabulary_size: int
    pieces: tuple[str, ...]
    shares: tuple[float, ...]
    likeliest: tuple[tuple[str, float], ...]


LessonEvent = TextsSeen | TokenizerLearned | EmbeddingSeen | AttentionSeen | GuessSeen
