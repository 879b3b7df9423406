"""Where to look for wrong bytes in a file of the right length that has another SHA-256 than promised. Pure.

What is damaged on this disk is found by the journal's hashes of ranges. What came wrong is not: a hub states
one SHA-256 for the whole file and none for its ranges (nor does LFS), and from one hash of all nobody can
tell which bytes are wrong. So ranges are fetched again one after the other, until the hash is right:

    1. around the seams, where a connection began or broke: there stand a proxy's page, a lost block, one
       twice;
    2. one eighth of the file after the other.

A fault at a seam thus costs at most ``_SEAMS_SHARE`` of the file, any other single one half of the file on
average; all of it only where the server's own file is wrong, which no range can mend.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lmstudio_lite.hub.byte_ranges import ByteRanges

_NUM_PARTS = 8
_SEAM_BYTES = 1 << 20
"""How far from a seam on either side: what connections write between two hashes."""
_SEAMS_SHARE = 0.04
_NUM_SEAMS_MAX = 64
_BLOCK_BYTES = 4096


def suspect_ranges(size: int, seams: Sequence[int], *, has_ranges: bool) -> Iterator[ByteRanges]:
    """Yield what to fetch again, the likeliest first; all of it where the server knows no ranges."""
    if not has_ranges:
        yield _range(0, size)
        return
    around = _around(size, seams)
    if around.num_bytes:
        yield around
    step = -(-size // _NUM_PARTS)
    for start in range(0, size, step):
        yield _range(start, min(size, start + step))


def without(size: int, suspects: ByteRanges) -> ByteRanges:
    """Return what is left of a whole file."""
    left = _range(0, size)
    for start, end in suspects:
        left.remove(start, end)
    return left


def _around(size: int, seams: Sequence[int]) -> ByteRanges:
    found = ByteRanges()
    inner = sorted({seam for seam in seams if 0 < seam < size})[:_NUM_SEAMS_MAX]
    if inner:
        reach = min(_SEAM_BYTES, int(size * _SEAMS_SHARE / (2 * len(inner))))
        for seam in inner if reach >= _BLOCK_BYTES else []:
            found.add(max(0, seam - reach), min(size, seam + reach))
    return found


def _range(start: int, end: int) -> ByteRanges:
    found = ByteRanges()
    found.add(start, end)
    return found
