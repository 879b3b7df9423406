"""Listing what stands on the shelf: names at once, headers as they are read, changes as they happen.

A pass looks into every place, shows what it found (remembered headers included), reads the headers that
are new, and puts projectors and adapters to their models. Whatever differs from what was shown before goes
out as one ``ShelfChange``, so that the first listing, the headers that follow and later changes on
the disk are the same thing to whoever shows them.

Changes are noticed by looking again every few seconds while somebody watches. The systems' notifications
would be quicker, but say nothing of network drives, and need a watch per folder and a library per
system; looking at 1,000 models in 20 folders costs some 20 ms.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.models import Failure
from lmstudio_lite.domain.shelf import ModelEntry, ModelKind, PlaceProblem, ShelfChange, Store, TroubledPlace
from lmstudio_lite.errors import ModelFileError
from lmstudio_lite.library.shelf.attaching import attach, is_projector_name
from lmstudio_lite.library.shelf.describing import Description
from lmstudio_lite.library.shelf.header_cache import HeaderCache
from lmstudio_lite.library.shelf.patience import Finder, Look
from lmstudio_lite.library.stores.found import FoundFile, Place

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 3.0
_SHARE_OF_TIME = 20
"""Looking again takes at most one part in this many of the time."""
_SHOW_EVERY_S = 0.2

OnChange = Callable[[ShelfChange], None]


class ShelfScan:
    """Passes over the same places, one after another. Not thread-safe: one thread runs the passes."""

    def __init__(
        self,
        places: Callable[[], Sequence[Place]],
        finder: Finder,
        cache: HeaderCache,
        cancellation: Cancellation,
        on_change: OnChange | None = None,
    ) -> None:
        self._places = places
        self._finder = finder
        self._cache = cache
        self._cancellation = cancellation
        self._on_change = on_change
        self._looks: dict[tuple[Store, Path], Look] = {}
        self._shown: dict[Path, ModelEntry] = {}
        self._troubled: tuple[TroubledPlace, ...] = ()
        self._silent_headers: set[Path] = set()
        self._made: dict[Path, tuple[FoundFile, Description | None, ModelEntry]] = {}
        self._is_complete = False

    @property
    def troubled(self) -> tuple[TroubledPlace, ...]:
        """Return the folders that could not be listed (whole) in the last pass."""
        return self._troubled

    def run(self) -> list[ModelEntry]:
        """Make a pass; return the entries in the places' order, fewer when it is cancelled."""
        places = list(self._places())
        kept = {(place.store, place.root): self._looks.get((place.store, place.root)) for place in places}
        self._looks = {key: look for key, look in kept.items() if look is not None}
        problems: dict[tuple[Store, Path], PlaceProblem] = {}
        for batch in self._finder.look(places, self._cancellation):
            for look in batch:
                key = (look.place.store, look.place.root)
                if look.problem is not None:
                    problems[key] = look.problem
                if look.problem is not PlaceProblem.SILENT or key not in self._looks:
                    self._looks[key] = look
            if self._on_change is not None and not self._is_complete:
                self._show(self._merged(places), False)
        merged = self._merged(places)
        self._read_headers(merged, places)
        if self._cancellation.is_cancelled:
            return list(self._shown.values())
        troubled = tuple(TroubledPlace(root, store, problem) for (store, root), problem in problems.items())
        entries = self._show(merged, True, troubled)
        self._cache.save()
        return entries

    def _merged(self, places: Sequence[Place]) -> list[FoundFile]:
        """Return each file once, by the place that comes first."""
        identities: set[str] = set()
        merged = []
        for place in places:
            look = self._looks.get((place.store, place.root))
            for found in look.files if look is not None else ():
                if found.identity not in identities:
                    identities.add(found.identity)
                    merged.append(found)
        return merged

    def _read_headers(self, merged: Sequence[FoundFile], places: Sequence[Place]) -> None:
        place_of = {
            found.path: place
            for place in places
            if (look := self._looks.get((place.store, place.root))) is not None
            for found in look.files
        }
        stuck = {place.root for place in places if self._finder.is_stuck(place)}
        unread = []
        for found in merged:
            if found.failure is None and self._cache.description(found.path, found.signature) is None:
                if place_of[found.path].root in stuck:
                    self._silent_headers.add(found.path)
                else:
                    unread.append(found)
                    self._silent_headers.discard(found.path)
        shown_at = time.monotonic()
        fresh = []
        for found, description in self._finder.describe(unread, place_of, self._cancellation):
            if description is None:
                self._silent_headers.add(found.path)
            else:
                self._cache.remember(found.path, found.signature, description=description)
            fresh.append(found)
            if self._on_change is not None and time.monotonic() - shown_at > _SHOW_EVERY_S:
                self._show_some(fresh)
                fresh = []
                shown_at = time.monotonic()

    def _show_some(self, fresh: Sequence[FoundFile]) -> None:
        """Tell of headers that were just read; what belongs to what is put together when all are."""
        entries = tuple(self._entry(found) for found in fresh)
        self._shown.update((entry.path, entry) for entry in entries)
        if self._on_change is not None:
            self._on_change(ShelfChange(entries, (), self._troubled, self._is_complete))

    def _show(
        self,
        merged: Sequence[FoundFile],
        is_complete: bool,
        troubled: tuple[TroubledPlace, ...] | None = None,
    ) -> list[ModelEntry]:
        """Tell what differs from what was shown before; return all entries."""
        entries = attach([self._entry(found) for found in merged])
        now = {entry.path: entry for entry in entries}
        changed = tuple(entry for entry in entries if self._shown.get(entry.path) != entry)
        gone = tuple(path for path in self._shown if path not in now)
        self._shown = now
        self._made = {path: made for path, made in self._made.items() if path in now}
        is_trouble_new = troubled is not None and troubled != self._troubled
        self._troubled = self._troubled if troubled is None else troubled
        is_news = changed or gone or is_trouble_new or (is_complete and not self._is_complete)
        self._is_complete = self._is_complete or is_complete
        if self._on_change is not None and is_news:
            self._on_change(ShelfChange(changed, gone, self._troubled, self._is_complete))
        return entries

    def _entry(self, found: FoundFile) -> ModelEntry:
        description = self._cache.description(found.path, found.signature)
        made = self._made.get(found.path)
        if made is not None and made[0] == found and made[1] is description and description is not None:
            return made[2]
        entry = self._make(found, description)
        self._made[found.path] = (found, description, entry)
        return entry

    def _make(self, found: FoundFile, description: Description | None) -> ModelEntry:
        entry = ModelEntry(
            path=found.path,
            store=found.store,
            files=found.parts,
            size_bytes=found.size_bytes,
            modified_ns=found.modified_ns,
            signature=found.signature,
            given_name=found.name,
            other_names=found.other_names,
            projector=found.projector,
            adapters=found.adapters,
        )
        if found.failure is not None:
            kind = ModelKind.PART if found.is_piece else ModelKind.MODEL
            return replace(entry, failure=found.failure, kind=kind)
        if description is None and found.path in self._silent_headers:
            return replace(entry, failure=_no_answer(found.path))
        if description is None:
            guessed = ModelKind.PROJECTOR if is_projector_name(found.path.name) else ModelKind.MODEL
            return replace(entry, kind=guessed)
        return described_entry(entry, description)


def described_entry(entry: ModelEntry, description: Description) -> ModelEntry:
    """Return the entry with what its header says."""
    kind = description.kind
    if is_projector_name(entry.path.name) and (kind is ModelKind.MODEL or description.failure is not None):
        kind = ModelKind.PROJECTOR
    return replace(
        entry, kind=kind, file=description.file, failure=description.failure, traits=description.traits
    )


class ShelfWatch:
    """Tells of the shelf until it is closed. Changes come on the watch's own thread, in order.

    Thread-safe.
    """

    def __init__(
        self, scan: ShelfScan, cancellation: Cancellation, look_again_s: float = LOOK_AGAIN_S
    ) -> None:
        self._scan = scan
        self._cancellation = cancellation
        self._look_again_s = look_again_s
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch models", daemon=True)
        self._thread.start()

    def refresh(self) -> None:
        """Look again now."""
        self._wake.set()

    def close(self, timeout_s: float = 1.0) -> None:
        """End the watch; once this returns nothing is told any more. Idempotent.

        A pass that waits for a drive ends after ``timeout_s`` at the latest, or by itself.
        """
        self._cancellation.cancel()
        self._wake.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._cancellation.is_cancelled:
            began = time.monotonic()
            self._wake.clear()
            try:
                self._scan.run()
            except Exception:
                log.exception("a pass over the models failed")
            took_s = time.monotonic() - began
            self._wake.wait(max(self._look_again_s, took_s * _SHARE_OF_TIME))


def _no_answer(path: Path) -> Failure:
    return Failure(ModelFileError.code, {"path": str(path), "reason": "no_answer"})
