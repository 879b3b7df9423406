"""Looks into a model's file: what the library finds in its header, and what only the engine can judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lmstudio_lite.domain.inspection import ContentKind, Finding, FindingCode, Severity, worst_first
from lmstudio_lite.library.gguf import GgufHeader, Scalar, read_gguf_header
from lmstudio_lite.library.inspection.model import Inspection, inspect_model
from lmstudio_lite.library.inspection.tokenizer import TEMPLATE_KEY, TOKENS_KEY

_LARGEST_VOCABULARY = 1 << 20
_NEED_ARCHITECTURE = frozenset(
    (
        ContentKind.TEXT,
        ContentKind.EMBEDDING,
        ContentKind.RERANKER,
        ContentKind.ADAPTER,
        ContentKind.VOCABULARY,
    )
)


def inspect_file(path: Path) -> Inspection:
    """Look into the model that the file at ``path`` belongs to. Not for the GUI thread: takes up to a second.

    Raises:
        ModelNotFoundError: there is no such file.
        ModelFileError: "unreadable" or "not_a_file": nothing of it can be read.
    """
    inspection = inspect_model(path)
    more = list(_asked_of_the_engine(inspection))
    return replace(inspection, findings=worst_first([*inspection.findings, *more]))


def read_array(inspection: Inspection, key: str) -> tuple[Scalar, ...]:
    """Return all values of an array of the metadata; not for the GUI thread.

    Raises:
        ModelNotFoundError, ModelFileError: the file is gone, or was changed meanwhile.
    """
    header = read_gguf_header(inspection.path, needs_tensors=False, kept_arrays=frozenset((key,)))
    return header.text_arrays.get(key) or header.number_arrays.get(key, ())


def _asked_of_the_engine(inspection: Inspection) -> Iterator[Finding]:
    from lmstudio_lite.engine.llama.architectures import knows_architecture

    header = inspection.header
    architecture = header.architecture
    if inspection.kind in _NEED_ARCHITECTURE and architecture and not knows_architecture(architecture):
        details = {"architecture": architecture}
        yield Finding(FindingCode.ARCHITECTURE_UNKNOWN, Severity.UNUSABLE, {**details})
    template = header.text(TEMPLATE_KEY)
    if inspection.kind is ContentKind.TEXT and template.strip() and header.data_start:
        yield from _template_findings(inspection, template)


def _template_findings(inspection: Inspection, template: str) -> Iterator[Finding]:
    from lmstudio_lite.engine.templates.trial import template_problem

    problem, said = template_problem(template, _special_texts(inspection))
    if problem:
        yield Finding(FindingCode.TEMPLATE_UNUSABLE, Severity.WARNING, {"reason": problem, "said": said})


def _special_texts(inspection: Inspection) -> tuple[str, str]:
    """Return the texts of the tokens that begin and end a text, which templates write."""
    header = inspection.header
    if inspection.failure is not None or header.array_lengths.get(TOKENS_KEY, 0) > _LARGEST_VOCABULARY:
        return "", ""
    tokens = [str(token) for token in read_array(inspection, TOKENS_KEY)]
    return _token_text(header, tokens, "bos"), _token_text(header, tokens, "eos")


def _token_text(header: GgufHeader, tokens: list[str], name: str) -> str:
    token_id = header.metadata.get(f"tokenizer.ggml.{name}_token_id")
    return tokens[token_id] if isinstance(token_id, int) and 0 <= token_id < len(tokens) else ""
