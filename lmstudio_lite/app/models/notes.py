"""Favourites, notes and last uses of the models in the library, found by their content."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from pathlib import Path

from lmstudio_lite.app.jobs import JobContext, Jobs
from lmstudio_lite.domain.models import EngineState, ModelPhase
from lmstudio_lite.domain.shelf import ModelEntry, ModelNote
from lmstudio_lite.errors import AppError
from lmstudio_lite.fingerprint import fingerprint
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.model_notes import ModelNotes

log = logging.getLogger(__name__)

_LANE = "model notes"


class Notes:
    """Thread-safe. Reads files and the database, so not for the GUI thread, but for ``on_state``."""

    def __init__(self, database: Database, library: ModelLibrary, jobs: Jobs) -> None:
        self._stored = ModelNotes(database)
        self._library = library
        self._jobs = jobs
        self._lock = threading.Lock()
        self._used: Path | None = None

    def of(self, entries: Iterable[ModelEntry]) -> dict[Path, ModelNote]:
        """Return the notes of those entries that have some, by path.

        Where any note is kept, the first call reads about a megabyte of each file; later ones know.

        Raises:
            StorageError: the notes can't be read.
        """
        notes = self._stored.all()
        if not notes:
            return {}
        found = {}
        for entry in entries:
            try:
                note = notes.get(self._library.fingerprint_of(entry))
            except AppError as error:  # a file that is gone or can't be read says so on its own card
                log.debug("no notes for %s: %s", entry.path.name, error)
                continue
            if note is not None:
                found[entry.path] = note
        return found

    def set_favourite(self, entry: ModelEntry, is_favourite: bool) -> None:
        """Mark a model as a favourite, or not any more.

        Raises:
            ModelNotFoundError, ModelFileError: the file is gone or can't be read.
            StorageError: it can't be saved.
        """
        self._stored.set_favourite(self._library.fingerprint_of(entry), entry.name, is_favourite)

    def set_note(self, entry: ModelEntry, note: str) -> None:
        """Keep a note about a model, wherever that will lie.

        Raises:
            ModelNotFoundError, ModelFileError, StorageError: as ``set_favourite``.
        """
        self._stored.set_note(self._library.fingerprint_of(entry), entry.name, note.strip())

    def on_state(self, state: EngineState) -> None:
        """Note when a model is used; a listener of the engine, which is not held up."""
        if state.phase is not ModelPhase.READY or state.path is None:
            return
        path, name = state.path, state.model.name if state.model is not None else state.path.stem
        with self._lock:
            if path == self._used:
                return
            self._used = path

        def work(context: JobContext) -> None:
            try:
                self._stored.mark_used(fingerprint(path), name)
            except AppError as error:
                log.info("the use of a model could not be noted: %s", error)

        self._jobs.start(work, lane=_LANE)
