"""Which bytes of a file are here, which are being fetched by whom, and which are proven. Shared by threads.

A connection claims a range, writes it and says so; the prover follows from the beginning and says how far the
bytes are hashed. What a killed program would still know of is *kept*: all that the journal tells.

Where the prover is close behind, its SHA-256 vouches for what a connection writes. What lies further ahead (a
second connection's range; anything, while a resumed file is read again) gets a BLAKE2b of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from lmstudio_lite.hub.byte_ranges import ByteRanges
from lmstudio_lite.hub.journal import Known
from lmstudio_lite.hub.part_file import PartFile

UNKNOWN_END = 1 << 60
_NUM_CELLS = 512
_CELL_MIN, _CELL_MAX = 16 << 10, 16 << 20
_CELLS_BEHIND = 2
_CATCH_UP_S = 0.5


@dataclass(slots=True, eq=False)
class Claim:
    """A range that one connection fetches: from ``position`` to before ``end``, which may come nearer."""

    position: int
    end: int


@dataclass(frozen=True, slots=True)
class Check:
    """A range whose content is known by a hash: ``is_mark`` of all before its end, else of itself."""

    end: int
    digest: str
    is_mark: bool


class Coverage:
    """The state of one file. Thread-safe; ``changed`` is notified of every change."""

    def __init__(self, part: PartFile, known: Known) -> None:
        """Begin with what the journal says."""
        self.changed = threading.Condition()
        self._part = part
        self._on_disk = known.on_disk
        self._kept = ByteRanges()
        for start, end in known.on_disk:
            self._kept.add(start, end)
        self._claims: list[Claim] = []
        self._marks = dict(zip([0, *(end for end, _ in known.marks)], known.marks, strict=False))
        self._ahead = dict(known.ahead)
        self.size = known.facts.size
        self.position = 0
        self._last_mark = known.marks[-1][0] if known.marks else 0

    @property
    def cell(self) -> int:
        """How many bytes are vouched for at once: about what a killed program loses."""
        size = self.size or _CELL_MIN
        return max(_CELL_MIN, min(_CELL_MAX, 1 << max(0, (size // _NUM_CELLS).bit_length() - 1)))

    @property
    def kept_bytes(self) -> int:
        with self.changed:
            return self._kept.num_bytes

    @property
    def missing_bytes(self) -> int:
        """How many bytes are not on the disk yet; 0 while the size is unknown."""
        with self.changed:
            return max(0, self.size - self._on_disk.num_bytes) if self.size else 0

    @property
    def is_whole(self) -> bool:
        with self.changed:
            return bool(self.size) and self._on_disk.covers(0, self.size)

    def learn_size(self, size: int) -> None:
        """Take the file's size, which was unknown."""
        with self.changed:
            self.size = size
            for claim in self._claims:
                claim.end = min(claim.end, size)
            self._on_disk.remove(size, UNKNOWN_END)
            self._kept.remove(size, UNKNOWN_END)
            self.changed.notify_all()

    def claim(self, smallest_split: int) -> Claim | None:
        """Return the next range to fetch: the first that nobody fetches, else half of the longest claim.

        None where nothing is left, or halves would be shorter than ``smallest_split``.
        """
        with self.changed:
            taken = ByteRanges()
            for start, end in self._on_disk:
                taken.add(start, end)
            for claim in self._claims:
                taken.add(claim.position, claim.end)
            gap = next(taken.gaps(self.size or UNKNOWN_END), None)
            if gap is None:
                gap = self._split(smallest_split)
            if gap is None:
                return None
            claim = Claim(*gap)
            self._claims.append(claim)
            return claim

    def release(self, claim: Claim) -> None:
        """Give a claim up; what it has not written is anybody's."""
        with self.changed:
            if claim in self._claims:
                self._claims.remove(claim)
            self.changed.notify_all()

    def needs_hash(self, offset: int) -> bool:
        """Tell whether what is written at ``offset`` must be vouched for by a hash of its own."""
        return offset - self.position > _CELLS_BEHIND * self.cell

    def wait_for_prover(self, offset: int, is_cancelled: Callable[[], bool]) -> None:
        """Let the prover come near ``offset`` where it is a few cells behind and all between is on the disk.

        To wait costs a fast connection less than a hash of its own for every byte: 1 GB over loopback took
        3.0 s with those hashes. One that stands, or reads a resumed file again, is not waited for.
        """
        with self.changed:
            while (
                self.needs_hash(offset)
                and offset - self.position <= 2 * _CELLS_BEHIND * self.cell
                and self._on_disk.run_from(self.position) >= offset
                and not is_cancelled()
            ):
                if not self.changed.wait(_CATCH_UP_S):
                    return

    def wrote(self, claim: Claim, start: int, end: int, blake2b: str = "") -> None:
        """Note that a claim's bytes are on the disk, with their hash if they have one. Raises ``OSError``."""
        if start >= end:
            return
        if blake2b:
            with self._part.lock:
                self._part.journal.have(start, end, blake2b)
        with self.changed:
            claim.position = max(claim.position, end)
            self._on_disk.add(start, end)
            if blake2b:
                self._ahead[start] = end, blake2b
                self._kept.add(start, end)
            self.changed.notify_all()

    def step_from(self, position: int) -> tuple[int, Check | None]:
        """Return up to where the prover can read on from ``position``, and the check at that end.

        The end is ``position`` where nothing can be read yet.
        """
        with self.changed:
            reach = min(self._on_disk.run_from(position), self.size or UNKNOWN_END)
            found: Check | None = None
            if position in self._marks:
                found = Check(*self._marks[position], is_mark=True)
            elif position in self._ahead:
                found = Check(*self._ahead[position], is_mark=False)
            if found is not None:
                return (found.end, found) if reach >= found.end else (position, None)
            nearest = min((start for start in self._ahead if start > position), default=reach)
            return min(reach, nearest), None

    def passed(self, position: int, sha256: str | None) -> None:
        """Note that all before ``position`` is hashed; ``sha256`` is given to be kept. Raises ``OSError``."""
        if sha256 is not None and position > self._last_mark:
            with self._part.lock:
                self._part.journal.mark(position, sha256)
            self._last_mark = position
        with self.changed:
            self.position = position
            if sha256 is not None:
                self._kept.add(0, position)
            self._ahead = {start: found for start, found in self._ahead.items() if start >= position}
            self.changed.notify_all()

    def lost(self, start: int, end: int, *, forgets_marks: bool) -> None:
        """Note that a range is damaged: it is to be fetched again. Raises ``OSError``.

        ``forgets_marks``: what was known of the bytes behind it by the chain of marks holds no more.
        """
        with self._part.lock:
            self._part.journal.lose(start, end)
        with self.changed:
            self._on_disk.remove(start, end)
            self._kept.remove(start, end)
            self._ahead.pop(start, None)
            if forgets_marks:
                self._marks = {at: mark for at, mark in self._marks.items() if at < start}
                self._last_mark = start
            self.changed.notify_all()

    def _split(self, smallest: int) -> tuple[int, int] | None:
        longest = max(self._claims, key=lambda claim: claim.end - claim.position, default=None)
        if longest is None or longest.end == UNKNOWN_END:
            return None
        middle = (longest.position + longest.end) // 2
        if longest.end - middle < smallest:
            return None
        gap = middle, longest.end
        longest.end = middle
        return gap
