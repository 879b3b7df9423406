"""What a model predicts: losses, answers, and the log probabilities that exports are compared by."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.engine.llama.tokenizer import Vocabulary
from lmstudio_lite.finetune.training.attention import packed
from lmstudio_lite.finetune.training.base_model import BaseModel
from lmstudio_lite.finetune.training.batches import Part, make_part, split_step
from lmstudio_lite.finetune.training.device import Computing
from lmstudio_lite.finetune.training.loss import cross_entropy_sum, logits_of
from lmstudio_lite.finetune.training.token_store import Row
from lmstudio_lite.paths import resources

_EVALUATED_TOKENS_MAX = 40_000
_AT_ONCE = 64
_TEMPERATURE = 0.8


@dataclass(frozen=True, slots=True)
class Measurer:
    """Measures ``base`` as it is at the moment."""

    base: BaseModel
    computing: Computing

    def hidden(self, part: Part) -> torch.Tensor:
        """Return the hidden states before the output matrix: (tokens, width). Within ``packed``."""
        backbone = self.base.model.base_model
        output = backbone(input_ids=part.token_ids, position_ids=part.position_ids, use_cache=False)
        hidden: torch.Tensor = output.last_hidden_state[0]
        return hidden

    def loss_sum(self, part: Part) -> torch.Tensor:
        """Return the summed loss of a part's learned tokens. Within ``packed`` and autocast."""
        return cross_entropy_sum(
            self.hidden(part)[part.learned_at],
            self.base.model.get_output_embeddings(),
            part.labels,
            softcap=self.base.softcap,
        )

    def mean_loss(self, rows: Sequence[Row], micro_tokens: int, is_stopped: Callable[[], bool]) -> float:
        """Return the mean loss in nats of what is learned in ``rows``, NaN if stopped before the first."""
        total, count = 0.0, 0
        lengths = [len(row.token_ids) for row in rows]
        with self._evaluating():
            for chosen in split_step(lengths, micro_tokens, can_pack=self.base.can_pack):
                if is_stopped():
                    break
                part = make_part([rows[at] for at in chosen], self.computing.device)
                with packed(part.lengths):
                    total += float(self.loss_sum(part))
                count += part.num_learned
        return total / count if count else float("nan")

    def log_probabilities(self, token_ids: Sequence[int]) -> torch.Tensor:
        """Return log probabilities (tokens, vocabulary) of what follows each of ``token_ids``, on the CPU."""
        row = Row(np.array(token_ids, np.int64), np.ones(len(token_ids), np.bool_))
        part = make_part([row], self.computing.device)
        with self._evaluating(), packed(part.lengths):
            hidden = self.hidden(part)
            head = self.base.model.get_output_embeddings()
            slices = [
                torch.log_softmax(
                    logits_of(hidden[start : start + _AT_ONCE], head, softcap=self.base.softcap), dim=-1
                ).cpu()
                for start in range(0, hidden.shape[0], _AT_ONCE)
            ]
        return torch.cat(slices)

    def generate(
        self,
        token_ids: Sequence[int],
        max_tokens: int,
        is_end: Callable[[int], bool],
        choose: Callable[[torch.Tensor], int] = lambda logits: int(logits.argmax()),
    ) -> list[int]:
        """Return what follows ``token_ids``, by default the likeliest tokens, up to the end of generation."""
        generated: list[int] = []
        with self._evaluating():
            pending = torch.tensor([list(token_ids)], device=self.computing.device)
            cache = None
            takes = inspect.signature(self.base.model.forward).parameters
            name = "cache_params" if "cache_params" in takes else "past_key_values"
            while len(generated) < max_tokens:
                output = self.base.model(input_ids=pending, use_cache=True, logits_to_keep=1, **{name: cache})
                cache = output[name]
                token_id = choose(output.logits[0, -1])
                if is_end(token_id):
                    break
                generated.append(token_id)
                pending = torch.tensor([[token_id]], device=self.computing.device)
        return generated

    @contextmanager
    def _evaluating(self) -> Iterator[None]:
        """Compute without dropout and gradients; afterwards the model is as it was."""
        was_training = self.base.model.training
        self.base.model.eval()
        try:
            with torch.inference_mode(), self.computing.autocast():
                yield
        finally:
            self.base.model.train(was_training)

    def answer(self, vocabulary: Vocabulary, prompt: str, max_tokens: int) -> str:
        """Return the likeliest answer to a user's message."""
        token_ids = vocabulary.tokenize_prompt([Message(Role.USER, prompt)])
        generated = self.generate(token_ids, max_tokens, vocabulary.is_end_of_generation)
        return vocabulary.text_of(generated).strip()

    def go_on(self, vocabulary: Vocabulary, text: str, max_tokens: int, seed: int) -> str:
        """Return how the model goes on with ``text``, drawn from its guesses: always the same ones.

        The likeliest words alone would run in circles, most of all those of a model that knows little. It is
        not let end before its time: there would be little to see.
        """
        generator = torch.Generator().manual_seed(seed)
        end = vocabulary.end_of_text

        def draw(logits: torch.Tensor) -> int:
            logits = logits.float().cpu()
            if end >= 0:
                logits[end] = float("-inf")
            shares = torch.softmax(logits / _TEMPERATURE, dim=-1)
            return int(torch.multinomial(shares, 1, generator=generator))

        token_ids = vocabulary.tokenize_words(text) or [max(0, vocabulary.end_of_text)]
        generated = self.generate(token_ids, max_tokens, vocabulary.is_end_of_generation, draw)
        return vocabulary.text_of(generated)


def general_rows(vocabulary: Vocabulary, max_length: int) -> list[Row]:
    """Return the general text that the program carries, in windows: what a model should not forget."""
    text = (resources() / "finetune" / "general.txt").read_text("utf-8")
    token_ids = vocabulary.tokenize_words(text)
    windows = (token_ids[start : start + max_length] for start in range(0, len(token_ids), max_length))
    return [
        Row(np.array(window, np.int64), np.ones(len(window), np.bool_))
        for window in windows
        if len(window) > 1
    ]


def first_rows(rows: Sequence[Row], max_tokens: int = _EVALUATED_TOKENS_MAX) -> list[Row]:
    """Return as many rows from the front as have ``max_tokens`` tokens, at least one."""
    kept: list[Row] = []
    num_tokens = 0
    for row in rows:
        if kept and num_tokens + len(row.token_ids) > max_tokens:
            break
        kept.append(row)
        num_tokens += len(row.token_ids)
    return kept
