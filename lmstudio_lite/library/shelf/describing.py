"""From headers to what is shown: sizes, kind, and what the makers say of a model.

Keys are those of the GGUF specification (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lmstudio_lite.domain.models import Failure, ModelFile
from lmstudio_lite.domain.shelf import ModelKind, ModelTraits
from lmstudio_lite.errors import AppError, ModelFileError
from lmstudio_lite.library.gguf import GgufHeader, read_gguf_header
from lmstudio_lite.library.gguf.kinds import (
    ENCODERS,
    POOLINGS,
    PROJECTOR_ARCHITECTURE,
    PROJECTOR_TYPES,
    RANK_POOLING,
)
from lmstudio_lite.library.gguf.types import FILE_TYPES
from lmstudio_lite.library.naming import count_parameters, model_name
from lmstudio_lite.library.split_names import part_files, read_split_name

_DRAFT_ARCHITECTURES = frozenset(("eagle", "eagle3"))
_DRAFT_NAME = re.compile(r"(?:^|[-_. ])draft(?:$|[-_. ])", re.IGNORECASE)

_THINKING = re.compile(r"enable_thinking|reasoning_content|<think>|<\|channel\|>|thinking")
_TOOLS = re.compile(r"\btools\b")
_IMAGES = re.compile(r"""['"]image(?:_url)?['"]|<\|?image|vision_start|start_of_image""")

_LANGUAGES = "general.languages"
_KEPT = frozenset((_LANGUAGES,))
_MAX_BASES = 8
_MAX_LANGUAGES = 400


@dataclass(frozen=True, slots=True)
class Description:
    """What a model's headers say; exactly one of ``file`` and ``failure`` is there.

    ``given_name`` is the model's name where its store decided it, not the header or the file's name.
    """

    kind: ModelKind
    file: ModelFile | None
    failure: Failure | None
    traits: ModelTraits = field(default_factory=ModelTraits)
    given_name: str = ""


def describe(path: Path, *, name: str = "", stem: str = "", quantization: str = "") -> Description:
    """Return what the model whose first file is ``path`` says of itself. Reads the disk.

    ``name`` and ``quantization`` come from a manifest, ``stem`` takes the place of the file's own name; ""
    where there is none.

    Raises:
        ModelNotFoundError: there is no such file.
        ModelFileError: it is not a usable GGUF; see ``library.gguf`` for the reasons. "part_missing":
            the model is split over several files, and ``part`` is not beside this one.
    """
    parts = part_files(path)
    headers = [
        read_gguf_header(
            part, needs_tensors=len(parts) == 1, kept_arrays=_KEPT if part == path else frozenset()
        )
        for part in parts
    ]
    if not any(header.num_tensors for header in headers):
        raise ModelFileError(path=str(path), reason="no_tensors")
    header = headers[0]
    if not header.text("general.architecture"):
        raise ModelFileError(path=str(path), reason="absurd_metadata")
    split = read_split_name(path.name)
    called = name or stem or (split.stem if split else path.stem)
    file = _model_file(path, called, headers, name, quantization)
    given_name = file.name if name or stem else ""
    return Description(_kind(header, called), file, None, _traits(header), given_name)


def describe_or_fail(path: Path, *, name: str = "", stem: str = "", quantization: str = "") -> Description:
    """Return what ``describe`` does, its errors as a value."""
    try:
        return describe(path, name=name, stem=stem, quantization=quantization)
    except AppError as error:
        return Description(ModelKind.MODEL, None, Failure(error.code, error.details))


def _model_file(
    path: Path, stem: str, headers: Sequence[GgufHeader], given_name: str, given_quantization: str
) -> ModelFile:
    header = headers[0]
    architecture = header.text("general.architecture")
    num_heads = header.number(f"{architecture}.attention.head_count")
    embedding_length = header.number(f"{architecture}.embedding_length")
    head_length = embedding_length // num_heads if num_heads else 0
    key_length = header.number(f"{architecture}.attention.key_length") or head_length
    return ModelFile(
        path=path,
        name=given_name or model_name(stem, header),
        architecture=architecture,
        size_bytes=sum(part.size_bytes for part in headers),
        num_parameters=count_parameters(stem, headers),
        quantization=_quantization(header) or given_quantization,
        context_length=header.number(f"{architecture}.context_length"),
        num_layers=header.number(f"{architecture}.block_count"),
        embedding_length=embedding_length,
        num_heads=num_heads,
        num_kv_heads=header.number(f"{architecture}.attention.head_count_kv") or num_heads,
        has_chat_template=bool(header.text("tokenizer.chat_template").strip()),
        key_length=key_length,
        value_length=header.number(f"{architecture}.attention.value_length") or key_length,
        vocabulary_size=header.array_lengths.get("tokenizer.ggml.tokens", 0)
        or header.number(f"{architecture}.vocab_size"),
        is_embedding=architecture in ENCODERS or header.number(f"{architecture}.pooling_type") in POOLINGS,
    )


def _quantization(header: GgufHeader) -> str:
    file_type = header.metadata.get("general.file_type")
    if isinstance(file_type, int) and file_type in FILE_TYPES:
        return FILE_TYPES[file_type]
    return header.tensor_type


def _kind(header: GgufHeader, stem: str) -> ModelKind:
    architecture, kind = header.text("general.architecture"), header.text("general.type")
    pooling = header.number(f"{architecture}.pooling_type")
    if kind == "adapter":
        return ModelKind.ADAPTER
    if architecture == PROJECTOR_ARCHITECTURE or kind in PROJECTOR_TYPES:
        return ModelKind.PROJECTOR
    if pooling == RANK_POOLING:
        return ModelKind.RERANKER
    if architecture in ENCODERS or pooling in POOLINGS:
        return ModelKind.EMBEDDING
    if architecture in _DRAFT_ARCHITECTURES or _DRAFT_NAME.search(stem):
        return ModelKind.DRAFT
    return ModelKind.MODEL


def _traits(header: GgufHeader) -> ModelTraits:
    template = header.text("tokenizer.chat_template")
    licence = header.text("general.license")
    if licence in ("", "other"):
        licence = header.text("general.license.name") or licence
    return ModelTraits(
        family=header.text("general.basename") or header.text("general.architecture"),
        languages=header.text_arrays.get(_LANGUAGES, ())[:_MAX_LANGUAGES],
        licence=licence,
        base_models=_base_models(header),
        has_thinking=bool(_THINKING.search(template)),
        has_tools=bool(_TOOLS.search(template)),
        sees_images=bool(_IMAGES.search(template)),
    )


def _base_models(header: GgufHeader) -> tuple[str, ...]:
    count = min(header.number("general.base_model.count"), _MAX_BASES)
    keys = [f"general.base_model.{number}.{key}" for number in range(count) for key in ("name", "repo_url")]
    return tuple(filter(None, map(header.text, keys)))
