"""Whether a written file is the model that was trained: its predictions in llama.cpp against PyTorch's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from lmstudio_lite.engine.llama.logits import LogitsReader
from lmstudio_lite.engine.llama.tokenizer import Vocabulary
from lmstudio_lite.finetune.training.evaluate import Measurer
from lmstudio_lite.finetune.training.token_store import Row

NUM_TOKENS = 512
_WINDOW = 256
_SAMPLE_TOKENS = 48
_PROMPT_OF_TEXT = 12


@dataclass(frozen=True, slots=True)
class Comparison:
    """``kl`` is the mean KL divergence in nats of llama.cpp's next-token distribution from PyTorch's."""

    kl: float
    num_tokens: int
    prompt: str = ""
    sample: str = ""


def held_out_windows(rows: Iterable[Row], num_tokens: int = NUM_TOKENS) -> list[list[int]]:
    """Return beginnings of examples, together at least ``num_tokens`` tokens if there are so many."""
    windows: list[list[int]] = []
    missing = num_tokens
    for row in rows:
        if missing <= 0:
            break
        window = [int(token_id) for token_id in row.token_ids[: min(_WINDOW, missing)]]
        if len(window) > 1:
            windows.append(window)
            missing -= len(window)
    return windows


class Expectation:
    """What PyTorch predicts, asked window by window: all at once would be gigabytes."""

    def __init__(self, measurer: Measurer, windows: Sequence[Sequence[int]]) -> None:
        self._measurer = measurer
        self._windows = windows

    def compare(
        self,
        path: Path,
        *,
        adapter: Path | None = None,
        report: Callable[[int, int], None] = lambda done, total: None,
        vocabulary: Vocabulary | None = None,
        prompt: Sequence[int] = (),
    ) -> Comparison:
        """Load ``path`` into llama.cpp and compare; with a ``prompt`` it also answers that.

        Raises:
            ModelLoadError, AdapterError: llama.cpp refuses the file.
            DecodeError: it can't compute with it.
        """
        size = max([_WINDOW, *(len(window) for window in self._windows)], default=_WINDOW)
        total = 0.0
        num_tokens = sum(len(window) for window in self._windows)
        num_done = 0
        context = max(size, len(prompt) + _SAMPLE_TOKENS + 1)
        with LogitsReader(path, adapter=adapter, context_size=context) as reader:
            for window in self._windows:
                expected = self._measurer.log_probabilities(window)
                found = torch.log_softmax(torch.from_numpy(reader.logits(window)), dim=-1)
                expected = expected[:, : found.shape[1]]
                total += float((expected.exp() * (expected - found)).sum())
                num_done += len(window)
                report(num_done, num_tokens)
            generated = reader.generate(prompt, _SAMPLE_TOKENS) if prompt else []
        if vocabulary is None or not prompt:
            return Comparison(total / max(1, num_tokens), num_tokens)
        return Comparison(
            total / max(1, num_tokens),
            num_tokens,
            vocabulary.text_of(prompt),
            vocabulary.text_of(generated).strip(),
        )


def prompt_of(row: Row) -> list[int]:
    """Return an example up to its first answer; of a text its first words."""
    is_learned = [bool(mark) for mark in row.is_learned]
    start = is_learned.index(True) if True in is_learned else 0
    return [int(token_id) for token_id in row.token_ids[: start or _PROMPT_OF_TEXT]]
