"""One window per data folder: a second start hands its files to the first and ends.

The folder's lock (``folder_lock``) decides who is first; the local socket here only carries the
message. Its name is derived from the folder and it is open to the same user alone. A socket that a
killed process left behind is removed by whoever holds the lock.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

log = logging.getLogger(__name__)

_CONNECT_MS = 300
_ANSWER_MS = 2_000
_MESSAGE_BYTES_MAX = 1_000_000
_DONE = b"ok\n"


def _server_name(data_folder: Path) -> str:
    digest = hashlib.sha256(str(data_folder.resolve()).encode()).hexdigest()
    return f"lmstudio-lite-{digest[:24]}"


def hand_over(data_folder: Path, paths: Sequence[Path]) -> bool:
    """Give ``paths`` to the window that already runs on ``data_folder``; False if none answers.

    Waits up to two seconds for its answer. Needs no event loop.
    """
    socket = QLocalSocket()
    socket.connectToServer(_server_name(data_folder))
    if not socket.waitForConnected(_CONNECT_MS):
        return False
    message = json.dumps({"paths": [str(path.absolute()) for path in paths]})
    socket.write(message.encode() + b"\n")
    socket.waitForBytesWritten(_ANSWER_MS)
    has_answer = socket.waitForReadyRead(_ANSWER_MS) and bytes(socket.readAll().data()) == _DONE
    socket.disconnectFromServer()
    return has_answer


class InstanceServer(QObject):
    """Listens for later starts. Lives on the GUI thread of the process that holds the folder's lock."""

    paths_received = Signal(object)  # list[Path], empty when only the window is wanted

    def __init__(self, data_folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._buffers: dict[QLocalSocket, bytes] = {}
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_new_connection)
        name = _server_name(data_folder)
        QLocalServer.removeServer(name)
        if not self._server.listen(name):
            log.warning("later starts can't be heard: %s", self._server.errorString())

    def close(self) -> None:
        """Stop listening and remove the socket."""
        for socket in list(self._buffers):
            socket.abort()
        self._server.close()

    @Slot()
    def _on_new_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            self._buffers[socket] = b""
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            socket.disconnected.connect(lambda socket=socket: self._buffers.pop(socket, None))
            socket.disconnected.connect(socket.deleteLater)
            self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if socket not in self._buffers:
            return
        self._buffers[socket] += bytes(socket.readAll().data())
        line, end, _ = self._buffers[socket].partition(b"\n")
        if not end:
            if len(line) > _MESSAGE_BYTES_MAX:
                socket.abort()
            return
        self._buffers[socket] = b""
        paths = _paths_in(line)
        if paths is None:
            socket.abort()
            return
        socket.write(_DONE)
        socket.flush()
        self.paths_received.emit(paths)


def _paths_in(line: bytes) -> list[Path] | None:
    """Return the message's paths, None if it is no message of ours."""
    try:
        names = json.loads(line)["paths"]
        return [Path(name) for name in names]
    except (ValueError, KeyError, TypeError):
        return None
