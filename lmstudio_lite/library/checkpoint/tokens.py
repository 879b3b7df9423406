"""A checkpoint's tokenizer in GGUF's words: byte-level BPE, whose cutting into words llama.cpp knows by name.

llama.cpp has the rule that cuts a text into words in its code and the file only names it
(``tokenizer.ggml.pre``). The rules are told by what ``tokenizer.json`` writes; another one is refused, for a
model that reads other tokens than it learned answers badly and nobody sees why.
"""

from __future__ import annotations

import json
from typing import Any

from lmstudio_lite.library.checkpoint.shards import Checkpoint
from lmstudio_lite.library.gguf.packing import Value

_NORMAL, _CONTROL, _USER_DEFINED, _UNUSED = 1, 3, 4, 5
_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_RULES = {_WORDS % "": "qwen2", _WORDS % "{1,3}": "llama-bpe"}
_TOKENS_MAX = 3_000_000


def read_tokenizer(checkpoint: Checkpoint) -> dict[str, Value]:
    """Return the entries for the tokenizer and the chat template.

    Raises:
        ConversionError: "unknown_tokenizer"; ``part`` says what is not known.
    """
    model = checkpoint.tokenizer.get("model")
    vocabulary = model.get("vocab") if isinstance(model, dict) else None
    if not isinstance(model, dict) or model.get("type") != "BPE" or not isinstance(vocabulary, dict):
        kind = str(model.get("type")) if isinstance(model, dict) else "tokenizer.json"
        raise checkpoint.refuse("unknown_tokenizer", part=kind)
    added = [each for each in checkpoint.tokenizer.get("added_tokens") or [] if isinstance(each, dict)]
    tokens, kinds = _tokens(checkpoint, vocabulary, added)
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model.get("merges") or []]
    ids = {token: number for number, token in enumerate(tokens)}
    entries: dict[str, Value] = {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": _rule(checkpoint),
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": kinds,
        "tokenizer.ggml.merges": merges,
        "tokenizer.ggml.add_bos_token": _adds_begin(checkpoint),
    }
    for word, key in (("bos", "bos_token"), ("eos", "eos_token"), ("padding", "pad_token")):
        number = _special(checkpoint, key, ids)
        if number is not None:
            entries[f"tokenizer.ggml.{word}_token_id"] = number
    template = checkpoint.template or checkpoint.tokenizer_config.get("chat_template")
    if isinstance(template, str) and template:
        entries["tokenizer.chat_template"] = template
    return entries


def _tokens(
    checkpoint: Checkpoint, vocabulary: dict[str, Any], added: list[dict[str, Any]]
) -> tuple[list[str], list[int]]:
    """Return all tokens in order and their kinds; numbers that no token has are filled."""
    known: dict[int, tuple[str, int]] = {}
    for token, number in vocabulary.items():
        known[number if isinstance(number, int) else -1] = (token, _NORMAL)
    for each in added:
        match each:
            case {"id": int(number), "content": str(token)}:
                known[number] = (token, _CONTROL if each.get("special") else _USER_DEFINED)
    size = max(int(checkpoint.config["vocab_size"]), max(known, default=-1) + 1)
    if not known or min(known) < 0 or size > _TOKENS_MAX or max(known) >= checkpoint.config["vocab_size"]:
        raise checkpoint.refuse("unknown_tokenizer", part="vocab")
    pairs = [known.get(number, (f"[PAD{number}]", _UNUSED)) for number in range(size)]
    return [token for token, _ in pairs], [kind for _, kind in pairs]


def _rule(checkpoint: Checkpoint) -> str:
    """Return llama.cpp's name of the rule that cuts texts into words."""
    written = checkpoint.tokenizer.get("pre_tokenizer") or {}
    steps = written.get("pretokenizers", [written]) if isinstance(written, dict) else []
    steps = [step for step in steps if isinstance(step, dict)]
    kinds = [step.get("type") for step in steps]
    last = steps[-1] if steps else {}
    if kinds == ["ByteLevel"] and last.get("use_regex", True):
        return "gpt-2"
    if kinds == ["Digits", "ByteLevel"] and steps[0].get("individual_digits") and last.get("use_regex", True):
        return "smollm"
    if kinds == ["Split", "ByteLevel"] and not last.get("use_regex", True):
        pattern = steps[0].get("pattern")
        rule = _RULES.get(str(pattern.get("Regex"))) if isinstance(pattern, dict) else None
        if rule is not None:
            return rule
    raise checkpoint.refuse("unknown_tokenizer", part=json.dumps(kinds))


def _special(checkpoint: Checkpoint, key: str, ids: dict[str, int]) -> int | None:
    """Return the number of a token that ``tokenizer_config.json`` or the configuration names."""
    named = checkpoint.tokenizer_config.get(key)
    token = named.get("content") if isinstance(named, dict) else named
    if isinstance(token, str) and token in ids:
        return ids[token]
    for source in (checkpoint.generation_config, checkpoint.config):
        number = source.get(f"{key}_id")
        number = number[0] if isinstance(number, list) and number else number
        if isinstance(number, int) and 0 <= number < len(ids):
            return number
    return None


def _adds_begin(checkpoint: Checkpoint) -> bool:
    """Whether a text begins with a token of its own."""
    said = checkpoint.tokenizer_config.get("add_bos_token")
    if isinstance(said, bool):
        return said
    processor = checkpoint.tokenizer.get("post_processor")
    steps = processor.get("processors", [processor]) if isinstance(processor, dict) else []
    for step in steps:
        single = step.get("single") if isinstance(step, dict) else None
        if isinstance(single, list) and single and isinstance(single[0], dict):
            return "SpecialToken" in single[0]
    return False
