"""Writes a GGUF model again with its weights in another type, through llama.cpp's own quantizer.

The same quantizer, run dry, foretells size and needs: it knows which tensor gets which type in which file
type, and nobody else has to.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import llama_cpp

from lmstudio_lite.domain.conversion import TypeForecast
from lmstudio_lite.domain.file_types import ALL_FILE_TYPES
from lmstudio_lite.engine.convert import type_costs
from lmstudio_lite.engine.convert.imatrix_file import ImportanceMatrix
from lmstudio_lite.engine.convert.quantizer_log import PlannedTensor, QuantizerLog
from lmstudio_lite.engine.llama import log as llama_log
from lmstudio_lite.engine.llama.model_path import check_model_path, model_parts
from lmstudio_lite.engine.llama.tuning_limits import num_usable_cores
from lmstudio_lite.errors import ConversionError, ModelFileError

_ALIGNMENT = 32
_TEXT_MAX = 127
"""How long a text may be that is put into a file's metadata (``llama_model_kv_override``)."""
_LOG_LEVEL_ERROR = 4
_NOWHERE = b"-"


def quantize_model(
    source: Path,
    target: Path,
    file_type: str,
    *,
    matrix: ImportanceMatrix | None = None,
    report: Callable[[float], None] = lambda fraction: None,
) -> None:
    """Write ``source`` to ``target`` as ``file_type``, a key of ``ALL_FILE_TYPES``; takes minutes.

    Weights that are quantized already are quantized again, unless their type stays. ``report`` is told the
    part of the time that is over, 0 to 1, when each tensor's turn comes.

    Raises:
        ModelNotFoundError, ModelFileError: there is no such model, or llama.cpp can't ("not_quantized");
            ``detail`` is what it said.
        ConversionError: the type needs an importance matrix ("needs_matrix"), or this one is another
            model's ("other_model").
    """
    plan = _dry_run(source, file_type, matrix)
    if plan.needs_matrix and matrix is None:
        raise ConversionError(path=str(source), reason="needs_matrix", file_type=file_type)
    times = {tensor.name: type_costs.seconds(tensor, num_usable_cores()) for tensor in plan.tensors}
    total, elapsed = sum(times.values()) or 1.0, 0.0

    def on_begun(name: str) -> None:
        nonlocal elapsed
        report(min(1.0, elapsed / total))
        elapsed += times.get(name, 0.0)

    _run(source, os.fsencode(target), file_type, matrix, QuantizerLog(on_begun))
    report(1.0)


def foretell(source: Path, file_types: Sequence[str], *, has_matrix: bool) -> Iterator[TypeForecast]:
    """Yield what ``source`` would be as each type; one that llama.cpp refuses for this model is left out.

    Raises:
        ModelNotFoundError, ModelFileError: there is no such model, or no type is possible.
    """
    refused: ModelFileError | None = None
    num_told = 0
    for file_type in file_types:
        try:
            plan = _dry_run(source, file_type, None)
        except ModelFileError as error:
            refused = error
            continue
        num_told += 1
        yield _forecast(source, file_type, plan, has_matrix)
    if refused is not None and not num_told:
        raise refused


def _forecast(source: Path, file_type: str, plan: QuantizerLog, has_matrix: bool) -> TypeForecast:
    sizes = [type_costs.num_bytes(tensor, tensor.target_type) for tensor in plan.tensors]
    size_bytes = _header_bytes(source, plan.tensors) + sum(map(_padded, sizes))
    num_weights = sum(tensor.num_elements for tensor in plan.tensors)
    seconds = None
    if has_matrix or not plan.needs_matrix:
        seconds = sum(type_costs.seconds(tensor, num_usable_cores()) for tensor in plan.tensors)
        changed = {tensor.target_type for tensor in plan.tensors if tensor.target_type != tensor.source_type}
        seconds += sum(map(type_costs.prepare_seconds, changed))
    return TypeForecast(
        file_type=file_type,
        size_bytes=size_bytes,
        seconds=seconds,
        bits_per_weight=8 * sum(sizes) / max(1, num_weights),
        needs_matrix=plan.needs_matrix,
        num_replaced=plan.num_replaced,
        num_quantized=sum(_is_quantized(tensor) for tensor in plan.tensors),
    )


def _is_quantized(tensor: PlannedTensor) -> bool:
    return tensor.target_type not in ("f32", "f16", "bf16")


def _header_bytes(source: Path, tensors: Sequence[PlannedTensor]) -> int:
    """Return the size of all that is no tensor: it stays, but for a few bytes."""
    whole = sum(part.stat().st_size for part in model_parts(source))
    data = sum(_padded(type_costs.num_bytes(tensor, tensor.source_type)) for tensor in tensors)
    return max(0, whole - data)


def _padded(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def _dry_run(source: Path, file_type: str, matrix: ImportanceMatrix | None) -> QuantizerLog:
    check_model_path(source)
    log = QuantizerLog()
    _run(source, _NOWHERE, file_type, matrix, log, is_dry=True)
    return log


def _run(
    source: Path,
    target: bytes,
    file_type: str,
    matrix: ImportanceMatrix | None,
    log: QuantizerLog,
    *,
    is_dry: bool = False,
) -> None:
    llama_cpp.llama_backend_init()
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = ALL_FILE_TYPES[file_type]
    params.allow_requantize = True
    params.nthread = num_usable_cores()
    params.dry_run = is_dry
    kept = _give_matrix(params, matrix) if matrix is not None else []
    with _listening(log) as errors:
        status = llama_cpp.llama_model_quantize(os.fsencode(source), target, params)
    del kept
    if status == 0:
        return
    detail = errors[0] if errors else f"status {status}"
    if matrix is not None and "imatrix" in detail:
        raise ConversionError(path=str(source), reason="other_model", detail=detail)
    raise ModelFileError(path=str(source), reason="not_quantized", detail=detail)


@contextmanager
def _listening(log: QuantizerLog) -> Iterator[list[str]]:
    """Feed llama.cpp's log into ``log``; give a list that its complaints come into."""
    errors: list[str] = []

    def on_log(level: int, text: bytes, _user: ctypes.c_void_p) -> None:
        line = text.decode("utf-8", "replace")
        log.feed(line)
        if level == _LOG_LEVEL_ERROR and line.strip(" =\n"):
            errors.append(line.strip())

    callback = llama_cpp.llama_log_callback(on_log)
    llama_cpp.llama_log_set(callback, ctypes.c_void_p(0))
    try:
        yield errors
    finally:
        llama_log.install()


def _give_matrix(params: Any, matrix: ImportanceMatrix) -> list[Any]:
    """Put a matrix into ``params``, and where it comes from, as llama.cpp's own tool does.

    Returns what must be kept until the quantizer is done.
    """
    columns = matrix.columns()
    rows = (llama_cpp.llama_model_imatrix_data * (len(columns) + 1))()
    for row, (name, values) in zip(rows, columns.items(), strict=False):
        row.name = name.encode()
        row.data = values.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        row.size = values.size
    params.imatrix = rows
    notes: list[tuple[str, str | int]] = [
        ("quantize.imatrix.file", matrix.file_name),
        *([("quantize.imatrix.dataset", matrix.datasets[0])] if matrix.datasets else []),
        ("quantize.imatrix.entries_count", len(columns)),
        *([("quantize.imatrix.chunks_count", matrix.num_chunks)] if matrix.num_chunks else []),
    ]
    overrides = (llama_cpp.llama_model_kv_override * (len(notes) + 1))()
    for override, (key, value) in zip(overrides, notes, strict=False):
        override.key = key.encode()
        if isinstance(value, int):
            override.tag = llama_cpp.LLAMA_KV_OVERRIDE_TYPE_INT
            override.value.val_i64 = value
        else:
            override.tag = llama_cpp.LLAMA_KV_OVERRIDE_TYPE_STR
            override.value.val_str = _cut(value)
    params.kv_overrides = overrides
    return [columns, rows, overrides]


def _cut(text: str) -> bytes:
    """Return as much of a text as a note holds, in whole characters."""
    return text.encode()[:_TEXT_MAX].decode("utf-8", "ignore").encode()
