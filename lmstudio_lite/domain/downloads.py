"""A model being fetched: what was ordered, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.domain.models import Failure


class FetchState(StrEnum):
    """``WAITING`` has a reason and a time at which it goes on by itself; ``PAUSED`` waits for the user."""

    QUEUED = "queued"
    FETCHING = "fetching"
    WAITING = "waiting"
    CHECKING = "checking"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"


class FetchNotice(StrEnum):
    """What the reader of a bar should know: why it stands still although bytes come.

    ``CHANGED``: the file was changed where it lies, and is fetched from its beginning. ``SECOND_LOOK``: what
    came has another SHA-256 than was promised; the wrong range is looked for and fetched again.
    """

    NONE = ""
    CHANGED = "changed"
    SECOND_LOOK = "second_look"


@dataclass(frozen=True, slots=True)
class FetchOrder:
    """Files that become one model in ``folder``. ``id`` is unique; ``title`` is for people."""

    id: str
    title: str
    files: tuple[RemoteFile, ...]
    folder: Path


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """A snapshot. ``received_bytes`` are on the disk and never fewer than in the snapshot before.

    ``size_bytes`` is 0 while unknown. ``seconds_left`` is None while there is no telling. While ``WAITING``,
    ``waits_for`` is what it waits after and ``wait_s`` the seconds until the next try.
    ``path`` is the model's first file once it is ``DONE``.
    """

    order: FetchOrder
    state: FetchState
    received_bytes: int = 0
    size_bytes: int = 0
    bytes_per_s: float = 0.0
    seconds_left: float | None = None
    num_connections: int = 0
    waits_for: Failure | None = None
    wait_s: float = 0.0
    notice: FetchNotice = FetchNotice.NONE
    failure: Failure | None = None
    path: Path | None = None
