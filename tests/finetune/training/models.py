"""What the tests of the training share: tiny bases, examples, and how a model is compared with llama.cpp."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from lmstudio_lite.finetune.protocol import FinetuneSettings, Precision
from lmstudio_lite.finetune.training.base_model import BaseModel, load_base
from lmstudio_lite.finetune.training.device import Computing
from lmstudio_lite.finetune.training.evaluate import Measurer
from lmstudio_lite.finetune.training.lora import TunedModel
from lmstudio_lite.finetune.training.token_store import Row
from lmstudio_lite.finetune.training.verification import Comparison, Expectation

CPU = Computing(torch.device("cpu"), Precision.F32)
TOKEN_IDS = [int(i) for i in np.random.default_rng(3).integers(33, 250, 60)]


def load(path: Path) -> BaseModel:
    return load_base(path, torch.float32, CPU.device, lambda _done, _total: None)


def row(token_ids: Sequence[int], num_prompt: int = 0) -> Row:
    learned = np.arange(len(token_ids)) >= num_prompt
    return Row(np.array(token_ids, np.int64), learned)


def compare(base: BaseModel, path: Path, *, adapter: Path | None = None) -> Comparison:
    return Expectation(Measurer(base, CPU), [TOKEN_IDS, TOKEN_IDS[20:45]]).compare(path, adapter=adapter)


def tuned_at_random(base: BaseModel, settings: FinetuneSettings, seed: int = 5) -> TunedModel:
    """Return ``base`` with weights that learned something, no matter what."""
    torch.manual_seed(seed)
    tuned = TunedModel(base, settings)
    with torch.no_grad():
        for name, weight in tuned.trainable.items():
            if not tuned.is_low_rank:
                weight.add_(torch.randn_like(weight) * weight.std(), alpha=0.2)
            elif "magnitude" in name:
                weight.mul_(1 + 0.1 * torch.rand_like(weight))
            else:
                weight.copy_(torch.randn_like(weight) * (0.3 / weight.shape[1] ** 0.5))
    return tuned
