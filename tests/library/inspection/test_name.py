"""Names that say something else than the file holds are told from those that publishers really give."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.inspection import FindingCode
from lmstudio_lite.library.gguf import GgufHeader, TensorInfo
from lmstudio_lite.library.gguf.types import FILE_TYPES, GGML_TYPES
from lmstudio_lite.library.inspection.name import inspect_name

KINDS = {kind.name: kind for kind in GGML_TYPES.values()}
NUMBERS = {name: number for number, name in FILE_TYPES.items()}


def header(num_parameters: float, mixture: dict[str, float], file_type: str = "") -> GgufHeader:
    """Return the header of a model whose matrices are ``mixture``: shares by type."""
    tensors = []
    for name, share in mixture.items():
        rows = int(num_parameters * share / 256)
        kind = KINDS[name]
        size = math.ceil(rows * 256 / kind.block_length) * kind.block_bytes
        tensors.append(TensorInfo(f"blk.0.{name}.weight", (256, rows), name, 0, size))
    return GgufHeader(
        version=3,
        size_bytes=0,
        metadata={"general.file_type": NUMBERS[file_type]} if file_type else {},
        array_lengths={},
        number_arrays={},
        num_tensors=len(tensors),
        num_parameters=sum(tensor.num_elements for tensor in tensors),
        tensor_bytes=sum(tensor.size_bytes for tensor in tensors),
        tensor_type=max(tensors, key=lambda tensor: tensor.size_bytes).type_name,
        tensors=tuple(tensors),
    )


Q4_K_M = {"Q4_K": 0.85, "Q6_K": 0.15}
SMALL_Q4_K_M = {"Q5_0": 0.85, "Q8_0": 0.15}


@pytest.mark.parametrize(
    ("stem", "made"),
    [
        ("Qwen2.5-7B-Instruct-Q4_K_M", header(7.6e9, Q4_K_M, "Q4_K_M")),
        ("qwen2.5-0.5b-instruct-q4_k_m", header(0.49e9, SMALL_Q4_K_M, "Q4_K_M")),
        ("Mixtral-8x7B-v0.1.Q4_K_M", header(46.7e9, Q4_K_M, "Q4_K_M")),
        ("Qwen3-30B-A3B-UD-Q4_K_XL", header(30.5e9, Q4_K_M, "Q4_K_M")),
        ("OLMoE-1B-7B-0924-Instruct-Q8_0", header(6.9e9, {"Q8_0": 1.0}, "Q8_0")),
        ("gemma-3n-E4B-it-Q8_0", header(6.9e9, {"Q8_0": 1.0}, "Q8_0")),
        ("gemma-2-2b-it-IQ4_XS", header(2.6e9, {"IQ4_XS": 0.9, "Q5_K": 0.1}, "IQ4_XS")),
        ("phi-4-Q6_K", header(14e9, {"Q6_K": 1.0})),
        ("model", header(1e9, {"F16": 1.0}, "F16")),
        ("Llama-3.2-1B-Instruct-f16", header(1.24e9, {"F16": 1.0}, "F16")),
    ],
)
def test_what_publishers_write_is_believed(stem: str, made: GgufHeader) -> None:
    assert list(inspect_name(stem, [made])) == []


@pytest.mark.parametrize(
    ("stem", "made", "said", "found"),
    [
        ("Qwen2.5-7B-Q4_K_M", header(7.6e9, {"Q8_0": 1.0}, "Q8_0"), "Q4_K_M", "Q8_0"),
        ("Qwen2.5-7B-Q4_K_M", header(7.6e9, {"Q8_0": 1.0}), "Q4_K_M", "Q8_0"),
        ("Qwen2.5-7B-Q8_0", header(7.6e9, Q4_K_M, "Q4_K_M"), "Q8_0", "Q4_K"),
        ("Qwen2.5-7B-Q5_K_M", header(7.6e9, Q4_K_M, "Q4_K_M"), "Q5_K_M", "Q4_K"),
        ("Qwen2.5-7B-BF16", header(7.6e9, {"F32": 1.0}), "BF16", "F32"),
    ],
)
def test_another_quantization_is_told(stem: str, made: GgufHeader, said: str, found: str) -> None:
    (finding,) = inspect_name(stem, [made])
    assert finding.code is FindingCode.NAME_QUANTIZATION
    assert finding.details == {"said": said, "found": found}


def test_another_size_is_told() -> None:
    (finding,) = inspect_name("Qwen2.5-7B-Q8_0", [header(1.5e9, {"Q8_0": 1.0}, "Q8_0")])
    assert finding.code is FindingCode.NAME_SIZE
    assert finding.details["said_parameters"] == 7_000_000_000


@given(
    st.text(max_size=40)
    | st.from_regex(r"[A-Za-z-]{0,6}[0-9]{0,3}[MB]?[-_.](I?Q[0-9]_[0KMSX]{0,3})?", fullmatch=True)
)
def test_any_name_is_judged(stem: str) -> None:
    findings = list(inspect_name(stem, [header(1e9, {"Q8_0": 1.0}, "Q8_0")]))
    assert all(finding.details for finding in findings)
