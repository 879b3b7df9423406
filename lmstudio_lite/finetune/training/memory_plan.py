"""How many tokens a step takes at once, by the memory that is free on its device."""

from __future__ import annotations

from typing import Any

import torch

from lmstudio_lite.finetune.architectures import KEEPS_SCORES
from lmstudio_lite.finetune.estimate import TOKENS_AT_ONCE_CPU, copied_bytes, kept_bytes_per_token
from lmstudio_lite.finetune.training.device import Computing, free_memory_bytes
from lmstudio_lite.finetune.training.lora import TunedModel

_MICRO_TOKENS_GPU = 16_384
_MEMORY_SHARE = 0.5


def plan_memory(tuned: TunedModel, computing: Computing) -> tuple[int, bool]:
    """Return how many tokens to compute at once, and whether to compute layers twice instead of
    keeping what they made.
    """
    per_token = _bytes_per_token(tuned, computing)
    copied = copied_bytes(tuned.settings.method, tuned.num_parameters)
    free = (free_memory_bytes(computing.device) - copied) * _MEMORY_SHARE
    fits = max(0, int(free / per_token))
    wanted = TOKENS_AT_ONCE_CPU if computing.device.type == "cpu" else _MICRO_TOKENS_GPU
    asked = tuned.settings.gradient_checkpointing
    checkpoints_gradients = fits < tuned.settings.max_length if asked is None else asked
    return tuned.settings.micro_tokens or max(1, min(wanted, fits)), checkpoints_gradients


def _bytes_per_token(tuned: TunedModel, computing: Computing) -> int:
    """Return what the layers keep of a token for the way back, by the model's own sizes."""
    base, settings = tuned.base, tuned.settings
    config: Any = base.model.config
    keeps_scores = base.architecture in KEEPS_SCORES
    return kept_bytes_per_token(
        width=config.hidden_size,
        inner=getattr(config, "intermediate_size", None) or 4 * config.hidden_size,
        num_layers=config.num_hidden_layers,
        bytes_per_number=2 if computing.dtype is torch.bfloat16 else 4,
        scores=3 * config.num_attention_heads * settings.max_length if keeps_scores else 0,
        states=getattr(config, "state_size", 0),
    )
