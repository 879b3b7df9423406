"""Reads the header of a GGUF file that lies elsewhere: what fits and how fast is known before it is fetched.

A tokenizer's words make headers of 2 to 16 MB, and what says how large the tensors are stands behind them.
They are read as one stream for as long as the reader asks, in requests of a few MB, so that little comes that
nobody reads; a redirect to the hub's storage is followed once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.connections import ConnectionPurpose
from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.errors import AnswerStatusError, HubAnswerError, ModelFileError
from lmstudio_lite.hub.connection import Answer, Connections

_REQUEST_BYTES = 4 << 20
_NEAR_BYTES = 256 << 10
"""A place at most so far ahead is reached by reading on."""
_BUDGET_BYTES = 48 << 20
_MAX_REQUESTS = 24
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


class RemoteSource:
    """The bytes of a file elsewhere, a ``library.gguf.ByteSource``. For one thread; a context manager.

    Raises, when it is opened and when it is read:
        NetworkError: no answer came, or a refusal.
        HubAnswerError: the server gives no parts of files ("no_ranges"), or other parts than were asked for.
        ModelFileError: the header is far larger than headers are ("absurd_metadata").
        CancelledError: ``cancellation`` was.
    """

    def __init__(
        self,
        connections: Connections,
        file: RemoteFile,
        *,
        token: str = "",
        cancellation: Cancellation | None = None,
    ) -> None:
        """Read ``file``; ``token`` goes to the host of its address and no other."""
        self._connections = connections
        self._file = file
        self._url, self._token = file.url, token
        self._cancellation = cancellation
        self._subject = f"{file.repo}/{file.path}" if file.repo else file.name
        self._open = ExitStack()
        self._pieces: Iterator[bytes] = iter(())
        self._buffer = bytearray()
        self._start = 0
        self._size_bytes = 0
        self.num_requests = 0
        self.num_bytes = 0

    def __enter__(self) -> Self:
        try:
            self._request(0)
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def size_bytes(self) -> int:
        """How large the file is, as the server says."""
        return self._size_bytes

    def read(self, offset: int, length: int) -> bytes:
        """Return the ``length`` bytes from ``offset`` on; fewer only where the file ends."""
        end = min(offset + length, self._size_bytes)
        held = self._start + len(self._buffer)
        if not self._start <= offset <= held + _NEAR_BYTES:
            self._request(offset)
        while self._start + len(self._buffer) < end:
            piece = next(self._pieces, b"")
            if piece:
                self._count(len(piece))
                self._buffer += piece
            else:
                self._request(self._start + len(self._buffer))
            self._forget_before(offset)
        self._forget_before(offset)
        return bytes(self._buffer[: max(0, end - offset)])

    def _forget_before(self, offset: int) -> None:
        """Drop what lies before ``offset``: a header is read forwards."""
        surplus = min(offset - self._start, len(self._buffer))
        if surplus > 0:
            del self._buffer[:surplus]
            self._start += surplus

    def _request(self, offset: int) -> None:
        """Go on at ``offset``: behind what is held, or anew somewhere else."""
        self.num_requests += 1
        if self.num_requests > _MAX_REQUESTS:
            raise ModelFileError(path=self._file.name, reason="absurd_metadata")
        self._open.close()
        self._open = ExitStack()
        answer = self._ask(offset)
        if urlsplit(answer.url).netloc != urlsplit(self._file.url).netloc:
            self._token = ""  # what follows goes to the storage, whose address is key enough
        self._url = answer.url
        first, self._size_bytes = self._place(answer, offset)
        if offset != self._start + len(self._buffer) or first != offset:
            self._buffer.clear()
            self._start = first
        self._pieces = answer.pieces()

    def _ask(self, offset: int) -> Answer:
        try:
            return self._open.enter_context(
                self._connections.open(
                    self._url,
                    ConnectionPurpose.HEADER,
                    self._subject,
                    headers={"Range": f"bytes={offset}-{offset + _REQUEST_BYTES - 1}"},
                    token=self._token,
                    cancellation=self._cancellation,
                )
            )
        except AnswerStatusError as error:
            if error.details.get("status") != 416:
                raise
            raise ModelFileError(path=self._file.name, reason="truncated") from error

    def _place(self, answer: Answer, offset: int) -> tuple[int, int]:
        """Return where the answer begins, and how large the whole file is."""
        if answer.status == 206:
            found = _RANGE.fullmatch(answer.headers.get("content-range", ""))
            if found is None or int(found[1]) != offset or not int(found[2]) >= offset:
                raise HubAnswerError(host=answer.host, reason="not_understood")
            return offset, int(found[3]) if found[3] != "*" else self._file.size_bytes
        length = answer.headers.get("content-length", "")
        size_bytes = int(length) if length.isdecimal() else self._file.size_bytes
        if offset:  # it gives the whole file whatever is asked, so that nothing but its beginning can be read
            raise HubAnswerError(host=answer.host, reason="no_ranges")
        return 0, size_bytes

    def _count(self, num_bytes: int) -> None:
        self.num_bytes += num_bytes
        if self.num_bytes > _BUDGET_BYTES:
            raise ModelFileError(path=self._file.name, reason="absurd_metadata")
