"""Writes a GGUF model again with its weights in another type, through llama.cpp's own quantizer."""

from __future__ import annotations

import os
from pathlib import Path

import llama_cpp

from lmstudio_lite.domain.file_types import FILE_TYPES
from lmstudio_lite.engine.llama import log as llama_log
from lmstudio_lite.engine.llama.tuning_limits import num_usable_cores
from lmstudio_lite.errors import ModelFileError


def quantize_model(source: Path, target: Path, file_type: str) -> None:
    """Write ``source`` to ``target`` as ``file_type``, a key of ``FILE_TYPES``; takes minutes for large ones.

    Weights that are quantized already are quantized again, unless their type stays.

    Raises:
        ModelFileError: llama.cpp can't ("not_quantized"); ``detail`` is what it said.
    """
    llama_log.install()
    llama_cpp.llama_backend_init()
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = FILE_TYPES[file_type]
    params.allow_requantize = True
    params.nthread = num_usable_cores()
    llama_log.take_last_error()
    status = llama_cpp.llama_model_quantize(os.fsencode(source), os.fsencode(target), params)
    if status != 0:
        detail = llama_log.take_last_error() or f"status {status}"
        raise ModelFileError(path=str(source), reason="not_quantized", detail=detail)
