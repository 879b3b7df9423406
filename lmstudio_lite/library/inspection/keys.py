"""Whether the keys say what llama.cpp needs, and agree with the tensors."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from lmstudio_lite.domain.inspection import Finding, FindingCode, Severity
from lmstudio_lite.errors import Detail
from lmstudio_lite.library.gguf import GgufHeader
from lmstudio_lite.library.gguf.header import EMBEDDING_TENSOR

_NEEDED = ("context_length", "embedding_length", "block_count")
_SHORTEST_CONTEXT, _LONGEST_CONTEXT = 128, 1 << 25
_MOST_LAYERS = 512
"""llama.cpp ends its process where a model has more, or none (``LLAMA_MAX_LAYERS``)."""
_LAYER = re.compile(r"blk\.(\d{1,6})\.")


def inspect_repeated(header: GgufHeader) -> Iterator[Finding]:
    """Find keys that stand in a file twice, which llama.cpp refuses."""
    again = [key for key, count in Counter(entry.key for entry in header.entries).items() if count > 1]
    if again:
        yield Finding(FindingCode.KEY_TWICE, Severity.UNUSABLE, {"key": again[0], "count": len(again)})


def inspect_keys(headers: Sequence[GgufHeader], *, has_all_tensors: bool) -> Iterator[Finding]:
    """Judge the keys of a whole model, which are in the first of its parts' ``headers``.

    ``has_all_tensors`` is False where parts are missing or broken: then nothing is said of the layers.
    """
    header = headers[0]
    architecture = header.architecture
    if not architecture:
        yield Finding(FindingCode.KEY_MISSING, Severity.UNUSABLE, {"key": "general.architecture"})
        return
    for name in _NEEDED:
        key = f"{architecture}.{name}"
        if key not in header.metadata and key not in header.array_lengths:
            yield Finding(FindingCode.KEY_MISSING, Severity.UNUSABLE, {"key": key})
    context = header.number(f"{architecture}.context_length")
    if f"{architecture}.context_length" in header.metadata and not (
        _SHORTEST_CONTEXT <= context <= _LONGEST_CONTEXT
    ):
        yield Finding(FindingCode.CONTEXT_ABSURD, Severity.WARNING, {"num_tokens": context})
    layers = f"{architecture}.block_count"
    if layers in header.metadata and not 0 < header.number(layers) <= _MOST_LAYERS:
        details: dict[str, Detail] = {"num_layers": header.number(layers)}
        yield Finding(FindingCode.LAYERS_ABSURD, Severity.UNUSABLE, details)
    elif has_all_tensors:
        yield from _layers(headers)
    yield from _width(headers)


def _layers(headers: Sequence[GgufHeader]) -> Iterator[Finding]:
    said = headers[0].number(f"{headers[0].architecture}.block_count")
    names = (tensor.name for header in headers for tensor in header.tensors)
    found = 1 + max((int(layer[1]) for layer in map(_LAYER.match, names) if layer), default=-1)
    if said and found != said:
        details: dict[str, Detail] = {"said": said, "found": found}
        yield Finding(FindingCode.LAYERS_DIFFER, Severity.WARNING, details)


def _width(headers: Sequence[GgufHeader]) -> Iterator[Finding]:
    said = headers[0].number(f"{headers[0].architecture}.embedding_length")
    table = next((t for header in headers for t in header.tensors if t.name == EMBEDDING_TENSOR), None)
    if said and table is not None and table.shape and table.shape[0] != said:
        details: dict[str, Detail] = {"said": said, "found": table.shape[0]}
        yield Finding(FindingCode.WIDTH_DIFFERS, Severity.UNUSABLE, details)
