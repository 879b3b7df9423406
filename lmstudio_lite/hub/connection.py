"""The one place where connections are opened, each at the user's wish, each with a row in the ledger.

httpx2 carries them: it takes the system's proxies and certificates (truststore), HTTPS_PROXY and NO_PROXY,
and reads bodies as they come. Redirects are followed here, not there, so that every hop has a row of its own
and an access token goes to the host that it is for and to no other. No cookies are kept, nothing is retried
(``hub.retrying`` knows when), and nothing is sent that tells more than the program's name and version.
"""

from __future__ import annotations

import logging
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from lmstudio_lite import __version__
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.connections import ConnectionPurpose
from lmstudio_lite.errors import (
    AnswerStatusError,
    AppError,
    CancelledError,
    ConnectionFailedError,
    NameUnresolvedError,
    NetworkError,
    ProxyRefusedError,
    RedirectError,
    TlsError,
)
from lmstudio_lite.hub.ledger import Ledger, LedgerEntry

if TYPE_CHECKING:
    import httpx2

log = logging.getLogger(__name__)

USER_AGENT = f"lmstudio-lite/{__version__}"
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_NUM_REDIRECTS_MAX = 8
_CONNECT_TIMEOUT_S = 15.0
_READ_TIMEOUT_S = 30.0
_KEPT_ALIVE_S = 10.0
_LONG_BYTES = 1 << 20
_READ_BYTES = 256 << 10
_NUM_CONNECTIONS_MAX = 64
_RETRY_AFTER_MAX_S = 86_400.0
_RATE_LIMIT_RESET = re.compile(r"\bt=(\d{1,6})\b")
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


class Answer:
    """What a host answers, its body still on its way. For the thread that asked, except ``abort``.

    ``url`` is where the last redirect led, ``hub_headers`` are those of the first hop. Names of headers are
    in lower case.
    """

    def __init__(
        self,
        response: httpx2.Response,
        entry: LedgerEntry,
        hub_headers: Mapping[str, str] | None,
        read_timeout_s: float,
    ) -> None:
        self._read_timeout_s = read_timeout_s
        self._response = response
        self._entry = entry
        self.status = response.status_code
        self.url = str(response.url)
        self.host = response.url.host
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in response.headers.items()}
        self.hub_headers = self.headers if hub_headers is None else hub_headers

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it comes over the wire, in pieces of at most 256 kB; nothing is unpacked.

        Raises:
            NetworkError: the connection breaks, or ends before the length that was promised.
        """
        with _named_errors(self.host):
            for piece in self._raw_pieces():
                self._entry.received(len(piece))
                yield piece

    def _raw_pieces(self) -> Iterator[bytes]:
        """Yield the body; a long one of known length from the connection itself, in large reads.

        The library's HTTP parser gives all that it holds as the first piece. To leave it out from then on
        costs a quarter of the time of its pieces of 64 kB.
        """
        left = self._num_left()
        parsed = self._response.iter_raw()  # Kept: the connection is closed with it.
        for piece in parsed:
            yield piece
            left -= len(piece)
            if left > _LONG_BYTES:
                break
        else:
            return
        stream, timeout_s = self._response.extensions["network_stream"], self._read_timeout_s
        while left > 0:
            piece = stream.read(min(left, _READ_BYTES), timeout=timeout_s)
            if not piece:
                raise ConnectionFailedError(host=self.host, reason="broken")
            left -= len(piece)
            yield piece

    def _num_left(self) -> int:
        """Return the body's length where it is told and can be read without the parser, else 0."""
        is_plain = self._response.extensions.get("http_version") == b"HTTP/1.1"
        length = self.headers.get("content-length", "")
        is_told = "transfer-encoding" not in self.headers and re.fullmatch(r"\d{1,18}", length)
        return int(length) if is_plain and is_told and "network_stream" in self._response.extensions else 0

    def abort(self) -> None:
        """End a read that waits on another thread, now; it fails there as a broken connection does."""
        stream = self._response.extensions.get("network_stream")
        _shut_down(stream)


@dataclass(frozen=True, slots=True)
class Content:
    """A whole answer. ``url`` is where the last redirect led; names of headers are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class Connections:
    """Opens connections. Thread-safe. The library is imported and the pool made by the first request."""

    def __init__(self, ledger: Ledger, *, read_timeout_s: float = _READ_TIMEOUT_S) -> None:
        """Write every connection into ``ledger``; give up on a host that is silent for ``read_timeout_s``."""
        self.ledger = ledger
        self._read_timeout_s = read_timeout_s
        self._lock = threading.Lock()
        self._client: httpx2.Client | None = None

    @contextmanager
    def open(
        self,
        url: str,
        purpose: ConnectionPurpose,
        subject: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        token: str = "",
        cancellation: Cancellation | None = None,
    ) -> Iterator[Answer]:
        """Ask for ``url`` and give the answer, its body unread; the connection ends with the block.

        ``subject`` stands in the ledger. ``token`` is sent to the host of ``url`` and to no other.

        Raises:
            AnswerStatusError: the status is 400 or above.
            NetworkError: no answer came, or the connection broke, here or in the block.
            CancelledError: ``cancellation`` was, here or in the block.
        """
        watch = cancellation or Cancellation()
        hub_headers: Mapping[str, str] | None = None
        origin, sought = _origin(url), url
        for _ in range(_NUM_REDIRECTS_MAX + 1):
            watch.raise_if_cancelled()
            sent = {**(headers or {})}
            if token and _origin(url) == origin and _is_private_way(url):
                sent["Authorization"] = f"Bearer {token}"
            with self._ask(url, purpose, subject, method, sent, watch) as (response, entry):
                answer = Answer(response, entry, hub_headers, self._read_timeout_s)
                target = answer.headers.get("location", "")
                if answer.status not in _REDIRECTS or not target:
                    if answer.status >= 400:
                        raise _status_error(answer)
                    yield answer
                    return
                hub_headers = answer.hub_headers
                url = _next_address(url, target)
        raise RedirectError(host=_host(sought), reason="loop")

    def read(
        self,
        url: str,
        purpose: ConnectionPurpose,
        subject: str,
        *,
        limit_bytes: int,
        headers: Mapping[str, str] | None = None,
        token: str = "",
        cancellation: Cancellation | None = None,
    ) -> Content:
        """Return a whole answer of at most ``limit_bytes``; what is longer is cut off there.

        Raises:
            As ``open``.
        """
        with self.open(
            url, purpose, subject, headers=headers, token=token, cancellation=cancellation
        ) as answer:
            body = bytearray()
            for piece in answer.pieces():
                body += piece
                if len(body) >= limit_bytes:
                    break
            return Content(answer.url, answer.status, answer.headers, bytes(body[:limit_bytes]))

    def close(self) -> None:
        """Close what is open. Idempotent."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    @contextmanager
    def _ask(
        self,
        url: str,
        purpose: ConnectionPurpose,
        subject: str,
        method: str,
        headers: Mapping[str, str],
        cancellation: Cancellation,
    ) -> Iterator[tuple[httpx2.Response, LedgerEntry]]:
        """Send one request, with its row in the ledger from before it is sent."""
        import httpx2

        host = _host(url)
        client = self._opened_client()
        streams: list[Any] = []

        def on_trace(name: str, info: dict[str, Any]) -> None:
            if name.endswith(("connect_tcp.complete", "start_tls.complete")):
                streams.append(info.get("return_value"))
                if cancellation.is_cancelled:  # while it was being connected, and nothing was there to shut
                    _shut_down(streams[-1])

        try:
            request = client.build_request(method, url, headers=dict(headers), extensions={"trace": on_trace})
        except (httpx2.InvalidURL, ValueError, TypeError) as error:
            raise ConnectionFailedError(host=host, reason="protocol") from error
        entry = self.ledger.open(host, purpose, subject, _size_of(request.headers.raw) + len(url))
        problem = ""
        try:
            with _named_errors(host):
                withdraw = cancellation.on_cancel(lambda: _shut_down(streams[-1] if streams else None))
                try:
                    response = client.send(request, stream=True, follow_redirects=False)
                finally:
                    withdraw()
            stream = response.extensions.get("network_stream")
            withdraw = cancellation.on_cancel(lambda: _shut_down(stream))
            try:
                entry.answered(response.status_code)
                entry.received(_size_of(response.headers.raw))
                yield response, entry
            finally:
                withdraw()
                with suppress(httpx2.HTTPError, OSError):
                    response.close()
        except AppError as error:
            problem = error.code
            if cancellation.is_cancelled and not isinstance(error, CancelledError):
                problem = CancelledError.code
                raise CancelledError from error
            raise
        finally:
            entry.close(problem)

    def _opened_client(self) -> httpx2.Client:
        with self._lock:
            if self._client is None:
                self._client = _new_client(self._read_timeout_s)
            return self._client


def _new_client(read_timeout_s: float) -> httpx2.Client:
    from http.cookiejar import DefaultCookiePolicy

    import httpx2

    for name in ("httpx2", "httpcore2"):  # They log addresses, and those of a hub's storage are keys to it.
        logging.getLogger(name).setLevel(logging.WARNING)
    timeout = httpx2.Timeout(read_timeout_s, connect=_CONNECT_TIMEOUT_S)
    limits = httpx2.Limits(
        max_connections=_NUM_CONNECTIONS_MAX, max_keepalive_connections=8, keepalive_expiry=_KEPT_ALIVE_S
    )
    client = httpx2.Client(
        headers={"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"},
        timeout=timeout,
        limits=limits,
    )
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


@contextmanager
def _named_errors(host: str) -> Iterator[None]:
    """Turn what the library raises into the errors that people read of."""
    import httpcore2
    import httpx2

    try:
        yield
    except httpx2.ProxyError as error:
        raise ProxyRefusedError(host=host, reason=str(error)) from error
    except (httpx2.TimeoutException, httpcore2.TimeoutException) as error:
        raise ConnectionFailedError(host=host, reason="timeout") from error
    except httpx2.ProtocolError as error:
        is_cut = isinstance(error, httpx2.RemoteProtocolError) and "without sending" in str(error)
        raise ConnectionFailedError(host=host, reason="broken" if is_cut else "protocol") from error
    except (httpx2.HTTPError, httpx2.StreamError, httpcore2.NetworkError, OSError) as error:
        raise _transport_error(error, host) from error


def _transport_error(error: BaseException, host: str) -> NetworkError:
    """Name the failure of a socket by what lies beneath the library's error."""
    import ssl

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return TlsError(host=host, reason=cause.verify_message)
        if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError | ssl.SSLSyscallError):
            return ConnectionFailedError(host=host, reason="broken")
        if isinstance(cause, ssl.SSLError):
            return TlsError(host=host, reason=cause.reason or str(cause))
        if isinstance(cause, socket.gaierror):
            return NameUnresolvedError(host=host)
        if isinstance(cause, ConnectionRefusedError):
            return ConnectionFailedError(host=host, reason="refused")
        if isinstance(cause, TimeoutError):
            return ConnectionFailedError(host=host, reason="timeout")
        if isinstance(cause, ConnectionError):
            return ConnectionFailedError(host=host, reason="broken")
        if isinstance(cause, OSError) and cause.errno is not None:
            return ConnectionFailedError(host=host, reason="unreachable")
        cause = cause.__cause__ or cause.__context__
    return ConnectionFailedError(host=host, reason="broken")


def _status_error(answer: Answer) -> AnswerStatusError:
    details: dict[str, str | int | float] = {
        "host": answer.host,
        "status": answer.status,
        "server_code": answer.headers.get("x-error-code", "")[:100],
    }
    wait_s = _retry_after_s(answer.headers)
    if wait_s is not None:
        details["retry_after_s"] = wait_s
    return AnswerStatusError(**details)


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3: seconds or a date), or the reset time of a RateLimit header."""
    import email.utils

    asked = headers.get("retry-after", "").strip()
    wait_s: float | None = None
    if re.fullmatch(r"\d{1,9}", asked):
        wait_s = float(asked)
    elif asked:
        with suppress(ValueError, TypeError, OverflowError):
            wait_s = email.utils.parsedate_to_datetime(asked).timestamp() - time.time()
    elif found := _RATE_LIMIT_RESET.search(headers.get("ratelimit", "")):
        wait_s = float(found[1])
    return None if wait_s is None else min(max(0.0, wait_s), _RETRY_AFTER_MAX_S)


def _next_address(url: str, target: str) -> str:
    try:
        following = urljoin(url, target)
        scheme = urlsplit(following).scheme
    except ValueError:
        raise RedirectError(host=_host(url), reason="loop") from None
    is_downgrade = urlsplit(url).scheme == "https" and scheme != "https"
    if scheme not in ("http", "https") or (is_downgrade and _host(following) not in _LOOPBACK):
        raise RedirectError(host=_host(url), reason="insecure")
    return following


def _origin(url: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "", "", None


def _host(url: str) -> str:
    return _origin(url)[1]


def _is_private_way(url: str) -> bool:
    return urlsplit(url).scheme == "https" or _host(url) in _LOOPBACK


def _size_of(raw: list[tuple[bytes, bytes]]) -> int:
    """Return about how many bytes a request's or an answer's headers take."""
    return sum(len(name) + len(value) + 4 for name, value in raw) + 16


def _shut_down(stream: Any) -> None:
    """Shut the socket of an open connection down, whichever thread reads from it.

    By the plain socket's method: TLS would take its own state apart under the reading thread.
    """
    found = stream.get_extra_info("socket") if stream is not None else None
    if isinstance(found, socket.socket):
        with suppress(OSError):
            socket.socket.shutdown(found, socket.SHUT_RDWR)
