"""What each layer of a model keeps of the texts it reads: keys and values per cell, or a state per sequence.

Which layers attend, how wide their keys and values are and how large a state is follows from metadata, by
architecture as in llama.cpp's ``llama_model::create_memory`` and ``llama-hparams.cpp``. The engine asks for
caches of full size behind sliding windows (``swa_full``), so a window changes widths only, never the number
of cells. Caches of sparse attention's indexers are counted as one more key a cell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lmstudio_lite.domain.fit import ModelFacts

_RECURRENT = frozenset(("mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7"))
_INTERVAL = frozenset(("qwen3next", "qwen35", "qwen35moe", "qwen4exp", "minimax-01"))
"""Hybrid models of which every so many layers attend, the fourth unless the file says otherwise."""
_BY_HEADS = frozenset(
    (
        "jamba", "plamo2", "granitehybrid", "lfm2", "lfm2moe", "nemotron_h", "nemotron_h_moe", "kimi-linear",
        "bailingmoe3", "kimi-k3", "glm5-next",
    )
)  # fmt: skip
"""Hybrid models whose layers without key heads are the recurrent ones."""
_BOTH = "falcon-h1"
"""Each of its layers attends and keeps a state."""
_WITHOUT_CACHE = frozenset(
    (
        "bert", "jina-bert-v2", "jina-bert-v3", "nomic-bert", "nomic-bert-moe", "neo-bert", "eurobert",
        "wavtokenizer-dec", "modern-bert", "gemma-embedding", "dream", "llada", "llada-moe", "rnd1",
    )
)  # fmt: skip
_ONE_TOKEN_SHIFT = frozenset(("rwkv6qwen2", "arwkv7"))
_WINDOW_PATTERNS = {
    "gemma2": 2, "gemma3": 6, "gemma3n": 5, "gpt-oss": 2, "cohere2": 4, "cohere2moe": 4, "llama4": 4,
    "exaone4": 4, "exaone-moe": 4, "olmo2": 4, "afmoe": 4, "mellum": 4, "smallthinker": 4, "plamo3": 8,
    "lfm2": 1,
}  # fmt: skip
"""Of so many layers all but the last look through a window, unless the file says which do."""
_GEMMA3N_LAYERS_WITH_CACHE = 20
_FLOAT_BYTES = 4
_NUMBER_MAX = 1 << 32


LAYERS_MAX = 512
"""llama.cpp has no more (``LLAMA_MAX_LAYERS``); a header from a stranger may say four billion."""


@dataclass(frozen=True, slots=True)
class LayerMemory:
    """``key_width`` and ``value_width`` are numbers a cell, ``state_bytes`` bytes a sequence."""

    key_width: int = 0
    value_width: int = 0
    state_bytes: int = 0


def layer_memories(facts: ModelFacts) -> tuple[LayerMemory, ...]:
    """Return what each layer keeps; layers that predict further tokens (``nextn``) keep nothing here."""
    if facts.architecture in _WITHOUT_CACHE:
        return ()
    num_all = min(number(facts, "block_count"), LAYERS_MAX)
    num_layers = max(0, num_all - number(facts, "nextn_predict_layers")) or num_all
    state = _state_bytes(facts)
    return tuple(
        LayerMemory(
            *(_widths(facts, layer) if _attends(facts, layer) else (0, 0)),
            state_bytes=state if is_recurrent_layer(facts, layer) else 0,
        )
        for layer in range(min(num_layers, LAYERS_MAX))
    )


def number(facts: ModelFacts, key: str, layer: int | None = None, default: int = 0) -> int:
    """Return a number of the header: that of ``layer`` where it has one a layer, the largest for None.

    Nothing absurd comes out, whatever the header says.
    """
    value = facts.numbers.get(key, default)
    if isinstance(value, tuple):
        if layer is None:
            return max((_sane(one, default) for one in value), default=default)
        return _sane(value[layer], default) if layer < len(value) else default
    return _sane(value, default)


def _sane(value: float, default: int) -> int:
    return int(value) if math.isfinite(value) and 0 <= value <= _NUMBER_MAX else default


def has_state(facts: ModelFacts) -> bool:
    """Whether some layer keeps a state, so that a sequence can't be cut anywhere."""
    name = facts.architecture
    return name in _RECURRENT or name in _BY_HEADS or name in _INTERVAL or name == _BOTH


def is_recurrent_layer(facts: ModelFacts, layer: int) -> bool:
    """Whether ``layer`` keeps a state of each sequence."""
    name = facts.architecture
    if name in _RECURRENT or name == _BOTH:
        return True
    if name in _BY_HEADS:
        has_no_heads = number(facts, "attention.head_count_kv", layer) == 0
        return has_no_heads and not (name.startswith("nemotron_h") and _feeds_forward(facts, layer))
    if name in _INTERVAL:
        listed = facts.numbers.get("attention.recurrent_layers")
        if isinstance(listed, tuple):
            return layer < len(listed) and bool(listed[layer])
        return (layer + 1) % max(1, number(facts, "full_attention_interval", default=4)) != 0
    return False


def _attends(facts: ModelFacts, layer: int) -> bool:
    name = facts.architecture
    if name in _RECURRENT:
        return False
    if name == _BOTH:
        return True
    if name.startswith("nemotron_h"):
        return not _feeds_forward(facts, layer) and not is_recurrent_layer(facts, layer)
    return not is_recurrent_layer(facts, layer) and layer < _num_with_cache(facts)


def _num_with_cache(facts: ModelFacts) -> int:
    """Return how many layers have a cache of their own; in Gemma 3n and 4 the later ones use an earlier's."""
    if facts.architecture == "gemma3n":
        return _GEMMA3N_LAYERS_WITH_CACHE
    return number(facts, "block_count") - number(facts, "attention.shared_kv_layers")


def _feeds_forward(facts: ModelFacts, layer: int) -> bool:
    return number(facts, "feed_forward_length", layer) > 0


def _widths(facts: ModelFacts, layer: int) -> tuple[int, int]:
    num_heads = number(facts, "attention.head_count", layer)
    num_kv_heads = number(facts, "attention.head_count_kv", layer, num_heads)
    # The first layer's heads divide the embedding, as in llama.cpp, also where later layers have others.
    first_heads = number(facts, "attention.head_count", 0) or 1
    head_length = number(facts, "embedding_length") // first_heads
    key = number(facts, "attention.key_length", default=head_length)
    value = number(facts, "attention.value_length", default=head_length)
    if is_windowed(facts, layer):
        key = number(facts, "attention.key_length_swa", default=key)
        value = number(facts, "attention.value_length_swa", default=value)
    if number(facts, "attention.key_length_mla") and number(facts, "attention.value_length_mla"):
        # Multi-head latent attention keeps one latent vector a cell, which serves as key and value.
        return num_kv_heads * key + number(facts, "attention.indexer.key_length"), 0
    return num_kv_heads * key + number(facts, "attention.indexer.key_length"), num_kv_heads * value


def is_windowed(facts: ModelFacts, layer: int) -> bool:
    """Whether ``layer`` looks through a sliding window."""
    listed = facts.numbers.get("attention.sliding_window_pattern")
    if isinstance(listed, tuple):
        return layer < len(listed) and bool(listed[layer])
    pattern = int(listed) if listed is not None else _WINDOW_PATTERNS.get(facts.architecture, 0)
    if pattern == 0 or not number(facts, "attention.sliding_window"):
        return False
    if facts.architecture == "lfm2":
        return not is_recurrent_layer(facts, layer)
    return layer % pattern < pattern - 1


def convolved_width(facts: ModelFacts) -> int:
    """Return how many numbers a token brings into the convolution of a state space layer, 0 without one."""
    groups = 2 * number(facts, "ssm.group_count") * number(facts, "ssm.state_size")
    inner = number(facts, "ssm.inner_size")
    return inner + groups if inner else 0


def _state_bytes(facts: ModelFacts) -> int:
    embedding_length = number(facts, "embedding_length")
    if head_size := number(facts, "wkv.head_size"):
        shifts = 1 if facts.architecture in _ONE_TOKEN_SHIFT else 2
        shifts = number(facts, "token_shift_count", default=shifts)
        return _FLOAT_BYTES * embedding_length * (shifts + head_size)
    if kept := number(facts, "shortconv.l_cache"):
        return _FLOAT_BYTES * embedding_length * (kept - 1)
    kernel = number(facts, "ssm.conv_kernel")
    num_heads = number(facts, "attention.head_count")
    if head_length := number(facts, "kda.head_dim"):
        inner = num_heads * head_length
        convolved = 3 * (kernel - 1 if kernel else 3) * inner
        return _FLOAT_BYTES * (convolved + head_length * inner)
    if facts.architecture == "minimax-01":
        head_length = number(facts, "attention.key_length", default=embedding_length // max(1, num_heads))
        return _FLOAT_BYTES * head_length * head_length * num_heads
    convolved = max(0, kernel - 1) * convolved_width(facts)
    return _FLOAT_BYTES * (convolved + number(facts, "ssm.state_size") * number(facts, "ssm.inner_size"))
