"""Inspects a model's files: reads the headers of all its parts and asks each kind of question of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.domain.inspection import ContentKind, Finding, Severity, worst_first
from lmstudio_lite.domain.models import Failure
from lmstudio_lite.errors import AppError
from lmstudio_lite.library.gguf import GgufHeader, TensorInfo
from lmstudio_lite.library.gguf.reader import read_as_far_as_possible
from lmstudio_lite.library.gguf.source import open_model_file
from lmstudio_lite.library.inspection.keys import inspect_keys, inspect_repeated
from lmstudio_lite.library.inspection.kind import inspect_kind, kind_of
from lmstudio_lite.library.inspection.layout import inspect_layout
from lmstudio_lite.library.inspection.name import inspect_name
from lmstudio_lite.library.inspection.parts import (
    SPLIT_NUMBER,
    InspectedPart,
    inspect_parts,
    is_complete,
    part_paths,
    stem_of,
)
from lmstudio_lite.library.inspection.tokenizer import inspect_tokenizer
from lmstudio_lite.library.naming import count_parameters

_MODELS = frozenset((ContentKind.TEXT, ContentKind.EMBEDDING, ContentKind.RERANKER))


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a model's files hold. ``failure`` says why the first can't be read, or not to its end.

    ``parts`` has the files that are there, the one with the metadata first.
    """

    path: Path
    kind: ContentKind
    parts: tuple[InspectedPart, ...]
    findings: tuple[Finding, ...]

    @property
    def header(self) -> GgufHeader:
        return self.parts[0].header

    @property
    def failure(self) -> Failure | None:
        return self.parts[0].failure

    @property
    def is_usable(self) -> bool:
        return self.failure is None and all(
            finding.severity is not Severity.UNUSABLE for finding in self.findings
        )

    @property
    def size_bytes(self) -> int:
        return sum(part.header.size_bytes for part in self.parts)

    @property
    def num_parameters(self) -> int:
        """As the makers count them, of the parts that are there."""
        return count_parameters(stem_of(self.path), [part.header for part in self.parts])

    @property
    def tensors(self) -> list[TensorInfo]:
        """Every tensor of all parts, in the files' order."""
        return [tensor for part in self.parts for tensor in part.header.tensors]


def inspect_model(path: Path) -> Inspection:
    """Look into the model that the file at ``path`` belongs to. Any thread; up to about a second a file.

    A file that is damaged, or no GGUF at all, is an answer with its ``failure``. Of a part of a model all
    parts are looked at.

    Raises:
        ModelNotFoundError: there is no such file.
        ModelFileError: "unreadable" or "not_a_file": nothing of it can be read.
    """
    expected = part_paths(path)
    if path not in expected or not os.path.isfile(expected[0]):
        expected = [path]  # Without its first part a model has no metadata: the file speaks for itself.
    parts = [_read(part) for part in expected if part == path or os.path.isfile(part)]
    findings = [
        finding for part in parts if part.header.version for finding in _findings_of_file(part.header)
    ]
    findings += inspect_parts(part_paths(path), parts)
    if parts[0].header.version:
        findings += _findings_of_model(expected, parts)
    return Inspection(
        path=expected[0],
        kind=kind_of(parts[0].header),
        parts=tuple(parts),
        findings=worst_first(findings),
    )


def _read(path: Path) -> InspectedPart:
    with open_model_file(path) as source:
        header, error = read_as_far_as_possible(source, path=str(path))
    return InspectedPart(path, header, _failure(error) if error is not None else None)


def _failure(error: AppError) -> Failure:
    return Failure(error.code, error.details)


def _findings_of_file(header: GgufHeader) -> Iterator[Finding]:
    yield from inspect_repeated(header)
    yield from inspect_layout(header)


def _findings_of_model(expected: list[Path], parts: list[InspectedPart]) -> Iterator[Finding]:
    headers = [part.header for part in parts]
    if parts[0].failure is not None and not headers[0].data_start:
        return  # What stands behind the place that makes no sense is not missing, it is not known.
    yield from inspect_kind(headers[0])
    kind = kind_of(headers[0])
    is_whole = is_complete(expected, parts)
    if kind in _MODELS or not (headers[0].architecture or headers[0].number(SPLIT_NUMBER)):
        yield from inspect_keys(headers, has_all_tensors=is_whole)
    if kind in _MODELS:
        yield from inspect_tokenizer(headers)
        if is_whole:
            yield from inspect_name(stem_of(expected[0]), headers)
