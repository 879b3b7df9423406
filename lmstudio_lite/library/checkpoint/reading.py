"""Finds out which family a checkpoint is of, and has it read."""

from __future__ import annotations

from collections.abc import Callable

from lmstudio_lite.library.checkpoint.architecture import Architecture
from lmstudio_lite.library.checkpoint.families import (
    bloom,
    gemma,
    gemma4,
    gpt2,
    gpt_oss,
    layer_norms,
    lfm2,
    llama,
    mamba,
    minimax,
    phi3,
    qwen35,
)
from lmstudio_lite.library.checkpoint.shards import Checkpoint

_FAMILIES: tuple[tuple[dict[str, str], Callable[[Checkpoint, str], Architecture]], ...] = (
    (llama.NAMES, llama.read_llama),
    (gemma.NAMES, gemma.read_gemma),
    (gemma4.NAMES, gemma4.read_gemma4),
    (phi3.NAMES, phi3.read_phi3),
    (layer_norms.NAMES, layer_norms.read_layer_norms),
    (gpt2.NAMES, gpt2.read_gpt2),
    (bloom.NAMES, bloom.read_bloom),
    (gpt_oss.NAMES, gpt_oss.read_gpt_oss),
    (lfm2.NAMES, lfm2.read_lfm2),
    (mamba.NAMES, mamba.read_mamba),
    (minimax.NAMES, minimax.read_minimax),
    (qwen35.NAMES, qwen35.read_qwen35),
)
_READERS = {name: read for names, read in _FAMILIES for name in names}


def read_architecture(checkpoint: Checkpoint) -> Architecture:
    """Return what the configuration says.

    Raises:
        ConversionError: "unknown_checkpoint", with what is not known as ``part``; "checkpoint_damaged".
    """
    names = checkpoint.config.get("architectures")
    family = names[0] if isinstance(names, list) and names and isinstance(names[0], str) else ""
    read = _READERS.get(family)
    if read is None:
        raise checkpoint.refuse(
            "unknown_checkpoint", family or str(checkpoint.config.get("model_type") or "architectures")
        )
    return read(checkpoint, family)
