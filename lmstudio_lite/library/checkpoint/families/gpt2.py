"""GPT-2: positions that are learned, and matrices that lie the other way round."""

from __future__ import annotations

from collections.abc import Iterator

from lmstudio_lite.library.checkpoint.architecture import Architecture, ExpectedTensor
from lmstudio_lite.library.checkpoint.numbers import LAYERS_MAX, Numbers
from lmstudio_lite.library.checkpoint.shards import Checkpoint
from lmstudio_lite.library.gguf.packing import Value

NAMES = {"GPT2LMHeadModel": "gpt2"}
_PREFIX = "transformer."
_MATRICES = {
    "attn.c_attn": ("attn_qkv", 1, 3),
    "attn.c_proj": ("attn_output", 1, 1),
    "mlp.c_fc": ("ffn_up", 1, 0),
    "mlp.c_proj": ("ffn_down", 0, 1),
}
"""GGUF's name, and of how many widths the inputs and the outputs are, 0: the inner width."""


def read_gpt2(checkpoint: Checkpoint, family: str) -> Architecture:
    """Return what the configuration says.

    Raises:
        ConversionError: "unknown_checkpoint", with what is not known as ``part``; "checkpoint_damaged".
    """
    config, numbers = checkpoint.config, Numbers(checkpoint)
    unknown = {
        "quantization_config": bool(config.get("quantization_config")),
        "activation_function": config.get("activation_function", "gelu_new") != "gelu_new",
        "scale_attn_weights": config.get("scale_attn_weights") is False,
        "scale_attn_by_inverse_layer_idx": bool(config.get("scale_attn_by_inverse_layer_idx")),
        "add_cross_attention": bool(config.get("add_cross_attention")),
        "tie_word_embeddings": config.get("tie_word_embeddings") is False,
    }
    found = next((key for key, is_there in unknown.items() if is_there), None)
    if found is not None:
        raise checkpoint.refuse("unknown_checkpoint", found)
    width, heads = numbers.whole("n_embd"), numbers.whole("n_head")
    vocabulary, context = (
        numbers.whole("vocab_size"),
        numbers.whole("n_positions", numbers.whole("n_ctx", 1024)),
    )
    inner, layers = numbers.whole("n_inner", 4 * width), numbers.whole("n_layer", at_most=LAYERS_MAX)
    if width % heads:
        raise checkpoint.refuse("checkpoint_damaged", "config.json")
    entries: dict[str, Value] = {
        "general.architecture": "gpt2",
        "general.type": "model",
        "general.name": checkpoint.name,
        "gpt2.block_count": layers,
        "gpt2.context_length": context,
        "gpt2.embedding_length": width,
        "gpt2.feed_forward_length": inner,
        "gpt2.attention.head_count": heads,
        "gpt2.attention.layer_norm_epsilon": numbers.real(config, "layer_norm_epsilon", 1e-5),
        "gpt2.vocab_size": vocabulary,
    }
    prefix = _PREFIX if f"{_PREFIX}wte.weight" in checkpoint.tensors else ""
    tensors = [
        ExpectedTensor("token_embd.weight", (f"{prefix}wte.weight",), (vocabulary, width)),
        ExpectedTensor("position_embd.weight", (f"{prefix}wpe.weight",), (context, width)),
        ExpectedTensor("output_norm.weight", (f"{prefix}ln_f.weight",), (width,)),
        ExpectedTensor("output_norm.bias", (f"{prefix}ln_f.bias",), (width,)),
        *(tensor for layer in range(layers) for tensor in _layer(f"{prefix}h.{layer}", layer, width, inner)),
    ]
    return Architecture(entries, vocabulary, tuple(tensors), is_tied=True)


def _layer(here: str, layer: int, width: int, inner: int) -> Iterator[ExpectedTensor]:
    there = f"blk.{layer}"
    for name, gguf_name in (("ln_1", "attn_norm"), ("ln_2", "ffn_norm")):
        for end in ("weight", "bias"):
            yield ExpectedTensor(f"{there}.{gguf_name}.{end}", (f"{here}.{name}.{end}",), (width,))
    for name, (gguf_name, num_inputs, num_outputs) in _MATRICES.items():
        inputs, outputs = num_inputs * width or inner, num_outputs * width or inner
        yield ExpectedTensor(
            f"{there}.{gguf_name}.weight", (f"{here}.{name}.weight",), (inputs, outputs), is_transposed=True
        )
        yield ExpectedTensor(f"{there}.{gguf_name}.bias", (f"{here}.{name}.bias",), (outputs,))
