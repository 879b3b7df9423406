"""Evaluated conversations on disk, so that a chat goes on at once after days and restarts.

One file a conversation, model and set of adapters:

    magic, header length (4 bytes, big-endian), header (JSON), token ids (int32), state (llama.cpp's)

Nothing here is precious: a file that is stale, damaged or of another build is dropped and the tokens are
evaluated anew. What llama.cpp is given is checked first, for a broken state would end the process: by CRC-32,
which finds what disks and crashes do and takes a fifth of a cryptographic digest's time, and a chat waits for
it. The least recently used files go when all together exceed the limit.
"""

from __future__ import annotations

import hashlib
import logging
import os
import queue
import threading
import zlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lmstudio_lite.files import open_regular
from lmstudio_lite.private_files import make_private_folder, open_descriptor

_logger = logging.getLogger(__name__)
_MAGIC = b"LMSLKV02"
_SUFFIX = ".kv"
_HEADER_SIZE_MAX = 4096
_CLOSE_TIMEOUT_S = 8.0


class _Header(msgspec.Struct, frozen=True):
    num_tokens: int
    state_size: int
    checksum: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """``path`` holds the state after ``token_ids``; ``read_state`` gets it."""

    path: Path
    token_ids: list[int]
    state_offset: int
    header: _Header

    def read_state(self) -> bytes | None:
        """Return the state, None if the file is damaged or gone."""
        try:
            with open_regular(self.path) as file:
                file.seek(self.state_offset)
                state = file.read(self.header.state_size)
            if _checksum(self.token_ids, state) == self.header.checksum:
                os.utime(self.path)
                return state
        except OSError as error:
            _logger.info("a snapshot can't be read: %s", error)
        return None


@dataclass(frozen=True, slots=True)
class _Writing:
    path: Path
    token_ids: list[int]
    state: bytes


class SnapshotStore:
    """Snapshots in ``folder`` of at most ``limit_bytes`` together; written on a thread of its own."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._queue: queue.SimpleQueue[_Writing | None] = queue.SimpleQueue()
        self._unwritten: dict[Path, _Writing] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def limit_bytes(self) -> int:
        return self._limit_bytes

    def find(self, state_key: str, conversation_id: str) -> Snapshot | None:
        """Return the conversation's snapshot under ``state_key`` (its state still unread), or None."""
        path = self._path(state_key, conversation_id)
        try:
            with open_regular(path) as file:
                if file.read(len(_MAGIC)) != _MAGIC:
                    raise ValueError("not a snapshot")
                size = int.from_bytes(file.read(4), "big")
                if size > _HEADER_SIZE_MAX:
                    raise ValueError("absurd header")
                header = msgspec.json.decode(file.read(size), type=_Header)
                tokens_size = 4 * header.num_tokens
                offset = file.tell() + tokens_size
                if header.num_tokens < 1 or path.stat().st_size != offset + header.state_size:
                    raise ValueError("wrong size")
                token_ids = array("i", file.read(tokens_size)).tolist()
        except FileNotFoundError:
            return None
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            _logger.info("dropping a snapshot: %s", error)
            self.drop(path)
            return None
        return Snapshot(path, token_ids, offset, header)

    def save(self, state_key: str, conversation_id: str, token_ids: list[int], state: bytes) -> None:
        """Write a snapshot in the background; a newer one of the same conversation takes its place."""
        writing = _Writing(self._path(state_key, conversation_id), token_ids, state)
        with self._lock:
            self._unwritten[writing.path] = writing
            if self._thread is None:
                self._thread = threading.Thread(target=self._write_all, name="snapshots", daemon=True)
                self._thread.start()
        self._queue.put(writing)

    def drop(self, path: Path) -> None:
        """Delete a snapshot that is of no use."""
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            _logger.info("a snapshot can't be deleted: %s", error)

    def forget(self, conversation_ids: Iterable[str]) -> None:
        """Delete every snapshot of these conversations, of whatever model."""
        for conversation_id in conversation_ids:
            for path in self._folder.glob(f"*/{_name(conversation_id)}{_SUFFIX}"):
                self.drop(path)

    def close(self) -> None:
        """Write what is queued, for some seconds at most."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            thread.join(_CLOSE_TIMEOUT_S)

    def _path(self, state_key: str, conversation_id: str) -> Path:
        return self._folder / state_key / f"{_name(conversation_id)}{_SUFFIX}"

    def _write_all(self) -> None:
        while (writing := self._queue.get()) is not None:
            with self._lock:
                is_newest = self._unwritten.get(writing.path) is writing
                if is_newest:
                    del self._unwritten[writing.path]
            if is_newest:
                self._write(writing)

    def _write(self, writing: _Writing) -> None:
        state_size = len(writing.state)
        header = _Header(len(writing.token_ids), state_size, _checksum(writing.token_ids, writing.state))
        encoded = msgspec.json.encode(header)
        beside = writing.path.with_suffix(f".{os.getpid()}.part")
        try:
            self._make_room(state_size)
            make_private_folder(writing.path.parent)
            with open(beside, "wb", opener=open_descriptor) as file:
                file.write(_MAGIC + len(encoded).to_bytes(4, "big") + encoded)
                file.write(array("i", writing.token_ids).tobytes())
                file.write(writing.state)
            beside.replace(writing.path)
        except OSError as error:
            _logger.warning("a chat's state can't be kept on disk: %s", error)
            self.drop(beside)

    def _make_room(self, needed_bytes: int) -> None:
        """Delete unfinished files, and the longest unused ones until ``needed_bytes`` more have room."""
        for leftover in self._folder.glob("*/*.part"):
            self.drop(leftover)
        found = [(path, path.stat()) for path in self._folder.glob(f"*/*{_SUFFIX}")]
        total = sum(stat.st_size for _, stat in found) + needed_bytes
        for path, stat in sorted(found, key=lambda item: item[1].st_mtime):
            if total <= self._limit_bytes:
                return
            self.drop(path)
            total -= stat.st_size


def _name(conversation_id: str) -> str:
    return hashlib.blake2b(conversation_id.encode(), digest_size=16).hexdigest()


def _checksum(token_ids: list[int], state: bytes) -> int:
    return zlib.crc32(state, zlib.crc32(array("i", token_ids).tobytes()))
