"""Fetches all files of an order, one after the other, and gives them their names together at the end.

A model of several parts is thus never seen with some of them missing. What is here already and has the right
content is not fetched again; where another process fetches the same file, this one waits for it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.downloads import FetchNotice, FetchOrder, FetchProgress, FetchState
from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.domain.models import Failure
from lmstudio_lite.errors import FetchBusyError, FetchFolderError
from lmstudio_lite.files import open_regular
from lmstudio_lite.hub.connection import Connections
from lmstudio_lite.hub.pace import Throttle
from lmstudio_lite.hub.part_file import PartFile, check_name, discard_part, find_known, named_disk_errors
from lmstudio_lite.hub.retrying import wait
from lmstudio_lite.hub.transfer import Transfer, TransferOptions, TransferState

_BUSY_WAIT_S = 2.0
_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class FetchMeans:
    """What fetching takes: ``token_for`` returns the access token for a file's address, "" for none."""

    connections: Connections
    throttle: Throttle
    token_for: Callable[[RemoteFile], str]
    options: TransferOptions


class OrderTransfer:
    """One order on its way. ``run`` is called once; ``on_progress`` is called on its thread."""

    def __init__(
        self,
        order: FetchOrder,
        means: FetchMeans,
        *,
        on_progress: Callable[[FetchProgress], None],
        on_proven: Callable[[FetchOrder], None] = lambda order: None,
        cancellation: Cancellation | None = None,
    ) -> None:
        """``on_proven`` gets the order with every file's SHA-256, before the files get their names."""
        self._order = order
        self._means = means
        self._on_progress = on_progress
        self._on_proven = on_proven
        self._cancellation = cancellation or Cancellation()
        self._received = [_kept_bytes(file, order.folder) for file in order.files]
        self._sizes = [file.size_bytes for file in order.files]

    def run(self) -> FetchOrder:
        """Return the order with every file's size and SHA-256, once all lie in its folder.

        Raises:
            CancelledError: it was cancelled; what came is kept, as with all that follow.
            NetworkError, FetchError, HubError, DiskFullError: it can't be fetched.
        """
        with ExitStack() as stack:
            parts: list[PartFile] = []
            files: list[RemoteFile] = []
            for number, file in enumerate(self._order.files):
                check_name(file, self._order.folder)
                found = self._fetched(number, file)
                if isinstance(found, PartFile):
                    stack.callback(found.close)
                    parts.append(found)
                    known = found.known
                    assert known is not None, "a proven part is known"
                    found_file = replace(file, sha256=known.proven, size_bytes=known.facts.size)
                else:
                    found_file = found
                files.append(found_file)
            order = replace(self._order, files=tuple(files))
            self._on_proven(order)
            for part in parts:
                part.publish()
            return order

    def _fetched(self, number: int, file: RemoteFile) -> PartFile | RemoteFile:
        """Return the proven part, or the file as it lies in the folder already."""
        while True:
            target = self._order.folder / file.name
            if os.path.lexists(target):
                return self._checked(number, file, target)
            transfer = Transfer(
                file,
                self._order.folder,
                self._means.connections,
                token=self._means.token_for(file),
                throttle=self._means.throttle,
                options=self._means.options,
                on_state=lambda state: self._show(number, state),
                cancellation=self._cancellation,
            )
            try:
                return transfer.run()
            except FetchBusyError as error:
                self._wait_for_other(number, error)

    def _wait_for_other(self, number: int, error: FetchBusyError) -> None:
        wait(
            _BUSY_WAIT_S,
            self._cancellation,
            lambda left_s: self._show(
                number, TransferState(FetchState.WAITING, waits_for=error, wait_s=left_s)
            ),
        )

    def _checked(self, number: int, file: RemoteFile, target: Path) -> RemoteFile:
        """Return what lies at ``target`` if it is the file that is wanted."""
        with named_disk_errors(target):
            size = target.stat().st_size
            if file.sha256 and file.size_bytes in (0, size):
                found = sha256_of(
                    target,
                    self._cancellation,
                    lambda done: self._show(number, TransferState(FetchState.CHECKING, done, size)),
                )
                if found == file.sha256:
                    discard_part(file, self._order.folder)  # Of one that was killed while it tidied up.
                    return replace(file, size_bytes=size)
        raise FetchFolderError(path=str(target), reason="exists")

    def _show(self, number: int, state: TransferState) -> None:
        self._received[number] = max(self._received[number], state.received_bytes)
        self._sizes[number] = max(self._sizes[number], state.size_bytes)
        size = sum(self._sizes) if all(self._sizes) else 0
        received = sum(self._received)
        missing = size - received
        is_told = size and state.bytes_per_s > 0 and state.notice is not FetchNotice.SECOND_LOOK
        seconds_left = missing / state.bytes_per_s if is_told else None
        waits_for = state.waits_for
        self._on_progress(
            FetchProgress(
                order=self._order,
                state=state.state,
                received_bytes=received,
                size_bytes=size,
                bytes_per_s=state.bytes_per_s,
                seconds_left=seconds_left,
                num_connections=state.num_connections,
                waits_for=Failure(waits_for.code, waits_for.details) if waits_for else None,
                wait_s=state.wait_s,
                notice=state.notice,
            )
        )


def kept_bytes(order: FetchOrder) -> int:
    """Return how much of an order is on the disk, without asking anybody else; for before it goes on."""
    return sum(_kept_bytes(file, order.folder) for file in order.files)


def sha256_of(
    path: Path, cancellation: Cancellation | None = None, on_read: Callable[[int], None] = lambda done: None
) -> str:
    """Return the SHA-256 of a file; ``on_read`` is told now and then how many bytes are read.

    Raises:
        OSError: it can't be read.
        CancelledError: it was cancelled.
    """
    hashed, done = hashlib.sha256(), 0
    with open_regular(path) as file:
        while content := file.read(_READ_BYTES):
            hashed.update(content)
            done += len(content)
            if cancellation is not None:
                cancellation.raise_if_cancelled()
            if done % (64 * _READ_BYTES) < _READ_BYTES:
                on_read(done)
    return hashed.hexdigest()


def _kept_bytes(file: RemoteFile, folder: Path) -> int:
    known = find_known(file, folder)
    if known is None:
        return 0
    return min(known.high, file.size_bytes) if file.size_bytes else known.high
