"""The GPUs that llama.cpp sees, with the memory that is free on them now.

The bindings leave this part of ggml-backend.h out; it is called in the libraries that they have loaded.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

_TYPE_GPU, _TYPE_INTEGRATED = 1, 2  # enum ggml_backend_dev_type


@dataclass(frozen=True, slots=True)
class GpuDevice:
    name: str
    description: str
    free_bytes: int
    total_bytes: int


def gpu_devices() -> list[GpuDevice]:
    """Ask every device; empty where the build has no GPU backend or the machine no GPU.

    Integrated GPUs count only where there is no other, as llama.cpp itself chooses.
    """
    import llama_cpp

    if not llama_cpp.llama_supports_gpu_offload():
        return []
    from llama_cpp import _ggml

    library: Any = _ggml.libggml
    base = ctypes.CDLL(str(_ggml.libggml_base_path / _base_name()), mode=ctypes.RTLD_GLOBAL)
    library.ggml_backend_dev_count.restype = ctypes.c_size_t
    library.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
    library.ggml_backend_dev_get.restype = ctypes.c_void_p
    found: dict[int, list[GpuDevice]] = {_TYPE_GPU: [], _TYPE_INTEGRATED: []}
    for index in range(library.ggml_backend_dev_count()):
        device = ctypes.c_void_p(library.ggml_backend_dev_get(index))
        kind = int(base.ggml_backend_dev_type(device))
        if kind in found:
            found[kind].append(_describe(base, device))
    return found[_TYPE_GPU] or found[_TYPE_INTEGRATED][:1]


def _describe(base: Any, device: ctypes.c_void_p) -> GpuDevice:
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    base.ggml_backend_dev_memory(device, ctypes.byref(free), ctypes.byref(total))
    for read in (base.ggml_backend_dev_name, base.ggml_backend_dev_description):
        read.restype = ctypes.c_char_p
    return GpuDevice(
        name=(base.ggml_backend_dev_name(device) or b"").decode("utf-8", "replace"),
        description=(base.ggml_backend_dev_description(device) or b"").decode("utf-8", "replace"),
        free_bytes=int(free.value),
        total_bytes=int(total.value),
    )


def _base_name() -> str:
    import sys

    return {"win32": "ggml-base.dll", "darwin": "libggml-base.dylib"}.get(sys.platform, "libggml-base.so")
