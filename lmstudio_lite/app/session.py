"""The composition root: builds everything once, closes it in reverse order.

Opening is quick, for a window waits behind it: nothing here imports the document readers, llama.cpp,
numpy or Qt, and no model is loaded before ``load_model``.
"""

from __future__ import annotations

import copy
import functools
import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from lmstudio_lite.app.document_encodings import kept_encoding
from lmstudio_lite.app.embedding import EmbeddingModel
from lmstudio_lite.app.jobs import Jobs
from lmstudio_lite.app.load_profile import LoadProfiles
from lmstudio_lite.app.meanings import Meanings
from lmstudio_lite.app.models.fetching import Fetching
from lmstudio_lite.app.models.fit_records import FitRecords
from lmstudio_lite.app.models.fitting import Fitting
from lmstudio_lite.app.models.forecasting import SpeedForecasts
from lmstudio_lite.app.models.model_facts import FactsOfFiles
from lmstudio_lite.app.models.notes import Notes
from lmstudio_lite.app.models.profiles import Profiles
from lmstudio_lite.app.personas import Personas
from lmstudio_lite.app.prompts import PromptLibrary
from lmstudio_lite.app.train import Finetuning, TrainingProcess
from lmstudio_lite.app.training_tools import TrainingTools
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.documents.rewriter import DocumentRewriter
from lmstudio_lite.domain.conversations import BIN_DAYS
from lmstudio_lite.domain.engine import EngineClient, Running
from lmstudio_lite.domain.models import ModelFile, ModelPhase
from lmstudio_lite.engine.core.snapshots import SnapshotStore
from lmstudio_lite.errors import DataFolderOpenError, ModelFileError, NoModelError, StorageError
from lmstudio_lite.finetune.protocol import Event, Export
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.folder_lock import FolderLock
from lmstudio_lite.formats.formulas.drawing import FormulaDrawing
from lmstudio_lite.hub.connection import Connections
from lmstudio_lite.hub.ledger import Ledger
from lmstudio_lite.hub.tokens import Tokens
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.library.stores.foreign import foreign_places
from lmstudio_lite.library.stores.machine import this_machine
from lmstudio_lite.memory import available_memory_bytes
from lmstudio_lite.paths import Paths, ensure_writable, find_exposure
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.batch_answers import BatchAnswers
from lmstudio_lite.storage.chat_summaries import ChatSummaries
from lmstudio_lite.storage.composed_texts import ComposedTexts
from lmstudio_lite.storage.connections import ConnectionRows
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.downloads import DownloadRows
from lmstudio_lite.storage.drafts import Drafts
from lmstudio_lite.storage.folders import Folders
from lmstudio_lite.storage.glossaries import GlossaryRows
from lmstudio_lite.storage.imports import ConversationImports
from lmstudio_lite.storage.model_measures import ModelMeasures
from lmstudio_lite.storage.organizing import ConversationOrder
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.storage.prompts import PromptRows
from lmstudio_lite.storage.results import Results
from lmstudio_lite.storage.text_vectors import TextVectors
from lmstudio_lite.storage.translated_segments import RunRecord, TranslatedSegments
from lmstudio_lite.storage.translation_memory import MemoryRows
from lmstudio_lite.tasks.chat.reply import ChatTask
from lmstudio_lite.unsaved import UnsavedWork

if TYPE_CHECKING:
    from lmstudio_lite.app.glossaries import Glossaries
    from lmstudio_lite.app.knowledge import Knowledge
    from lmstudio_lite.app.models.converting import Converting
    from lmstudio_lite.app.models.hub import ModelHub
    from lmstudio_lite.app.models.keeping import Keeping
    from lmstudio_lite.app.models.parts import ModelParts
    from lmstudio_lite.app.models.recommending import Recommending
    from lmstudio_lite.app.translation_memory import TranslationMemories

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
            paths.models,
            lambda: [Path(folder) for folder in settings.value.model.folders],
            lambda: [Path(file) for file in settings.value.model.files],
            finetune_folders=lambda: sorted(paths.finetunes.glob("*/exports")),
            foreign_places=lambda: foreign_places(this_machine(), settings.value.model.stores_off),
            cache_file=paths.headers_file,
        )
        self.database = database
        self._keep_results(database)
        self._hold_models(database)
        self._hold_chats(database, keeps_snapshots=True)
        self._hold_network(database)
        settings.save_held_by(self._save_settings_soon)
        self.exposure: DataFolderOpenError | None = None
        """What the user is warned of: others can get at the data folder."""
        self._close = ExitStack()
        self._close_lock = threading.Lock()

    def _keep_results(self, database: Database) -> None:
        """Build what reads documents and keeps what is made of them, over ``database``."""
        settings = self.settings
        self.folders = Folders(database)
        self.results = Results(database)
        self.unsaved = UnsavedWork()
        self.part_cache = PartCache(database, self.unsaved)
        self.batch_answers = BatchAnswers(database, self.unsaved)
        self.translated_segments = TranslatedSegments(database)
        self.run_record = functools.partial(RunRecord, database, self.unsaved)
        self.reader = DocumentReader(kept_encoding=lambda path: kept_encoding(settings, path))
        self.rewriter = DocumentRewriter(kept_encoding=lambda path: kept_encoding(settings, path))
        self.formulas = FormulaDrawing()
        self.jobs = Jobs()
        self.profiles = Profiles(database)
        self.prompts = PromptLibrary(database)
        self.composed_texts = ComposedTexts(database)
        self.notes = Notes(database, self.library, self.jobs)
        self.temporary: dict[str, Services] = {}
        """What works with chats that are never written, by their ids; see ``at``."""

    def _hold_models(self, database: Database) -> None:
        """Build what says how models are loaded, fit and are trained, over ``database``."""
        paths, settings = self.paths, self.settings
        self.load_profiles = LoadProfiles(paths, settings, self.profiles.of, self.profiles.fingerprint)
        facts, measures = FactsOfFiles(), ModelMeasures(database)
        forecasts = self.forecasts = SpeedForecasts(self.load_profiles, facts, measures)
        self.fitting = Fitting(self.load_profiles, facts, forecasts, self._available_bytes)
        self.fit_records = FitRecords(
            self.fitting,
            forecasts,
            facts,
            measures,
            lambda work: self.jobs.start(lambda context: work(), lane="measures"),
        )
        self.training_tools = TrainingTools(paths.training_tools)
        self.finetuning = Finetuning(paths.finetunes, self._start_training)
        self._isolation: Isolation = settings.value.engine.isolation
        self.embedding = EmbeddingModel(
            self.library, self.load_profiles, self.fitting, settings, lambda: _open_engine(self._isolation)
        )

    def _hold_network(self, database: Database) -> None:
        """Build what fetches models when it is asked to; what was sent is kept in ``database``."""
        paths, settings = self.paths, self.settings
        self.connections = Connections(Ledger(ConnectionRows(database)))
        self.tokens = Tokens(paths.tokens_file, settings)
        self.fetching = Fetching(
            DownloadRows(database),
            self.connections,
            settings,
            token_for=lambda file: self.hub.token_for(file.url),
        )

    def _hold_chats(self, database: Database, *, keeps_snapshots: bool) -> None:
        """Build all that keeps conversations, over ``database``."""
        self.chat_database = database
        self.conversations = Conversations(database)
        self.conversation_order = ConversationOrder(database)
        self.chat_imports = ConversationImports(database)
        self.drafts = Drafts(database)
        self.personas = Personas(database, self.library, self.profiles)
        self.turn_summaries = ChatSummaries(database)
        self.meanings = Meanings(self.embedding, self.settings, TextVectors(database), self._is_writing)
        self.chat = ChatTask(
            self.engine,
            self.conversations,
            self.settings,
            self.unsaved,
            self.profiles.of,
            self.personas,
            self.turn_summaries,
            self.part_cache,
            self.meanings,
            keeps_snapshots=keeps_snapshots,
        )

    def _is_writing(self) -> bool:
        state = self.engine.state
        return state.num_active + state.num_waiting > 0

    def at(self, conversation_id: str) -> Services:
        """Return what works with a conversation: this, or what works with one that is never written."""
        return self.temporary.get(conversation_id, self)

    def in_memory(self) -> Services:
        """Return the same parts, but with conversations that are kept in memory only."""
        twin = copy.copy(self)
        database = Database.in_memory()
        twin.part_cache = PartCache(database, self.unsaved)
        twin._hold_chats(database, keeps_snapshots=False)
        return twin

    def _close_temporary(self) -> None:
        while self.temporary:
            self.temporary.popitem()[1].chat_database.close()

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
            services = cls(paths, settings, engine, database)
            stack.callback(engine.subscribe(services.load_profiles.on_state))
            stack.callback(engine.subscribe(services.notes.on_state))
            stack.callback(engine.subscribe(services.fit_records.on_state))
            services.exposure = find_exposure(paths)
            services._isolation = isolation or settings.value.engine.isolation
            stack.callback(services.embedding.close)
            stack.callback(services.connections.close)
            stack.callback(services.fetching.close)
            stack.callback(services._close_temporary)
            stack.callback(services.unsaved.close)
            stack.callback(services._save_settings)
            stack.callback(services.jobs.close)
            stack.callback(services.formulas.close)
            stack.callback(services.finetuning.close)
            if exclusive:
                services._tidy()
            services._close = stack.pop_all()
            return services

    @functools.cached_property
    def hub(self) -> ModelHub:
        """Made when it is first asked for, like the four below: a window opens without them.

        Two threads that ask at once may be given one each: what they keep lies in their parts.
        """
        from lmstudio_lite.app.models.hub import ModelHub

        return ModelHub(self.connections, self.tokens, self.settings, self.paths.models)

    @functools.cached_property
    def recommending(self) -> Recommending:
        from lmstudio_lite.app.models.recommending import Recommending

        return Recommending(self.fitting, self.library, self.paths.models, lambda: self.hub.endpoint)

    @functools.cached_property
    def keeping(self) -> Keeping:
        from lmstudio_lite.app.models.keeping import Keeping

        return Keeping(self.library, self.settings, self.engine, self.paths.models, lambda: this_machine())

    @functools.cached_property
    def knowledge(self) -> Knowledge:
        from lmstudio_lite.app.knowledge import Knowledge

        return Knowledge(self.database, self.reader, self.meanings)

    @functools.cached_property
    def glossaries(self) -> Glossaries:
        from lmstudio_lite.app.glossaries import Glossaries

        return Glossaries(self.database)

    @functools.cached_property
    def memories(self) -> TranslationMemories:
        from lmstudio_lite.app.translation_memory import TranslationMemories

        return TranslationMemories(self.database, self.unsaved)

    @functools.cached_property
    def converting(self) -> Converting:
        from lmstudio_lite.app.models.converting import Converting

        return Converting(self.reader, self.paths.models)

    @functools.cached_property
    def model_parts(self) -> ModelParts:
        from lmstudio_lite.app.models.parts import ModelParts

        return ModelParts(self.library, self.paths.models, lambda: this_machine())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End jobs, engine and database, in this order. Idempotent; waits for running jobs.

        What waits to be saved is tried once more when the jobs have ended.
        """
        with self._close_lock:
            self._close.close()

    def close_first(self, close: Callable[[], None]) -> None:
        """Have ``close`` called before anything else of this ends."""
        self._close.callback(close)

    def load_model(
        self, path: Path | None = None, running: Running = Running.FINISH, *, anyway: bool = False
    ) -> ModelFile:
        """Start loading ``path``, or the chosen, the starter or the first model; watch ``engine.state``.

        Requests that run on another model are finished first, or cancelled. With ``anyway`` a model that is
        too large is tried all the same. Reads the file's header, so not for the GUI thread.

        Raises:
            NoModelError: there is no model at all.
            ModelNotFoundError, ModelFileError: the file is gone or no usable GGUF.
            ModelTooLargeError: it does not fit into the memory that is free now.
        """
        file = self.library.describe(path or self.default_model_path())
        if file.is_embedding:
            raise ModelFileError(path=str(file.path), reason="embeds_only")
        options = self.load_profiles.options_for(file.path)
        if not anyway and not self._is_loaded(file.path):
            self.fitting.check(file.path)
        self.engine.load_model(file.path, options, running)
        return file

    def run_normally(self, path: Path) -> None:
        """Forget that a model must run cautiously, and load it again if it is in use.

        Raises:
            StorageError: the settings can't be saved.
        """
        self.load_profiles.forget_rung(path)
        self._load_again(path)

    def measure_again(self, path: Path) -> None:
        """Forget what was measured of a model, and load it again if it is in use."""
        self.load_profiles.forget_measured(path)
        self._load_again(path)

    def default_model_path(self) -> Path:
        """Return the model to load when nobody says which. Raises ``NoModelError`` when there is none."""
        chosen = self.settings.value.model.path
        if chosen:
            return Path(chosen)
        starter = self.library.starter_path()
        if starter is not None:
            return starter
        entries = self.library.list()
        usable = (entry.path for entry in entries if entry.file is not None and not entry.file.is_embedding)
        first = next(usable, None)
        if first is None:
            raise NoModelError
        return first

    def _is_loaded(self, path: Path) -> bool:
        """Tell whether the memory that is free now is already without this model's share."""
        state = self.engine.state
        return state.phase is ModelPhase.READY and state.path == path

    def _load_again(self, path: Path) -> None:
        if self.engine.state.path == path:
            self.engine.load_model(path, self.load_profiles.options_for(path), Running.FINISH)

    def _available_bytes(self) -> int:
        """Return what a model may take of the machine's memory in place of the one in use.

        The pages of a mapped file count as free already.
        """
        state, model = self.engine.state, self.engine.state.model
        if model is None or model.taken is None or state.phase is not ModelPhase.READY:
            return available_memory_bytes()
        taken = model.taken
        return available_memory_bytes() + taken.kv_bytes + taken.compute_bytes + taken.rearranged_bytes

    def purge_conversations(self, older_than_days: int) -> int:
        """Remove conversations that were deleted so many days ago, and their snapshots; return how many.

        Raises:
            StorageError: they can't be removed.
        """
        gone = self.conversations.purge_deleted(older_than_days)
        SnapshotStore(self.paths.snapshots, 0).forget(gone)
        return len(gone)

    def _save_settings_soon(self) -> None:
        self.jobs.start(lambda context: self._save_settings(), lane="settings")

    def _save_settings(self) -> None:
        try:
            self.settings.save()
        except StorageError as error:
            log.warning("the settings could not be saved yet: %s", error)

    def _start_training(
        self, folder: RunFolder, on_event: Callable[[Event], None], export: Export | None
    ) -> TrainingProcess:
        from lmstudio_lite.finetune.client import TrainingClient

        return TrainingClient(folder, on_event, self.training_tools.search_path(), export)

    def _tidy(self) -> None:
        num_interrupted = self.conversations.recover_interrupted()
        if num_interrupted:
            log.info("%d replies were interrupted when the program last ended", num_interrupted)
        self.purge_conversations(BIN_DAYS)
        self.results.purge_deleted()
        self.part_cache.shrink()
        self.batch_answers.shrink()
        PromptRows(self.database).purge_deleted()
        GlossaryRows(self.database).purge_deleted()
        MemoryRows(self.database).purge_deleted()


def _open_engine(isolation: Isolation) -> EngineClient:
    from lmstudio_lite.engine.client.client import ThreadClient, WorkerClient

    return WorkerClient() if isolation == "process" else ThreadClient()
