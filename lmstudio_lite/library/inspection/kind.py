"""What a GGUF file is for, out of its header."""

from __future__ import annotations

from collections.abc import Iterator

from lmstudio_lite.domain.inspection import Finding, FindingCode, ModelKind, Severity
from lmstudio_lite.errors import Detail
from lmstudio_lite.library.gguf import GgufHeader

_ENCODERS = frozenset(
    ("bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3", "modern-bert", "gemma-embedding")
)
_POOLINGS = frozenset((1, 2, 3))
"""Mean, first and last token (``llama_pooling_type``): how a vector is made."""
_RANKING = 4
_PROJECTORS = frozenset(("clip", "mmproj"))
_LORA_ENDS = (".lora_a", ".lora_b")
_KIND_CODES = {
    ModelKind.EMBEDDING: FindingCode.IS_EMBEDDING,
    ModelKind.RERANKER: FindingCode.IS_RERANKER,
    ModelKind.PROJECTOR: FindingCode.IS_PROJECTOR,
}


def kind_of(header: GgufHeader) -> ModelKind:
    """Return what the file that ``header`` begins is for; of a split model the first part's header."""
    architecture, kind = header.architecture, header.text("general.type")
    if kind == "adapter":
        return ModelKind.ADAPTER
    if kind in _PROJECTORS or architecture in _PROJECTORS:
        return ModelKind.PROJECTOR
    if not architecture or (kind and kind != "model"):
        return ModelKind.OTHER
    if not header.num_tensors and header.number("split.count") < 2:
        return ModelKind.VOCABULARY
    pooling = header.number(f"{architecture}.pooling_type")
    if pooling == _RANKING:
        return ModelKind.RERANKER
    if architecture in _ENCODERS or pooling in _POOLINGS:
        return ModelKind.EMBEDDING
    return ModelKind.TEXT


def inspect_kind(header: GgufHeader) -> Iterator[Finding]:
    """Say what a file is that writes no text, and what an adapter lacks."""
    kind = kind_of(header)
    if kind in _KIND_CODES:
        yield Finding(_KIND_CODES[kind], Severity.NOTE)
    elif kind is ModelKind.VOCABULARY:
        yield Finding(FindingCode.HOLDS_NO_WEIGHTS, Severity.UNUSABLE)
    elif kind is ModelKind.ADAPTER:
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
