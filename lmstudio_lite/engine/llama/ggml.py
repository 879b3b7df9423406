"""The few functions and structures of ggml that llama-cpp-python does not bind: tensors, types, GGUF files.

Declared as in ggml.h and gguf.h of the llama.cpp that llama-cpp-python 0.3.36 carries (its version is
pinned). ``layout_is_known`` tells whether tensors may be read through ``Tensor``.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
from typing import Any

import llama_cpp
from llama_cpp import _ctypes_extensions

OP_MUL_MAT, OP_MUL_MAT_ID = 29, 30
TYPE_F32, TYPE_F16 = 0, 1
_MAX_DIMS, _MAX_SRC, _MAX_NAME, _OP_PARAMS = 4, 10, 64, 16


class Tensor(ctypes.Structure):
    """``struct ggml_tensor``: ``ne`` elements and ``nb`` bytes to the next, innermost dimension first."""


Tensor._fields_ = [
    ("type", ctypes.c_int),
    ("buffer", ctypes.c_void_p),
    ("ne", ctypes.c_int64 * _MAX_DIMS),
    ("nb", ctypes.c_size_t * _MAX_DIMS),
    ("op", ctypes.c_int),
    ("op_params", ctypes.c_int32 * _OP_PARAMS),
    ("flags", ctypes.c_int32),
    ("src", ctypes.POINTER(Tensor) * _MAX_SRC),
    ("view_src", ctypes.c_void_p),
    ("view_offs", ctypes.c_size_t),
    ("data", ctypes.c_void_p),
    ("name", ctypes.c_char * _MAX_NAME),
    ("extra", ctypes.c_void_p),
    ("padding", ctypes.c_char * 8),
]


class TypeTraits(ctypes.Structure):
    """``struct ggml_type_traits``."""

    _fields_ = (
        ("type_name", ctypes.c_char_p),
        ("blck_size", ctypes.c_int64),
        ("blck_size_interleave", ctypes.c_int64),
        ("type_size", ctypes.c_size_t),
        ("is_quantized", ctypes.c_bool),
        ("to_float", ctypes.c_void_p),
        ("from_float_ref", ctypes.c_void_p),
    )


class InitParams(ctypes.Structure):
    """``struct ggml_init_params``."""

    _fields_ = (("mem_size", ctypes.c_size_t), ("mem_buffer", ctypes.c_void_p), ("no_alloc", ctypes.c_bool))


class GgufParams(ctypes.Structure):
    """``struct gguf_init_params``."""

    _fields_ = (("no_alloc", ctypes.c_bool), ("ctx", ctypes.POINTER(ctypes.c_void_p)))


ToFloat = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
"""``ggml_to_float_t``: blocks, floats, number of elements."""

_pointer, _number, _text = ctypes.c_void_p, ctypes.c_int64, ctypes.c_char_p
_base = _ctypes_extensions.load_shared_library(
    "ggml-base", pathlib.Path(os.path.dirname(llama_cpp.__file__)) / "lib"
)


def _bound(name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(_base, name)
    function.restype, function.argtypes = result, list(arguments)
    return function


type_traits = _bound("ggml_get_type_traits", ctypes.POINTER(TypeTraits), ctypes.c_int)
quantize_init = _bound("ggml_quantize_init", None, ctypes.c_int)
quantize_chunk = _bound(
    *("ggml_quantize_chunk", ctypes.c_size_t, ctypes.c_int, _pointer, _pointer),
    *(_number, _number, _number, _pointer),
)
tensor_overhead = _bound("ggml_tensor_overhead", ctypes.c_size_t)
get_tensor = _bound("ggml_get_tensor", ctypes.POINTER(Tensor), _pointer, _text)
init = _bound("ggml_init", _pointer, InitParams)
free = _bound("ggml_free", None, _pointer)
new_vector = _bound("ggml_new_tensor_1d", _pointer, _pointer, ctypes.c_int, _number)
new_matrix = _bound("ggml_new_tensor_2d", _pointer, _pointer, ctypes.c_int, _number, _number)
set_name = _bound("ggml_set_name", _pointer, _pointer, _text)
is_host_buffer = _bound("ggml_backend_buffer_is_host", ctypes.c_bool, _pointer)
read_tensor = _bound("ggml_backend_tensor_get", None, _pointer, _pointer, ctypes.c_size_t, ctypes.c_size_t)
num_bytes = _bound("ggml_nbytes", ctypes.c_size_t, _pointer)
op_name = _bound("ggml_op_name", _text, ctypes.c_int)

gguf_open = _bound("gguf_init_from_file", _pointer, _text, GgufParams)
gguf_free = _bound("gguf_free", None, _pointer)
gguf_new = _bound("gguf_init_empty", _pointer)
gguf_set_text = _bound("gguf_set_val_str", None, _pointer, _text, _text)
gguf_set_u32 = _bound("gguf_set_val_u32", None, _pointer, _text, ctypes.c_uint32)
gguf_set_f32 = _bound("gguf_set_val_f32", None, _pointer, _text, ctypes.c_float)
gguf_add_tensor = _bound("gguf_add_tensor", None, _pointer, _pointer)
gguf_write = _bound("gguf_write_to_file", ctypes.c_bool, _pointer, _text, ctypes.c_bool)
gguf_find_key = _bound("gguf_find_key", _number, _pointer, _text)
gguf_kv_type = _bound("gguf_get_kv_type", ctypes.c_int, _pointer, _number)
gguf_text = _bound("gguf_get_val_str", _text, _pointer, _number)
gguf_u32 = _bound("gguf_get_val_u32", ctypes.c_uint32, _pointer, _number)
gguf_f32 = _bound("gguf_get_val_f32", ctypes.c_float, _pointer, _number)
gguf_array_type = _bound("gguf_get_arr_type", ctypes.c_int, _pointer, _number)
gguf_array_length = _bound("gguf_get_arr_n", ctypes.c_size_t, _pointer, _number)
gguf_array_text = _bound("gguf_get_arr_str", _text, _pointer, _number, ctypes.c_size_t)
gguf_num_tensors = _bound("gguf_get_n_tensors", _number, _pointer)
gguf_tensor_name = _bound("gguf_get_tensor_name", _text, _pointer, _number)
gguf_tensor_offset = _bound("gguf_get_tensor_offset", ctypes.c_size_t, _pointer, _number)
gguf_tensor_lengths = _bound("gguf_get_tensor_ne", ctypes.POINTER(ctypes.c_int64), _pointer, _number)
gguf_tensor_type = _bound("gguf_get_tensor_type", ctypes.c_int, _pointer, _number)
gguf_tensor_size = _bound("gguf_get_tensor_size", ctypes.c_size_t, _pointer, _number)
gguf_data_offset = _bound("gguf_get_data_offset", ctypes.c_size_t, _pointer)


def layout_is_known() -> bool:
    """Whether llama.cpp's tensors are laid out and its operations numbered as they are declared here."""
    object_header_bytes = 32  # GGML_OBJECT_SIZE on 64 bits
    return bool(
        tensor_overhead() == ctypes.sizeof(Tensor) + object_header_bytes
        and op_name(OP_MUL_MAT) == b"MUL_MAT"
        and op_name(OP_MUL_MAT_ID) == b"MUL_MAT_ID"
    )
