"""500 damaged model files against the header reader and the inspection."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

from lmstudio_lite.errors import ModelFileError
from lmstudio_lite.library.gguf import read_gguf_header
from lmstudio_lite.library.inspection.model import inspect_model
from lmstudio_lite.words.inspection import say_finding, say_value
from tests.support.gguf_models import header_size_of, make_model
from tests.support.gguf_mutations import mutations

NUM_FILES = 500
LONGEST_S = 1.0
MEMORY_MAX_BYTES = 64 << 20
"""Of Python's own allocations (tracemalloc), which all of the reader's are."""


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
            began = time.process_time()
            refused = _is_refused(path)
            inspection = inspect_model(path)
            assert time.process_time() - began < LONGEST_S, what
            assert tracemalloc.get_traced_memory()[1] - before < MEMORY_MAX_BYTES, what
            assert not (refused and inspection.is_usable), what
            assert all(say_finding(finding) for finding in inspection.findings), what
            assert all(len(say_value(entry)) < 200 for entry in inspection.header.entries), what
            num_refused += refused
    finally:
        tracemalloc.stop()
    assert NUM_FILES // 3 < num_refused < NUM_FILES


def _is_refused(path: Path) -> bool:
    try:
        read_gguf_header(path)
    except ModelFileError:
        return True
    return False
