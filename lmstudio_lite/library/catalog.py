"""The catalog of models that the program recommends: ``resources/catalog.toml``, checked and typed.

It came with the program and is read without a network. Whatever is wrong with it is a bug of ours, and the
message names the entry.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from msgspec import Meta

from lmstudio_lite.domain.catalog import CatalogModel, Licence, LicenceTerms, UseCase
from lmstudio_lite.domain.fit import ModelFacts
from lmstudio_lite.domain.generation import Sampling
from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.errors import InvariantError
from lmstudio_lite.paths import resources

LICENCES: dict[str, LicenceTerms] = {
    "Apache-2.0": LicenceTerms.FREE,
    "MIT": LicenceTerms.FREE,
    "Gemma": LicenceTerms.OWN_TERMS,
    "LFM-1.0": LicenceTerms.OWN_TERMS,
}
"""What the licences that the catalog knows mean. An entry under any other one is refused."""

HUB = "https://huggingface.co"
_REPO = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_REVISION = re.compile(r"main|[0-9a-f]{40}")
_SHA256 = re.compile(r"(?:[0-9a-f]{64})?")
_NEEDED = ("block_count", "embedding_length", "attention.head_count")
"""Without these neither the cache nor the buffers of a model can be foretold."""

_OUTPUT_BYTES = {"Q8_0": 34 / 32, "Q4_0": 210 / 256}
"""A weight's in the table of words beside layers that are all of that type: Google's files of Q4_0 have Q6_K
there (listed in public dumps of their tensors)."""

Bytes = Annotated[int, Meta(gt=0, le=1 << 40)]
Quality = Annotated[int, Meta(ge=0, le=100)]


class _Licence(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    source: str


class _Sampling(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    source: str = ""
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_k: Annotated[int, Meta(ge=0)] | None = None
    top_p: Annotated[float, Meta(gt=0, le=1)] | None = None
    min_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    repeat_penalty: Annotated[float, Meta(ge=1, le=2)] | None = None
    presence_penalty: Annotated[float, Meta(ge=0, le=2)] | None = None


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    """An entry as it is written; the file's head says what each value means."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    name: Annotated[str, Meta(min_length=1)]
    quality: Annotated[dict[UseCase, Quality], Meta(min_length=1)]
    why: Annotated[str, Meta(min_length=1)]
    repo: str
    file: str
    size_bytes: Bytes
    quantization: Annotated[str, Meta(min_length=1)]
    num_parameters: Annotated[int, Meta(gt=0)]
    licence: _Licence
    languages: Annotated[tuple[str, ...], Meta(min_length=1)]
    context_length: Annotated[int, Meta(gt=0)]
    architecture: Annotated[str, Meta(min_length=1)]
    vocabulary_size: Annotated[int, Meta(gt=0)]
    weights_bytes: Bytes
    numbers: dict[str, float | tuple[float, ...]]
    revision: str = "main"
    sha256: str = ""
    expert_bytes: int = 0
    embedding_bytes: int = 0
    template_family: str = ""
    sampling: _Sampling | None = None
    is_later: bool = False
    always_thinks: bool = False
    draft_for: tuple[str, ...] = ()
    doubt: str = ""


@functools.cache
def catalog() -> tuple[CatalogModel, ...]:
    """Return the models of the catalog, in the file's order; read once."""
    return read_catalog(resources() / "catalog.toml")


def makers_sampling(path: Path) -> Sampling | None:
    """Return what the catalog says of the sampling of the file at ``path``, None where it says nothing.

    The file is known by its name and size: its content is read only where somebody asks for its checksum.
    """
    said = [model for model in catalog() if model.sampling is not None and model.file.name == path.name]
    try:
        size_bytes = path.stat().st_size if said else 0
    except OSError:
        return None  # Whoever loads it says that it is gone.
    return next((model.sampling for model in said if model.file.size_bytes == size_bytes), None)


def read_catalog(path: Path) -> tuple[CatalogModel, ...]:
    """Return the models of the catalog at ``path``.

    Raises:
        InvariantError: the file is not what a catalog is; the message names the entry.
    """
    try:
        with path.open("rb") as file:
            tables = tomllib.load(file)
    except (OSError, ValueError) as error:
        raise InvariantError(f"{path}: {error}") from error
    rows = tables.get("models")
    if not isinstance(rows, list) or tables.keys() != {"models"}:
        raise InvariantError(f"{path}: no [[models]], or something beside them")
    models = tuple(_model(path, number, row) for number, row in enumerate(rows, 1))
    _check_together(path, models)
    return models


def _model(path: Path, number: int, row: dict[str, Any]) -> CatalogModel:
    where = f"{path}: entry {number} ({row.get('id', 'without an id')})"
    try:
        read = msgspec.convert(row, _Row)
    except msgspec.ValidationError as error:
        raise InvariantError(f"{where}: {error}") from error
    for problem in _problems(read):
        raise InvariantError(f"{where}: {problem}")
    return CatalogModel(
        id=read.id,
        name=read.name,
        quality=read.quality,
        file=_remote_file(read),
        quantization=read.quantization,
        num_parameters=read.num_parameters,
        licence=Licence(read.licence.name, LICENCES[read.licence.name], read.licence.source),
        languages=read.languages,
        context_length=read.context_length,
        template_family=read.template_family,
        why=read.why,
        facts=ModelFacts(
            read.architecture,
            read.numbers,
            read.weights_bytes,
            read.vocabulary_size,
            read.expert_bytes,
            read.embedding_bytes,
            _type_bytes(read),
        ),
        sampling=_sampling(read.sampling),
        sampling_source=read.sampling.source if read.sampling is not None else "",
        is_later=read.is_later,
        always_thinks=read.always_thinks,
        draft_for=read.draft_for,
        doubt=read.doubt,
    )


def _problems(row: _Row) -> list[str]:
    sources = [row.licence.source, *([row.sampling.source] if row.sampling is not None else [])]
    checks = {
        "repo is no owner/name": bool(_REPO.fullmatch(row.repo)),
        "revision is neither main nor a commit": bool(_REVISION.fullmatch(row.revision)),
        "sha256 is none": bool(_SHA256.fullmatch(row.sha256)),
        "file is no GGUF's name": row.file.endswith(".gguf") and "/" not in row.file,
        "the weights are more than the file": row.weights_bytes <= row.size_bytes,
        "experts and tables are more than the weights": 0
        <= row.expert_bytes + row.embedding_bytes
        < row.weights_bytes,
        f"licence {row.licence.name} is not known": row.licence.name in LICENCES,
        "a source is no https address": all(source.startswith("https://") for source in sources),
        "a number that memory follows from is missing": all(name in row.numbers for name in _NEEDED),
        "experts without their numbers": not row.expert_bytes
        or {"expert_count", "expert_used_count"} <= row.numbers.keys(),
        "a list that is not one value a layer": all(
            len(value) == row.numbers["block_count"]
            for value in row.numbers.values()
            if isinstance(value, tuple)
        ),
    }
    return [problem for problem, is_right in checks.items() if not is_right]


def _check_together(path: Path, models: tuple[CatalogModel, ...]) -> None:
    ids = Counter(model.id for model in models)
    for id_, count in ids.items():
        if count > 1:
            raise InvariantError(f"{path}: {count} entries are called {id_}")
    for model in models:
        for drafted in model.draft_for:
            if drafted not in ids:
                raise InvariantError(f"{path}: {model.id} drafts for {drafted}, which is not there")


def _type_bytes(row: _Row) -> dict[str, int]:
    """Return the layers' bytes by type where all layers are of one type; mixtures are left to the average."""
    per_weight = _OUTPUT_BYTES.get(row.quantization)
    length = row.numbers["embedding_length"]
    if per_weight is None or isinstance(length, tuple):
        return {}
    table = round(row.vocabulary_size * length * per_weight)
    return {row.quantization: max(0, row.weights_bytes - row.embedding_bytes - table)}


def _remote_file(row: _Row) -> RemoteFile:
    url = f"{HUB}/{row.repo}/resolve/{row.revision}/{quote(row.file)}"
    return RemoteFile(url, row.file, row.size_bytes, row.sha256, row.repo, row.revision, row.file)


def _sampling(row: _Sampling | None) -> Sampling | None:
    if row is None:
        return None
    said = msgspec.to_builtins(row)
    del said["source"]
    return Sampling(**said)
