"""Which architectures can be trained, told without torch.

A table, for the dialog opens before torch is imported; a test compares it with what transformers' GGUF
loader and gguf's name map share. What stands in the way of the others is a code:

    unknown      transformers can't load this architecture from GGUF
    no_class     transformers reads its GGUF files, but has no model that it could make of them
    not_causal   it reads a text and writes another one, or only reads
"""

from __future__ import annotations

SUPPORTED = frozenset(
    {
        *(
            "llama",
            "qwen2",
            "qwen3",
            "gemma2",
            "gemma3",
            "phi3",
            "starcoder2",
            "stablelm",
            "nemotron",
            "gpt2",
        ),
        *("qwen2moe", "qwen3moe"),
        *("falcon", "bloom", "gpt-oss", "lfm2", "mamba", "minimax-m2"),
        *("gemma4", "qwen35", "qwen35moe"),
    }
)
KEEPS_SCORES = frozenset({"bloom", "gemma2", "gpt-oss"})
"""Those whose attention keeps what every token scored with every other one, for the way back: biases by
distance, bounded scores and sinks are nothing that PyTorch's own attention has."""
_OBSTACLES = {
    "deci": "no_class",
    "t5": "not_causal",
    "t5encoder": "not_causal",
}


def obstacle_of(architecture: str) -> str | None:
    """Return why a model whose ``general.architecture`` this is can't be trained; None if it can."""
    if architecture in SUPPORTED:
        return None
    return _OBSTACLES.get(architecture, "unknown")
