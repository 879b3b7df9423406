"""One window per data folder: a second start hands its files to the first and ends.

The folder's lock (``folder_lock``) decides who is first; the local socket here only carries the message, and
only between processes of one user that prove to know the folder's secret (``instance_record``). The socket
lies in a folder that no other user can enter. A start that gets no proof has told nobody its files, and must
not end without a word: ``hand_over`` says so.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from PySide6.QtCore import QDeadlineTimer, QObject, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from lmstudio_lite.errors import StorageError
from lmstudio_lite.private_files import is_own_private
from lmstudio_lite.private_folder import PrivateFolder
from lmstudio_lite.ui.instance_record import (
    Answer,
    Delivery,
    Hello,
    InstanceRecord,
    Receipt,
    forget_record,
    is_same_user,
    load_record,
    new_number,
)

log = logging.getLogger(__name__)

_CONNECT_MS = 300
_ANSWER_MS = 2_000
_GREETING_BYTES_MAX = 1_000
_MESSAGE_BYTES_MAX = 1_000_000
_SOCKET_PATH_BYTES_MAX = 90
"""A local socket's path has at most 104 bytes on macOS, 108 on Linux, and Qt adds some while it makes it."""
_SOCKET_NAME = "window"

_Message = TypeVar("_Message", Hello, Answer, Delivery, Receipt)


def hand_over(data_folder: Path, paths: Sequence[Path]) -> bool:
    """Give ``paths`` to the window that already runs on ``data_folder``.

    False if none is there, or if what answers does not prove to be that window: then it knows nothing of
    the paths. Waits up to some seconds for its answers. Needs no event loop.
    """
    record = load_record(data_folder)
    if record is None:
        return False
    socket = QLocalSocket()
    socket.connectToServer(record.address)
    try:
        return _is_delivered(socket, record, tuple(os.fsencode(path.absolute()) for path in paths))
    finally:
        socket.abort()


def _is_delivered(socket: QLocalSocket, record: InstanceRecord, paths: tuple[bytes, ...]) -> bool:
    if not socket.waitForConnected(_CONNECT_MS):
        return False
    if not is_same_user(socket.socketDescriptor()):
        log.warning("another user's process listens where the window should")
        return False
    ours = new_number()
    _send(socket, Hello(ours))
    answer = _receive(socket, Answer)
    if answer is None or not record.is_proof(answer.proof, "answer", ours, answer.number):
        return False
    spoken: tuple[str | bytes, ...] = (ours, answer.number, *paths)
    _send(socket, Delivery(paths, record.proof("delivery", *spoken)))
    receipt = _receive(socket, Receipt)
    return receipt is not None and record.is_proof(receipt.proof, "receipt", *spoken)


class InstanceServer(QObject):
    """Listens for later starts. Lives on the GUI thread of the process that holds the folder's lock."""

    paths_received = Signal(object)  # list[Path], empty when only the window is wanted

    def __init__(self, data_folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._data_folder = data_folder
        self._callers: dict[QLocalSocket, _Caller] = {}
        self._folder: PrivateFolder | None = None
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_new_connection)
        try:
            address = self._free_address()
            if not self._server.listen(address):
                raise OSError(self._server.errorString())
            self._record = InstanceRecord.make(address)
            self._record.save(data_folder)
        except (OSError, StorageError) as error:
            log.warning("later starts can't be heard: %s", error)
            self.close()

    def close(self) -> None:
        """Stop listening and remove the socket. Idempotent."""
        if self._server.isListening():
            forget_record(self._data_folder)
        for socket in list(self._callers):
            socket.abort()
        self._server.close()
        if self._folder is not None:
            self._folder.remove()

    def _free_address(self) -> str:
        """Return where to listen: a place that no other user can enter.

        A socket that a killed window left is removed: this process has the folder's lock.

        Raises:
            OSError: there is no such place.
        """
        digest = hashlib.sha256(str(self._data_folder.resolve()).encode("utf-8", "replace")).hexdigest()
        if os.name == "nt":
            return f"lmstudio-lite-{digest[:24]}-{new_number()}"
        runtime = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
        address = runtime / f"lmstudio-lite-{digest[:24]}"
        is_short = len(os.fsencode(address)) <= _SOCKET_PATH_BYTES_MAX
        if is_short and runtime.is_absolute() and runtime.is_dir() and is_own_private(runtime):
            QLocalServer.removeServer(str(address))
            return str(address)
        self._folder = PrivateFolder.make(_SOCKET_PATH_BYTES_MAX - len(_SOCKET_NAME) - 1)
        return str(self._folder.path / _SOCKET_NAME)

    @Slot()
    def _on_new_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            if not is_same_user(socket.socketDescriptor()):
                log.warning("another user's process asked for the window")
                socket.abort()
                socket.deleteLater()
                continue
            self._callers[socket] = _Caller()
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            socket.disconnected.connect(lambda socket=socket: self._callers.pop(socket, None))
            socket.disconnected.connect(socket.deleteLater)
            self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        caller = self._callers.get(socket)
        if caller is None:
            return
        caller.unread += bytes(socket.readAll().data())
        while caller.unread:
            line, end, rest = caller.unread.partition(b"\n")
            if not end and len(line) <= caller.line_bytes_max:
                return
            caller.unread = rest
            if not end or len(line) > caller.line_bytes_max or not self._hear(socket, caller, line):
                socket.abort()
                return

    def _hear(self, socket: QLocalSocket, caller: _Caller, line: bytes) -> bool:
        """Answer one message; return whether it may stand at this place."""
        if not caller.their_number:
            hello = _decoded(line, Hello)
            if hello is None or not hello.number:
                return False
            caller.their_number = hello.number
            proof = self._record.proof("answer", hello.number, caller.our_number)
            _send(socket, Answer(caller.our_number, proof))
            return True
        delivery = _decoded(line, Delivery)
        if delivery is None:
            return False
        spoken: tuple[str | bytes, ...] = (caller.their_number, caller.our_number, *delivery.paths)
        if caller.is_done or not self._record.is_proof(delivery.proof, "delivery", *spoken):
            return False
        caller.is_done = True
        _send(socket, Receipt(self._record.proof("receipt", *spoken)))
        self.paths_received.emit([Path(os.fsdecode(path)) for path in delivery.paths])
        return True


class _Caller:
    """How far a later start has come."""

    def __init__(self) -> None:
        self.unread = b""
        self.our_number = new_number()
        self.their_number = ""
        self.is_done = False

    @property
    def line_bytes_max(self) -> int:
        return _MESSAGE_BYTES_MAX if self.their_number else _GREETING_BYTES_MAX


def _send(socket: QLocalSocket, message: msgspec.Struct) -> None:
    socket.write(msgspec.json.encode(message) + b"\n")
    socket.flush()


def _receive(socket: QLocalSocket, kind: type[_Message]) -> _Message | None:
    """Wait for one message; None if none of this kind comes in time."""
    deadline = QDeadlineTimer(_ANSWER_MS)
    while not socket.canReadLine():
        is_long = socket.bytesAvailable() > _GREETING_BYTES_MAX
        if is_long or not socket.waitForReadyRead(deadline.remainingTime()):
            return None
    return _decoded(bytes(socket.readLine().data()), kind)


def _decoded(line: bytes, kind: type[_Message]) -> _Message | None:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return None
