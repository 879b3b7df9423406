"""Damages a sound GGUF file in seeded ways: cut off, bytes flipped, numbers and lengths made absurd."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator

ABSURD = (0, 1, 2, 3, 7, 0x7F, 0xFF, 1 << 16, (1 << 31) - 1, 1 << 31, (1 << 32) - 1)
ABSURD_LENGTHS = (0, 1, 1 << 20, 1 << 32, 1 << 40, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)


def mutations(content: bytes, *, header_size: int, count: int, seed: int = 11) -> Iterator[tuple[str, bytes]]:
    """Yield ``count`` damaged copies of ``content``, each with what was done to it."""
    draw = random.Random(seed)
    keys = [at for at in range(4, header_size - 12) if content.startswith((b"llama.", b"tokenizer."), at)]
    tensors = [at for at in range(4, header_size - 12) if content.startswith(b".weight", at)]
    for number in range(count):
        data = bytearray(content)
        match number % 5:
            case 0:
                size = draw.randrange(header_size) if draw.random() < 0.7 else draw.randrange(len(content))
                yield f"{number}: cut to {size}", bytes(data[:size])
                continue
            case 1:
                what = _flip(data, draw, 4, header_size)
            case 2:
                what = _overwrite(data, draw, draw.choice(keys), 48)
            case 3:
                what = _overwrite(data, draw, draw.choice(tensors), 40)
            case _:
                at = draw.randrange(4, header_size - 8)
                struct.pack_into("<Q", data, at, draw.choice(ABSURD_LENGTHS))
                what = f"an absurd length at {at}"
        yield f"{number}: {what}", bytes(data)


def _flip(data: bytearray, draw: random.Random, start: int, end: int) -> str:
    places = [draw.randrange(start, end) for _ in range(draw.randint(1, 8))]
    for at in places:
        data[at] ^= 1 << draw.randrange(8)
    return f"bits flipped at {places}"


def _overwrite(data: bytearray, draw: random.Random, start: int, reach: int) -> str:
    """Put an absurd number somewhere behind ``start``, where types, dimensions, offsets and values are."""
    at = start + draw.randrange(reach)
    struct.pack_into("<I", data, at, draw.choice(ABSURD))
    return f"an absurd number at {at}"
