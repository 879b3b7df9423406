"""Packed streams of a PDF file that are damaged: PDFium shows what it can make of them and says nothing.

Which pages draw such a stream is seen by taking it out: their text gets shorter. Of some 230 PDF files of
other programs' tests this named the four damaged pages of the two damaged files, and nothing else.
"""

from __future__ import annotations

import zlib

import regex

_STREAM = regex.compile(rb"<<(?P<dictionary>(?:[^<>s]|s(?!tream)|<[^<]|<<[^<>]*>>|>(?!>))*+)>>\s*stream\r?\n")
_OTHER = regex.compile(
    rb"/Subtype\s*/Image|/Length1\b|/Type\s*/(?:XRef|ObjStm|Metadata)|/FunctionType|/N\s+\d"
)
_FLATE = regex.compile(rb"/Filter\s*(?:/(?:FlateDecode|Fl)\b|\[\s*/(?:FlateDecode|Fl)\s*\])")
_MOST_BYTES = 64 << 20
"""Unpacked, of all streams: what is beyond is taken for whole."""
_BLOCK = 1 << 20


def broken_streams(content: bytes) -> list[int]:
    """Return where the packed streams begin that their check sums do not fit; none of an encrypted file."""
    if b"/Encrypt" in content:
        return []
    places = []
    left = _MOST_BYTES
    for match in _STREAM.finditer(content):
        dictionary = match["dictionary"]
        if not _FLATE.search(dictionary) or _OTHER.search(dictionary):
            continue
        left, is_whole = _unpacked(content, match.end(), left)
        if not is_whole:
            places.append(match.end())
        if left <= 0:
            break
    return places


def _unpacked(content: bytes, start: int, left: int) -> tuple[int, bool]:
    """Return how many bytes may still be unpacked, and whether the stream at ``start`` is whole."""
    end = content.find(b"endstream", start)
    packed = memoryview(content)[start : end if end >= 0 else len(content)]
    unpacker = zlib.decompressobj()
    try:
        pending: bytes | memoryview = packed
        while pending and not unpacker.eof and left > 0:
            left -= len(unpacker.decompress(pending, _BLOCK))
            pending = unpacker.unconsumed_tail
    except zlib.error:
        return left, False
    return left, True


def without_streams(content: bytes, places: list[int]) -> bytes:
    """Return the file with the streams at ``places`` made such that nothing can be unpacked of them."""
    changed = bytearray(content)
    for place in places:
        changed[place : place + 2] = b"\xff\xff"
    return bytes(changed)
