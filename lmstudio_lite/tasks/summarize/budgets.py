"""How much text a model is given at a time, by its context and by what it can keep apart."""

from __future__ import annotations

from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.tasks.generate.capability import Capability
from lmstudio_lite.tasks.summarize.form import Form
from lmstudio_lite.tasks.summarize.parts import INSTRUCTION_TOKENS
from lmstudio_lite.tasks.summarize.rules import ALL_RULES, Rule, RuleSet

_CHUNK_TOKENS_MAX = 1500
_WHOLE_TOKENS_MAX = 2200
_CHUNK_TOKENS_MIN = 64
_SPAN_OF_TINY, _SPAN_OF_SMALL = 600, 1500
"""Tried on a web page of 80,000 characters with 135M: of its points, 3 of 5 had evidence with 1,500 tokens at
a time, 5 of 5 with 600.
"""
_MERGE_TOKENS_OF_SMALL = 600
"""Of a longer text a small model repeats the beginning."""
_PARALLEL = 4


def token_budgets(
    model: LoadedModel, section: Form, final: Form, rules: RuleSet = ALL_RULES
) -> tuple[int, int]:
    """Return how many tokens of text a chunk may have, and a text that is summarized whole.

    The sequences share the context's cells: chunks are sized so that several fit beside each other.
    """
    parallel = max(1, min(_PARALLEL, model.num_sequences_max))
    for_one = max(model.context_size // parallel, min(model.context_size, 1024))
    span = _span(Capability.of(model), rules)
    chunk = min(for_one - INSTRUCTION_TOKENS - section.max_tokens, span or _CHUNK_TOKENS_MAX)
    whole = min(model.context_size - INSTRUCTION_TOKENS - final.max_tokens, span or _WHOLE_TOKENS_MAX)
    return max(_CHUNK_TOKENS_MIN, chunk), max(_CHUNK_TOKENS_MIN, whole)


def merge_tokens(capability: Capability, rules: RuleSet = ALL_RULES) -> int:
    """Return how many tokens of notes are merged at a time."""
    is_careful = capability.is_small and Rule.SMALL_MERGE in rules
    return _MERGE_TOKENS_OF_SMALL if is_careful else _WHOLE_TOKENS_MAX


def _span(capability: Capability, rules: RuleSet) -> int | None:
    if Rule.SMALL_SPAN not in rules or not capability.is_small:
        return None
    return _SPAN_OF_TINY if capability.is_tiny else _SPAN_OF_SMALL
