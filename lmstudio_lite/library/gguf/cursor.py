"""Reads numbers and texts forwards out of a ``ByteSource``, in pieces, within limits."""

from __future__ import annotations

import struct
from typing import NoReturn

from lmstudio_lite.errors import Detail, ModelFileError
from lmstudio_lite.library.gguf.source import ByteSource
from lmstudio_lite.library.gguf.text_runs import WINDOW_BYTES, walk_texts

MAX_FILE_BYTES = 1 << 44
_MAX_HEADER_BYTES = 256 << 20
_FIRST_READ_BYTES = 256 << 10
_LARGEST_READ_BYTES = 2 << 20
"""Reads double from the one to the other: a small header costs little, one of 8 MB six requests."""
_LONG_RUN = 256
_NUM_BETWEEN_RUNS = 8
_UINT64 = struct.Struct("<Q")


class Cursor:
    """A place in the source. Its buffer never holds more than a read's worth beyond what is asked for."""

    def __init__(self, source: ByteSource, path: str) -> None:
        """``path`` names the source in errors."""
        self.size_bytes = source.size_bytes
        self._source = source
        self._path = path
        self._buffer = b""
        self._offset = 0  # within the buffer
        self._buffer_start = 0  # within the source
        self._read_bytes = _FIRST_READ_BYTES

    @property
    def position(self) -> int:
        return self._buffer_start + self._offset

    def uint32(self) -> int:
        return int.from_bytes(self.bytes(4), "little")

    def uint64(self) -> int:
        return int.from_bytes(self.bytes(8), "little")

    def count(self, limit: int) -> int:
        """Return a number of things to come, at most ``limit``."""
        count = self.uint64()
        if count > limit:
            self.fail("absurd_metadata")
        return count

    def text(self, limit_bytes: int) -> str:
        length = self.uint64()
        if length > limit_bytes:
            self.fail("absurd_metadata")
        return self.bytes(length).decode("utf-8", errors="replace")

    def kept_text(self, limit_bytes: int) -> str:
        """Return a text of any length, of a longer one what comes first."""
        length = self.uint64()
        kept = self.bytes(min(length, limit_bytes))
        self.skip(length - len(kept))
        return kept.decode("utf-8", errors="replace")

    def skip_texts(self, count: int) -> None:
        """Walk over texts; a tokenizer has hundreds of thousands: runs of short ones are taken at once."""
        are_runs_long = True
        while count >= _LONG_RUN and are_runs_long:
            self._offset, walked = walk_texts(self._buffer, self._offset, count)
            are_runs_long = walked >= _LONG_RUN or len(self._buffer) - self._offset < WINDOW_BYTES
            count -= walked
            num_single = min(count, _NUM_BETWEEN_RUNS)
            self._skip_one_by_one(num_single)
            count -= num_single
        self._skip_one_by_one(count)

    def _skip_one_by_one(self, count: int) -> None:
        unpack = _UINT64.unpack_from
        buffer, offset, end = self._buffer, self._offset, len(self._buffer)
        for _ in range(count):
            if offset + 8 <= end:
                after = offset + 8 + unpack(buffer, offset)[0]
                if after <= end:
                    offset = after
                    continue
            self._offset = offset
            self.skip(self.uint64())
            buffer, offset, end = self._buffer, self._offset, len(self._buffer)
        self._offset = offset

    def bytes(self, size: int) -> bytes:
        start = self._offset
        end = start + size
        if end > len(self._buffer):
            self._fill(size)
            start, end = 0, size
        self._offset = end
        return self._buffer[start:end]

    def skip(self, size: int) -> None:
        held = len(self._buffer) - self._offset
        if size <= held:
            self._offset += size
            return
        target = self.position + size
        self._check_reach(target)
        self._buffer, self._offset, self._buffer_start = b"", 0, target

    def fail(self, reason: str, **numbers: Detail) -> NoReturn:
        """Raise ``ModelFileError``."""
        raise ModelFileError(path=self._path, reason=reason, **numbers)

    def _fill(self, size: int) -> None:
        """Make at least ``size`` bytes available in the buffer."""
        self._check_reach(self.position + size)
        rest = self._buffer[self._offset :]
        start = self.position + len(rest)
        wanted = min(max(self._read_bytes, size - len(rest)), self.size_bytes - start)
        part = self._source.read(start, wanted)
        if len(part) < size - len(rest):
            self.fail("truncated", size_bytes=self.size_bytes)
        self._read_bytes = min(2 * self._read_bytes, _LARGEST_READ_BYTES)
        self._buffer_start += self._offset
        self._buffer, self._offset = rest + part, 0

    def _check_reach(self, end: int) -> None:
        if end > self.size_bytes:
            if end > MAX_FILE_BYTES:
                self.fail("absurd_metadata")
            self.fail("truncated", size_bytes=self.size_bytes)
        if end > _MAX_HEADER_BYTES:
            self.fail("absurd_metadata")
