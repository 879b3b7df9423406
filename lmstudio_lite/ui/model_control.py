"""Which model is wanted, how it is doing, and why it can't be used: one answer for the whole window.

Refusals before loading (no model, broken file, too large) come from ``Services.load_model``; failures
while loading and restarts come with the engine's state. Both end up in ``error``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.engine import Running
from lmstudio_lite.domain.fit import MeasuredLoad, ModelFit
from lmstudio_lite.domain.generation import AdapterUse
from lmstudio_lite.domain.models import EngineState, LoadedModel, ModelFile, ModelPhase
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile
from lmstudio_lite.errors import AppError, EngineCrashLoopError, ModelLoadError, error_from_code
from lmstudio_lite.library.models import ModelEntry
from lmstudio_lite.settings import ModelSettings
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.words import say_parameters

_LANE = "model"


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A file of the library and what it would mean here; ``fit`` is None for a file that can't be used."""

    entry: ModelEntry
    fit: ModelFit | None
    profile: ModelProfile = NO_PROFILE


_NOT_LOADED = frozenset((ModelLoadError.code, EngineCrashLoopError.code))


class ModelControl(QObject):
    """Loads and chooses models in the background. Lives on the GUI thread."""

    changed = Signal()
    choices_listed = Signal(object)  # list[ModelChoice]

    def __init__(self, services: Services, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self.state: EngineState = services.engine.state
        self.error: Exception | None = None
        self.path: Path | None = self.state.path
        self.file: ModelFile | None = None
        self.profile = NO_PROFILE
        """What was decided for the model in use."""
        self.is_checking = False
        self._worked: Path | None = None
        self._settings_before: ModelSettings | None = None
        self._is_going_back = False
        bridge.engine_state_changed.connect(self._on_engine_state_changed)

    @property
    def name(self) -> str:
        """Return the wanted model's name as the library shows it, "" if there is none."""
        if self.file is not None and self.file.path == self.path:
            return self.file.name
        if self.state.model is not None:
            return self.state.model.name
        return self.path.stem if self.path else ""

    @property
    def context_size_asked(self) -> int:
        """Return the context size in tokens that the user asks for, 0 where it is automatic."""
        return self.profile.context_size or self._services.settings.value.model.context_size

    @property
    def about(self) -> str:
        """Return name, parameters and quantization of the model in use, as far as they are known."""
        file = self.file if self.file is not None and self.file.path == self.path else None
        if file is None:
            return self.name
        return " · ".join(filter(None, (self.name, say_parameters(file.num_parameters), file.quantization)))

    def load(self, path: Path | None = None) -> None:
        """Load ``path``, or the chosen, the starter or the first model."""
        self._run(lambda context: self._services.load_model(path))

    def load_anyway(self, path: Path) -> None:
        """Use a model from now on that is too large for the memory that is free."""
        self.choose(path, anyway=True)

    def load_of(self, model: LoadedModel) -> MeasuredLoad | None:
        """Return what was promised of a loaded model and what it took, None while that is not known."""
        return self._services.fit_records.load_of(model)

    def load_named(self, name: str) -> None:
        """Load the model that a path, file name or part of a name means; "" is the default."""
        services = self._services
        self._run(lambda context: services.load_model(services.library.resolve(name) if name else None))

    @property
    def is_busy(self) -> bool:
        """Whether requests run or wait on a model that is ready."""
        state = self.state
        return state.phase is ModelPhase.READY and state.num_active + state.num_waiting > 0

    @property
    def adapter(self) -> AdapterUse | None:
        """Return the adapter that chats use on the wanted model, None for none."""
        chosen = self._services.settings.value.model
        if not chosen.adapter or self.path is None or Path(chosen.adapter_base) != self.path:
            return None
        return AdapterUse(Path(chosen.adapter), chosen.adapter_strength)

    def turn_adapter_off(self) -> None:
        """Let chats use the model as it is, from the next message on; nothing is loaded anew."""
        settings = self._services.settings

        def work(context: JobContext) -> None:
            settings.update("model", adapter="", adapter_base="", adapter_strength=1.0)

        self._bridge.run(
            work, on_done=lambda _none: self.changed.emit(), on_failed=self._on_refused, lane=_LANE
        )

    def choose(
        self,
        path: Path,
        running: Running = Running.FINISH,
        adapter: AdapterUse | None = None,
        *,
        anyway: bool = False,
    ) -> None:
        """Load ``path`` now and at every start from now on; ``running``: what becomes of running work.

        Chats use it with ``adapter``; choosing it without one takes an earlier one off.
        """

        def work(context: JobContext) -> ModelFile:
            file = self._services.load_model(path, running, anyway=anyway)
            self._settings_before = self._services.settings.value.model
            self._services.settings.update("model", path=str(path), **_adapter_settings(path, adapter))
            return file

        self._run(work)

    def profile_kept(self, path: Path, profile: ModelProfile, *, is_load_wanted: bool) -> None:
        """Hear that something else was decided for a model; load one in use again where that is wanted."""
        if path != self.path:
            return
        self.profile = profile
        if is_load_wanted:
            self.load(path)
        else:
            self.changed.emit()

    def measure_again(self, path: Path) -> None:
        """Measure anew what is fastest for a model."""
        self._bridge.run(lambda context: self._services.measure_again(path), lane=_LANE)

    def run_normally(self, path: Path) -> None:
        """Forget that a model must run cautiously."""
        self._bridge.run(
            lambda context: self._services.run_normally(path), on_failed=self._on_refused, lane=_LANE
        )

    def add(self, path: Path, running: Running = Running.FINISH) -> None:
        """Choose a file from anywhere and list it from now on; a file that can't be used changes nothing."""

        def work(context: JobContext) -> ModelFile:
            services = self._services
            file = services.load_model(path, running)
            chosen = self._settings_before = services.settings.value.model
            folders = (services.paths.models, *map(Path, chosen.folders))
            is_known = str(path) in chosen.files or any(folder in path.parents for folder in folders)
            services.settings.update(
                "model",
                path=str(path),
                files=chosen.files if is_known else (*chosen.files, str(path)),
                **_adapter_settings(path, None),
            )
            return file

        self._run(work)

    def list_choices(self) -> None:
        """Read the library; ``choices_listed`` follows."""
        services = self._services

        def work(context: JobContext) -> list[ModelChoice]:
            decided = services.profiles.names()
            entries = services.library.list()
            return [_choice(entry, services, is_decided=entry.name in decided) for entry in entries]

        self._bridge.run(work, on_done=self.choices_listed.emit, lane="library")

    def _go_back(self, failed_path: Path | None) -> None:
        """Take the model that worked before one that turned out not to load; what was wrong stays said."""
        worked, services = self._worked, self._services
        self._is_going_back = worked is not None and worked != failed_path
        if not self._is_going_back:
            return

        def work(context: JobContext) -> tuple[ModelFile, ModelProfile]:
            before = self._settings_before
            if before is not None:
                adapter = (before.adapter, before.adapter_base, before.adapter_strength)
                names = ("adapter", "adapter_base", "adapter_strength")
                services.settings.update("model", path=before.path, **dict(zip(names, adapter, strict=True)))
            file = services.load_model(worked)
            return file, services.profiles.decided(file.path)

        self._bridge.run(work, on_done=self._on_checked, on_failed=self._on_refused, lane=_LANE)

    def _run(self, work: Callable[[JobContext], ModelFile]) -> None:
        profiles = self._services.profiles

        def load(context: JobContext) -> tuple[ModelFile, ModelProfile]:
            file = work(context)
            return file, profiles.decided(file.path)

        self.error = None
        self.is_checking = True
        self.changed.emit()
        self._bridge.run(
            load,
            on_done=self._on_checked,
            on_failed=self._on_refused,
            on_cancelled=self._on_cancelled,
            lane=_LANE,
        )

    def _on_checked(self, found: tuple[ModelFile, ModelProfile]) -> None:
        self.is_checking = False
        self.file, self.profile = found
        self.path = self.file.path
        self.changed.emit()

    def _on_refused(self, error: Exception) -> None:
        self.is_checking = False
        self.error = error
        self.changed.emit()

    def _on_cancelled(self) -> None:
        self.is_checking = False
        self.changed.emit()

    @Slot(object)
    def _on_engine_state_changed(self, state: EngineState) -> None:
        before, self.state = self.state, state
        if state.phase is ModelPhase.FAILED and state.failure is not None:
            self.error = error_from_code(state.failure.code, state.failure.details)
            if state.failure.code in _NOT_LOADED:
                self._go_back(state.path)
        elif state.phase is ModelPhase.READY and before.phase is not ModelPhase.READY:
            if self._is_going_back:
                self._is_going_back = False
            else:
                self.error = None
        if state.phase is ModelPhase.READY:
            self._worked = state.path
        if state.path is not None:
            self.path = state.path
        self.changed.emit()


def _adapter_settings(path: Path, adapter: AdapterUse | None) -> dict[str, object]:
    if adapter is None:
        return {"adapter": "", "adapter_base": "", "adapter_strength": 1.0}
    return {
        "adapter": str(adapter.path),
        "adapter_base": str(path),
        "adapter_strength": adapter.strength,
    }


def _choice(entry: ModelEntry, services: Services, *, is_decided: bool) -> ModelChoice:
    if entry.file is None:
        return ModelChoice(entry, None)
    profile = services.profiles.decided(entry.path) if is_decided else NO_PROFILE
    try:
        return ModelChoice(entry, services.fitting.fit(entry.path), profile)
    except AppError:
        return ModelChoice(entry, None, profile)  # It has changed since it was listed; loading says how.
