"""Reading folders and headers without waiting for a drive that does not answer.

A read of a network drive that is gone can take minutes or never end, and no thread can be called back from
it. So each place is looked into on a thread of its own, and headers are read by one thread at a time
(more would only take the interpreter from the window's thread). Who does not answer in time is left to
its thread and not asked again before that thread comes back.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.shelf import PlaceProblem, Store
from lmstudio_lite.library.shelf.describing import Description, describe_or_fail
from lmstudio_lite.library.stores.found import FoundFile, Place, TooManyFilesError

LOOK_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 10.0
_TICK_S = 0.1

_Key = tuple[Store, Path]


@dataclass(frozen=True, slots=True)
class Look:
    """What looking into a place found; of a silent one nothing is known."""

    place: Place
    files: tuple[FoundFile, ...]
    problem: PlaceProblem | None


class Finder:
    """Thread-safe. Remembers which places do not answer, for all listings of a library."""

    def __init__(
        self, look_timeout_s: float = LOOK_TIMEOUT_S, read_timeout_s: float = READ_TIMEOUT_S
    ) -> None:
        self._look_timeout_s = look_timeout_s
        self._read_timeout_s = read_timeout_s
        self._lock = threading.Lock()
        self._stuck: dict[_Key, threading.Thread] = {}

    def look(self, places: Sequence[Place], cancellation: Cancellation) -> Iterator[list[Look]]:
        """Yield what each place holds, in batches as they come; ends early when cancelled."""
        looks: queue.SimpleQueue[Look] = queue.SimpleQueue()
        waiting: dict[_Key, tuple[Place, threading.Thread]] = {}
        silent = []
        for place in places:
            if self.is_stuck(place):
                silent.append(Look(place, (), PlaceProblem.SILENT))
                continue
            thread = threading.Thread(target=_look_into, args=(place, looks), name="look into", daemon=True)
            waiting[_key(place)] = (place, thread)
            thread.start()
        if silent:
            yield silent
        deadline = time.monotonic() + self._look_timeout_s
        while waiting and not cancellation.is_cancelled:
            batch = _take_all(looks, _TICK_S)
            for look in batch:
                waiting.pop(_key(look.place))[1].join()
            if batch:
                yield batch
            if time.monotonic() > deadline:
                break
        for key, (_, thread) in waiting.items():
            self._leave(key, thread)
        late = [Look(place, (), PlaceProblem.SILENT) for place, _ in waiting.values()]
        if late and not cancellation.is_cancelled:
            yield late

    def describe(
        self, files: Sequence[FoundFile], place_of: dict[Path, Place], cancellation: Cancellation
    ) -> Iterator[tuple[FoundFile, Description | None]]:
        """Yield what each file's header says, None where its place does not answer."""
        waiting = deque(files)
        while waiting and not cancellation.is_cancelled:
            reader = _Reader(waiting)
            reader.start()
            while not cancellation.is_cancelled:
                try:
                    found, description = reader.described.get(timeout=self._read_timeout_s)
                except queue.Empty:
                    break
                if found is None:
                    reader.join()
                    return
                yield found, description
            reader.is_stopped = True
            stuck = reader.current
            if cancellation.is_cancelled:
                reader.join(_TICK_S)
                return
            if stuck is not None:
                place = place_of[stuck.path]
                self._leave(_key(place), reader)
                yield stuck, None
                of_place = [found for found in waiting if place_of[found.path] is place]
                waiting = deque(found for found in waiting if place_of[found.path] is not place)
                yield from ((found, None) for found in of_place)

    def is_stuck(self, place: Place) -> bool:
        """Tell whether a thread still waits for this place's answer."""
        key = _key(place)
        with self._lock:
            thread = self._stuck.get(key)
            if thread is not None and not thread.is_alive():
                del self._stuck[key]
                return False
            return thread is not None

    def _leave(self, key: _Key, thread: threading.Thread) -> None:
        with self._lock:
            self._stuck[key] = thread


class _Reader(threading.Thread):
    """Describes files from the front of ``waiting``, each as soon as the one before is done."""

    def __init__(self, waiting: deque[FoundFile]) -> None:
        super().__init__(name="read headers", daemon=True)
        self._waiting = waiting
        self.described: queue.SimpleQueue[tuple[FoundFile | None, Description | None]] = queue.SimpleQueue()
        self.current: FoundFile | None = None
        self.is_stopped = False

    def run(self) -> None:
        while not self.is_stopped and self._waiting:
            found = self.current = self._waiting.popleft()
            description = describe_or_fail(
                found.path, name=found.name, stem=found.stem, quantization=found.quantization
            )
            if not self.is_stopped:
                self.described.put((found, description))
        self.described.put((None, None))


def _look_into(place: Place, looks: queue.SimpleQueue[Look]) -> None:
    files: list[FoundFile] = []
    problem = None
    try:
        files.extend(place.find())
    except TooManyFilesError:
        problem = PlaceProblem.TOO_MANY
    except (OSError, ValueError):
        problem = PlaceProblem.CLOSED
    looks.put(Look(place, tuple(files), problem))


def _take_all(looks: queue.SimpleQueue[Look], timeout_s: float) -> list[Look]:
    """Return what is there, waiting for the first; empty after ``timeout_s``."""
    try:
        batch = [looks.get(timeout=timeout_s)]
    except queue.Empty:
        return []
    while True:
        try:
            batch.append(looks.get_nowait())
        except queue.Empty:
            return batch


def _key(place: Place) -> _Key:
    return place.store, place.root
