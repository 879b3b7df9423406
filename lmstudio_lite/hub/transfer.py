"""Fetches one file so that it is right: in ranges, over one connection or several, going on where it stopped.

A transfer runs on the thread that calls ``run``: it starts a prover (``hub.prover``) and one to four legs
(``hub.leg``), looks at them a few times a second, and decides what follows when one of them ends:

    * the connection broke, the server is busy: wait, say what for, go on at the very byte;
    * the file has changed: begin again, once or twice, and say so;
    * all is here and the SHA-256 is another than was promised: fetch one range after the other once more over
      what is there (``hub.second_look``) until it is right, then give up; nothing that is wrong ever gets the
      file's name;
    * the disk is full, the file is gone, the user stopped it: end, and keep what is here for the next time.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.downloads import FetchNotice, FetchState
from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.errors import (
    AppError,
    CancelledError,
    FetchAnswerError,
    FetchFolderError,
    FetchMismatchError,
    NetworkError,
)
from lmstudio_lite.hub.byte_ranges import ByteRanges
from lmstudio_lite.hub.connection import Connections
from lmstudio_lite.hub.coverage import Coverage
from lmstudio_lite.hub.journal import FileFacts, Known
from lmstudio_lite.hub.leg import FileChangedError, Leg, LegContext
from lmstudio_lite.hub.pace import Growth, RateMeter, Throttle
from lmstudio_lite.hub.part_file import PartFile, check_free, check_name, disk_error
from lmstudio_lite.hub.prover import Prover
from lmstudio_lite.hub.retrying import Backoff, RetryPolicy, SleepWatch, wait
from lmstudio_lite.hub.second_look import suspect_ranges, without

log = logging.getLogger(__name__)

_SYNC_BYTES = 64 << 20
_SYNC_LOOK_S = 0.05
_TICK_S = 0.1
_NUM_BEGINNINGS_MAX = 3


@dataclass(frozen=True, slots=True)
class TransferOptions:
    """``smallest_split_bytes`` is the least that a further connection is opened for."""

    num_connections_max: int = 4
    smallest_split_bytes: int = 64 << 20
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    growth: Callable[[int], Growth] = Growth


@dataclass(frozen=True, slots=True)
class TransferState:
    """How far a transfer is; see ``domain.downloads.FetchProgress``."""

    state: FetchState
    received_bytes: int = 0
    size_bytes: int = 0
    bytes_per_s: float = 0.0
    seconds_left: float | None = None
    num_connections: int = 0
    waits_for: AppError | None = None
    wait_s: float = 0.0
    notice: FetchNotice = FetchNotice.NONE


class Transfer:
    """One file on its way into ``folder``. ``run`` is called once; ``on_state`` is called on its thread."""

    def __init__(
        self,
        file: RemoteFile,
        folder: Path,
        connections: Connections,
        *,
        token: str = "",
        throttle: Throttle | None = None,
        options: TransferOptions | None = None,
        on_state: Callable[[TransferState], None] = lambda state: None,
        cancellation: Cancellation | None = None,
    ) -> None:
        """Fetch over ``connections``; ``token`` goes to the host of the file's address only."""
        self._file = file
        self._folder = folder
        self._connections = connections
        self._token = token
        self._throttle = throttle or Throttle()
        self._options = options or TransferOptions()
        self._on_state = on_state
        self._cancellation = cancellation or Cancellation()
        self._rate = RateMeter()
        self._state = TransferState(FetchState.FETCHING, size_bytes=file.size_bytes)
        self._high_bytes = 0
        self._seams: list[int] = []
        self._ignores_ranges = self._is_second_look = False

    def run(self) -> PartFile:
        """Return the file, all here and proven, locked and not yet under its name (``PartFile.publish``).

        Raises:
            CancelledError: it was cancelled; what came is kept, as it is with all that follow. Where nothing
                came, the reserved bytes are given back.
            NetworkError: the server refuses, or can't be reached for long.
            FetchError, DiskFullError: see ``errors``; "exists" before anything is fetched.
        """
        check_name(self._file, self._folder)
        check_free(self._folder / self._file.name)
        part = PartFile(self._file, self._folder)
        try:
            self._complete(part)
        except BaseException:
            if part.holds_nothing:
                with suppress(FetchFolderError):
                    part.discard()
            part.close()
            raise
        return part

    def _complete(self, part: PartFile) -> None:
        known = part.known
        if known is not None and known.proven:
            self._show(received_bytes=known.facts.size, size_bytes=known.facts.size)
            return
        if known is None:
            part.begin(_facts_of(self._file))
        self._high_bytes = part.known.high if part.known else 0
        num_beginnings, looks = 1, None
        while True:
            try:
                sha256 = self._attempt(part, _present(part))
            except FileChangedError:
                num_beginnings += 1
                if num_beginnings > _NUM_BEGINNINGS_MAX or self._file.sha256:
                    raise FetchAnswerError(path=self._file.name, host=self._host, reason="changed") from None
                looks = None
                self._show(notice=FetchNotice.CHANGED)
                part.begin(replace_facts(_facts_of(self._file), high=self._high_bytes))
                continue
            facts = _present(part).facts
            promised = self._file.sha256 or facts.sha256
            if not promised or promised == sha256:
                part.prove(sha256)
                return
            if looks is None:
                looks = suspect_ranges(facts.size, self._seams, has_ranges=not self._ignores_ranges)
                self._show(notice=FetchNotice.SECOND_LOOK)
            self._look_again(part, facts, looks)

    def _look_again(self, part: PartFile, facts: FileFacts, looks: Iterator[ByteRanges]) -> None:
        """Take the next suspected ranges for missing. Raises where there are none any more."""
        suspects = next(looks, None)
        if suspects is None:
            part.discard()
            raise FetchMismatchError(path=self._file.name, host=self._host)
        log.info("not what was promised: %d bytes are fetched again", suspects.num_bytes)
        part.begin(replace_facts(facts, high=self._high_bytes))
        _present(part).on_disk = without(facts.size, suspects)
        self._is_second_look = True

    def _attempt(self, part: PartFile, known: Known) -> str:
        """Fetch what is missing and return the SHA-256 of the whole."""
        if known.facts.size:
            part.reserve(known.facts.size)
        run = _Run(self, part, known)
        try:
            return run.until_done()
        finally:
            run.close()
            self._seams += run.seams
            self._ignores_ranges = run.ignores_ranges

    @property
    def _host(self) -> str:
        return urlsplit(self._file.url).hostname or ""

    def _show(self, **changes: object) -> None:
        """Tell how far it is. What was shown as received is never taken back."""
        state: TransferState = replace(self._state, **changes)  # type: ignore[arg-type]
        size = state.size_bytes
        received = max(state.received_bytes, self._high_bytes)
        self._high_bytes = received = min(received, size) if size else received
        self._state = replace(state, received_bytes=received)
        self._on_state(self._state)


class _Run:
    """The prover and the legs of one attempt, and the thread that looks at them."""

    def __init__(self, transfer: Transfer, part: PartFile, known: Known) -> None:
        self._transfer = transfer
        self._options = transfer._options
        self._part = part
        self._coverage = Coverage(part, known)
        self._stop = threading.Event()
        self._bell = threading.Event()
        self._growth = self._options.growth(self._options.num_connections_max)
        self._backoff = Backoff(self._options.retry)
        self._sleep_watch = SleepWatch()
        self._legs: list[Leg] = []
        self._context = LegContext(
            *(
                transfer._file,
                part,
                self._coverage,
                transfer._connections,
                transfer._throttle,
                transfer._token,
            ),
            is_second_look=transfer._is_second_look,
        )
        self._num_arrived_before = 0
        self._sha256 = ""
        self._prover_error: OSError | None = None
        self._withdraw = transfer._cancellation.on_cancel(self._bell.set)
        self._prover = threading.Thread(target=self._prove, name="fetch prover", daemon=True)
        self._syncer = threading.Thread(target=self._sync, name="fetch syncer", daemon=True)

    def until_done(self) -> str:
        """Return the SHA-256 once all is here and read. Raises what ends the attempt."""
        self._prover.start()
        self._syncer.start()
        while True:
            self._transfer._cancellation.raise_if_cancelled()
            self._take_ended_legs()
            if self._prover_error is not None:
                raise disk_error(self._prover_error, self._part.target)
            if self._sha256:
                self._show()
                return self._sha256
            self._look()
            self._bell.wait(_TICK_S)
            self._bell.clear()

    def close(self) -> None:
        """End all threads; what came is written down first."""
        self._withdraw()
        for leg in self._legs:
            leg.stop()
        for leg in self._legs:
            leg.join()
        self._stop.set()
        with self._coverage.changed:
            self._coverage.changed.notify_all()
        for thread in (self._prover, self._syncer):
            if thread.ident is not None:
                thread.join()

    @property
    def seams(self) -> list[int]:
        """Where connections began and ended."""
        return list(self._context.seams)

    @property
    def ignores_ranges(self) -> bool:
        """Whether the server always sends the whole file."""
        return self._context.ignores_ranges

    def _sync(self) -> None:
        """Bring bytes to the disk while others come, so that the end need not wait for a gigabyte."""
        synced = self._coverage.position
        with suppress(OSError), self._part.open_to_write() as file:  # What fails here fails at the end too.
            while not self._stop.wait(_SYNC_LOOK_S):
                if self._coverage.position - synced >= _SYNC_BYTES:
                    synced = self._coverage.position
                    os.fsync(file.fileno())

    def _look(self) -> None:
        """Start and end legs as the rate asks, and say how far it is."""
        now_s, num_arrived = time.monotonic(), self._num_arrived
        if self._sleep_watch.slept():
            log.info("the computer slept: new connections")
            self._rate.forget()
            self._growth.pause()
            for leg in self._legs:
                leg.stop()
        self._rate.add(now_s, num_arrived)
        wanted = self._num_wanted(now_s, num_arrived)
        while len(self._legs) < wanted and self._start_leg():
            pass
        for leg in self._legs[wanted:]:
            leg.stop()
        self._show()

    def _num_wanted(self, now_s: float, num_arrived: int) -> int:
        coverage = self._coverage
        if coverage.is_whole:
            return len(self._legs)
        is_worth_more = coverage.missing_bytes > 2 * self._options.smallest_split_bytes
        if not self._legs or self._context.ignores_ranges or self._transfer._throttle.limit_bytes_per_s:
            return 1
        return self._growth.observe(now_s, num_arrived) if is_worth_more else max(1, len(self._legs))

    def _start_leg(self) -> bool:
        claim = self._coverage.claim(self._options.smallest_split_bytes)
        if claim is None:
            return False
        leg = Leg(self._context, claim, self._bell.set)
        self._legs.append(leg)
        leg.start()
        return True

    def _take_ended_legs(self) -> None:
        ended = [leg for leg in self._legs if not leg.is_alive()]
        for leg in ended:
            self._legs.remove(leg)
            self._num_arrived_before += leg.num_arrived
            if leg.num_arrived:
                self._backoff.progressed()
        for error in [leg.error for leg in ended if leg.error is not None]:
            if not isinstance(error, AppError):
                raise error
            if isinstance(error, NetworkError) and self._legs:
                log.info("one of several connections failed, the others go on: %s", error)
                self._growth.cap(len(self._legs))
            elif not isinstance(error, CancelledError):
                self._wait_after(error)

    def _wait_after(self, error: AppError) -> None:
        wait_s = self._backoff.wait_s(error)
        self._rate.forget()
        self._growth.pause()
        log.info("fetching waits %.1f s: %s", wait_s, error)
        wait(
            wait_s,
            self._transfer._cancellation,
            lambda left_s: self._transfer._show(
                state=FetchState.WAITING,
                waits_for=error,
                wait_s=left_s,
                bytes_per_s=0.0,
                seconds_left=None,
                num_connections=0,
                received_bytes=self._coverage.kept_bytes,
                size_bytes=self._coverage.size,
            ),
        )

    def _show(self) -> None:
        coverage, rate = self._coverage, self._rate.bytes_per_s
        missing = coverage.missing_bytes
        is_told = rate > 0 and coverage.size and not self._context.is_second_look  # more may have to follow
        self._transfer._show(
            state=FetchState.CHECKING if coverage.is_whole else FetchState.FETCHING,
            received_bytes=coverage.kept_bytes,
            size_bytes=coverage.size or self._transfer._file.size_bytes,
            bytes_per_s=rate,
            seconds_left=missing / rate if is_told else None,
            num_connections=len(self._legs),
            waits_for=None,
            wait_s=0.0,
        )

    @property
    def _rate(self) -> RateMeter:
        return self._transfer._rate

    @property
    def _num_arrived(self) -> int:
        return self._num_arrived_before + sum(leg.num_arrived for leg in self._legs)

    def _prove(self) -> None:
        try:
            with self._part.path.open("rb", buffering=0) as file:
                self._sha256 = Prover(self._coverage, file).run(self._stop.is_set)
        except OSError as error:
            self._prover_error = error
        self._bell.set()


def _facts_of(file: RemoteFile) -> FileFacts:
    return FileFacts(
        url=file.url,
        size=file.size_bytes,
        sha256=file.sha256,
        repo=file.repo,
        revision=file.revision,
        path=file.path,
    )


def replace_facts(facts: FileFacts, *, high: int) -> FileFacts:
    """Return ``facts`` for a new beginning: what was shown as fetched is kept, the validators are not."""
    return FileFacts(
        url=facts.url,
        size=facts.size,
        sha256=facts.sha256,
        repo=facts.repo,
        revision=facts.revision,
        path=facts.path,
        high=high,
    )


def _present(part: PartFile) -> Known:
    assert part.known is not None, "begun before it is fetched"
    return part.known
