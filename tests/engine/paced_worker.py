"""The engine's process with a scripted model: says a file's tokens, so many a second.

python -m tests.engine.paced_worker    (PACED_TEXT: a JSON list of tokens; PACED_RATE: tokens a second)
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import Sampling
from lmstudio_lite.engine import worker
from lmstudio_lite.engine.llama import model as llama
from tests.engine.scripted_model import (
    END,
    ScriptedContext,
    ScriptedModel,
    ScriptedSampler,
    ScriptedTokenizer,
)

TEXT, RATE = "PACED_TEXT", "PACED_RATE"
CONTEXT_SIZE = 32_768


class PacedSampler(ScriptedSampler):
    """Gives token number n no earlier than n / ``rate`` seconds after the first."""

    def __init__(self, reply: list[int], rate: float) -> None:
        super().__init__([])
        self._tokens = iter(reply)
        self._pause_s = 1 / rate
        self._due_s = 0.0

    def sample(self, row: int) -> int:
        now = time.monotonic()
        self._due_s = max(self._due_s, now - 1.0) + self._pause_s if self._due_s else now
        time.sleep(max(0.0, self._due_s - now))
        return next(self._tokens, END)


class PacedTokenizer(ScriptedTokenizer):
    """Knows the file's tokens."""

    def __init__(self, tokens: list[str]) -> None:
        super().__init__()
        self._words = ["<end>", *dict.fromkeys(tokens)]
        ids = {word: number for number, word in enumerate(self._words)}
        self.script = [ids[token] for token in tokens]

    def token_bytes(self, token_id: int) -> bytes:
        return self._words[token_id].encode()


class PacedContext(ScriptedContext):
    """Says ``script``, whatever is asked."""

    def __init__(self, model: ScriptedModel, script: list[int], rate: float) -> None:
        super().__init__(model, context_size=CONTEXT_SIZE, num_sequences_max=4, batch_size=512)
        self._script, self._rate = script, rate

    def create_sampler(self, sampling: Sampling, history: list[int], begun: list[int]) -> PacedSampler:
        return PacedSampler(self._script, self._rate)

    @property
    def num_cells_used(self) -> int:
        """As if nothing were shared, which would take time to find out."""
        return sum(map(len, self.cells.values()))


def _load(path: Path, options: LoadOptions, go_on: Callable[[float], bool]) -> ScriptedModel:
    tokenizer = PacedTokenizer(json.loads(Path(os.environ[TEXT]).read_text("utf-8")))
    model = ScriptedModel(context_size=CONTEXT_SIZE, batch_size=512)
    model.can_cut = False
    model.tokenizer = tokenizer
    model.context = PacedContext(model, tokenizer.script, float(os.environ[RATE]))
    return model


if __name__ == "__main__":
    llama.load_llama = _load  # type: ignore[assignment]
    sys.exit(worker.main())
