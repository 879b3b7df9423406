"""llama.cpp's name of the rule that cuts a text into words, told by what ``tokenizer.json`` writes.

llama.cpp has these rules in its code, some of them written otherwise than there. A rule that is not known is
refused: a model that reads other tokens than it learned answers badly, and nobody sees why.
"""

from __future__ import annotations

import json
from typing import Any

from lmstudio_lite.library.checkpoint.shards import Checkpoint
from lmstudio_lite.library.checkpoint.tokenizer_json import objects, section

LLAMA3 = "llama-bpe"
_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_MARKED_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_CASED_WORDS = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_BLOOM = r" ?[^(\s|[.,!?…。，、।۔،])]+"
_RULES = {
    _WORDS % "": "qwen2",
    _WORDS % "{1,3}": LLAMA3,
    _MARKED_WORDS: "qwen35",
    _CASED_WORDS: "gpt-4o",
    _BLOOM: "bloom",
}
_THREE_DIGITS = "[0-9][0-9][0-9]"


def rule_of(checkpoint: Checkpoint) -> str:
    """Return the rule's name.

    Raises:
        ConversionError: "unknown_tokenizer"; ``part`` says what steps it has.
    """
    written = section(checkpoint.tokenizer, "pre_tokenizer")
    steps = objects(written.get("pretokenizers", [written]))
    kinds = [step.get("type") for step in steps]
    bytes_step = next((step for step in steps if step.get("type") == "ByteLevel"), {})
    has_own_rule = bytes_step.get("use_regex", True)
    if not bytes_step.get("add_prefix_space"):
        if kinds == ["ByteLevel"] and has_own_rule:
            return "gpt-2"
        if kinds == ["Digits", "ByteLevel"] and steps[0].get("individual_digits") and has_own_rule:
            return "smollm"
        if kinds == ["Split", "ByteLevel"] and not has_own_rule and _is_plain_split(steps[0]):
            rule = _RULES.get(str(section(steps[0], "pattern").get("Regex")))
            if rule is not None:
                return rule
        if kinds == ["Punctuation", "ByteLevel", "Digits", "Split"] and has_own_rule and _is_falcon(steps):
            return "falcon"
    raise checkpoint.refuse("unknown_tokenizer", f"pre_tokenizer {json.dumps(kinds)}")


def _is_plain_split(step: dict[str, Any]) -> bool:
    return step.get("behavior") == "Isolated" and not step.get("invert")


def _is_falcon(steps: list[dict[str, Any]]) -> bool:
    marks, _, digits, split = steps
    return (
        marks.get("behavior") == "Contiguous"
        and not digits.get("individual_digits")
        and section(split, "pattern").get("Regex") == _THREE_DIGITS
        and _is_plain_split(split)
    )
