"""What looking into a model's file without loading it finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from lmstudio_lite.errors import Detail


class ContentKind(StrEnum):
    """What a GGUF file is for. ``OTHER`` holds tensors, but no model that this program knows."""

    TEXT = "text"
    EMBEDDING = "embedding"
    RERANKER = "reranker"
    PROJECTOR = "projector"
    ADAPTER = "adapter"
    VOCABULARY = "vocabulary"
    OTHER = "other"


class Severity(StrEnum):
    """Worst first. ``UNUSABLE``: llama.cpp refuses the file, or reads beyond its end."""

    UNUSABLE = "unusable"
    WARNING = "warning"
    NOTE = "note"


class FindingCode(StrEnum):
    """What was found; worded in ``words.inspection``, with the details named there."""

    # How the tensors lie in the file
    BAD_ALIGNMENT = "bad_alignment"
    TENSORS_PAST_END = "tensors_past_end"
    TENSORS_OVERLAP = "tensors_overlap"
    TENSORS_APART = "tensors_apart"
    TENSORS_UNALIGNED = "tensors_unaligned"
    TENSOR_TWICE = "tensor_twice"
    TENSOR_NAME_LONG = "tensor_name_long"
    ODD_ROWS = "odd_rows"
    TYPE_REMOVED = "type_removed"
    TYPE_UNKNOWN = "type_unknown"
    BYTES_LEFT_OVER = "bytes_left_over"
    # What the keys say
    KEY_TWICE = "key_twice"
    KEY_MISSING = "key_missing"
    ARCHITECTURE_UNKNOWN = "architecture_unknown"
    CONTEXT_ABSURD = "context_absurd"
    LAYERS_ABSURD = "layers_absurd"
    LAYERS_DIFFER = "layers_differ"
    WIDTH_DIFFERS = "width_differs"
    # The tokenizer and the template
    TOKENIZER_MISSING = "tokenizer_missing"
    PRE_TOKENIZER_MISSING = "pre_tokenizer_missing"
    VOCABULARY_DIFFERS = "vocabulary_differs"
    TOKEN_LIST_DIFFERS = "token_list_differs"
    TOKEN_ID_OUT_OF_RANGE = "token_id_out_of_range"
    END_MISSING = "end_missing"
    TEMPLATE_MISSING = "template_missing"
    TEMPLATE_UNUSABLE = "template_unusable"
    # The name against the content
    NAME_QUANTIZATION = "name_quantization"
    NAME_SIZE = "name_size"
    # A model in several files
    PART_BROKEN = "part_broken"
    PART_MISSING = "part_missing"
    PART_RENAMED = "part_renamed"
    PARTS_DIFFER = "parts_differ"
    # What it is, where that is no model for texts
    IS_EMBEDDING = "is_embedding"
    IS_RERANKER = "is_reranker"
    IS_PROJECTOR = "is_projector"
    IS_ADAPTER = "is_adapter"
    ADAPTER_UNPAIRED = "adapter_unpaired"
    HOLDS_NO_WEIGHTS = "holds_no_weights"


@dataclass(frozen=True, slots=True)
class Finding:
    """``details`` are the names and numbers that its sentence needs; sizes are bytes."""

    code: FindingCode
    severity: Severity
    details: dict[str, Detail] = field(default_factory=dict)


_ORDER = list(Severity)


def worst_first(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return findings by severity, each severity in the order of ``findings``."""
    return tuple(sorted(findings, key=lambda finding: _ORDER.index(finding.severity)))
