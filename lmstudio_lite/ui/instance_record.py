"""Where the running window listens, and the secret by which it and a later start know each other.

The window that holds the data folder's lock keeps both in a file of that folder which only its user can read
or write. Whoever proves to know the secret can read the user's files anyhow; whoever does not is told
nothing. The secret never crosses the socket: each side signs the other's random number with it (HMAC,
RFC 2104), and names the step, so that no answer can stand for another. No Qt here.

    start   → ``Hello``      its number
    window  → ``Answer``     its number, and its proof
    start   → ``Delivery``   the paths, and its proof of them
    window  → ``Receipt``    its proof that it has taken them
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import secrets
import socket
import struct
import sys
from pathlib import Path

import msgspec

from lmstudio_lite.paths import replace_file
from lmstudio_lite.private_files import read_own

log = logging.getLogger(__name__)

_FILE_NAME = "instance.json"
_RECORD_BYTES_MAX = 4096
_KEY_BYTES = 32
_LOCAL_PEERCRED = 1
"""Of macOS and the BSDs (``sys/un.h``); Python does not name it."""


class InstanceRecord(msgspec.Struct, frozen=True):
    """``address`` is a socket's path, or on Windows a pipe's name; ``key`` is hexadecimal."""

    address: str
    key: str

    @classmethod
    def make(cls, address: str) -> InstanceRecord:
        """Return one with a new secret."""
        return cls(address, secrets.token_hex(_KEY_BYTES))

    def save(self, data_folder: Path) -> None:
        """Keep it for later starts.

        Raises:
            StorageError: it can't be written.
        """
        replace_file(data_folder / _FILE_NAME, msgspec.json.encode(self))

    def proof(self, step: str, *spoken: str | bytes) -> str:
        """Return what only somebody with the secret can say about what was ``spoken`` in ``step``."""
        said = msgspec.json.encode((step, spoken))
        return hmac.new(self.key.encode(), said, hashlib.sha256).hexdigest()

    def is_proof(self, given: str, step: str, *spoken: str | bytes) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.proof(step, *spoken).encode())


class Hello(msgspec.Struct, frozen=True):
    number: str


class Answer(msgspec.Struct, frozen=True):
    number: str
    proof: str


class Delivery(msgspec.Struct, frozen=True):
    """``paths`` as the system spells them (``os.fsencode``): a name need not be text."""

    paths: tuple[bytes, ...]
    proof: str


class Receipt(msgspec.Struct, frozen=True):
    proof: str


def new_number() -> str:
    """Return a number that nobody has seen or can guess."""
    return secrets.token_hex(16)


def load_record(data_folder: Path) -> InstanceRecord | None:
    """Return what the running window keeps; None if there is nothing that only this user can have written."""
    content = read_own(data_folder / _FILE_NAME, _RECORD_BYTES_MAX)
    if content is None:
        return None
    try:
        return msgspec.json.decode(content, type=InstanceRecord)
    except (msgspec.MsgspecError, RecursionError):
        return None


def forget_record(data_folder: Path) -> None:
    """Remove what the running window kept."""
    try:
        (data_folder / _FILE_NAME).unlink(missing_ok=True)
    except OSError as error:
        log.info("the window's address can't be removed: %s", error)


def is_same_user(descriptor: int) -> bool:
    """Tell whether the other end of a connected local socket is a process of this user's.

    True on Windows, where the pipe lets no other user in.
    """
    if sys.platform == "win32":
        return True
    try:
        with socket.socket(fileno=os.dup(descriptor)) as peer:
            return _peer_user(peer) == os.geteuid()
    except OSError:
        return False


if sys.platform == "linux":

    def _peer_user(peer: socket.socket) -> int:
        found = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        _process, user, _group = struct.unpack("3i", found)
        return int(user)
else:

    def _peer_user(peer: socket.socket) -> int:
        # struct xucred begins with its version and the user.
        found = peer.getsockopt(0, _LOCAL_PEERCRED, 128)
        _version, user = struct.unpack_from("II", found)
        return int(user)
