"""``Backend`` on llama.cpp's low-level C API: one model, one context, one unified KV cache.

Built on llama.h as bound by llama-cpp-python. The traps named in the design bind here: partial copies
need ``kv_unified``; a partial removal may empty the sequence, so what remains is asked for; every
callback is kept alive.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

import llama_cpp
import numpy as np
import psutil

from lmstudio_lite.domain.generation import Sampling
from lmstudio_lite.domain.models import LoadedModel, Rung
from lmstudio_lite.engine import llama_log
from lmstudio_lite.engine.backend import Batch, DecodeStatus
from lmstudio_lite.engine.interface import LoadOptions
from lmstudio_lite.errors import CancelledError, ModelLoadError, ModelNotFoundError

CONTEXT_SIZE_MAX = 16_384
CONTEXT_SIZE_MIN = 512
KV_SHARE_OF_FREE_MEMORY = 0.25
BATCH_SIZE = 512
IDLE_SEQUENCES = 8
ATTRIBUTE_CONTROL = 1 << 3
_SEED_RANDOM = 0xFFFFFFFF


class LlamaBackend:
    """A GGUF model loaded through llama.cpp. Made by ``load_llama``."""

    def __init__(self, path: Path, options: LoadOptions, progress: Callable[[float], bool]) -> None:
        """Load ``path``; see ``BackendLoader``."""
        self._model: int | None = None
        self._context: int | None = None
        self._batch: llama_cpp.llama_batch | None = None
        self._pieces: dict[int, bytes] = {}
        self._abort_flag = ctypes.create_string_buffer(b"\0\0", 2)
        self._abort_callback = _native_flag_reader()
        used_before = psutil.Process().memory_info().rss
        try:
            self._load(path, options, progress)
            self._create_context(path, options)
            self._create_batch()
        except BaseException:
            self.close()
            raise
        self._description = _text_of(llama_cpp.llama_model_desc, self._model)
        self._info = self._describe(path, options, psutil.Process().memory_info().rss - used_before)

    # What the model is

    @property
    def model(self) -> LoadedModel:
        return self._info

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

    def control_texts(self) -> frozenset[str]:
        found = set()
        for token_id in range(llama_cpp.llama_vocab_n_tokens(self._vocab)):
            if llama_cpp.llama_vocab_get_attr(self._vocab, token_id) & ATTRIBUTE_CONTROL:
                found.add(self._special_text(token_id))
        return frozenset(found - {""})

    # Text and tokens

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        data = text.encode("utf-8", "replace")
        size = len(data) + 8
        while True:
            ids = (llama_cpp.llama_token * size)()
            count = llama_cpp.llama_tokenize(
                self._vocab, data, len(data), ids, size, add_special, parse_special
            )
            if count >= 0:
                return list(ids[:count])
            size = -count

    def token_bytes(self, token_id: int) -> bytes:
        piece = self._pieces.get(token_id)
        if piece is None:
            piece = self._pieces[token_id] = self._piece(token_id, with_special=False)
        return piece

    def is_end_of_generation(self, token_id: int) -> bool:
        return bool(llama_cpp.llama_vocab_is_eog(self._vocab, token_id))

    def create_sampler(self, sampling: Sampling, history: list[int]) -> LlamaSampler:
        return LlamaSampler(self._context, self._vocab, sampling, history)

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
        self._abort_flag[0] = b"\0"
        status = llama_cpp.llama_decode(self._context, native)
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

    def close(self) -> None:
        if self._batch is not None:
            llama_cpp.llama_batch_free(self._batch)
            self._batch = None
        if self._context is not None:
            llama_cpp.llama_free(self._context)
            self._context = None
        if self._model is not None:
            llama_cpp.llama_model_free(self._model)
            self._model = None

    # Loading

    def _load(self, path: Path, options: LoadOptions, progress: Callable[[float], bool]) -> None:
        if not path.is_file():
            raise ModelNotFoundError(path=str(path))
        went_on = True

        def on_progress(fraction: float, _user: object) -> bool:
            nonlocal went_on
            went_on = progress(fraction)
            return went_on

        params = llama_cpp.llama_model_default_params()
        callback = llama_cpp.llama_progress_callback(on_progress)
        params.progress_callback = callback
        params.n_gpu_layers = _gpu_layers(options)
        params.use_extra_bufts = options.rung is Rung.NORMAL
        llama_log.take_last_error()
        self._model = llama_cpp.llama_model_load_from_file(os.fsencode(path), params) or None
        if self._model is None:
            if not went_on:
                raise CancelledError
            raise ModelLoadError(path=str(path), reason=llama_log.take_last_error() or "unknown")
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)

    def _create_context(self, path: Path, options: LoadOptions) -> None:
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = self._context_size(options)
        params.n_batch = min(BATCH_SIZE, params.n_ctx)
        params.n_ubatch = params.n_batch
        params.n_seq_max = options.num_sequences_max + IDLE_SEQUENCES
        params.kv_unified = True
        params.swa_full = True
        params.no_perf = True
        params.n_threads = params.n_threads_batch = options.num_threads or _num_usable_cores()
        if _gpu_layers(options) == 0:
            # On a CPU every generated token gets slower with it as the context fills (measured: DESIGN 4.9).
            params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self._context = llama_cpp.llama_init_from_model(self._model, params) or None
        if self._context is None:
            reason = llama_log.take_last_error() or "no memory for the context"
            raise ModelLoadError(path=str(path), reason=reason)
        self._memory = llama_cpp.llama_get_memory(self._context)
        flag = ctypes.cast(self._abort_flag, ctypes.c_void_p)
        llama_cpp.llama_set_abort_callback(self._context, self._abort_callback, flag)

    def _context_size(self, options: LoadOptions) -> int:
        """What is asked for, within what the model was trained for and a quarter of the free memory."""
        trained: int = llama_cpp.llama_model_n_ctx_train(self._model) or CONTEXT_SIZE_MAX
        if options.context_size:
            return max(CONTEXT_SIZE_MIN, min(options.context_size, trained))
        heads = max(1, llama_cpp.llama_model_n_head(self._model))
        per_head = llama_cpp.llama_model_n_embd(self._model) // heads
        kv_width = per_head * max(1, llama_cpp.llama_model_n_head_kv(self._model))
        bytes_per_cell = max(1, llama_cpp.llama_model_n_layer(self._model) * kv_width * 2 * 2)
        affordable: int = int(psutil.virtual_memory().available * KV_SHARE_OF_FREE_MEMORY) // bytes_per_cell
        return max(CONTEXT_SIZE_MIN, min(trained, CONTEXT_SIZE_MAX, affordable // 256 * 256))

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

    def _describe(self, path: Path, options: LoadOptions, memory_bytes: int) -> LoadedModel:
        on_gpu = _gpu_layers(options) != 0
        return LoadedModel(
            path=path,
            name=self._metadata("general.name") or path.stem,
            architecture=self._metadata("general.architecture") or "unknown",
            description=self._description,
            context_size=int(llama_cpp.llama_n_ctx(self._context)),
            num_sequences_max=options.num_sequences_max,
            batch_size=int(llama_cpp.llama_n_batch(self._context)),
            device="GPU" if on_gpu else "CPU",
            has_chat_template=self.chat_template is not None,
            memory_bytes=max(memory_bytes, int(llama_cpp.llama_model_size(self._model))),
        )

    def _metadata(self, key: str) -> str:
        buffer = ctypes.create_string_buffer(512)
        size = llama_cpp.llama_model_meta_val_str(self._model, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if size >= 0 else ""

    def _special_text(self, token_id: int) -> str:
        if token_id < 0:
            return ""
        return self._piece(token_id, with_special=True).decode("utf-8", "replace")

    def _piece(self, token_id: int, *, with_special: bool) -> bytes:
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            count = llama_cpp.llama_token_to_piece(self._vocab, token_id, buffer, size, 0, with_special)
            if count >= 0:
                return buffer.raw[:count]
            size = -count


class LlamaSampler:
    """llama.cpp's sampler chain for one request."""

    def __init__(self, context: int | None, vocab: int, sampling: Sampling, history: list[int]) -> None:
        self._context = context
        self._chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
        for link in _sampler_links(vocab, sampling):
            llama_cpp.llama_sampler_chain_add(self._chain, link)
        if sampling.repeat_penalty != 1.0:
            for token_id in history[-sampling.repeat_last_n :]:
                llama_cpp.llama_sampler_accept(self._chain, token_id)

    def sample(self, row: int) -> int:
        return int(llama_cpp.llama_sampler_sample(self._chain, self._context, row))

    def close(self) -> None:
        if self._chain is not None:
            llama_cpp.llama_sampler_free(self._chain)
            self._chain = None


def load_llama(path: Path, options: LoadOptions, progress: Callable[[float], bool]) -> LlamaBackend:
    """Load a GGUF file; the ``BackendLoader`` of the real program."""
    llama_log.install()
    llama_cpp.llama_backend_init()
    return LlamaBackend(path, options, progress)


def _sampler_links(vocab: int, sampling: Sampling) -> list[int]:
    """The chain in llama.cpp's own order: penalties, top-k, top-p, min-p, temperature, draw."""
    links = []
    if sampling.repeat_penalty != 1.0:
        links.append(
            llama_cpp.llama_sampler_init_penalties(
                llama_cpp.llama_vocab_n_tokens(vocab),
                sampling.repeat_last_n,
                sampling.repeat_penalty,
                0.0,
                0.0,
            )
        )
    if sampling.temperature <= 0:
        return [*links, llama_cpp.llama_sampler_init_greedy()]
    seed = secrets.randbits(32) if sampling.seed is None else sampling.seed & _SEED_RANDOM
    return [
        *links,
        llama_cpp.llama_sampler_init_top_k(sampling.top_k),
        llama_cpp.llama_sampler_init_top_p(sampling.top_p, 1),
        llama_cpp.llama_sampler_init_min_p(sampling.min_p, 1),
        llama_cpp.llama_sampler_init_temp(sampling.temperature),
        llama_cpp.llama_sampler_init_dist(seed),
    ]


def _gpu_layers(options: LoadOptions) -> int:
    if not llama_cpp.llama_supports_gpu_offload():
        return 0
    return 999 if options.num_gpu_layers is None else options.num_gpu_layers


def _num_usable_cores() -> int:
    """Physical cores that this process may use; hyper-threads slow matrix products down."""
    physical = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else physical
    return max(1, min(physical, allowed))


def _text_of(read: Callable[..., int], model: int | None) -> str:
    buffer = ctypes.create_string_buffer(256)
    read(model, buffer, len(buffer))
    return buffer.value.decode("utf-8", "replace")


def _native_flag_reader() -> object:
    """Return an abort callback that costs nothing: the C library's ``strlen`` on a two-byte flag.

    ggml asks after every graph node; a Python callback there would take the GIL a thousand times a
    token. ``strlen`` of "" is 0 (go on), of a set flag 1 (abort), and a C bool is that low byte.
    """
    library = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
    return ctypes.cast(library.strlen, llama_cpp.llama_cpp.ggml_abort_callback)
