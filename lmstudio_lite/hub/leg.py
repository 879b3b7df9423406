"""One connection of a transfer: asks for the range that it has claimed, and writes what comes.

It ends with its claim, when it is stopped, or with an error; the transfer decides what follows. However it
ends, what it has written is written down.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

import msgspec

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.connections import ConnectionPurpose
from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.errors import (
    AnswerStatusError,
    AppError,
    ConnectionFailedError,
    FetchAnswerError,
    GatedModelError,
)
from lmstudio_lite.hub.connection import Answer, Connections
from lmstudio_lite.hub.coverage import UNKNOWN_END, Claim, Coverage
from lmstudio_lite.hub.journal import FileFacts
from lmstudio_lite.hub.pace import Throttle
from lmstudio_lite.hub.part_file import PartFile, disk_error
from lmstudio_lite.hub.range_answer import RangeAnswer, Verdict, judge_answer, range_headers

if TYPE_CHECKING:
    from hashlib import blake2b

_UNIT_BYTES = 1 << 20
_NUM_IGNORED_MAX = 3


class FileChangedError(Exception):
    """The server has another version by now; the transfer begins again. Nobody else sees it."""


@dataclass(slots=True)
class LegContext:
    """What all legs of a transfer share. ``lock`` is held while the file's facts are learned.

    ``seams`` are where connections began and ended. With ``is_second_look`` what came before was wrong.
    """

    file: RemoteFile
    part: PartFile
    coverage: Coverage
    connections: Connections
    throttle: Throttle
    token: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    num_ignored: int = 0
    seams: list[int] = field(default_factory=list)
    is_second_look: bool = False

    @property
    def ignores_ranges(self) -> bool:
        """Tell whether the server sends the whole file time after time."""
        return self.num_ignored >= _NUM_IGNORED_MAX


class Leg(threading.Thread):
    """``error`` is what it ended with, ``num_arrived`` how many bytes came."""

    def __init__(self, context: LegContext, claim: Claim, on_end: Callable[[], object]) -> None:
        """``on_end`` is called on its thread, last."""
        super().__init__(name="fetch leg", daemon=True)
        self._context = context
        self._on_end = on_end
        self._claim = claim
        self._cancellation = Cancellation()
        self.error: Exception | None = None
        self.num_arrived = 0

    def stop(self) -> None:
        """End it soon: what it has not fetched is anybody's. Any thread."""
        self._cancellation.cancel()

    def run(self) -> None:
        """Fetch the claim, with as many requests as it takes."""
        coverage = self._context.coverage
        try:
            with self._context.part.open_to_write() as file:
                while self._claim.position < self._claim.end and not self._cancellation.is_cancelled:
                    self._fetch(file)
        except OSError as error:
            self.error = disk_error(error, self._context.part.target)
        except Exception as error:
            self.error = error
        finally:
            coverage.release(self._claim)
            self._on_end()

    def _fetch(self, file: BinaryIO) -> None:
        """Ask once for what is left of the claim, and write what comes of it."""
        context, claim = self._context, self._claim
        facts = _facts(context.part)
        end = None if claim.end == UNKNOWN_END or claim.end == context.coverage.size else claim.end
        wanted = claim.position
        headers = range_headers(wanted, end, facts)
        if context.is_second_look:  # what is wrong may be some proxy's copy
            headers["Cache-Control"] = "no-cache"
        context.seams.append(wanted)
        try:
            with context.connections.open(
                context.file.url,
                ConnectionPurpose.FETCH,
                context.file.path or context.file.name,
                headers=headers,
                token=context.token,
                cancellation=self._cancellation,
            ) as answer:
                judged = judge_answer(answer.status, answer.headers, answer.hub_headers, wanted, facts)
                self._accept(judged, answer)
                self._write(file, self._from_wanted(answer, judged.start, wanted), answer)
        except AnswerStatusError as error:
            raise self._status_error(error) from error
        finally:
            context.seams.append(claim.position)

    def _accept(self, judged: RangeAnswer, answer: Answer) -> None:
        """Learn what the answer says of the file. Raises where it is not to be used."""
        context = self._context
        name, host = context.file.name, answer.host
        match judged.verdict:
            case Verdict.CHANGED:
                raise FileChangedError
            case Verdict.OTHER_LENGTH:
                raise FetchAnswerError(path=name, host=host, reason="length")
            case Verdict.NONSENSE:
                raise ConnectionFailedError(host=host, reason="protocol")
            case Verdict.RANGE_IGNORED:
                with context.lock:
                    context.num_ignored += 1
                if not context.ignores_ranges:
                    raise ConnectionFailedError(host=host, reason="broken")
            case Verdict.FITS:
                if judged.start:  # It knows ranges, whatever it did before.
                    with context.lock:
                        context.num_ignored = 0
        with context.lock:
            facts = _facts(context.part)
            learned = msgspec.structs.replace(
                facts,
                size=facts.size or judged.size,
                sha256=facts.sha256 or judged.sha256,
                etag=facts.etag or judged.etag,
                modified=facts.modified or judged.modified,
            )
            if learned == facts:
                return
            if learned.size != facts.size:
                context.part.reserve(learned.size)
                context.coverage.learn_size(learned.size)
            _describe(context.part, learned)

    def _from_wanted(self, answer: Answer, start: int, wanted: int) -> Iterator[bytes]:
        """Yield the body from ``wanted`` on; what a server that knows no ranges sends before is left out."""
        skip = wanted - start
        for piece in answer.pieces():
            self.num_arrived += len(piece)
            self._context.throttle.take(len(piece), lambda: self._cancellation.is_cancelled)
            if skip >= len(piece):
                skip -= len(piece)
                continue
            yield piece[skip:] if skip else piece
            skip = 0

    def _write(self, file: BinaryIO, pieces: Iterator[bytes], answer: Answer) -> None:
        coverage, claim = self._context.coverage, self._claim
        start = position = claim.position
        own = self._own_hash(start)
        unit = min(coverage.cell, _UNIT_BYTES)
        file.seek(position)
        try:
            for piece in pieces:
                fitting = memoryview(piece)[: max(0, claim.end - position)]
                _write_all(file, fitting)
                if own is not None:
                    own.update(fitting)
                position += len(fitting)
                if position - start >= unit:
                    coverage.wrote(claim, start, position, own.hexdigest() if own is not None else "")
                    coverage.wait_for_prover(position, lambda: self._cancellation.is_cancelled)
                    start, own = position, self._own_hash(position)
                if position >= claim.end:
                    break
        finally:
            coverage.wrote(claim, start, position, own.hexdigest() if own is not None else "")
        if claim.end == UNKNOWN_END:
            self._end_here(position, answer)

    def _end_here(self, position: int, answer: Answer) -> None:
        """Take the end of a body whose length nobody told for the file's, if it was marked as one."""
        is_marked = answer.headers.get("transfer-encoding", "").lower() == "chunked"
        if not is_marked and not self._context.file.sha256:
            raise FetchAnswerError(path=self._context.file.name, host=answer.host, reason="length")
        with self._context.lock:
            self._context.coverage.learn_size(position)
            _describe(self._context.part, msgspec.structs.replace(_facts(self._context.part), size=position))

    def _own_hash(self, offset: int) -> blake2b | None:
        return hashlib.blake2b(digest_size=16) if self._context.coverage.needs_hash(offset) else None

    def _status_error(self, error: AnswerStatusError) -> AppError:
        """Name a refusal by what it means for a file of a hub."""
        file, status = self._context.file, error.details.get("status")
        if status == 416:
            return FetchAnswerError(path=file.name, host=error.details["host"], reason="length")
        if status in (401, 403) and error.details.get("server_code") == "GatedRepo":
            hub = urlsplit(file.url)
            return GatedModelError(
                repo=file.repo,
                host=error.details["host"],
                is_signed_in=bool(self._context.token),
                address=f"{hub.scheme}://{hub.netloc}",
            )
        return error


def _facts(part: PartFile) -> FileFacts:
    assert part.known is not None, "begun before it is fetched"
    return part.known.facts


def _describe(part: PartFile, facts: FileFacts) -> None:
    assert part.known is not None, "begun before it is fetched"
    with part.lock:
        part.journal.describe(facts)
        part.known.facts = facts


def _write_all(file: BinaryIO, content: memoryview) -> None:
    while content:
        content = content[file.write(content) :]
