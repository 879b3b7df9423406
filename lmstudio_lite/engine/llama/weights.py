"""A model's weights in memory, and what their file says: layers on GPUs, sizes, tokenizer, adapters.

What is evaluated with them is a context's (``context``, ``embedder``, ``logits``).
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import llama_cpp

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.models import KvType, Rung
from lmstudio_lite.engine.llama import log as llama_log
from lmstudio_lite.engine.llama.devices import gpu_devices
from lmstudio_lite.engine.llama.model_path import check_adapter_path, check_model_path, model_parts
from lmstudio_lite.engine.llama.refusal import adapter_error, load_error
from lmstudio_lite.engine.llama.sizing import ModelShape, plan_gpu_layers
from lmstudio_lite.engine.llama.tokenizer import Tokenizer
from lmstudio_lite.errors import CancelledError

_LOAD_MODE_NONE = 0  # enum llama_load_mode: neither mapped nor read past the system's cache
WITHOUT_GPU = frozenset({Rung.CPU_ONLY, Rung.SMALLER_CONTEXT})


class Weights:
    """A GGUF file that llama.cpp has loaded; ``handle`` is its own for it, None once closed."""

    def __init__(
        self, path: Path, options: LoadOptions, num_gpu_layers: int, progress: Callable[[float], bool]
    ) -> None:
        """Load ``path``; ``progress`` gets the fraction done and answers whether to go on.

        Raises:
            ModelNotFoundError, ModelFileError: there is no such file, or it is none.
            ModelLoadError: llama.cpp refuses the file, or there is no memory for it.
            CancelledError: ``progress`` said no.
        """
        check_model_path(path)
        handle = _load(path, options, num_gpu_layers, progress)
        self.handle: int | None = handle
        self.path = path
        self.shape = read_shape(handle)
        self.tokenizer = Tokenizer(handle)
        self._adapters: dict[Path, int] = {}

    @property
    def can_cut(self) -> bool:
        """Whether a sequence's memory can be cut anywhere.

        Behind a sliding window llama.cpp reuses cells even in a cache of full size.
        """
        is_recurrent = llama_cpp.llama_model_is_recurrent(self.handle)
        has_window = llama_cpp.llama_model_n_swa(self.handle) > 0
        return not (is_recurrent or has_window or llama_cpp.llama_model_is_hybrid(self.handle))

    @property
    def size_bytes(self) -> int:
        return int(llama_cpp.llama_model_size(self.handle))

    def metadata(self, key: str) -> str:
        """Return a value of the model file's header as text, "" if it is not there."""
        return _metadata(self.handle, key)

    def load_adapter(self, path: Path) -> None:
        """Read a LoRA adapter; once read it stays until ``close``.

        Raises:
            AdapterError: the file can't be used with this model.
        """
        if path in self._adapters:
            return
        check_adapter_path(path)
        llama_log.take_last_error()
        adapter = llama_cpp.llama_adapter_lora_init(self.handle, os.fsencode(path))
        if not adapter:
            raise adapter_error(path)
        self._adapters[path] = adapter

    def adapter(self, path: Path) -> int:
        """Return llama.cpp's handle of a loaded adapter."""
        return self._adapters[path]

    def close(self) -> None:
        """Free the memory; the contexts on it must have been closed. Idempotent."""
        if self.handle is not None:
            llama_cpp.llama_model_free(self.handle)
            self.handle = None


def open_without_weights(path: Path, num_gpu_layers: int) -> int:
    """Let llama.cpp lay a model out and load none of its weights; its own handle, which the caller frees.

    Raises:
        ModelNotFoundError, ModelFileError: there is no such file, or it is none.
        ModelLoadError: llama.cpp refuses it.
    """
    check_model_path(path)
    params = llama_cpp.llama_model_default_params()
    params.no_alloc = True
    params.load_mode = _LOAD_MODE_NONE
    params.n_gpu_layers = num_gpu_layers
    llama_log.take_last_error()
    model: int | None = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
    if not model:
        raise load_error(path)
    return model


def load_into_memory(path: Path, num_gpu_layers: int) -> int:
    """Read a whole file into memory that is the model's own; llama.cpp's handle, which the caller frees.

    Raises:
        ModelLoadError: there is no memory for it.
    """
    params = llama_cpp.llama_model_default_params()
    params.load_mode = _LOAD_MODE_NONE
    params.n_gpu_layers = num_gpu_layers
    llama_log.take_last_error()
    model: int | None = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
    if not model:
        raise load_error(path)
    return model


def plan_layers(path: Path, options: LoadOptions) -> int:
    """Return how many layers to put on the GPUs, from the memory that is free on them now.

    Raises:
        ModelNotFoundError, ModelFileError: there is no such file, or it is none.
        ModelLoadError: llama.cpp refuses it.
    """
    check_model_path(path)
    if options.rung in WITHOUT_GPU or options.num_gpu_layers == 0:
        return 0
    devices = gpu_devices()
    if not devices:
        return 0
    params = llama_cpp.llama_model_default_params()
    params.vocab_only = True
    llama_log.take_last_error()
    header = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
    if not header:
        raise load_error(path)
    try:
        shape = replace(read_shape(header), weights_bytes=_file_bytes(path))
    finally:
        llama_cpp.llama_model_free(header)
    kv_type = options.kv_type or KvType.F16
    free = [device.free_bytes for device in devices]
    return plan_gpu_layers(shape, options, device_free_bytes=free, kv_type=kv_type)


def read_shape(model: int) -> ModelShape:
    """Read a loaded model's sizes."""
    num_heads = max(1, llama_cpp.llama_model_n_head(model))
    embedding_length = int(llama_cpp.llama_model_n_embd(model))
    architecture = _metadata(model, "general.architecture")
    head_length = embedding_length // num_heads
    key_length = _number(model, f"{architecture}.attention.key_length") or head_length
    return ModelShape(
        weights_bytes=int(llama_cpp.llama_model_size(model)),
        num_layers=int(llama_cpp.llama_model_n_layer(model)) + 1,
        num_heads=num_heads,
        # Hybrid models have none in their recurrent layers, the first of which may be asked about here.
        num_kv_heads=int(llama_cpp.llama_model_n_head_kv(model)) or num_heads,
        key_length=key_length,
        value_length=_number(model, f"{architecture}.attention.value_length") or key_length,
        embedding_length=embedding_length,
        vocabulary_size=int(llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))),
        trained_context=int(llama_cpp.llama_model_n_ctx_train(model)),
        has_state=bool(llama_cpp.llama_model_is_recurrent(model) or llama_cpp.llama_model_is_hybrid(model)),
    )


def _load(path: Path, options: LoadOptions, num_gpu_layers: int, progress: Callable[[float], bool]) -> int:
    went_on = True

    def on_progress(fraction: float, _user: object) -> bool:
        nonlocal went_on
        went_on = progress(fraction)
        return went_on

    params = llama_cpp.llama_model_default_params()
    callback = llama_cpp.llama_progress_callback(on_progress)
    params.progress_callback = callback
    params.n_gpu_layers = num_gpu_layers
    params.use_extra_bufts = options.rung is Rung.NORMAL
    no_devices = (ctypes.c_void_p * 1)(None)
    if options.rung in WITHOUT_GPU:
        params.devices = ctypes.cast(no_devices, ctypes.c_void_p)
    llama_log.take_last_error()
    model: int | None = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
    if model:
        return model
    if not went_on:
        raise CancelledError
    raise load_error(path)


def _metadata(model: int | None, key: str) -> str:
    """Return a value of the model file's header as text, "" if it is not there."""
    buffer = ctypes.create_string_buffer(512)
    size = llama_cpp.llama_model_meta_val_str(model, key.encode(), buffer, len(buffer))
    return buffer.value.decode("utf-8", "replace") if size >= 0 else ""


def _number(model: int | None, key: str) -> int:
    value = _metadata(model, key)
    return int(value) if value.isdecimal() else 0


def _file_bytes(path: Path) -> int:
    return sum(part.stat().st_size for part in model_parts(path))
