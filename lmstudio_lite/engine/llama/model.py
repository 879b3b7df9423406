"""``Model`` on llama.cpp: weights, tokenizer and adapters of a GGUF file, and the contexts on them."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import llama_cpp
import psutil

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import Sampling
from lmstudio_lite.domain.models import KvType, LoadedModel, Tuning
from lmstudio_lite.engine.llama import log as llama_log
from lmstudio_lite.engine.llama.abort import AbortFlag
from lmstudio_lite.engine.llama.buffers import taken_memory
from lmstudio_lite.engine.llama.context import LlamaContext, StreamsContext, open_streams, open_unified
from lmstudio_lite.engine.llama.probe import LlamaProbe
from lmstudio_lite.engine.llama.refusal import context_error
from lmstudio_lite.engine.llama.sizing import gpu_layer_steps
from lmstudio_lite.engine.llama.tokenizer import Tokenizer
from lmstudio_lite.engine.llama.trial_model import TrialModel
from lmstudio_lite.engine.llama.tuning_limits import (
    cautious,
    default_tuning,
    fitting_cache,
    needs_context,
    useful_rungs,
)
from lmstudio_lite.engine.llama.tuning_store import TuningStore, identify
from lmstudio_lite.engine.llama.weights import Weights, plan_layers
from lmstudio_lite.errors import ModelFileError, ModelLoadError, ModelNotFoundError
from lmstudio_lite.fingerprint import fingerprint
from lmstudio_lite.memory import available_memory_bytes

_logger = logging.getLogger(__name__)
_RECOMMENDED: dict[str, tuple[str, type[int] | type[float]]] = {
    "temp": ("temperature", float),
    "top_k": ("top_k", int),
    "top_p": ("top_p", float),
    "min_p": ("min_p", float),
    "xtc_probability": ("xtc_probability", float),
    "xtc_threshold": ("xtc_threshold", float),
    "penalty_last_n": ("repeat_last_n", int),
    "penalty_repeat": ("repeat_penalty", float),
    "mirostat": ("mirostat", int),
    "mirostat_tau": ("mirostat_tau", float),
    "mirostat_eta": ("mirostat_eta", float),
}
"""What a GGUF's ``general.sampling.*`` may recommend, and our field for it."""


class LlamaModel:
    """A GGUF model loaded through llama.cpp. Made by ``load_llama``."""

    def __init__(
        self,
        path: Path,
        options: LoadOptions,
        progress: Callable[[float], bool],
        remembered: Tuning | None = None,
    ) -> None:
        """Load ``path``; see ``ModelLoader``. ``remembered`` is what was measured on this machine."""
        self._path, self._options = path, options
        self._abort = AbortFlag()
        self._loaded: Weights | None = None
        self._unified: LlamaContext | None = None
        self._tuning: Tuning
        self._weights_lines: list[str] = []
        used_before = psutil.Process().memory_info().rss
        try:
            self._load(progress, remembered)
        except BaseException:
            self.close()
            raise
        memory_bytes = psutil.Process().memory_info().rss - used_before
        self._info = self._describe(memory_bytes, is_tuned=remembered is not None)

    @property
    def info(self) -> LoadedModel:
        return self._info

    @property
    def tokenizer(self) -> Tokenizer:
        return self._weights.tokenizer

    @property
    def context(self) -> LlamaContext:
        assert self._unified is not None, "the model is closed"
        return self._unified

    @property
    def can_cut(self) -> bool:
        return self._weights.can_cut

    def load_adapter(self, path: Path) -> None:
        self._weights.load_adapter(path)

    def open_streams(self, num_cells: int) -> StreamsContext | None:
        return open_streams(self, self._weights, self._options, self._tuning, num_cells)

    def reconfigure(self, tuning: Tuning) -> bool:
        """See ``backend.Model``.

        Raises:
            ModelLoadError: neither that context nor the one before can be had any more.
        """
        before = self._tuning
        self._tuning = fitting_cache(cautious(tuning, self._options), self._weights.shape)
        takes_context = needs_context(before, self._tuning)
        if takes_context:
            self.context.close()
            try:
                self._open_unified(available_memory_bytes())
            except ModelLoadError:
                self._tuning = before
                self._open_unified(available_memory_bytes())
        context = self.context
        context.set_threads(self._tuning.num_threads, self._tuning.num_threads_batch)
        self._info = replace(
            self._info,
            context_size=context.context_size,
            context_size_asked=context.context_size_asked,
            num_sequences_max=context.num_sequences_max,
            num_sequence_ids=context.num_sequence_ids,
            batch_size=context.batch_size,
            taken=self._taken,
            tuning=self._tuning,
            is_tuned=self._tuning == tuning,
            useful_rungs=useful_rungs(self._tuning),
        )
        return takes_context

    def open_probe(
        self, tuning: Tuning, context_size: int, is_interrupted: Callable[[], bool]
    ) -> LlamaProbe | None:
        """Make a context for measuring beside the one in use, None if it can't be had."""
        handle = self._weights.handle
        return LlamaProbe.open(handle, tuning, context_size, abort=self._abort, is_interrupted=is_interrupted)

    def open_trial(
        self, type_name: str, width: int, *, is_interrupted: Callable[[], bool]
    ) -> TrialModel | None:
        """Make a model of one quantization type beside this one, None if it can't be had."""
        try:
            return TrialModel(type_name, width, self._tuning, self._abort, is_interrupted)
        except (OSError, ModelLoadError) as error:
            _logger.info("%s is not measured: %s", type_name, error)
            return None

    @property
    def trained_context(self) -> int:
        """Tokens of context that the model was trained with, 0 if the file does not say."""
        return self._weights.shape.trained_context

    @property
    def cell_bytes(self) -> int:
        """What a token of context takes in memory."""
        return self._weights.shape.cell_bytes(KvType.F16)

    def close(self) -> None:
        if self._unified is not None:
            self._unified.close()
            self._unified = None
        if self._loaded is not None:
            self._loaded.close()
            self._loaded = None

    @property
    def _weights(self) -> Weights:
        assert self._loaded is not None, "the model is closed"
        return self._loaded

    def _load(self, progress: Callable[[float], bool], remembered: Tuning | None) -> None:
        """Load the weights and make a context; with fewer and fewer layers on the GPUs until both work."""
        options = self._options
        free_bytes = available_memory_bytes()
        steps = gpu_layer_steps(plan_layers(self._path, options))
        for num_layers in steps:
            try:
                with llama_log.recording() as self._weights_lines:
                    self._loaded = Weights(self._path, options, num_layers, progress)
                wanted = remembered or default_tuning(options, num_layers)
                wanted = cautious(replace(wanted, num_gpu_layers=num_layers), options)
                self._tuning = fitting_cache(wanted, self._loaded.shape)
                self._open_unified(free_bytes)
                return
            except ModelLoadError:
                if num_layers == steps[-1]:
                    raise
                self.close()

    def _open_unified(self, free_bytes: int) -> None:
        with llama_log.recording() as lines:
            self._unified = open_unified(
                self, self._weights, self._options, self._tuning, free_bytes=free_bytes, abort=self._abort
            )
        self._taken = taken_memory([*self._weights_lines, *lines], self._weights.size_bytes)
        if self._unified is None:
            raise context_error(self._path)

    def _describe(self, memory_bytes: int, *, is_tuned: bool) -> LoadedModel:
        weights, context = self._weights, self.context
        num_on_gpu, num_layers = self._tuning.num_gpu_layers, weights.shape.num_layers
        partly = f"GPU {num_on_gpu}/{num_layers}" if num_on_gpu else "CPU"
        return LoadedModel(
            path=self._path,
            name=weights.metadata("general.name") or self._path.stem,
            architecture=weights.metadata("general.architecture") or "unknown",
            context_size=context.context_size,
            num_sequences_max=context.num_sequences_max,
            batch_size=context.batch_size,
            device="GPU" if num_on_gpu >= num_layers else partly,
            has_chat_template=weights.tokenizer.chat_template is not None,
            sampling=_recommended_sampling(weights, self._options.sampling),
            memory_bytes=max(memory_bytes, weights.size_bytes),
            num_layers=num_layers,
            tuning=self._tuning,
            is_tuned=is_tuned,
            num_parameters=int(llama_cpp.llama_model_n_params(weights.handle)),
            useful_rungs=useful_rungs(self._tuning),
            context_size_asked=context.context_size_asked,
            num_sequence_ids=context.num_sequence_ids,
            taken=self._taken,
        )


def load_llama(path: Path, options: LoadOptions, progress: Callable[[float], bool]) -> LlamaModel:
    """Load a GGUF file; the ``ModelLoader`` of the real program."""
    llama_log.install()
    llama_cpp.llama_backend_init()
    return LlamaModel(path, options, progress, _remembered(path, options))


def _remembered(path: Path, options: LoadOptions) -> Tuning | None:
    """Return what was measured of this content here, None without; a file that can't be read has none."""
    if options.tuning_path is None:
        return None
    try:
        identity = identify(fingerprint(path), options.machine)
    except (ModelNotFoundError, ModelFileError):
        return None  # Loading says what is wrong with it.
    store = TuningStore(options.tuning_path)
    store.found_at(identity, path)
    return store.recall(identity)


def _recommended_sampling(weights: Weights, otherwise: Sampling) -> Sampling:
    """Return ``otherwise``, changed where the file recommends something (``general.sampling.*``)."""
    recommended: dict[str, Any] = {}
    for key, (field, kind) in _RECOMMENDED.items():
        try:
            value = kind(weights.metadata(f"general.sampling.{key}"))
        except ValueError:
            continue
        if math.isfinite(value):
            recommended[field] = value
    return replace(otherwise, **recommended)
