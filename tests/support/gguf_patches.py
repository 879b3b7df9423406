"""Changes one thing of a sound GGUF file, so that everything else of it stays as it was."""

from __future__ import annotations

import struct

from tests.library.gguf_files import MetadataValue, metadata_entry, text

_ALIGNMENT = 32


def patch_tensor(
    content: bytes,
    name: str,
    *,
    offset: int | None = None,
    type_number: int | None = None,
    dimensions: dict[int, int] | None = None,
    new_name: str | None = None,
) -> bytes:
    """Return ``content`` with another entry for the tensor ``name``; ``new_name`` has as many bytes."""
    data = bytearray(content)
    at = content.index(text(name)) + 8
    if new_name is not None:
        assert len(new_name.encode()) == len(name.encode())
        data[at : at + len(name)] = new_name.encode()
    at += len(name)
    (count,) = struct.unpack_from("<I", content, at)
    for number, size in (dimensions or {}).items():
        struct.pack_into("<Q", data, at + 4 + 8 * number, size)
    at += 4 + 8 * count
    if type_number is not None:
        struct.pack_into("<I", data, at, type_number)
    if offset is not None:
        struct.pack_into("<Q", data, at + 4, offset)
    return bytes(data)


def rename_key(content: bytes, old: str, new: str) -> bytes:
    """Return ``content`` with a key of another name, which has as many bytes."""
    assert len(old) == len(new)
    return content.replace(text(old), text(new), 1)


def set_number(content: bytes, key: str, value: int) -> bytes:
    """Return ``content`` with another value of a key that is a 32-bit number."""
    data = bytearray(content)
    struct.pack_into("<I", data, content.index(text(key)) + 8 + len(key) + 4, value)
    return bytes(data)


def add_keys(content: bytes, entries: dict[str, MetadataValue]) -> bytes:
    """Return ``content`` with further keys at its beginning; a filler keeps the tensors where they were."""
    more = b"".join(metadata_entry(key, value) for key, value in entries.items())
    length = -(len(more) + len(metadata_entry("x.filler", ""))) % _ALIGNMENT
    more += metadata_entry("x.filler", "x" * length)
    version, tensors, count = struct.unpack_from("<IQQ", content, 4)
    return b"GGUF" + struct.pack("<IQQ", version, tensors, count + len(entries) + 1) + more + content[24:]
