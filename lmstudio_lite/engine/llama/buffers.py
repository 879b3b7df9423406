"""What llama.cpp says of its buffers while it loads a model and makes a context, as numbers.

Its own account (``llama_get_memory_breakdown``) is C++ and can't be called from here; the lines it logs say
the same, to a hundredth of a mebibyte, and one a device and purpose. A model that is loaded without its
weights (``no_alloc``) has empty buffers for what it keeps of texts, whose planned size has a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lmstudio_lite.domain.models import TakenMemory

_MEBIBYTE = 1 << 20
_BUFFER = re.compile(r":\s+(\S+)\s+(model|KV|RS|compute|output|\S+ \S+ state) buffer size =\s*([\d.]+) MiB")
_PLANNED = re.compile(r": size =\s*([\d.]+) MiB \(\s*\d+ cells")
_REARRANGED = re.compile(r"REPACK|AMX|KLEIDIAI|aarch64", re.IGNORECASE)
_MAPPED = "_Mapped"


def planned_bytes(lines: Iterable[str]) -> tuple[int, int]:
    """Return what a context would keep of texts, and its buffers, after it was made without weights."""
    kept = compute = 0.0
    for line in lines:
        if planned := _PLANNED.search(line):
            kept += float(planned[1])
        elif (buffer := _BUFFER.search(line)) and buffer[2] in ("compute", "output"):
            compute += float(buffer[3])
    return round(kept * _MEBIBYTE), round(compute * _MEBIBYTE)


def taken_memory(lines: Iterable[str], weights_bytes: int) -> TakenMemory:
    """Return what a loaded model takes; ``weights_bytes`` are its tensors', by ``llama_model_size``."""
    sums = {"weights": 0.0, "mapped": 0.0, "rearranged": 0.0, "kept": 0.0, "compute": 0.0}
    for line in lines:
        if buffer := _BUFFER.search(line):
            sums[_purpose(buffer[1], buffer[2])] += float(buffer[3])
    held = {name: round(size * _MEBIBYTE) for name, size in sums.items()}
    # A mapped file holds each weight; of those that lie in another buffer as well only that one is needed.
    mapped = min(held["mapped"], max(0, weights_bytes - held["weights"] - held["rearranged"]))
    return TakenMemory(
        weights_bytes=held["weights"] + held["rearranged"] + mapped,
        kv_bytes=held["kept"],
        compute_bytes=held["compute"],
        rearranged_bytes=held["rearranged"],
    )


def _purpose(buffer_type: str, purpose: str) -> str:
    if purpose == "model":
        if _REARRANGED.search(buffer_type):
            return "rearranged"
        return "mapped" if buffer_type.endswith(_MAPPED) else "weights"
    return "compute" if purpose in ("compute", "output") else "kept"
