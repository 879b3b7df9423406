"""What a model looks like from inside while it learns: its vectors, its attention, its guesses.

Measured at every evaluation of a run from nothing, on one sentence of the user's that never changes, so that
one can watch it change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from lmstudio_lite.engine.llama.tokenizer import Vocabulary
from lmstudio_lite.finetune.lesson import (
    WEIGHT_STEPS,
    AttentionSeen,
    EmbeddingSeen,
    GuessSeen,
    LessonEvent,
    Neighbours,
    Place,
)
from lmstudio_lite.finetune.training.attention import captured
from lmstudio_lite.finetune.training.evaluate import Measurer
from lmstudio_lite.finetune.training.token_store import TokenStore

SENTENCE_TOKENS = 14
_NUM_PLACES = 48
_NUM_NEIGHBOURS = 8
_NEAREST = 4
_LIKELIEST = 6
_NUMBERS = 8
_SEEN_OFTEN = 5
_COUNTED_TOKENS = 5_000_000
_MAPS_MAX = 64
_WORD_LENGTH_MIN = 2


def choose_sentence(vocabulary: Vocabulary, rows: Sequence[list[int]]) -> list[int]:
    """Return the beginning of the row that is most of all words: numbers and tables show little."""

    def words(row: list[int]) -> float:
        text = vocabulary.text_of(row[:SENTENCE_TOKENS])
        letters = sum(letter.isalpha() or letter == " " for letter in text)
        return letters / max(1, len(text)) if len(row) >= SENTENCE_TOKENS and " " in text.strip() else 0.0

    return max(rows, key=words)[:SENTENCE_TOKENS]


class Lesson:
    """Shows the model of ``measurer`` as it is at the moment."""

    def __init__(
        self,
        measurer: Measurer,
        vocabulary: Vocabulary,
        train: TokenStore,
        sentence: list[int],
        emit: Callable[[LessonEvent], None],
    ) -> None:
        """``sentence`` is what is looked at, at most ``SENTENCE_TOKENS`` of it."""
        self._measurer, self._vocabulary, self._emit = measurer, vocabulary, emit
        self._sentence = sentence[:SENTENCE_TOKENS]
        self._pieces = tuple(vocabulary.piece(token_id) for token_id in self._sentence)
        counts = train.count_tokens(vocabulary.size, _COUNTED_TOKENS)
        common = np.flatnonzero(counts >= _SEEN_OFTEN)
        self._common = common[np.argsort(-counts[common], kind="stable")]
        self._words = [token_id for token_id in self._common if self._is_word(int(token_id))]

    def show(self, step: int) -> None:
        """Say what the model looks like after ``step`` steps."""
        if len(self._sentence) > 1:
            self._emit(self._attention(step))
            self._emit(self._guess(step))
        if len(self._words) > 2:
            self._emit(self._embedding(step))

    def _is_word(self, token_id: int) -> bool:
        piece = self._vocabulary.piece(token_id)
        return piece.strip().isalpha() and len(piece.strip()) >= _WORD_LENGTH_MIN

    def _attention(self, step: int) -> AttentionSeen:
        with captured() as layers:
            self._measurer.log_probabilities(self._sentence)
        shown = layers[: max(1, _MAPS_MAX // layers[0].shape[0])]
        weights = torch.stack(shown).mul(WEIGHT_STEPS).round().to(torch.uint8).numpy()
        return AttentionSeen(step, self._pieces, len(shown), layers[0].shape[0], weights.tobytes())

    def _guess(self, step: int) -> GuessSeen:
        logged = self._measurer.log_probabilities(self._sentence)
        shares = [float(logged[at, following].exp()) for at, following in enumerate(self._sentence[1:])]
        best = logged[-1].exp().topk(min(_LIKELIEST, logged.shape[1]))
        return GuessSeen(
            step,
            logged.shape[1],
            self._pieces,
            tuple(round(share, 6) for share in shares),
            tuple(
                (self._vocabulary.piece(int(token_id)), round(float(share), 6))
                for share, token_id in zip(best.values, best.indices, strict=True)
            ),
        )

    def _embedding(self, step: int) -> EmbeddingSeen:
        matrix = self._measurer.base.model.get_input_embeddings().weight
        vectors = matrix.detach().float().cpu().numpy()
        first = self._words[0]
        return EmbeddingSeen(
            step,
            vectors.shape[1],
            self._vocabulary.piece(int(first)),
            tuple(round(float(number), 3) for number in vectors[first, :_NUMBERS]),
            tuple(self._nearest(vectors, int(token_id)) for token_id in self._words[:_NUM_NEIGHBOURS]),
            self._places(vectors),
        )

    def _nearest(self, vectors: NDArray[np.float32], token_id: int) -> Neighbours:
        """Look among words that were met often: the others' vectors have hardly moved."""
        others = np.array([word for word in self._words if word != token_id])
        unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        cosines = unit[others] @ unit[token_id]
        best = np.argsort(-cosines, kind="stable")[:_NEAREST]
        nearest = tuple(
            (self._vocabulary.piece(int(others[at])), round(float(cosines[at]), 3)) for at in best
        )
        return Neighbours(self._vocabulary.piece(token_id), nearest)

    def _places(self, vectors: NDArray[np.float32]) -> tuple[Place, ...]:
        """Return the two principal components of the commonest words' vectors."""
        shown = [int(token_id) for token_id in self._words[:_NUM_PLACES]]
        centred = vectors[shown] - vectors[shown].mean(axis=0)
        _, _, axes = np.linalg.svd(centred, full_matrices=False)
        flat = centred @ axes[:2].T
        # An axis has no direction of its own: the commonest word lies on the positive side.
        flat *= np.where(flat[0] < 0, -1.0, 1.0)
        flat /= max(1e-9, float(np.abs(flat).max()))
        return tuple(
            Place(self._vocabulary.piece(token_id), round(float(x), 3), round(float(y), 3))
            for token_id, (x, y) in zip(shown, flat, strict=True)
        )
