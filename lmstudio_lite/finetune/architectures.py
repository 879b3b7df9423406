"""Which architectures can be trained, told without torch.

A table, for the dialog opens before torch is imported; a test compares it with what transformers' GGUF
loader and gguf's name map share. What stands in the way of the others is a code:

    unknown      transformers can't load this architecture from GGUF
    experts      its experts are kept in a form that can't be loaded here
    recurrent    no attention: state spaces and convolutions train in another way
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
_OBSTACLES = {
    "t5": "not_causal",
    "t5encoder": "not_causal",
}


def obstacle_of(architecture: str) -> str | None:
    """Return why a model whose ``general.architecture`` this is can't be trained; None if it can."""
    if architecture in SUPPORTED:
        return None
    return _OBSTACLES.get(architecture, "unknown")
