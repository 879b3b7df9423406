"""``Backend`` on llama.cpp's low-level C API: one model, one context, one unified KV cache.

Built on llama.h as bound by llama-cpp-python. The traps named in the design bind here: partial copies
need ``kv_unified``; a partial removal may empty the sequence, so what remains is asked for; every
callback is kept alive.
"""

from __future__ import annotations

import ctypes
import hashlib
import math
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
import psutil

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import AdapterUse, Sampling
from lmstudio_lite.domain.models import KvType, LoadedModel, Tuning
from lmstudio_lite.engine.backend import Batch, DecodeStatus
from lmstudio_lite.engine.llama import log as llama_log
from lmstudio_lite.engine.llama import vocabulary as llama_vocabulary
from lmstudio_lite.engine.llama.context import (
    cautious,
    create_context,
    default_tuning,
    load_weights,
    metadata,
    needs_context,
    plan_layers,
    read_shape,
    useful_rungs,
)
from lmstudio_lite.engine.llama.model_path import check_adapter_path, check_model_path
from lmstudio_lite.engine.llama.probe import LlamaProbe
from lmstudio_lite.engine.llama.refusal import adapter_error, context_error
from lmstudio_lite.engine.llama.sampler import LlamaSampler
from lmstudio_lite.engine.llama.sizing import Sizes, gpu_layer_steps
from lmstudio_lite.engine.llama.tuning_store import TuningStore, identify
from lmstudio_lite.engine.templates.guarded_texts import GuardedTexts
from lmstudio_lite.errors import ModelLoadError
from lmstudio_lite.files import open_regular
from lmstudio_lite.memory import available_memory_bytes

_NUM_SAMPLES = 32
_SAMPLE_SIZE = 16_384
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


class LlamaBackend:
    """A GGUF model loaded through llama.cpp. Made by ``load_llama``."""

    def __init__(
        self,
        path: Path,
        options: LoadOptions,
        progress: Callable[[float], bool],
        remembered: Tuning | None = None,
    ) -> None:
        """Load ``path``; see ``BackendLoader``. ``remembered`` is what was measured on this machine."""
        self._model: int | None = None
        self._context: int | None = None
        self._batch: llama_cpp.llama_batch | None = None
        self._pieces: dict[int, bytes] = {}
        self._adapters: dict[Path, int] = {}
        self._abort_flag = ctypes.create_string_buffer(b"\0\0", 2)
        self._abort_callback = _native_flag_reader()
        self._abort_address = ctypes.cast(self._abort_flag, ctypes.c_void_p)
        self._path, self._options, self._remembered = path, options, remembered
        self._tuning: Tuning
        self._sizes: Sizes
        self._memory_form: str
        used_before = psutil.Process().memory_info().rss
        try:
            self._load(path, options, progress)
            self._create_batch()
        except BaseException:
            self.close()
            raise
        self._state_key = _state_key(path, self._memory_form)
        self._info = self._describe(path, psutil.Process().memory_info().rss - used_before)

    # What the model is

    @property
    def model(self) -> LoadedModel:
        return self._info

    @property
    def shares_cells(self) -> bool:
        return True

    @property
    def num_sequence_ids(self) -> int:
        return int(llama_cpp.llama_n_seq_max(self._context))

    @property
    def chat_template(self) -> str | None:
        template = llama_cpp.llama_model_chat_template(self._model, None)
        return template.decode("utf-8", "replace") if template else None

    @property
    def special_texts(self) -> tuple[str, str]:
        return (
            self._special_text(llama_cpp.llama_vocab_bos(self._vocab)),
            self._special_text(llama_cpp.llama_vocab_eos(self._vocab)),
        )

    @property
    def begin_token(self) -> int | None:
        return llama_vocabulary.begin_token(self._vocab)

    def guarded_texts(self) -> GuardedTexts:
        return llama_vocabulary.guarded_texts(self._vocab)

    # Text and tokens

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        return llama_vocabulary.tokenize(
            self._vocab, text, add_special=add_special, parse_special=parse_special
        )

    def token_bytes(self, token_id: int) -> bytes:
        piece = self._pieces.get(token_id)
        if piece is None:
            piece = self._pieces[token_id] = llama_vocabulary.piece(self._vocab, token_id, with_control=False)
        return piece

    def is_end_of_generation(self, token_id: int) -> bool:
        return bool(llama_cpp.llama_vocab_is_eog(self._vocab, token_id))

    def create_sampler(self, sampling: Sampling, history: list[int], begun: list[int]) -> LlamaSampler:
        return LlamaSampler(self._context, self._vocab, sampling, history, begun)

    def log_probabilities(self, row: int, token_id: int, count: int) -> tuple[float, list[tuple[int, float]]]:
        size = llama_cpp.llama_vocab_n_tokens(self._vocab)
        logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(self._context, row), (size,))
        peak = float(logits.max())
        total = peak + math.log(float(np.exp(logits - peak, dtype=np.float64).sum()))
        count = min(count, size)
        best = np.argpartition(logits, size - count)[size - count :] if count else np.array([], np.int64)
        ordered = sorted(map(int, best), key=lambda found: -float(logits[found]))
        return float(logits[token_id]) - total, [(found, float(logits[found]) - total) for found in ordered]

    # Evaluating

    def decode(self, batch: Batch) -> DecodeStatus:
        native = self._batch
        assert native is not None
        count = len(batch)
        self._token_ids[:count] = batch.token_ids
        self._positions[:count] = batch.positions
        for row, sequence_id in zip(self._sequence_rows, batch.sequence_ids, strict=False):
            row[0] = sequence_id
        self._wants_logits[:count] = batch.wants_logits
        native.n_tokens = count
        status = llama_cpp.llama_decode(self._context, native)
        self._abort_flag[0] = b"\0"
        if status == 0:
            return DecodeStatus.OK
        if status == 1:
            return DecodeStatus.NO_ROOM
        return DecodeStatus.ABORTED if status == 2 else DecodeStatus.FAILED

    def abort(self) -> None:
        self._abort_flag[0] = b"\1"

    def remove(self, sequence_id: int, start: int) -> int:
        llama_cpp.llama_memory_seq_rm(self._memory, sequence_id, start, -1)
        return int(llama_cpp.llama_memory_seq_pos_max(self._memory, sequence_id)) + 1

    def copy_prefix(self, source: int, target: int, length: int) -> int:
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, 0, length)
        return int(llama_cpp.llama_memory_seq_pos_max(self._memory, target)) + 1

    # Saved states

    @property
    def can_cut(self) -> bool:
        """See ``Backend``; behind a sliding window llama.cpp reuses cells even in a cache of full size."""
        is_recurrent = llama_cpp.llama_model_is_recurrent(self._model)
        has_window = llama_cpp.llama_model_n_swa(self._model) > 0
        return not (is_recurrent or has_window or llama_cpp.llama_model_is_hybrid(self._model))

    @property
    def state_key(self) -> str:
        return self._state_key

    def save_state(self, sequence_id: int) -> bytes:
        size = llama_cpp.llama_state_seq_get_size(self._context, sequence_id)
        buffer = (ctypes.c_uint8 * size)()
        written = llama_cpp.llama_state_seq_get_data(self._context, buffer, size, sequence_id)
        return bytes(memoryview(buffer)[:written])

    def restore_state(self, sequence_id: int, state: bytes) -> int:
        source = ctypes.cast(ctypes.c_char_p(state), ctypes.POINTER(ctypes.c_uint8))  # no copy
        if not llama_cpp.llama_state_seq_set_data(self._context, source, len(state), sequence_id):
            return self.remove(sequence_id, 0)
        return int(llama_cpp.llama_memory_seq_pos_max(self._memory, sequence_id)) + 1

    # Adapters

    def load_adapter(self, path: Path) -> None:
        if path in self._adapters:
            return
        check_adapter_path(path)
        llama_log.take_last_error()
        adapter = llama_cpp.llama_adapter_lora_init(self._model, os.fsencode(path))
        if not adapter:
            raise adapter_error(path)
        self._adapters[path] = adapter

    def use_adapters(self, adapters: tuple[AdapterUse, ...]) -> None:
        count = len(adapters)
        handles: Any = (llama_cpp.llama_adapter_lora_p_ctypes * count)()
        for at, use in enumerate(adapters):
            handles[at] = self._adapters[use.path]
        strengths = (ctypes.c_float * count)(*(use.strength for use in adapters))
        llama_cpp.llama_set_adapters_lora(self._context, handles, count, strengths)

    # Tuning

    def reconfigure(self, tuning: Tuning) -> bool:
        """See ``Backend``.

        Raises:
            ModelLoadError: neither that context nor the one before can be had any more.
        """
        before, self._tuning = self._tuning, cautious(tuning, self._options)
        takes_context = needs_context(before, self._tuning)
        if takes_context:
            self._free_context()
            try:
                self._create_context(self._path, self._options, available_memory_bytes())
            except ModelLoadError:
                self._tuning = before
                self._create_context(self._path, self._options, available_memory_bytes())
            self._create_batch()
            self._state_key = _state_key(self._path, self._memory_form)
        llama_cpp.llama_set_n_threads(self._context, self._tuning.num_threads, self._tuning.num_threads_batch)
        self._info = replace(
            self._info,
            context_size=int(llama_cpp.llama_n_ctx(self._context)),
            num_sequences_max=self._sizes.num_sequences,
            batch_size=int(llama_cpp.llama_n_batch(self._context)),
            tuning=self._tuning,
            is_tuned=self._tuning == tuning,
            useful_rungs=useful_rungs(self._tuning),
        )
        return takes_context

    def open_probe(
        self, tuning: Tuning, context_size: int, is_interrupted: Callable[[], bool]
    ) -> LlamaProbe | None:
        """Make a context for measuring beside the one in use, None if it can't be had."""
        return LlamaProbe.open(
            self._model,
            tuning,
            context_size,
            abort_callback=self._abort_callback,
            abort_flag=self._abort_flag,
            is_interrupted=is_interrupted,
        )

    def open_lane(self, num_cells: int) -> LlamaBackend | None:
        from lmstudio_lite.engine.llama.lane import LlamaLane

        return LlamaLane.open(self, num_cells)

    @property
    def trained_context(self) -> int:
        """Tokens of context that the model was trained with, 0 if the file does not say."""
        return self._shape.trained_context

    @property
    def cell_bytes(self) -> int:
        """What a token of context takes in memory."""
        return self._shape.cell_bytes(KvType.F16)

    def close(self) -> None:
        self._free_context()
        if self._model is not None:
            llama_cpp.llama_model_free(self._model)
            self._model = None

    def _free_context(self) -> None:
        if self._batch is not None:
            llama_cpp.llama_batch_free(self._batch)
            self._batch = None
        if self._context is not None:
            llama_cpp.llama_free(self._context)
            self._context = None

    # Loading

    def _load(self, path: Path, options: LoadOptions, progress: Callable[[float], bool]) -> None:
        """Load the weights and make a context; with fewer and fewer layers on the GPUs until both work."""
        check_model_path(path)
        free_bytes = available_memory_bytes()
        steps = gpu_layer_steps(plan_layers(path, options))
        for num_layers in steps:
            try:
                self._model = load_weights(path, options, num_layers, progress)
                self._shape = read_shape(self._model)
                wanted = self._remembered or default_tuning(options, num_layers)
                self._tuning = cautious(replace(wanted, num_gpu_layers=num_layers), options)
                self._vocab = llama_cpp.llama_model_get_vocab(self._model)
                self._create_context(path, options, free_bytes)
                return
            except ModelLoadError:
                if num_layers == steps[-1]:
                    raise
                self.close()

    def _create_context(self, path: Path, options: LoadOptions, free_bytes: int) -> None:
        made = create_context(self._model, self._shape, options, self._tuning, free_bytes=free_bytes)
        if made is None:
            raise context_error(path)
        self._context, self._sizes, self._memory_form = made
        self._memory = llama_cpp.llama_get_memory(self._context)
        llama_cpp.llama_set_abort_callback(self._context, self._abort_callback, self._abort_address)

    def _create_batch(self) -> None:
        size = int(llama_cpp.llama_n_batch(self._context))
        batch = llama_cpp.llama_batch_init(size, 0, 1)
        self._batch = batch
        self._token_ids = np.ctypeslib.as_array(batch.token, (size,))
        self._positions = np.ctypeslib.as_array(batch.pos, (size,))
        self._wants_logits = np.ctypeslib.as_array(batch.logits, (size,))
        self._sequence_rows = [batch.seq_id[row] for row in range(size)]
        for row in range(size):
            batch.n_seq_id[row] = 1

    def _describe(self, path: Path, memory_bytes: int) -> LoadedModel:
        num_on_gpu, num_layers = self._tuning.num_gpu_layers, self._shape.num_layers
        partly = f"GPU {num_on_gpu}/{num_layers}" if num_on_gpu else "CPU"
        return LoadedModel(
            path=path,
            name=self._metadata("general.name") or path.stem,
            architecture=self._metadata("general.architecture") or "unknown",
            context_size=int(llama_cpp.llama_n_ctx(self._context)),
            num_sequences_max=self._sizes.num_sequences,
            batch_size=int(llama_cpp.llama_n_batch(self._context)),
            device="GPU" if num_on_gpu >= num_layers else partly,
            has_chat_template=self.chat_template is not None,
            sampling=self._recommended_sampling(),
            memory_bytes=max(memory_bytes, int(llama_cpp.llama_model_size(self._model))),
            num_layers=num_layers,
            tuning=self._tuning,
            is_tuned=self._remembered is not None,
            num_parameters=int(llama_cpp.llama_model_n_params(self._model)),
            useful_rungs=useful_rungs(self._tuning),
        )

    def _metadata(self, key: str) -> str:
        return metadata(self._model, key)

    def _recommended_sampling(self) -> Sampling:
        """Return our defaults, changed where the makers recommend something (``general.sampling.*``)."""
        recommended: dict[str, Any] = {}
        for key, (field, kind) in _RECOMMENDED.items():
            try:
                value = kind(self._metadata(f"general.sampling.{key}"))
            except ValueError:
                continue
            if math.isfinite(value):
                recommended[field] = value
        return Sampling(**recommended)

    def _special_text(self, token_id: int) -> str:
        return llama_vocabulary.piece(self._vocab, token_id, with_control=True).decode("utf-8", "replace")


def load_llama(path: Path, options: LoadOptions, progress: Callable[[float], bool]) -> LlamaBackend:
    """Load a GGUF file; the ``BackendLoader`` of the real program."""
    llama_log.install()
    llama_cpp.llama_backend_init()
    remembered = None
    if options.tuning_path is not None and path.is_file():
        remembered = TuningStore(options.tuning_path).recall(identify(path, options.machine))
    return LlamaBackend(path, options, progress, remembered)


def _state_key(path: Path, memory_form: str) -> str:
    """Name a model's contents by its size and samples from all over the file, and the library's build."""
    size = path.stat().st_size
    found = hashlib.blake2b(f"{llama_cpp.__version__} {memory_form} {size} ".encode(), digest_size=16)
    found.update(llama_cpp.llama_print_system_info())
    with open_regular(path) as file:
        for part in range(_NUM_SAMPLES):
            file.seek(part * max(0, size - _SAMPLE_SIZE) // (_NUM_SAMPLES - 1))
            found.update(file.read(_SAMPLE_SIZE))
    return found.hexdigest()


def _native_flag_reader() -> object:
    """Return an abort callback that costs nothing: the C library's ``strlen`` on a two-byte flag.

    ggml asks after every graph node; a Python callback there would take the GIL a thousand times a
    token. ``strlen`` of "" is 0 (go on), of a set flag 1 (abort), and a C bool is that low byte.
    """
    library = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
    return ctypes.cast(library.strlen, llama_cpp.llama_cpp.ggml_abort_callback)
