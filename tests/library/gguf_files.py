"""Writes small GGUF files for the tests, sound ones and others."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

MetadataValue = str | int | float | bool | Sequence[str] | Sequence[int]

LLAMA_METADATA: dict[str, MetadataValue] = {
    "general.architecture": "llama",
    "general.name": "Tiny",
    "general.file_type": 7,
    "llama.context_length": 2048,
    "llama.block_count": 2,
    "llama.embedding_length": 64,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
    "tokenizer.ggml.tokens": ["a", "bc", "d" * 20],
    "tokenizer.ggml.token_type": [1, 1, 1],
    "tokenizer.chat_template": "{{ messages }}",
}


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def metadata_entry(key: str, value: MetadataValue) -> bytes:
    return text(key) + _typed(value)


def _typed(value: MetadataValue) -> bytes:
    match value:
        case bool():
            return struct.pack("<I?", 7, value)
        case int():
            return struct.pack("<II", 4, value)
        case float():
            return struct.pack("<If", 6, value)
        case str():
            return struct.pack("<I", 8) + text(value)
        case _:
            items = [text(item) if isinstance(item, str) else struct.pack("<i", item) for item in value]
            item_type = 8 if value and isinstance(value[0], str) else 5
            return struct.pack("<IIQ", 9, item_type, len(items)) + b"".join(items)


def make_gguf(
    metadata: Mapping[str, MetadataValue] = LLAMA_METADATA,
    *,
    tensors: Sequence[tuple[str, tuple[int, ...]]] = (
        ("token_embd.weight", (64, 32)),
        ("output.weight", (64,)),
    ),
    version: int = 3,
    order: str = "<",
    extra: bytes = b"",
    num_extra: int = 0,
) -> bytes:
    """Return a GGUF file of F32 zeros; ``extra`` is ``num_extra`` raw metadata entries put at the end."""
    header = b"GGUF" + struct.pack(order + "IQQ", version, len(tensors), len(metadata) + num_extra)
    header += b"".join(metadata_entry(key, value) for key, value in metadata.items()) + extra
    offset = 0
    for name, shape in tensors:
        size = 4
        for length in shape:
            size *= length
        header += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, offset)
        offset += -(-size // 32) * 32
    return header + bytes(-len(header) % 32) + bytes(offset)
