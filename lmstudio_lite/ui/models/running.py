"""How a loaded model runs, in words that the top bar and the library share."""

from __future__ import annotations

from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.words.engine import say_tuning


def tuning_words(model: LoadedModel | None) -> str:
    """Say what a model runs with, "" where that is not known."""
    if model is None or model.tuning is None:
        return ""
    tuning = model.tuning
    return say_tuning(
        flash_attention=tuning.flash_attention,
        num_threads=tuning.num_threads,
        num_threads_batch=tuning.num_threads_batch,
        micro_batch=tuning.micro_batch_size,
        kv_type=tuning.kv_type.value,
    )
