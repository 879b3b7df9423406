"""What is remembered of a model on this machine: how cautiously it must run, and what is fastest.

Rungs live in the settings, with the machine they belong to, so that a data folder on a stick does not
slow another machine down; measurements in the cache folder. Both belong to a model's content: a moved model
keeps them, and another one in its place does not get them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.fit import MachineCosts
from lmstudio_lite.domain.generation import Sampling
from lmstudio_lite.domain.models import EngineState, KvType, ModelPhase, Rung, Tuning
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile
from lmstudio_lite.engine.client.ladder import is_lasting
from lmstudio_lite.engine.llama.tuning_store import Entry, TuningStore
from lmstudio_lite.errors import StorageError
from lmstudio_lite.library.hardware import describe_hardware
from lmstudio_lite.paths import Paths
from lmstudio_lite.settings import Settings, SettingsStore

log = logging.getLogger(__name__)
_SWITCH = {"on": True, "off": False}


class LoadProfiles:
    """Thread-safe, like the settings and files behind it."""

    def __init__(
        self,
        paths: Paths,
        settings: SettingsStore,
        profile_of: Callable[[Path], ModelProfile],
        content_of: Callable[[Path], str],
    ) -> None:
        """``profile_of`` returns what was decided for the model at a path; it holds before the settings.

        ``content_of`` names the content of the file at a path, "" where that can't be read.
        """
        self._paths = paths
        self._settings = settings
        self._profile_of = profile_of
        self._content_of = content_of
        self._store = TuningStore(paths.tuning_file)

    def options_for(self, path: Path | None, profile: ModelProfile | None = None) -> LoadOptions:
        """Return how to load a model here, as the user and experience have it; None: it is not here.

        ``profile`` takes the place of what was decided for it so far.
        """
        settings = self._settings.value
        engine, machine = settings.engine, machine_name()
        if profile is None:
            profile = self._profile_of(path) if path is not None else NO_PROFILE
        profile = profile.over(_default_profile(settings))
        return LoadOptions(
            context_size=profile.context_size,
            num_threads=profile.num_threads,
            num_gpu_layers=profile.num_gpu_layers,
            flash_attention=profile.flash_attention,
            micro_batch_size=profile.micro_batch_size,
            kv_type=profile.kv_type,
            chat_template=profile.template,
            sampling=_makers_sampling(path) if path is not None else Sampling(),
            rung=self.rung_of(path) if path is not None else Rung.NORMAL,
            snapshot_folder=self._paths.snapshots,
            snapshot_limit_bytes=engine.snapshot_limit_mb << 20,
            tuning_path=self._paths.tuning_file if engine.measures else None,
            machine=machine,
            hang_s=float(engine.hang_after_s),
            unload_after_s=60.0 * engine.unload_after_minutes,
        )

    def rung_of(self, path: Path) -> Rung:
        """Return the rung that a model needed on this machine, ``NORMAL`` if none is known."""
        engine = self._settings.value.engine
        known = engine.rungs.get(self._key(path), "") if engine.rungs_machine in ("", machine_name()) else ""
        return Rung(known) if known in set(Rung) else Rung.NORMAL

    def on_state(self, state: EngineState) -> None:
        """Remember a rung that helped; a listener of the engine."""
        if state.phase is not ModelPhase.READY or state.path is None or not state.rung_helps:
            return
        if is_lasting(state.rung) and self.rung_of(state.path) is not state.rung:
            try:
                self._save(state.path, state.rung)
            except StorageError as error:
                log.warning("the engine's rung could not be remembered: %s", error)

    def forget_rung(self, path: Path) -> None:
        """Let a model run normally again from its next load on.

        Raises:
            StorageError: the settings can't be saved.
        """
        self._save(path, Rung.NORMAL)

    def measured(self, path: Path) -> list[Entry]:
        """Return what was measured of a model, here and elsewhere."""
        return [entry for entry in self._of_model(path) if entry.tuning is not None]

    def measured_here(self, path: Path) -> Tuning | None:
        """Return what is fastest for a model by the latest measurement on this machine, None without any."""
        machine = machine_name()
        found = [entry.tuning for entry in self._of_model(path) if entry.machine == machine]
        return found[-1] if found else None

    def paces(self) -> list[Entry]:
        """Return what was measured on this machine with any model, the latest last."""
        return self._store.of_machine(machine_name())

    def type_costs(self) -> MachineCosts | None:
        """Return what quantization types cost on this machine, None before that was measured."""
        return self._store.costs(machine_name())

    def forget_measured(self, path: Path) -> None:
        """Let a model's next load measure anew."""
        if content := self._content_of(path):
            self._store.forget(content)

    def _of_model(self, path: Path) -> list[Entry]:
        content = self._content_of(path)
        return self._store.of_model(content) if content else []

    def _key(self, path: Path) -> str:
        """Return what a rung is remembered by; one of a file that can't be read is of no use, but is told."""
        return self._content_of(path) or str(path)

    def _save(self, path: Path, rung: Rung) -> None:
        engine, machine = self._settings.value.engine, machine_name()
        known = engine.rungs if engine.rungs_machine in ("", machine) else {}
        key = self._key(path)
        rungs = {name: value for name, value in known.items() if name not in (key, str(path))}
        if rung is not Rung.NORMAL:
            rungs[key] = rung.value
        self._settings.update("engine", rungs=rungs, rungs_machine=machine)


def _default_profile(settings: Settings) -> ModelProfile:
    """Return what the settings decide for every model that has nothing of its own."""
    engine, model = settings.engine, settings.model
    return ModelProfile(
        context_size=model.context_size or None,
        kv_type=None if engine.kv_type == "auto" else KvType(engine.kv_type),
        num_threads=model.num_threads or None,
        num_gpu_layers=None if engine.gpu_layers < 0 else engine.gpu_layers,
        flash_attention=_SWITCH.get(engine.flash_attention),
        micro_batch_size=engine.micro_batch_size or None,
    )


def _makers_sampling(path: Path) -> Sampling:
    # Imported late: the catalog, for which the window's first sight need not wait.
    from lmstudio_lite.library.catalog import makers_sampling

    return makers_sampling(path) or Sampling()


def machine_name() -> str:
    """Name this machine by what speed and crashes depend on."""
    found = describe_hardware()
    gigabytes = round(found.memory_bytes / 1e9)
    return "|".join((found.cpu_name, str(found.num_physical_cores), f"{gigabytes} GB", *found.gpus))
