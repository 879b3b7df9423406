"""How a changed model's predictions differ from its original's: perplexity and KL divergence over a text.

Both read the same windows side by side, some tokens at a time, so that never more than a few rows of a
vocabulary's logits are held: for a whole window of a vocabulary of 150,000 they would be 300 MB. As in
llama.cpp's ``llama-perplexity --kl-divergence`` the second half of each window counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import exp, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lmstudio_lite.domain.conversion import Quality
from lmstudio_lite.engine.convert.windows import WINDOW_TOKENS, cut_into_windows
from lmstudio_lite.engine.llama.plain_reader import PlainReader, ReaderOptions
from lmstudio_lite.errors import ConversionError

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_FIRST_COUNTED = WINDOW_TOKENS // 2
_ROWS = 64
_HIGH = 0.99


@dataclass(slots=True)
class _Window:
    """Of each counted token: its loss before and after, the divergence, and whether both agree."""

    before: list[Doubles] = field(default_factory=list)
    after: list[Doubles] = field(default_factory=list)
    divergence: list[Doubles] = field(default_factory=list)
    agrees: list[Doubles] = field(default_factory=list)

    def add(self, original: Floats, changed: Floats, next_ids: Sequence[int]) -> None:
        expected, found = log_softmax(original), log_softmax(changed)
        rows = np.arange(len(next_ids))
        self.before.append(-expected[rows, list(next_ids)].astype(np.float64))
        self.after.append(-found[rows, list(next_ids)].astype(np.float64))
        self.agrees.append((original.argmax(axis=1) == changed.argmax(axis=1)).astype(np.float64))
        self.divergence.append(divergence(expected, found))


def compare(
    original: Path,
    changed: Path,
    texts: Sequence[str],
    num_windows_max: int,
    *,
    adapter: Path | None = None,
    strength: float = 1.0,
    report: Callable[[float], None] = lambda fraction: None,
) -> Quality:
    """Return how ``changed`` differs from ``original`` with ``adapter``.

    Raises:
        ModelError: one of them can't be loaded.
        AdapterError: llama.cpp refuses the adapter.
        ConversionError: the text is too short ("text_too_short"), or the vocabularies differ
            ("other_model").
        DecodeError: llama.cpp could not evaluate a window.
    """
    options = ReaderOptions(WINDOW_TOKENS)
    with (
        PlainReader(original, options, adapter=adapter, strength=strength) as before,
        PlainReader(changed, options) as after,
    ):
        if before.vocabulary_size != after.vocabulary_size:
            raise ConversionError(path=str(changed), reason="other_model")
        token_windows = cut_into_windows(before.tokenizer, texts, num_windows_max)
        measured = []
        for number, token_ids in enumerate(token_windows):
            report(number / len(token_windows))
            measured.append(_read_window(before, after, token_ids))
    report(1.0)
    return summarize(measured)


def _read_window(before: PlainReader, after: PlainReader, token_ids: Sequence[int]) -> _Window:
    window = _Window()
    for reader in (before, after):
        reader.begin()
        reader.read(token_ids[:_FIRST_COUNTED], 0)
    for start in range(_FIRST_COUNTED, WINDOW_TOKENS - 1, _ROWS):
        part = token_ids[start : min(start + _ROWS, WINDOW_TOKENS - 1)]
        next_ids = token_ids[start + 1 : start + 1 + len(part)]
        original = before.read(part, start, wants_all=True)
        changed = after.read(part, start, wants_all=True)
        assert original is not None
        assert changed is not None
        window.add(original, changed, next_ids)
    return window


def log_softmax(logits: Floats) -> Floats:
    """Return the logarithms of each row's probabilities; sums are taken in double precision."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    totals = np.exp(shifted).sum(axis=1, dtype=np.float64, keepdims=True)
    return np.asarray(shifted - np.log(totals), np.float32)


def divergence(expected: Floats, found: Floats) -> Doubles:
    """Return the KL divergence of each row of log probabilities ``found`` from ``expected``, in nats."""
    terms = np.exp(expected) * (expected - found)
    sums: Doubles = np.maximum(terms.sum(axis=1, dtype=np.float64), 0.0)
    return sums


def summarize(windows: Sequence[_Window]) -> Quality:
    """Return the figures of all windows."""
    before, after, divergences, agrees = (
        [np.concatenate(getattr(window, name)) for window in windows]
        for name in ("before", "after", "divergence", "agrees")
    )
    tokens = np.concatenate(divergences)
    loss_before, loss_after = float(np.concatenate(before).mean()), float(np.concatenate(after).mean())
    ratio_error = _error([late - early for early, late in zip(before, after, strict=True)])
    return Quality(
        num_tokens=tokens.size,
        perplexity_before=exp(min(loss_before, 700)),
        perplexity_after=exp(min(loss_after, 700)),
        perplexity_ratio_error=exp(min(loss_after - loss_before, 700)) * ratio_error,
        kl=float(tokens.mean()),
        kl_error=_error(divergences),
        kl_high=float(np.quantile(tokens, _HIGH)),
        same_top=float(np.concatenate(agrees).mean()),
        same_top_error=_error(agrees),
    )


def _error(windows: Sequence[Doubles]) -> float:
    """Return the standard error of the mean: the larger of those over windows and over tokens.

    Tokens of one window are alike, so over tokens it comes out too small; over two or three windows it is a
    guess, so both are looked at.
    """
    tokens = np.concatenate(windows)
    over_tokens = float(tokens.std(ddof=1)) / sqrt(tokens.size)
    if len(windows) < 2:
        return over_tokens
    means = np.array([window.mean() for window in windows])
    return max(over_tokens, float(means.std(ddof=1)) / sqrt(len(means)))
