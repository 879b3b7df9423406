"""Finds out which family a checkpoint is of, and has it read."""

from __future__ import annotations

from collections.abc import Callable

from lmstudio_lite.library.checkpoint.architecture import Architecture
from lmstudio_lite.library.checkpoint.families import gemma, gpt2, layer_norms, llama, phi3
from lmstudio_lite.library.checkpoint.shards import Checkpoint

_READERS: dict[str, Callable[[Checkpoint, str], Architecture]] = {
    **dict.fromkeys(llama.NAMES, llama.read_llama),
    **dict.fromkeys(gemma.NAMES, gemma.read_gemma),
    **dict.fromkeys(phi3.NAMES, phi3.read_phi3),
    **dict.fromkeys(layer_norms.NAMES, layer_norms.read_layer_norms),
    **dict.fromkeys(gpt2.NAMES, gpt2.read_gpt2),
}


def read_architecture(checkpoint: Checkpoint) -> Architecture:
    """Return what the configuration says.

    Raises:
        ConversionError: "unknown_checkpoint", with what is not known as ``part``; "checkpoint_damaged".
    """
    names = checkpoint.config.get("architectures")
    family = names[0] if isinstance(names, list) and names and isinstance(names[0], str) else ""
    read = _READERS.get(family)
    if read is None:
        raise checkpoint.refuse("unknown_checkpoint", family or str(checkpoint.config.get("model_type", "")))
    return read(checkpoint, family)
