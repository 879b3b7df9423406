"""What a message sealed by S/MIME holds (RFC 8551): one that is only signed can be opened by anybody."""

from __future__ import annotations

_SIGNED = bytes.fromhex("06092a864886f70d010702")
_CONTENT = bytes.fromhex("06092a864886f70d010701")
"""The object identifiers of signed data and of data, in DER."""
_EXPLICIT, _OCTETS, _MANY_OCTETS = 0xA0, 0x04, 0x24
_SEARCHED_BYTES = 4096


def signed_content(sealed: bytes) -> bytes | None:
    """Return the message in ``sealed``; None if it is encrypted, or holds none that can be found."""
    if _SIGNED not in sealed[:64]:
        return None
    start = sealed.find(_CONTENT, 0, _SEARCHED_BYTES)
    if start < 0:
        return None
    try:
        kind, position, _ = _element(sealed, start + len(_CONTENT))
        return _octets(sealed, position) if kind == _EXPLICIT else None
    except IndexError:
        return None


def _octets(content: bytes, position: int) -> bytes | None:
    """Return an octet string that is in one piece or, as large ones are, in many."""
    kind, start, end = _element(content, position)
    if kind == _OCTETS:
        return content[start:end]
    if kind != _MANY_OCTETS:
        return None
    pieces: list[bytes] = []
    position = start
    while end is None or position < end:
        kind, start, piece_end = _element(content, position)
        if kind != _OCTETS or piece_end is None:
            break
        pieces.append(content[start:piece_end])
        position = piece_end
    return b"".join(pieces)


def _element(content: bytes, position: int) -> tuple[int, int, int | None]:
    """Return an element's tag and where its contents begin and end, None for an end that a mark tells."""
    kind, length = content[position], content[position + 1]
    start = position + 2
    if length == 0x80:
        return kind, start, None
    if length < 0x80:
        return kind, start, start + length
    num_bytes = length & 0x7F
    length = int.from_bytes(content[start : start + num_bytes], "big")
    return kind, start + num_bytes, start + num_bytes + length
