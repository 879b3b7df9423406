"""What a model would take of this machine and how fast it would be, before it is loaded or even here.

By formula from a header's facts, at once; llama.cpp itself is asked (``ask``) in a worker process where a
file is here and half a second may pass. Promises are held against what a load then took, and a speed that
was foretold gives way to the one measured in real use (``FitRecords``).
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lmstudio_lite.app.load_profile import LoadProfiles
from lmstudio_lite.app.models.forecasting import SpeedForecasts
from lmstudio_lite.app.models.model_facts import FactsOfFiles, FileState, file_state
from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.fit import FitVerdict, MemoryNeed, ModelFacts, ModelFit, RunSizes, Speed
from lmstudio_lite.domain.models import KvType, LoadedModel, Tuning
from lmstudio_lite.domain.profiles import ModelProfile
from lmstudio_lite.engine.llama.asking import ask_devices, ask_needs
from lmstudio_lite.engine.llama.sizing import ModelShape, plan_sizes
from lmstudio_lite.engine.llama.tuning_limits import cautious, default_tuning, fitting_cache
from lmstudio_lite.errors import AppError, ModelTooLargeError
from lmstudio_lite.library.fit.judging import FreeMemory, judge
from lmstudio_lite.library.fit.layers import has_state, number
from lmstudio_lite.library.fit.need import memory_need
from lmstudio_lite.library.hardware import describe_hardware

_DEVICES_KEPT_S = 30.0
_ANSWERS_MAX = 500


class Fitting:
    """Thread-safe. Reads files, so not for the GUI thread."""

    def __init__(
        self,
        profiles: LoadProfiles,
        facts: FactsOfFiles,
        forecasts: SpeedForecasts,
        available_bytes: Callable[[], int],
    ) -> None:
        """``available_bytes`` is what a model may take of the machine's memory in place of the one in use."""
        self._profiles = profiles
        self._facts = facts
        self._forecasts = forecasts
        self._available_bytes = available_bytes
        self._lock = threading.Lock()
        self._answers: dict[tuple[FileState, RunSizes], MemoryNeed] = {}
        self._gpus: tuple[float, tuple[tuple[str, int], ...]] = (-_DEVICES_KEPT_S, ())

    def fit(
        self,
        model: Path | ModelFacts,
        context_size: int = 0,
        kv_type: KvType | None = None,
        *,
        adapter: Path | None = None,
        projector: Path | None = None,
        profile: ModelProfile | None = None,
    ) -> ModelFit:
        """Say what ``model`` would take and whether that is free now, by what is known without asking.

        ``context_size`` (tokens) 0 and ``kv_type`` None are what the program would choose itself. ``profile``
        takes the place of what was decided for the model. Takes milliseconds, except where graphics cards
        must be looked for first.

        Raises:
            ModelNotFoundError, ModelFileError: a file is gone or no usable GGUF.
        """
        return self._fit(model, context_size, kv_type, adapter, projector, profile, is_asked=False)

    def ask(
        self,
        path: Path,
        context_size: int = 0,
        kv_type: KvType | None = None,
        *,
        adapter: Path | None = None,
        projector: Path | None = None,
        profile: ModelProfile | None = None,
    ) -> ModelFit:
        """Like ``fit``, with llama.cpp's own figures; waits about half a second the first time.

        Raises:
            ModelNotFoundError, ModelFileError, ModelLoadError: the file is gone, or llama.cpp can't use it.
        """
        return self._fit(path, context_size, kv_type, adapter, projector, profile, is_asked=True)

    def speed(self, model: Path | ModelFacts, context_size: int = 0) -> Speed | None:
        """Return how fast ``model`` is in real use or, if that is not known, how fast it should be here.

        None until something was measured on this machine with any model. ``context_size`` tokens are taken as
        half full.

        Raises:
            ModelNotFoundError, ModelFileError: the file is gone or no usable GGUF.
        """
        facts = self._facts.of(model) if isinstance(model, Path) else model
        return self._forecasts.speed(model if isinstance(model, Path) else None, facts, context_size)

    def check(self, path: Path, context_size: int = 0) -> None:
        """Raise ``ModelTooLargeError`` with the numbers if the model does not fit; llama.cpp is asked first.

        Raises:
            ModelNotFoundError, ModelFileError: the file is gone or no usable GGUF.
        """
        found = self.fit(path, context_size)
        if found.verdict is not FitVerdict.TOO_LARGE:
            return
        with contextlib.suppress(AppError):  # What is wrong with the file is said when it is loaded.
            found = self.ask(path, context_size)
        if found.verdict is FitVerdict.TOO_LARGE:
            raise ModelTooLargeError(
                path=str(path),
                needed_bytes=found.need.total_bytes,
                available_bytes=found.available_bytes,
            )

    def promised_bytes(self, model: LoadedModel) -> int:
        """Return what would have been promised of a model that is loaded as it is.

        Raises:
            ModelNotFoundError, ModelFileError: the file is gone or no usable GGUF.
        """
        tuning = model.tuning or default_tuning(LoadOptions(), 0)
        sizes = RunSizes(
            context_size=model.context_size,
            kv_type=tuning.kv_type,
            flash_attention=tuning.flash_attention,
            micro_batch_size=min(tuning.micro_batch_size, model.batch_size),
            num_sequences=model.num_sequence_ids,
            num_gpu_layers=tuning.num_gpu_layers,
        )
        state = file_state(model.path)
        with self._lock:
            answer = self._answers.get((state, sizes))
        return (answer or memory_need(self._facts.of(model.path), sizes)).total_bytes

    def _fit(
        self,
        model: Path | ModelFacts,
        context_size: int,
        kv_type: KvType | None,
        adapter: Path | None,
        projector: Path | None,
        profile: ModelProfile | None,
        *,
        is_asked: bool,
    ) -> ModelFit:
        path = model if isinstance(model, Path) else None
        facts = self._facts.of(model) if isinstance(model, Path) else model
        options = self._profiles.options_for(path, profile)
        options = replace(
            options,
            context_size=context_size or options.context_size,
            kv_type=kv_type or options.kv_type,
        )
        free = FreeMemory(self._available_bytes(), self._free_gpus(options))
        num_layers = number(facts, "block_count")
        sizes = self._sizes(path, facts, options, free)
        if free.gpus:
            planned = judge(
                memory_need(facts, sizes),
                free,
                num_layers=num_layers,
                num_gpu_layers_max=options.num_gpu_layers,
            )
            sizes = replace(sizes, num_gpu_layers=planned.num_gpu_layers)
        need, is_exact = self._need(path, facts, sizes, is_asked=is_asked)
        need = replace(
            need,
            adapter_bytes=self._facts.of(adapter).weights_bytes if adapter else 0,
            projector_bytes=self._facts.of(projector).weights_bytes if projector else 0,
        )
        found = judge(
            need,
            free,
            num_layers=num_layers,
            num_gpu_layers_max=options.num_gpu_layers,
        )
        return ModelFit(
            verdict=found.verdict,
            need=need,
            context_size=sizes.context_size,
            kv_type=sizes.kv_type,
            available_bytes=found.available_bytes,
            devices=found.devices,
            is_exact=is_exact,
            speed=self._forecasts.speed(path, facts, sizes.context_size),
        )

    def _need(
        self, path: Path | None, facts: ModelFacts, sizes: RunSizes, *, is_asked: bool
    ) -> tuple[MemoryNeed, bool]:
        if path is None:
            return memory_need(facts, sizes), False
        key = (file_state(path), sizes)
        with self._lock:
            known = self._answers.get(key)
        if known is not None:
            return known, True
        if not is_asked:
            return memory_need(facts, sizes), False
        answer = ask_needs(path, [sizes])[0]
        with self._lock:
            self._answers = dict(list(self._answers.items())[-_ANSWERS_MAX:]) | {key: answer}
        return answer, True

    def _sizes(
        self, path: Path | None, facts: ModelFacts, options: LoadOptions, free: FreeMemory
    ) -> RunSizes:
        """Plan as the engine does when it loads the model (``engine.llama.sizing``)."""
        shape = _shape(facts)
        tuning = fitting_cache(self._tuning(path, options), shape)
        on_gpu = bool(free.gpus)
        planned = plan_sizes(
            shape,
            options,
            free_bytes=sum(size for _, size in free.gpus)
            if on_gpu
            else free.main_bytes - facts.weights_bytes,
            flash_attention=tuning.flash_attention,
            kv_type=tuning.kv_type,
            on_gpu=on_gpu,
        )
        return RunSizes(
            context_size=planned.context_size,
            kv_type=tuning.kv_type,
            flash_attention=tuning.flash_attention,
            micro_batch_size=min(planned.micro_batch_size, tuning.micro_batch_size),
            num_sequences=planned.num_sequence_ids,
        )

    def _tuning(self, path: Path | None, options: LoadOptions) -> Tuning:
        measured = self._profiles.measured_here(path) if path is not None else None
        return cautious(measured or default_tuning(options, 0), options)

    def _free_gpus(self, options: LoadOptions) -> tuple[tuple[str, int], ...]:
        if options.num_gpu_layers == 0 or not describe_hardware().gpus:
            return ()
        with self._lock:
            asked_at, found = self._gpus
            if time.monotonic() - asked_at < _DEVICES_KEPT_S:
                return found
        try:
            found = tuple((device.name, device.free_bytes) for device in ask_devices())
        except AppError:
            found = ()  # An engine that can't be started uses no graphics card.
        with self._lock:
            self._gpus = (time.monotonic(), found)
        return found


def _shape(facts: ModelFacts) -> ModelShape:
    num_heads = max(1, number(facts, "attention.head_count"))
    embedding_length = number(facts, "embedding_length")
    key_length = number(facts, "attention.key_length") or embedding_length // num_heads
    return ModelShape(
        weights_bytes=facts.weights_bytes,
        num_layers=number(facts, "block_count") + 1,
        num_heads=num_heads,
        num_kv_heads=number(facts, "attention.head_count_kv") or num_heads,
        key_length=key_length,
        value_length=number(facts, "attention.value_length") or key_length,
        embedding_length=embedding_length,
        vocabulary_size=facts.vocabulary_size,
        trained_context=number(facts, "context_length"),
        has_state=has_state(facts),
    )
