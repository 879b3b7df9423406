"""Whether a file holds what its name says: files are renamed, and uploaded under the wrong name."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from lmstudio_lite.domain.inspection import Finding, FindingCode, Severity
from lmstudio_lite.errors import Detail
from lmstudio_lite.library.gguf import GgufHeader
from lmstudio_lite.library.gguf.types import FILE_TYPES, GGML_TYPES
from lmstudio_lite.library.naming import count_parameters, sizes_said

_SAID = re.compile(
    r"(?<![A-Za-z0-9])(I?Q\d(?:_K)?(?:_(?:\d|XXS|XS|S|M|L|XL|NL))?|TQ\d_0|BF16|F16|F32|MXFP4|NVFP4)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_BITS = {
    **{kind.name: 8 * kind.block_bytes / kind.block_length for kind in GGML_TYPES.values()},
    **{"Q2_K": 2.9, "Q3_K_S": 3.5, "Q3_K_M": 3.9, "Q3_K_L": 4.2, "Q4_K_S": 4.6, "Q4_K_M": 4.85},
    **{"Q4_K_L": 4.9, "Q5_K_S": 5.5, "Q5_K_M": 5.7, "Q2_K_S": 2.7, "IQ3_M": 3.7, "IQ2_M": 2.8, "IQ3_XS": 3.3},
    **{"Q2_K_XL": 3.1, "Q3_K_XL": 4.1, "Q4_K_XL": 4.9, "Q5_K_XL": 5.8, "Q6_K_L": 6.6, "Q8_K_XL": 10.5},
}
"""Bits a weight in the layers' matrices of models of some billion parameters, as llama.cpp mixes types."""
_FARTHEST = 1.6
"""Small models' matrices can't have all types and get larger ones: by a factor of up to 1.4 of 0.5B."""
_NEARER = 1.08
_SMALLEST_PART, _LARGEST_PART = 0.55, 1.8


def inspect_name(stem: str, headers: Sequence[GgufHeader]) -> Iterator[Finding]:
    """Compare a model's name, without ending and part, with the headers of all its parts."""
    yield from _quantization(stem, headers)
    sizes = [size for size in sizes_said(stem) if size]
    num_parameters = count_parameters(stem, headers)
    if sizes and not any(_SMALLEST_PART < num_parameters / size < _LARGEST_PART for size in sizes):
        said: dict[str, Detail] = {"said_parameters": int(sizes[0]), "num_parameters": num_parameters}
        yield Finding(FindingCode.NAME_SIZE, Severity.WARNING, said)


def _quantization(stem: str, headers: Sequence[GgufHeader]) -> Iterator[Finding]:
    found = _SAID.findall(stem)
    bits = _bits_per_weight(headers)
    if not found or not bits:
        return
    said = str(found[-1]).upper()
    nominal = _BITS.get(said)
    if nominal is None:
        return
    distance = abs(math.log(bits / nominal))
    written = FILE_TYPES.get(headers[0].number("general.file_type"), "")
    other = _BITS.get(written, 0.0) if "general.file_type" in headers[0].metadata else 0.0
    is_the_other = (
        other != 0.0
        and _kind(written) != _kind(said)
        and abs(math.log(bits / other)) + math.log(_NEARER) < distance
    )
    if is_the_other or distance > math.log(_FARTHEST):
        details: dict[str, Detail] = {"said": said, "found": _largest_type(headers)}
        yield Finding(FindingCode.NAME_QUANTIZATION, Severity.WARNING, details)


def _kind(name: str) -> str:
    """Return a type without its mixture: "Q4_K" of "Q4_K_M"."""
    return re.sub(r"_(?:XXS|XS|S|M|L|XL)$", "", name)


def _bits_per_weight(headers: Sequence[GgufHeader]) -> float:
    """Return the mean of the layers' matrices, 0.0 if there are none or the size of some is not known."""
    matrices = [
        tensor
        for header in headers
        for tensor in header.tensors
        if tensor.name.startswith("blk.") and len(tensor.shape) > 1
    ]
    num_elements = sum(tensor.num_elements for tensor in matrices)
    if not num_elements or not all(tensor.size_bytes for tensor in matrices):
        return 0.0
    return 8 * sum(tensor.size_bytes for tensor in matrices) / num_elements


def _largest_type(headers: Sequence[GgufHeader]) -> str:
    largest = max(headers, key=lambda header: header.tensor_bytes)
    return largest.tensor_type
