"""What memory and speed follow from, out of a header; see ``domain.fit``."""

from __future__ import annotations

from collections import Counter

from lmstudio_lite.domain.fit import ModelFacts
from lmstudio_lite.library.gguf.header import (
    EMBEDDING_TENSOR,
    LAYER_EMBEDDING_TENSOR,
    OUTPUT_TENSOR,
    GgufHeader,
)


def model_facts(first: GgufHeader, *others: GgufHeader) -> ModelFacts:
    """Return the facts of a model; ``others`` are the headers of its further parts, where it is split.

    The metadata are the first part's, as llama.cpp reads them; the weights are those of all parts.
    """
    headers = (first, *others)
    prefix = f"{first.architecture}."
    numbers: dict[str, float | tuple[float, ...]] = {
        key.removeprefix(prefix): value
        for key, value in first.metadata.items()
        if key.startswith(prefix) and not isinstance(value, str)
    }
    numbers |= {
        key.removeprefix(prefix): values
        for key, values in first.number_arrays.items()
        if key.startswith(prefix)
    }
    named = {name: size for header in headers for name, size in header.named_bytes.items()}
    embedding_bytes = named.get(EMBEDDING_TENSOR, 0) if OUTPUT_TENSOR in named else 0
    return ModelFacts(
        architecture=first.architecture,
        numbers=numbers,
        weights_bytes=sum(header.tensor_bytes for header in headers),
        vocabulary_size=first.array_lengths.get("tokenizer.ggml.tokens", 0)
        or first.number(f"{prefix}vocab_size"),
        expert_bytes=sum(header.expert_bytes for header in headers),
        type_bytes=dict(sum((Counter(header.layer_type_bytes) for header in headers), Counter())),
        embedding_bytes=embedding_bytes + named.get(LAYER_EMBEDDING_TENSOR, 0),
    )
