"""What a GGUF file is for, out of its header."""

from __future__ import annotations

from collections.abc import Iterator

from lmstudio_lite.domain.inspection import ContentKind, Finding, FindingCode, Severity
from lmstudio_lite.errors import Detail
from lmstudio_lite.library.gguf import GgufHeader
from lmstudio_lite.library.gguf.kinds import (
    ENCODERS,
    POOLINGS,
    PROJECTOR_ARCHITECTURE,
    PROJECTOR_TYPES,
    RANK_POOLING,
)

_LORA_ENDS = (".lora_a", ".lora_b")
_KIND_CODES = {
    ContentKind.EMBEDDING: FindingCode.IS_EMBEDDING,
    ContentKind.RERANKER: FindingCode.IS_RERANKER,
    ContentKind.PROJECTOR: FindingCode.IS_PROJECTOR,
}


def kind_of(header: GgufHeader) -> ContentKind:
    """Return what the file that ``header`` begins is for; of a split model the first part's header."""
    architecture, kind = header.architecture, header.text("general.type")
    if kind == "adapter":
        return ContentKind.ADAPTER
    if kind in PROJECTOR_TYPES or architecture == PROJECTOR_ARCHITECTURE:
        return ContentKind.PROJECTOR
    if not architecture or (kind and kind != "model"):
        return ContentKind.OTHER
    if not header.num_tensors and header.number("split.count") < 2:
        return ContentKind.VOCABULARY
    pooling = header.number(f"{architecture}.pooling_type")
    if pooling == RANK_POOLING:
        return ContentKind.RERANKER
    if architecture in ENCODERS or pooling in POOLINGS:
        return ContentKind.EMBEDDING
    return ContentKind.TEXT


def inspect_kind(header: GgufHeader) -> Iterator[Finding]:
    """Say what a file is that writes no text, and what an adapter lacks."""
    kind = kind_of(header)
    if kind in _KIND_CODES:
        yield Finding(_KIND_CODES[kind], Severity.NOTE)
    elif kind is ContentKind.VOCABULARY:
        yield Finding(FindingCode.HOLDS_NO_WEIGHTS, Severity.UNUSABLE)
    elif kind is ContentKind.ADAPTER:
        base = header.text("general.base_model.0.name") or header.architecture
        yield Finding(FindingCode.IS_ADAPTER, Severity.NOTE, {"base": base})
        yield from _adapter_findings(header)


def _adapter_findings(header: GgufHeader) -> Iterator[Finding]:
    if "adapter.lora.alpha" not in header.metadata:
        yield Finding(FindingCode.KEY_MISSING, Severity.UNUSABLE, {"key": "adapter.lora.alpha"})
    names = {tensor.name for tensor in header.tensors}
    low_rank = [name for name in names if name.endswith(_LORA_ENDS)]
    alone = [name for name in low_rank if name[:-1] + ("b" if name[-1] == "a" else "a") not in names]
    if alone:
        details: dict[str, Detail] = {"name": min(alone), "count": len(alone)}
        yield Finding(FindingCode.ADAPTER_UNPAIRED, Severity.UNUSABLE, details)
