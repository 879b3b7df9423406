"""What the ledger says of a connection."""

from __future__ import annotations

from lmstudio_lite.domain.connections import Connection, ConnectionPurpose
from lmstudio_lite.words.saying import say_size
from lmstudio_lite.words.translate import mark, tr, trn

_PURPOSES = {
    ConnectionPurpose.SEARCH: mark("search"),
    ConnectionPurpose.PAGE: mark("a model's page"),
    ConnectionPurpose.HEADER: mark("a file's description"),
    ConnectionPurpose.FETCH: mark("a file"),
    ConnectionPurpose.CHECK: mark("a check"),
}
_PROBLEMS = {
    "cancelled": mark("stopped"),
    "name_unresolved": mark("name not found"),
    "connection_failed": mark("broken"),
    "tls": mark("not secure"),
    "proxy_refused": mark("refused by the proxy"),
    "redirect": mark("not followed"),
}
_REDIRECTS = (301, 302, 303, 307, 308)


def say_purpose(purpose: ConnectionPurpose) -> str:
    return tr(_PURPOSES[purpose])


def say_outcome(connection: Connection) -> str:
    """``200``, ``302, sent on``, ``broken``, or "" while it is open."""
    if connection.problem and connection.problem != "answer_status":
        return tr(_PROBLEMS.get(connection.problem, mark("failed")))
    if connection.status in _REDIRECTS:
        return tr("{0}, sent on").format(connection.status)
    return str(connection.status) if connection.status else ""


def say_totals(num_connections: int, bytes_sent: int, bytes_received: int) -> str:
    """Say how much there was, or that there was nothing."""
    if not num_connections:
        return tr("Nothing was fetched. This program opened no connection.")
    return tr("{0}: {1} sent, {2} received.").format(
        trn("{n} connection", "{n} connections", num_connections),
        say_size(bytes_sent),
        say_size(bytes_received),
    )
