"""A server on loopback that serves files in ranges, and misbehaves as it is told.

``FileServer.faults`` decides for each request what goes wrong; ``bytes_sent`` and ``requests`` say what was
asked of it. Two of them make a hub with its storage on a second host ("localhost" beside "127.0.0.1").
"""

from __future__ import annotations

import contextlib
import http.server
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_PIECE_BYTES = 16 << 10


@dataclass
class ServedFile:
    """A new ``etag`` is a new version; "" sends no validator."""

    content: bytes
    etag: str = '"v1"'
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """One request. ``start`` is where the wished range begins; ``number`` counts the requests from 0."""

    number: int
    path: str
    host: str
    headers: Message
    start: int
    end: int | None


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one answer; the default is nothing.

    After ``drop_after`` bytes of the body the connection is reset (``is_polite``: closed). ``length_lie``
    is added to the length that is told, ``total_lie`` to the whole file's. ``flips`` are offsets of the file
    whose byte is sent wrong. ``pace_bytes_per_s`` slows it down, ``silent_s`` is waited before the answer,
    ``redirect`` is where the client is sent.
    """

    drop_after: int | None = None
    is_polite: bool = False
    length_lie: int = 0
    total_lie: int = 0
    flips: tuple[int, ...] = ()
    ignores_range: bool = False
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    pace_bytes_per_s: int = 0
    silent_s: float = 0.0
    redirect: str = ""
    is_chunked: bool = False


NO_FAULT = Fault()
Answerer = Callable[["Handler", Asked], bool]


class FileServer:
    """Serves ``files`` by path. ``faults`` is asked once a request, on the request's thread.

    ``answerers`` are tried first: each answers a request, or returns False. Use it as a context.
    """

    def __init__(self, *, context: ssl.SSLContext | None = None, name: str = "127.0.0.1") -> None:
        self.files: dict[str, ServedFile] = {}
        self.faults: Callable[[Asked], Fault] = lambda asked: NO_FAULT
        self.answerers: list[Answerer] = []
        self.requests: list[Asked] = []
        self.bytes_sent = 0
        self.lock = threading.Lock()
        self._http = _Server(("127.0.0.1", 0), Handler)
        self._http.owner = self
        if context is not None:
            self._http.socket = context.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        scheme = "http" if context is None else "https"
        self.url = f"{scheme}://{name}:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> FileServer:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._http.shutdown()
        self._http.end_connections()
        self._http.server_close()
        self._thread.join()

    def address(self, path: str) -> str:
        return f"{self.url}/{path.lstrip('/')}"


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 64
    owner: FileServer

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()

    def process_request(self, request: Any, address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        """Wake the threads that wait for a next request on a connection."""
        with self._open_lock:
            for each in self._open:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(each, socket.SHUT_RDWR)

    def handle_error(self, request: Any, address: Any) -> None:
        """Clients that go away are what the tests are about."""


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers one connection's requests."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        owner = self.server.owner
        found = _RANGE.fullmatch(self.headers.get("Range", ""))
        start, end = (int(found[1]), int(found[2]) + 1 if found[2] else None) if found else (0, None)
        with owner.lock:
            asked = Asked(
                len(owner.requests),
                unquote(urlsplit(self.path).path),
                self.headers.get("Host", ""),
                self.headers,
                start,
                end,
            )
            owner.requests.append(asked)
        fault = owner.faults(asked)
        if fault.silent_s:
            time.sleep(fault.silent_s)
        if fault.status:
            self.send_text(fault.status, "no", dict(fault.headers))
        elif fault.redirect:
            self.send_text(302, "", {"Location": fault.redirect, **dict(fault.headers)})
        elif any(answer(self, asked) for answer in owner.answerers):
            return
        elif (file := owner.files.get(asked.path.lstrip("/"))) is None:
            self.send_text(404, "not here", {"X-Error-Code": "EntryNotFound"})
        else:
            self._send_file(file, asked, fault, has_range=found is not None)

    def send_text(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        """Answer with a short text."""
        body = text.encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_file(self, file: ServedFile, asked: Asked, fault: Fault, *, has_range: bool) -> None:
        content = file.content
        condition = asked.headers.get("If-Range")
        is_ranged = has_range and not fault.ignores_range and (condition is None or condition == file.etag)
        start, end = (
            (asked.start, min(asked.end or len(content), len(content)))
            if is_ranged
            else (
                0,
                len(content),
            )
        )
        if is_ranged and start >= len(content):
            self.send_text(416, "", {"Content-Range": f"bytes */{len(content)}"})
            return
        self.send_response(206 if is_ranged else 200)
        if is_ranged:
            total = len(content) + fault.total_lie
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{total}")
        if fault.is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(end - start + fault.length_lie))
        headers = {"ETag": file.etag, **file.headers, **dict(fault.headers)}
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self._send_body(content, start, end, fault)

    def _send_body(self, content: bytes, start: int, end: int, fault: Fault) -> None:
        began_s, sent = time.monotonic(), 0
        limit = end - start if fault.drop_after is None else min(end - start, fault.drop_after)
        limit = min(limit, end - start + fault.length_lie) if fault.length_lie < 0 else limit
        while sent < limit:
            at = start + sent
            piece = content[at : at + min(_PIECE_BYTES, limit - sent)]
            for flip in fault.flips:
                if at <= flip < at + len(piece):
                    changed = bytearray(piece)
                    changed[flip - at] ^= 0xFF
                    piece = bytes(changed)
            self.wfile.write(_chunk(piece) if fault.is_chunked else piece)
            sent += len(piece)
            with self.server.owner.lock:
                self.server.owner.bytes_sent += len(piece)
            if fault.pace_bytes_per_s:
                time.sleep(max(0.0, began_s + sent / fault.pace_bytes_per_s - time.monotonic()))
        if fault.drop_after is not None or fault.length_lie > 0:
            self._hang_up(is_polite=fault.is_polite or fault.length_lie > 0)
        elif fault.is_chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _hang_up(self, *, is_polite: bool) -> None:
        self.wfile.flush()
        self.close_connection = True
        if not is_polite:  # SO_LINGER of 0 resets the connection, and what is still on its way is lost.
            with contextlib.suppress(OSError):
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


@contextlib.contextmanager
def hub_with_storage() -> Iterator[tuple[FileServer, FileServer]]:
    """Give a hub that redirects every file to a storage under another host's name."""
    with FileServer() as hub, FileServer(name="localhost") as storage:
        storage.files = hub.files
        hub.faults = lambda asked: Fault(redirect=storage.address(asked.path))
        yield hub, storage


def tls_contexts(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return a server's context with a fresh certificate for "localhost", and the authority's file."""
    import subprocess

    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


def port_of(server: FileServer) -> int:
    return cast("int", urlsplit(server.url).port)
