from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lmstudio_lite.domain.models import ModelFile
from lmstudio_lite.errors import ModelTooLargeError
from lmstudio_lite.library.fit import Fit, check_fits, estimate_memory, judge_fit

MEBIBYTE = 1 << 20

SMOLLM2 = ModelFile(
    path=Path("smollm2.gguf"),
    name="SmolLM2 135M",
    architecture="llama",
    size_bytes=98_362_432,
    num_parameters=134_515_008,
    quantization="Q4_1",
    context_length=8192,
    num_layers=30,
    embedding_length=576,
    num_heads=9,
    num_kv_heads=3,
    has_chat_template=True,
    key_length=64,
    value_length=64,
    vocabulary_size=49152,
)


def test_the_estimate_agrees_with_llama_cpp() -> None:
    """At 4,096 tokens llama.cpp reports 90 MiB of KV cache and 99.4 MiB of compute buffer."""
    estimate = estimate_memory(SMOLLM2, 4096)
    assert estimate.kv_bytes == 90 * MEBIBYTE
    assert 99.3 * MEBIBYTE < estimate.compute_bytes < 180 * MEBIBYTE
    assert estimate.total_bytes == SMOLLM2.size_bytes + estimate.kv_bytes + estimate.compute_bytes


def test_more_context_needs_more() -> None:
    totals = [estimate_memory(SMOLLM2, size).total_bytes for size in (512, 4096, 32768)]
    assert totals == sorted(totals)
    assert estimate_memory(SMOLLM2, 0) == estimate_memory(SMOLLM2, 4096)


def test_a_header_that_says_little_still_has_an_estimate() -> None:
    bare = replace(SMOLLM2, num_layers=0, num_heads=0, num_kv_heads=0, embedding_length=0, key_length=0)
    assert estimate_memory(bare, 4096).total_bytes > bare.size_bytes


def test_judgement() -> None:
    needed = estimate_memory(SMOLLM2, 4096).total_bytes
    assert judge_fit(SMOLLM2, 4096, needed * 2) is Fit.FITS
    assert judge_fit(SMOLLM2, 4096, needed + 1) is Fit.TIGHT
    assert judge_fit(SMOLLM2, 4096, needed - 1) is Fit.TOO_LARGE
    check_fits(SMOLLM2, 4096, needed)
    with pytest.raises(ModelTooLargeError) as caught:
        check_fits(SMOLLM2, 4096, needed - 1)
    assert caught.value.details == {
        "path": "smollm2.gguf",
        "needed_bytes": needed,
        "available_bytes": needed - 1,
    }


def test_a_model_larger_than_this_machine() -> None:
    huge = replace(SMOLLM2, size_bytes=1 << 50)
    assert judge_fit(huge, 4096) is Fit.TOO_LARGE
    with pytest.raises(ModelTooLargeError):
        check_fits(huge, 4096)
