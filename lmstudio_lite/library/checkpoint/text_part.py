"""The part of a checkpoint that reads and writes text, of one that sees pictures and hears sound besides.

Its configuration stands within the other (``text_config``), its tensors under a name of their own. What is
left out is named one by one: another part of a model is refused where its tensors are placed.
"""

from __future__ import annotations

from dataclasses import replace

from lmstudio_lite.library.checkpoint.shards import Checkpoint

_TEXT_CLASSES = {
    "Gemma3ForConditionalGeneration": "Gemma3ForCausalLM",
    "Gemma4ForConditionalGeneration": "Gemma4ForCausalLM",
    "Qwen3_5ForConditionalGeneration": "Qwen3_5ForCausalLM",
    "Qwen3_5MoeForConditionalGeneration": "Qwen3_5MoeForCausalLM",
}
_UNSAID: dict[str, dict[str, int]] = {
    "Gemma3ForConditionalGeneration": {
        "vocab_size": 262_208,
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "head_dim": 256,
        "max_position_embeddings": 131_072,
        "sliding_window": 4096,
    }
}
"""What a configuration leaves out that stands in the model's own code (``Gemma3TextConfig`` there)."""
_PREFIXES = {
    "model.language_model.": "model.",
    "language_model.model.": "model.",
    "language_model.lm_head.": "lm_head.",
}
_PARTS = (
    *("vision_tower.", "visual.", "multi_modal_projector.", "embed_vision."),
    *("audio_tower.", "embed_audio."),
)
_GUESSING_AHEAD = "mtp."
"""Layers of Qwen 3.5 that guess further tokens; the model's own code does without them too."""
_OUTER_KEYS = ("bos_token_id", "eos_token_id", "pad_token_id", "tie_word_embeddings", "quantization_config")


def text_part(checkpoint: Checkpoint) -> Checkpoint:
    """Return the part for text; a checkpoint that has no other stays as it is."""
    config = checkpoint.config
    names, within = config.get("architectures"), config.get("text_config")
    family = str(names[0]) if isinstance(names, list) and names else ""
    if family not in _TEXT_CLASSES or not isinstance(within, dict):
        return checkpoint
    outer = {key: config[key] for key in _OUTER_KEYS if key in config}
    left_out = tuple(f"{start}{part}" for part in _PARTS for start in ("", "model."))
    tensors = {
        _text_name(name): tensor
        for name, tensor in checkpoint.tensors.items()
        if not name.startswith((*left_out, _GUESSING_AHEAD))
    }
    return replace(
        checkpoint,
        config={**_UNSAID.get(family, {}), **outer, **within, "architectures": [_TEXT_CLASSES[family]]},
        tensors=tensors,
        is_text_only=True,
    )


def _text_name(name: str) -> str:
    for prefix, replaced in _PREFIXES.items():
        if name.startswith(prefix):
            return replaced + name.removeprefix(prefix)
    return name
