"""``models inspect``: what a model file holds and what is wrong with it, without loading it."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator

from lmstudio_lite import words
from lmstudio_lite.app.models.inspecting import inspect_file, read_array
from lmstudio_lite.cli.models.model_argument import model_path
from lmstudio_lite.cli.terminal import EXIT_FAILED, EXIT_OK, complain, print_json
from lmstudio_lite.domain.inspection import Severity
from lmstudio_lite.errors import error_from_code
from lmstudio_lite.library.gguf import MetadataEntry, Scalar
from lmstudio_lite.library.inspection.model import Inspection
from lmstudio_lite.library.inspection.tokenizer import TEMPLATE_KEY
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.inspection import say_content_kind, say_finding, say_severity, say_shape, say_value
from lmstudio_lite.words.saying import say_parameters, say_size
from lmstudio_lite.words.translate import tr


def run(options: argparse.Namespace) -> int:
    """Print what was asked for; the exit code is 1 where the model can't be used."""
    inspection = inspect_file(model_path(options))
    if options.key or options.template:
        return _print_value(inspection, options.key or TEMPLATE_KEY, as_json=options.json)
    if options.json:
        print_json(_as_json(inspection, has_tensors=options.tensors))
    else:
        for line in _lines(inspection, has_tensors=options.tensors):
            sys.stdout.write(line + "\n")
    return EXIT_OK if inspection.is_usable else EXIT_FAILED


def _print_value(inspection: Inspection, key: str, *, as_json: bool) -> int:
    entry = next((entry for entry in inspection.header.entries if entry.key == key), None)
    if entry is None:
        complain(tr("There is no key “{0}”.").format(safe_line(key)))
        return EXIT_FAILED
    values = entry.values
    if entry.is_array and entry.length > len(values) and inspection.failure is None:
        values = read_array(inspection, key) or values
    if as_json:
        plain = [_plain(value) for value in values]
        value = {"value": plain if entry.is_array else plain[0]}
        print_json({"key": key, "type": entry.type_name, "length": entry.length, **value})
    else:
        for item in values:
            sys.stdout.write(f"{item}\n")
    return EXIT_OK


def _lines(inspection: Inspection, *, has_tensors: bool) -> Iterator[str]:
    header = inspection.header
    yield safe_line(str(inspection.path))
    if header.version:
        facts = [say_content_kind(inspection.kind), safe_line(header.architecture), header.tensor_type]
        facts += [say_parameters(inspection.num_parameters), say_size(inspection.size_bytes)]
        yield " · ".join(filter(None, facts))
    if inspection.failure is not None:
        why = words.explain(error_from_code(inspection.failure.code, inspection.failure.details))
        yield f"{say_severity(Severity.UNUSABLE)}: {why.what} {why.remedy}"
    for finding in inspection.findings:
        yield f"{say_severity(finding.severity)}: {say_finding(finding)}"
    if inspection.failure is None and not inspection.findings:
        yield tr("Nothing is wrong with it.")
    for entry in header.entries:
        length = f"[{entry.length}]" if entry.is_array else ""
        yield f"{safe_line(entry.key)}\t{entry.type_name}{length}\t{say_value(entry)}"
    if has_tensors:
        for tensor in inspection.tensors:
            columns = [tensor.name, say_shape(tensor), tensor.type_name, say_size(tensor.size_bytes)]
            yield "\t".join(map(safe_line, columns))


def _as_json(inspection: Inspection, *, has_tensors: bool) -> dict[str, object]:
    header, failure = inspection.header, inspection.failure
    answer: dict[str, object] = {
        "path": str(inspection.path),
        "is_usable": inspection.is_usable,
        "kind": inspection.kind.value,
        "version": header.version,
        "architecture": header.architecture,
        "size_bytes": inspection.size_bytes,
        "num_parameters": inspection.num_parameters,
        "num_tensors": sum(part.header.num_tensors for part in inspection.parts),
        "tensor_type": header.tensor_type,
        "parts": [str(part.path) for part in inspection.parts],
        "findings": [
            {
                "code": finding.code.value,
                "severity": finding.severity.value,
                "text": say_finding(finding),
                **finding.details,
            }
            for finding in inspection.findings
        ],
        "keys": {entry.key: _value(entry) for entry in header.entries},
    }
    if failure is not None:
        answer |= {
            "error": failure.code,
            **{key: failure.details[key] for key in failure.details if key != "path"},
        }
    if has_tensors:
        answer["tensors"] = [
            {
                "name": tensor.name,
                "shape": list(tensor.shape),
                "type": tensor.type_name,
                "offset": tensor.offset,
                "size_bytes": tensor.size_bytes,
            }
            for tensor in inspection.tensors
        ]
    return answer


def _value(entry: MetadataEntry) -> object:
    """Return a value as JSON; of an array its type, length and first values."""
    if not entry.is_array:
        return _plain(entry.values[0])
    return {
        "type": entry.type_name,
        "length": entry.length,
        "first": [_plain(value) for value in entry.values[:16]],
    }


def _plain(value: Scalar) -> Scalar:
    """JSON has no infinity and no NaN."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
