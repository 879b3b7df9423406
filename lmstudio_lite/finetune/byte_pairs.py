"""How a learned byte-pair tokenizer cuts a text, step by step: for the lesson, without torch.

The merges are read from the model's own file. llama.cpp's tokenizer has the last word on the result; here
only the way to it is retraced (Sennrich et al. 2016): of all neighbours the pair that was learned first
becomes one, again and again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

Ranks = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class MergeStep:
    """The pieces after one more pair became one; ``merged`` says which is new, None before the first."""

    pieces: tuple[str, ...]
    merged: int | None


def ranks_of(merges: Iterable[str]) -> dict[tuple[str, str], int]:
    """Return which merge was learned when, from a GGUF file's "left right" lines."""
    ranks: dict[tuple[str, str], int] = {}
    for number, merge in enumerate(merges):
        left, _, right = merge.partition(" ")
        ranks[left, right] = number
    return ranks


def merge_steps(word: str, ranks: Ranks) -> list[MergeStep]:
    """Retrace how ``word`` (with the space before it, if there is one) is put together."""
    pieces = [_LETTERS[byte] for byte in word.encode()]
    steps = [MergeStep(_readable(pieces), None)]
    while len(pieces) > 1:
        pairs = list(pairwise(pieces))
        at = min(range(len(pairs)), key=lambda number: ranks.get(pairs[number], len(ranks)))
        if pairs[at] not in ranks:
            break
        # Every place where the pair stands becomes one at once, from the left.
        first, number = pairs[at], 0
        merged = at
        while number < len(pieces) - 1:
            if (pieces[number], pieces[number + 1]) == first:
                pieces[number : number + 2] = ["".join(first)]
                merged = min(merged, number)
            number += 1
        steps.append(MergeStep(_readable(pieces), merged))
    return steps


def readable(piece: str) -> str:
    """Return the text of a piece in the tokenizer's alphabet of bytes."""
    return bytes(_bytes().get(letter, 0x3F) for letter in piece).decode("utf-8", "replace")


def _readable(pieces: Sequence[str]) -> tuple[str, ...]:
    return tuple(readable(piece) for piece in pieces)


def _letters() -> list[str]:
    """Return the letter for each byte, as GPT-2 has it: itself where it can be seen, else one from 256 on."""
    seen = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters, number = [], 0
    for byte in range(256):
        if byte in seen:
            letters.append(chr(byte))
        else:
            letters.append(chr(256 + number))
            number += 1
    return letters


_LETTERS = _letters()


@cache
def _bytes() -> dict[str, int]:
    return {letter: byte for byte, letter in enumerate(_LETTERS)}
