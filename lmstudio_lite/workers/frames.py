"""How processes of this program speak to each other: in frames or in lines, checked against types.

A frame is a 4-byte big-endian length and as many bytes. What is cut off, a frame as well as a line, is an
end: whoever wrote it was killed. What is whole and still can't be read is a bug, and no reason to guess:
``Worker.hear`` ends the worker, a worker ends itself (``child.end_on_bugs``).
"""

from __future__ import annotations

import struct
from typing import IO, Protocol, TypeVar

import msgspec

FRAME_SIZE_MAX = 1 << 30
_HEADER = struct.Struct(">I")
_Value_co = TypeVar("_Value_co", covariant=True)


class UnreadableError(Exception):
    """What the other process sent is not of the protocol."""


class Decoder(Protocol[_Value_co]):
    """One of msgspec's."""

    def decode(self, content: bytes, /) -> _Value_co:
        """Return the value that ``content`` stands for."""


def frame(content: bytes) -> bytes:
    """Return ``content`` as a frame."""
    return _HEADER.pack(len(content)) + content


def read_frame(stream: IO[bytes]) -> bytes | None:
    """Return the next frame's content; None where the stream ends, between frames or within one.

    Raises:
        UnreadableError: no frame is this long.
    """
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    (size,) = _HEADER.unpack(header)
    if size > FRAME_SIZE_MAX:
        raise UnreadableError(f"frame of {size} bytes")
    content = stream.read(size)
    return content if len(content) == size else None


def read_line(stream: IO[bytes]) -> bytes | None:
    """Return the next line; None where the stream ends, between lines or within one."""
    line = stream.readline()
    return line if line.endswith(b"\n") else None


def decode(decoder: Decoder[_Value_co], content: bytes) -> _Value_co:
    """Return the value that ``content`` stands for.

    Raises:
        UnreadableError: it stands for none.
    """
    try:
        return decoder.decode(content)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UnreadableError(str(error)) from error
