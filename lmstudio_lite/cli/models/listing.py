"""``models list``: every model in the folders, also the ones that can't be used, with the reason."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from lmstudio_lite import words
from lmstudio_lite.app.session import Services
from lmstudio_lite.cli.terminal import EXIT_OK, note, open_services, print_json
from lmstudio_lite.errors import error_from_code
from lmstudio_lite.library.fit import judge_fit
from lmstudio_lite.library.models import ModelEntry
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.translate import tr


def run(options: argparse.Namespace) -> int:
    """List the models."""
    with open_services(options) as services:
        entries = services.library.list()
        if options.json:
            print_json({"models": [_row(entry, services) for entry in entries]})
            return EXIT_OK
        for entry in entries:
            sys.stdout.write(_line(entry) + "\n")
        if not entries:
            note(tr("No models yet. Put GGUF files into {0}.").format(services.paths.models))
    return EXIT_OK


def _row(entry: ModelEntry, services: Services) -> dict[str, object]:
    row: dict[str, object] = {"path": str(entry.path), "is_starter": entry.is_starter}
    if entry.failure is not None:
        return row | {"error": entry.failure.code, **entry.failure.details}
    file = entry.file
    if file is None:
        return row
    return row | {
        "name": file.name,
        "architecture": file.architecture,
        "size_bytes": file.size_bytes,
        "num_parameters": file.num_parameters,
        "quantization": file.quantization,
        "context_length": file.context_length,
        "has_chat_template": file.has_chat_template,
        "is_embedding": file.is_embedding,
        "fit": judge_fit(file, 0).value,
        "rung": services.load_profiles.rung_of(entry.path).value,
        "measured": [
            asdict(found.tuning) | found.figures
            for found in services.load_profiles.measured(entry.path)
            if found.tuning is not None
        ],
    }


def _line(entry: ModelEntry) -> str:
    if entry.file is None:
        failure = entry.failure
        why = words.explain(error_from_code(failure.code, failure.details)).what if failure else ""
        return f"{safe_line(entry.path.name)}\t({tr('unusable')}) {why}"
    file = entry.file
    size = words.say_size(file.size_bytes)
    columns = [file.name, f"{file.architecture} {file.quantization}", size, judge_fit(file, 0).value]
    marks = [*([tr("starter")] if entry.is_starter else []), *([tr("embeds")] if file.is_embedding else [])]
    return "\t".join(map(safe_line, [*columns, str(entry.path), *marks]))
