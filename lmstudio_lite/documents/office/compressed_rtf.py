"""The compression of RTF in Outlook's messages (MS-OXRTFCP)."""

from __future__ import annotations

import struct

_COMPRESSED, _PLAIN = b"LZFu", b"MELA"
_HEAD_BYTES = 16
_WINDOW = 4096
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans"
    rb" SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def expanded_rtf(content: bytes) -> bytes:
    """Return the RTF in ``content``; what is cut off is missing from it.

    Raises:
        ValueError: it is of another kind.
    """
    if len(content) < _HEAD_BYTES:
        raise ValueError("no compressed RTF")
    (size,) = struct.unpack_from("<I", content, 4)
    kind = content[8:12]
    if kind == _PLAIN:
        return content[_HEAD_BYTES : _HEAD_BYTES + size]
    if kind != _COMPRESSED:
        raise ValueError("no compressed RTF")
    return _expand(content[_HEAD_BYTES:])


def _expand(content: bytes) -> bytes:
    """Undo the compression: bytes as they are, and references to what the window of the last 4,096 holds."""
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b"\0"))
    write, position = len(_DICTIONARY), 0
    out = bytearray()
    while position < len(content):
        flags = content[position]
        position += 1
        for bit in range(8):
            is_reference = bool(flags >> bit & 1)
            token = content[position : position + 1 + is_reference]
            position += len(token)
            if len(token) < 1 + is_reference:
                return bytes(out)
            start, length = write, 1
            if is_reference:
                start, length = int.from_bytes(token, "big") >> 4, (token[1] & 15) + 2
                if start == write:
                    return bytes(out)
            else:
                window[write] = token[0]
            for step in range(length):
                byte = window[(start + step) % _WINDOW]
                window[write] = byte
                write = (write + 1) % _WINDOW
                out.append(byte)
    return bytes(out)
