"""500 damaged model files against the header reader."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

from lmstudio_lite.errors import ModelFileError
from lmstudio_lite.library.gguf import read_gguf_header
from tests.support.gguf_models import header_size_of, make_model
from tests.support.gguf_mutations import mutations

NUM_FILES = 500
LONGEST_S = 2.0
MEMORY_MAX_BYTES = 64 << 20


def test_every_damaged_file_is_read_or_refused_in_bounded_time_and_memory(tmp_path: Path) -> None:
    path = tmp_path / "damaged.gguf"
    content = make_model("llama")
    num_refused = 0
    tracemalloc.start()
    try:
        for what, damaged in mutations(content, header_size=header_size_of(content), count=NUM_FILES):
            path.write_bytes(damaged)
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            began = time.monotonic()
            try:
                read_gguf_header(path)
            except ModelFileError:
                num_refused += 1
            assert time.monotonic() - began < LONGEST_S, what
            assert tracemalloc.get_traced_memory()[1] - before < MEMORY_MAX_BYTES, what
    finally:
        tracemalloc.stop()
    assert NUM_FILES // 3 < num_refused < NUM_FILES
