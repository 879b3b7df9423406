"""Which projector lets which model see, and which adapters were trained on which model. Pure.

A projector belongs to the models beside it: to those whose name it carries, and where its name says nothing
("mmproj-model-f16.gguf") to the only model of the folder, in however many quantizations. An adapter
names its base in its header (``general.base_model``), as a name or as the address of a repository.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lmstudio_lite.domain.shelf import ModelEntry, ModelKind
from lmstudio_lite.library.split_names import read_split_name

_QUANTIZATION = re.compile(r"[-._ ](?:UD-)?(?:I?Q\d\w*|TQ\d\w*|B?F16|F32|FP16|MXFP4\w*)$", re.IGNORECASE)
_PROJECTOR_WORDS = re.compile(
    r"(?:^|[-._ ])(?:mmproj|projector|model|vision|clip)(?=$|[-._ ])", re.IGNORECASE
)
_NOT_TELLING = re.compile(r"[^a-z0-9]+")


def is_projector_name(name: str) -> bool:
    """Tell whether a file's name says that it is a projector, before its header is read."""
    return "mmproj" in name.lower()


def attach(entries: Sequence[ModelEntry]) -> list[ModelEntry]:
    """Return the entries, each model with its projector and its adapters."""
    kinds = {entry.kind for entry in entries}
    if not kinds & {ModelKind.PROJECTOR, ModelKind.ADAPTER}:
        return list(entries)
    projectors: dict[Path, list[ModelEntry]] = defaultdict(list)
    models: dict[Path, list[ModelEntry]] = defaultdict(list)
    for entry in entries:
        if entry.kind is ModelKind.PROJECTOR:
            projectors[entry.path.parent].append(entry)
        elif entry.kind in (ModelKind.MODEL, ModelKind.DRAFT):
            models[entry.path.parent].append(entry)
    seeing = {
        path: projector
        for folder, found in projectors.items()
        for path, projector in _seeing(models.get(folder, ()), found).items()
    }
    trained: Mapping[Path, list[Path]] = _trained(entries) if ModelKind.ADAPTER in kinds else {}
    return [
        replace(
            entry,
            projector=seeing.get(entry.path, entry.projector),
            adapters=tuple(dict.fromkeys((*entry.adapters, *trained.get(entry.path, ())))),
        )
        if entry.path in seeing or entry.path in trained
        else entry
        for entry in entries
    ]


def plain_name(path: Path) -> str:
    """Return a file's name without its part's number, ending and quantization, in small letters."""
    split = read_split_name(path.name)
    stem = split.stem if split is not None else path.stem
    return _QUANTIZATION.sub("", stem).lower()


def _seeing(models: Sequence[ModelEntry], projectors: Sequence[ModelEntry]) -> dict[Path, Path]:
    """Return each model's projector; of several that fit the largest, which loses the least."""
    names = {entry.path: _letters(plain_name(entry.path)) for entry in models}
    is_one_model = len(set(names.values())) == 1
    found: dict[Path, Path] = {}
    for projector in sorted(projectors, key=lambda entry: entry.size_bytes):
        said = _letters(_PROJECTOR_WORDS.sub("", plain_name(projector.path)))
        for path, name in names.items():
            if (said and (said in name or name in said)) or (is_one_model and not said):
                found[path] = projector.path
        if is_one_model and not any(projector.path == each for each in found.values()):
            for path in names:
                found.setdefault(path, projector.path)
    return found


def _trained(entries: Sequence[ModelEntry]) -> Mapping[Path, list[Path]]:
    """Return the adapters of each model that an adapter names as its base."""
    by_name: dict[str, list[Path]] = defaultdict(list)
    for entry in entries:
        if entry.kind in (ModelKind.MODEL, ModelKind.DRAFT, ModelKind.EMBEDDING) and entry.file is not None:
            for name in {_letters(entry.file.name), _letters(plain_name(entry.path))}:
                by_name[name].append(entry.path)
    trained: dict[Path, list[Path]] = defaultdict(list)
    for adapter in entries:
        if adapter.kind is not ModelKind.ADAPTER:
            continue
        bases = {_letters(base.rstrip("/").rsplit("/", 1)[-1]) for base in adapter.traits.base_models}
        for path in dict.fromkeys(path for base in bases if base for path in by_name.get(base, ())):
            trained[path].append(adapter.path)
    return trained


def _letters(name: str) -> str:
    return _NOT_TELLING.sub("", name.lower().removesuffix("-gguf"))
