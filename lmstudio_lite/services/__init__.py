"""The composition root: builds everything once, closes it in reverse order.

Opening is quick, for a window waits behind it: nothing here imports the document readers, llama.cpp,
numpy or Qt, and no model is loaded before ``load_model``.
"""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.domain.models import EngineState, ModelFile, ModelPhase, Rung
from lmstudio_lite.engine.interface import EngineClient, LoadOptions
from lmstudio_lite.engine.snapshots import SnapshotStore
from lmstudio_lite.errors import NoModelError, StorageError
from lmstudio_lite.library.fit import check_fits
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.paths import Paths, ensure_writable
from lmstudio_lite.services.jobs import Jobs
from lmstudio_lite.services.lock import FolderLock
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.storage.results import Results
from lmstudio_lite.tasks.chat import ChatTask

log = logging.getLogger(__name__)

Isolation = Literal["process", "thread"]


class Services:
    """Everything a window or a terminal works with. Thread-safe, like each of its parts."""

    def __init__(
        self,
        paths: Paths,
        settings: SettingsStore,
        engine: EngineClient,
        database: Database,
    ) -> None:
        """Put the parts together. Callers use ``open``, which also says what to close."""
        self.paths = paths
        self.settings = settings
        self.engine = engine
        self.library = ModelLibrary(
            paths.models, lambda: [Path(folder) for folder in settings.value.model.folders]
        )
        self.database = database
        self.conversations = Conversations(database)
        self.results = Results(database)
        self.part_cache = PartCache(database)
        self.reader = DocumentReader()
        self.jobs = Jobs()
        self.chat = ChatTask(engine, self.conversations, settings)
        self._close = ExitStack()
        self._close_lock = threading.Lock()

    @classmethod
    def open(cls, paths: Paths, *, isolation: Isolation | None = None, exclusive: bool = False) -> Services:
        """Open the data in ``paths`` and start an engine without a model.

        ``isolation`` None takes the settings' choice. ``exclusive`` is for the window: it locks the
        folder, marks replies that a killed process left as interrupted and forgets what was deleted.

        Raises:
            DataFolderReadOnlyError, DiskFullError, DatabaseDamagedError, DatabaseTooNewError: the data
                can't be opened.
            AlreadyRunningError: ``exclusive``, and another process has the folder.
        """
        with ExitStack() as stack:
            ensure_writable(paths)
            if exclusive:
                stack.callback(FolderLock.acquire(paths.data).release)
            settings = SettingsStore(paths.settings_file)
            database = Database.open(paths.database)
            stack.callback(database.close)
            engine = _open_engine(isolation or settings.value.engine.isolation)
            stack.callback(engine.close)
            stack.callback(engine.subscribe(_RungMemory(settings).on_state))
            services = cls(paths, settings, engine, database)
            stack.callback(services.jobs.close)
            if exclusive:
                services._tidy()
            services._close = stack.pop_all()
            return services

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End jobs, engine and database, in this order. Idempotent; waits for running jobs."""
        with self._close_lock:
            self._close.close()

    def load_model(self, path: Path | None = None) -> ModelFile:
        """Start loading ``path``, or the chosen, the starter or the first model; watch ``engine.state``.

        Reads the file's header first, so not for the GUI thread.

        Raises:
            NoModelError: there is no model at all.
            ModelNotFoundError, ModelFileError: the file is gone or no usable GGUF.
            ModelTooLargeError: it does not fit into the memory that is free now.
        """
        chosen = self.settings.value.model
        file = self.library.describe(path or self.default_model_path())
        if not self._is_loaded(file.path):
            check_fits(file, chosen.context_size)
        rung = self.settings.value.engine.rungs.get(str(file.path), Rung.NORMAL.value)
        options = LoadOptions(
            context_size=chosen.context_size or None,
            num_threads=chosen.num_threads or None,
            rung=Rung(rung) if rung in set(Rung) else Rung.NORMAL,
            snapshot_folder=self.paths.snapshots,
            snapshot_limit_bytes=self.settings.value.engine.snapshot_limit_mb << 20,
        )
        self.engine.load_model(file.path, options)
        return file

    def default_model_path(self) -> Path:
        """Return the model to load when nobody says which. Raises ``NoModelError`` when there is none."""
        chosen = self.settings.value.model.path
        if chosen:
            return Path(chosen)
        starter = self.library.starter_path()
        if starter is not None:
            return starter
        usable = (entry.path for entry in self.library.list() if entry.file is not None)
        first = next(usable, None)
        if first is None:
            raise NoModelError
        return first

    def _is_loaded(self, path: Path) -> bool:
        """Tell whether the memory that is free now is already without this model's share."""
        state = self.engine.state
        return state.phase is ModelPhase.READY and state.path == path

    def _tidy(self) -> None:
        num_interrupted = self.conversations.recover_interrupted()
        if num_interrupted:
            log.info("%d replies were interrupted when the program last ended", num_interrupted)
        SnapshotStore(self.paths.snapshots, 0).forget(self.conversations.purge_deleted())
        self.results.purge_deleted()
        self.part_cache.shrink()


class _RungMemory:
    """Saves how cautiously a model had to run, so that the next start begins there."""

    def __init__(self, settings: SettingsStore) -> None:
        self._settings = settings

    def on_state(self, state: EngineState) -> None:
        if state.phase is not ModelPhase.READY or state.path is None:
            return
        rungs = self._settings.value.engine.rungs
        if rungs.get(str(state.path), Rung.NORMAL.value) == state.rung.value:
            return
        try:
            self._settings.update("engine", rungs={**rungs, str(state.path): state.rung.value})
        except StorageError as error:
            log.warning("the engine's rung could not be remembered: %s", error)


def _open_engine(isolation: Isolation) -> EngineClient:
    from lmstudio_lite.engine.client import ThreadClient, WorkerClient

    return WorkerClient() if isolation == "process" else ThreadClient()
