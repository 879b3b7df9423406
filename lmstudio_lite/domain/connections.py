"""What the program fetched over the network, connection by connection: the ledger's rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ConnectionPurpose(StrEnum):
    """Why a connection was opened; nothing opens one for another reason."""

    SEARCH = "search"
    PAGE = "page"
    HEADER = "header"
    FETCH = "fetch"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Connection:
    """One request and its answer. ``opened_at_us`` is in microseconds since 1970, UTC.

    ``subject`` is what was asked for (a search's words, a repository, a file), ``status`` the HTTP status,
    0 where no answer came; ``problem`` is the code of the error it ended with, "" for none.
    """

    opened_at_us: int
    host: str
    purpose: ConnectionPurpose
    subject: str
    bytes_sent: int = 0
    bytes_received: int = 0
    status: int = 0
    problem: str = ""
