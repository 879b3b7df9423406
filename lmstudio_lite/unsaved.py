"""What could not be written yet: kept in memory, tried again until it is on the disk, shown meanwhile.

A full or read-only disk, a locked database and a folder that vanished all end in a ``StorageError``. From
then on the memory holds the truth, not the database: whoever shows the piece shows what is kept here.

    unsaved.save(UnsavedPiece(f"message:{id}", Place.CHAT, title, text, lambda: update(id, text)))

tries at once. If that fails, the piece waits here and is tried again by itself: after 1 s, 2 s, 4 s, at
last every 15 s, in the order in which the pieces came. A newer piece with the same ``key`` takes the place
of the older one, so that a text that still grows is waiting once. Pieces are as old as they are made: one
that is brought later than a newer one, from a job that had to wait, is not written any more. Listeners hear
of every change, on the thread that made it; the window shows a notice per ``Place`` as long as something
waits there. No Qt here.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from lmstudio_lite.errors import InvariantError, NotStoredError, StorageError

log = logging.getLogger(__name__)

FIRST_RETRY_S = 1.0
LAST_RETRY_S = 15.0
_NUM_REMEMBERED = 1_000


class Place(StrEnum):
    """Where the work is that could not be saved, and so where the notice belongs; what is part of a larger
    work, and made again if it is lost, has none.
    """

    CHAT = "chat"
    SUMMARIZE = "summarize"
    TRANSLATE = "translate"
    FINETUNE = "finetune"
    PARTS = "parts"


@dataclass(frozen=True, slots=True)
class UnsavedPiece:
    """One write that waits.

    ``key`` names what is written: a newer piece replaces an older one. ``save`` writes it, on any thread, and
    raises ``StorageError`` while that can't be done. ``text`` is what a person can save elsewhere, under
    ``title``; "" for what is no text, such as a mark. ``value`` is what its readers show instead of what is
    written.
    """

    key: str
    place: Place
    title: str
    text: str
    save: Callable[[], object]
    value: object = None
    number: int = field(default_factory=itertools.count(1).__next__, compare=False)
    """Which of two pieces with one key is the newer."""


@dataclass(frozen=True, slots=True)
class UnsavedState:
    """All that waits, oldest first, and why the newest attempt failed (None: nothing waits)."""

    pieces: tuple[UnsavedPiece, ...] = ()
    error: StorageError | None = None

    def at(self, place: Place) -> tuple[UnsavedPiece, ...]:
        """Return what waits in one place."""
        return tuple(piece for piece in self.pieces if piece.place is place)


Listener = Callable[[UnsavedState], None]


class UnsavedWork:
    """The pieces of one program. Thread-safe. The thread that tries again lives while something waits."""

    def __init__(self, *, first_retry_s: float = FIRST_RETRY_S, last_retry_s: float = LAST_RETRY_S) -> None:
        """Wait ``first_retry_s`` before the first new attempt, doubling up to ``last_retry_s``."""
        self._first_retry_s, self._last_retry_s = first_retry_s, last_retry_s
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._saving = threading.Lock()  # one attempt at a time: an older text never lands after a newer one
        self._pieces: dict[str, UnsavedPiece] = {}
        self._newest: OrderedDict[str, int] = OrderedDict()  # of each key, the number of the newest piece
        self._elsewhere: dict[str, str] = {}  # texts that the user saved to a file, by key
        self._error: StorageError | None = None
        self._listeners: list[Listener] = []
        self._thread: threading.Thread | None = None
        self._is_hurried = False
        self._is_closed = False

    @property
    def state(self) -> UnsavedState:
        """What waits now."""
        with self._lock:
            return self._state()

    @property
    def texts_at_risk(self) -> tuple[UnsavedPiece, ...]:
        """The pieces whose texts would be lost if the program ended now."""
        with self._lock:
            return tuple(
                piece
                for piece in self._pieces.values()
                if piece.text.strip() and self._elsewhere.get(piece.key) != piece.text
            )

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with every new state, on the thread that made it; returns the way out."""
        with self._lock:
            self._listeners.append(listener)
        return lambda: self._unsubscribe(listener)

    def save(self, piece: UnsavedPiece) -> bool:
        """Write ``piece`` now, or keep it for later; True if it, or a newer one, is written.

        While an older piece with this key waits, the new one takes its place without an attempt of its own:
        a locked database would hold up its caller for seconds each time.

        Raises:
            NotStoredError: what the piece belongs to is gone; nothing is kept of it.
            InvariantError: ``piece.save`` breaks a promise of the tables; nothing is kept of it.
        """
        if self.find(piece.key) is not None:
            if self._is_newest(piece):
                self._put(piece)
            return False
        with self._saving:
            if not self._is_newest(piece):
                return self.find(piece.key) is None
            try:
                piece.save()
            except NotStoredError:
                raise
            except StorageError as error:
                self._put(piece, error)
                return False
        self.drop(piece.key)
        return True

    def _is_newest(self, piece: UnsavedPiece) -> bool:
        """Tell whether no newer piece of this key was brought before, and remember this one."""
        with self._lock:
            if piece.number < self._newest.get(piece.key, 0):
                return False
            self._newest[piece.key] = piece.number
            self._newest.move_to_end(piece.key)
            while len(self._newest) > _NUM_REMEMBERED:
                self._newest.popitem(last=False)
            return True

    def find(self, key: str) -> UnsavedPiece | None:
        """Return the piece that waits under ``key``, None if none does."""
        with self._lock:
            return self._pieces.get(key)

    def drop(self, key: str) -> None:
        """Forget a piece that is not wanted any more."""
        with self._lock:
            if self._pieces.pop(key, None) is None:
                return
            self._elsewhere.pop(key, None)
            if not self._pieces:
                self._error = None
            state = self._state()
            self._changed.notify_all()
        self._tell(state)

    def retry(self) -> None:
        """Try again now, in the background."""
        with self._lock:
            self._is_hurried = True
            self._changed.notify_all()

    def mark_saved_elsewhere(self, pieces: tuple[UnsavedPiece, ...]) -> None:
        """Note that the user has these texts in a file of their own; they still wait for the database."""
        with self._lock:
            self._elsewhere.update((piece.key, piece.text) for piece in pieces)

    def close(self) -> tuple[UnsavedPiece, ...]:
        """Try once more, stop trying, and return the texts that are lost with the program. Idempotent."""
        with self._lock:
            was_closed, self._is_closed = self._is_closed, True
            thread = self._thread
            self._changed.notify_all()
        if thread is not None:
            thread.join()
        if not was_closed:
            self._attempt()
        return self.texts_at_risk

    def _put(self, piece: UnsavedPiece, error: StorageError | None = None) -> None:
        with self._lock:
            is_same = self._pieces.get(piece.key) is not None and error is None
            self._pieces[piece.key] = piece
            if error is not None:
                self._error = error
                log.info("not saved yet: %s, %s", piece.place, error)
            if self._thread is None and not self._is_closed:
                self._thread = threading.Thread(target=self._run, name="unsaved work", daemon=True)
                self._thread.start()
            state = self._state()
        if not is_same:
            self._tell(state)

    def _run(self) -> None:
        """Try again until nothing waits."""
        pause_s = self._first_retry_s
        while True:
            with self._lock:
                self._changed.wait_for(self._is_due, pause_s)
                self._is_hurried = False
                if self._is_closed or not self._pieces:
                    self._thread = None
                    return
            self._attempt()
            pause_s = min(self._last_retry_s, pause_s * 2)

    def _is_due(self) -> bool:
        return self._is_hurried or self._is_closed or not self._pieces

    def _attempt(self) -> None:
        """Try every piece once, in order."""
        with self._lock:
            keys = list(self._pieces)
        for key in keys:
            with self._saving:
                piece = self.find(key)
                if piece is None:
                    continue
                try:
                    piece.save()
                except (NotStoredError, InvariantError) as error:
                    # What it belongs to is gone, such as a conversation that was purged meanwhile.
                    log.warning("given up on what was not saved: %s", error)
                except StorageError as error:
                    self._fail(error)
                    continue
                self._settle(piece)

    def _fail(self, error: StorageError) -> None:
        with self._lock:
            is_new = self._error is None or self._error.code != error.code
            self._error = error
            state = self._state()
        if is_new:
            self._tell(state)

    def _settle(self, piece: UnsavedPiece) -> None:
        """Forget a written piece, unless a newer one took its place meanwhile."""
        if self.find(piece.key) is piece:
            self.drop(piece.key)

    def _unsubscribe(self, listener: Listener) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def _state(self) -> UnsavedState:
        return UnsavedState(tuple(self._pieces.values()), self._error)

    def _tell(self, state: UnsavedState) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(state)
