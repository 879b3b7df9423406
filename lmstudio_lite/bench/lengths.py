"""Texts of a number of tokens, which only the model's own tokenizer can tell."""

from __future__ import annotations

from lmstudio_lite.bench.engine_run import EngineRun
from lmstudio_lite.bench.texts import words


def text_of(engine: EngineRun, num_tokens: int, seed: int) -> str:
    """Return a text of at most ``num_tokens`` tokens, and close to it."""
    sample = words(400, seed)
    (count,) = engine.client.count_tokens([sample])
    num_words = int(num_tokens * 400 / count)
    while True:
        text = words(num_words, seed)
        (count,) = engine.client.count_tokens([text])
        if count <= num_tokens:
            return text
        num_words -= max(1, (count - num_tokens) // 2)
