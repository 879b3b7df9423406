"""Whether a model can read and end texts: its tokens, their ids, and its chat template."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lmstudio_lite.domain.inspection import ContentKind, Finding, FindingCode, Severity
from lmstudio_lite.errors import Detail
from lmstudio_lite.library.gguf import GgufHeader
from lmstudio_lite.library.gguf.header import EMBEDDING_TENSOR
from lmstudio_lite.library.inspection.kind import kind_of

TOKENS_KEY = "tokenizer.ggml.tokens"
TEMPLATE_KEY = "tokenizer.chat_template"
_MODEL_KEY = "tokenizer.ggml.model"
_BESIDE_TOKENS = ("tokenizer.ggml.scores", "tokenizer.ggml.token_type")
_ENDS = ("tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id")
_NO_TOKENIZERS = frozenset(("none", "no_vocab"))
_UNSET_IDS = frozenset(((1 << 32) - 1, -1))
"""How converters write that there is no such token."""
_BYTE_PAIRS, _MERGES_KEY = "gpt2", "tokenizer.ggml.merges"


def inspect_tokenizer(headers: Sequence[GgufHeader]) -> Iterator[Finding]:
    """Judge the tokenizer and the template of a model, which are in the first of its parts' ``headers``."""
    header = headers[0]
    model = header.text(_MODEL_KEY)
    if model in _NO_TOKENIZERS:
        return
    num_tokens = header.array_lengths.get(TOKENS_KEY, 0)
    if not model or not num_tokens:
        key = TOKENS_KEY if model else _MODEL_KEY
        yield Finding(FindingCode.TOKENIZER_MISSING, Severity.UNUSABLE, {"key": key})
        return
    if model == _BYTE_PAIRS and _MERGES_KEY not in header.array_lengths:
        yield Finding(FindingCode.TOKENIZER_MISSING, Severity.UNUSABLE, {"key": _MERGES_KEY})
    yield from _lists(header, num_tokens)
    yield from _rows(headers, num_tokens)
    yield from _ids(header, num_tokens)
    if model == _BYTE_PAIRS and header.text("tokenizer.ggml.pre") in ("", "default"):
        yield Finding(FindingCode.PRE_TOKENIZER_MISSING, Severity.WARNING)
    if kind_of(header) is ContentKind.TEXT and not header.text(TEMPLATE_KEY).strip():
        yield Finding(FindingCode.TEMPLATE_MISSING, Severity.NOTE)


def _lists(header: GgufHeader, num_tokens: int) -> Iterator[Finding]:
    """llama.cpp reads as many scores and types as there are tokens, whether they are there or not."""
    for key in _BESIDE_TOKENS:
        length = header.array_lengths.get(key, num_tokens)
        if length != num_tokens:
            details: dict[str, Detail] = {"key": key, "found": length, "said": num_tokens}
            yield Finding(FindingCode.TOKEN_LIST_DIFFERS, Severity.UNUSABLE, details)


def _rows(headers: Sequence[GgufHeader], num_tokens: int) -> Iterator[Finding]:
    table = next((t for header in headers for t in header.tensors if t.name == EMBEDDING_TENSOR), None)
    if table is not None and len(table.shape) > 1 and table.shape[1] != num_tokens:
        details: dict[str, Detail] = {"said": num_tokens, "found": table.shape[1]}
        yield Finding(FindingCode.VOCABULARY_DIFFERS, Severity.UNUSABLE, details)


def _ids(header: GgufHeader, num_tokens: int) -> Iterator[Finding]:
    ids = {
        key: value
        for key, value in header.metadata.items()
        if key.startswith("tokenizer.ggml.") and key.endswith("_token_id") and isinstance(value, int)
    }
    for key, token_id in ids.items():
        if not 0 <= token_id < num_tokens and token_id not in _UNSET_IDS:
            details: dict[str, Detail] = {"key": key, "id": token_id, "num_tokens": num_tokens}
            yield Finding(FindingCode.TOKEN_ID_OUT_OF_RANGE, Severity.WARNING, details)
    if kind_of(header) is ContentKind.TEXT and not any(
        ids.get(key, -1) in range(num_tokens) for key in _ENDS
    ):
        yield Finding(FindingCode.END_MISSING, Severity.WARNING)
