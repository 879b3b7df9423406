"""Which saved states fit a context: those of the same weights, kept in the same form by the same library."""

from __future__ import annotations

import hashlib
from pathlib import Path

import llama_cpp

from lmstudio_lite.files import open_regular

_NUM_SAMPLES = 32
_SAMPLE_SIZE = 16_384


def state_key(path: Path, memory_form: str) -> str:
    """Name a model's contents by its size and samples from all over the file, and the library's build.

    ``memory_form`` is how the context keeps its cells.
    """
    size = path.stat().st_size
    found = hashlib.blake2b(f"{llama_cpp.__version__} {memory_form} {size} ".encode(), digest_size=16)
    found.update(llama_cpp.llama_print_system_info())
    with open_regular(path) as file:
        for part in range(_NUM_SAMPLES):
            file.seek(part * max(0, size - _SAMPLE_SIZE) // (_NUM_SAMPLES - 1))
            found.update(file.read(_SAMPLE_SIZE))
    return found.hexdigest()
