"""The files of a repository as what a person chooses: one variant a quantization, its parts together.

Names of files are all there is to go by before a header is read; publishers follow the naming of llama.cpp's
tools (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, "GGUF naming convention"). Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lmstudio_lite.domain.hub import ModelVariant, RemoteFile
from lmstudio_lite.errors import VariantNotFoundError

_PART = re.compile(r"-(\d{5})-of-(\d{5})(?=\.gguf$)", re.IGNORECASE)
_QUANTIZATION = re.compile(
    r"(?<![A-Za-z0-9])(?:UD-)?"
    r"(?:I?Q[1-9]\d?(?:_[A-Z0-9]+)*|TQ[12]_\d|BF16|F16|FP16|F32|FP32|(?:MX|NV)FP4(?:_[A-Z0-9]+)*)"
    r"(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_PROJECTOR = re.compile(r"(?<![a-z])mmproj(?![a-z])", re.IGNORECASE)
_IMPORTANCE = re.compile(r"(?<![a-z])imatrix(?=\.gguf$|\.dat)", re.IGNORECASE)
_SAME = {"FP16": "F16", "FP32": "F32"}
_USUAL = (
    "Q4_K_M",
    "Q4_K_S",
    "Q4_0",
    "Q5_K_M",
    "Q4_K_XL",
    "Q4_1",
    "IQ4_XS",
    "IQ4_NL",
    "Q6_K",
    "Q8_0",
    "MXFP4",
    "F16",
)
"""What is taken where nobody says which, best first: four bits lose little and are quick everywhere."""
_PROJECTOR_USUAL = ("F16", "BF16", "Q8_0", "F32")


@dataclass(frozen=True, slots=True)
class _Named:
    """A file with what its name says. ``family`` is the rest of it: which model, of several in one place."""

    file: RemoteFile
    family: str
    quantization: str
    part: int
    num_parts: int


def group_variants(files: Iterable[RemoteFile]) -> tuple[ModelVariant, ...]:
    """Return what can be fetched of ``files``, smallest first; whatever is no GGUF model is left out.

    A model whose parts are not all there is left out too: it could not be loaded. A projector ("mmproj") goes
    with every variant in its folder, or below it.
    """
    projectors: list[_Named] = []
    groups: dict[tuple[str, str, int], list[_Named]] = defaultdict(list)
    for file in files:
        if not file.path.lower().endswith(".gguf") or _IMPORTANCE.search(file.path):
            continue
        named = _named(file)
        if _PROJECTOR.search(_base_name(file.path)):
            projectors.append(named)
        else:
            groups[named.family, named.quantization, named.num_parts].append(named)
    variants = [
        ModelVariant(
            quantization, tuple(each.file for each in parts), _projector_for(parts[0].file, projectors)
        )
        for (_, quantization, num_parts), found in groups.items()
        if (parts := _whole(found, num_parts))
    ]
    return tuple(sorted(variants, key=lambda variant: (variant.size_bytes, variant.files[0].path)))


def choose_variant(
    variants: Sequence[ModelVariant], *, quantization: str = "", path: str = ""
) -> ModelVariant:
    """Return the variant that ``quantization`` or one file's ``path`` names, the usual one without either.

    A projector's path gives the projector alone.

    Of a name that several models in one repository share the first file's name decides, alphabetically.

    Raises:
        VariantNotFoundError: there is none; ``known`` lists what there is.
    """
    if path:
        wanted = path.lower()
        for variant in variants:
            if any(wanted in (file.path.lower(), _base_name(file.path).lower()) for file in variant.files):
                return variant
        for projector in filter(None, (variant.projector for variant in variants)):
            if wanted in (projector.path.lower(), _base_name(projector.path).lower()):
                return ModelVariant(quantization_of(projector.path), (projector,))
    elif quantization:
        for fits in (_is_same, _is_nearly):
            found = [variant for variant in variants if fits(variant.quantization, quantization)]
            if found:
                return min(found, key=lambda variant: variant.files[0].path)
    elif variants:
        return _usual(variants)
    known = ", ".join(dict.fromkeys(variant.quantization or variant.files[0].path for variant in variants))
    raise VariantNotFoundError(wanted=path or quantization, known=known[:500])


def family_of(variant: ModelVariant) -> str:
    """Return which of a repository's models this is a variant of: the path without any quantization."""
    plain = _QUANTIZATION.sub("", _PART.sub("", variant.files[0].path).removesuffix(".gguf"))
    return "/".join(filter(None, (part.strip("-._ ").lower() for part in plain.split("/"))))


def quantization_of(path: str) -> str:
    """Return the quantization that a file's name or else its folders name ("Q4_K_M"), "" if none does."""
    for name in reversed(_PART.sub("", path).split("/")):
        found = _QUANTIZATION.findall(name.removesuffix(".gguf"))
        if found:
            label = str(found[-1]).upper()
            return _SAME.get(label, label)
    return ""


def _named(file: RemoteFile) -> _Named:
    part = _PART.search(file.path)
    plain = _PART.sub("", file.path)
    folder, _, name = plain.rpartition("/")
    family = f"{folder}/{_QUANTIZATION.sub('', name)}" if quantization_of(name) else plain
    number, count = (int(part[1]), int(part[2])) if part else (1, 1)
    return _Named(file, family, quantization_of(file.path), number, count)


def _whole(found: Sequence[_Named], num_parts: int) -> list[_Named]:
    """Return the parts in their order, nothing if one is missing."""
    parts = sorted(found, key=lambda each: each.part)
    return parts if [each.part for each in parts] == list(range(1, num_parts + 1)) else []


def _projector_for(file: RemoteFile, projectors: Sequence[_Named]) -> RemoteFile | None:
    near = [each for each in projectors if _is_in(file.path, each.file.path.rpartition("/")[0])]

    def rank(each: _Named) -> tuple[int, int, str]:
        usual = _PROJECTOR_USUAL
        order = usual.index(each.quantization) if each.quantization in usual else len(usual)
        return -each.file.path.count("/"), order, each.file.path

    return min(near, key=rank).file if near else None


def _usual(variants: Sequence[ModelVariant]) -> ModelVariant:
    for label in _USUAL:
        found = [variant for variant in variants if _is_nearly(variant.quantization, label)]
        if found:
            return min(found, key=lambda variant: (variant.quantization != label, variant.files[0].path))
    return variants[0]


def _is_same(label: str, wanted: str) -> bool:
    return label.upper() == wanted.upper().replace("-", "_").replace("UD_", "UD-")


def _is_nearly(label: str, wanted: str) -> bool:
    """Tell whether both name one type, apart from the maker's mark ("UD-Q4_K_XL")."""
    return _bare(label) == _bare(wanted)


def _bare(label: str) -> str:
    label = label.upper().replace("-", "_").removeprefix("UD_")
    return _SAME.get(label, label)


def _is_in(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _base_name(path: str) -> str:
    return path.rpartition("/")[2]
