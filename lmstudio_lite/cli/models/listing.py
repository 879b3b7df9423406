"""``models list``: every model in the folders, also the ones that can't be used, with the reason."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from lmstudio_lite import words
from lmstudio_lite.app.session import Services
from lmstudio_lite.cli.terminal import EXIT_OK, complain, note, open_services, print_json
from lmstudio_lite.domain.shelf import FOREIGN_STORES, NO_NOTE, WHOLE_KINDS, ModelEntry, ModelKind, ModelNote
from lmstudio_lite.errors import AppError, error_from_code
from lmstudio_lite.library.models import sort_key
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.model_changes import name_store, say_troubled
from lmstudio_lite.words.translate import mark, tr

_KINDS = {
    ModelKind.RERANKER: mark("ranks"),
    ModelKind.DRAFT: mark("draft"),
    ModelKind.PROJECTOR: mark("projector"),
    ModelKind.ADAPTER: mark("adapter"),
}


def run(options: argparse.Namespace) -> int:
    """List the models."""
    with open_services(options) as services:
        shelf = services.library.look()
        entries = [
            entry
            for entry in sorted(shelf.entries, key=sort_key)
            if (options.all or entry.kind in WHOLE_KINDS) and options.store in ("", entry.store.value)
        ]
        if options.json:
            notes = services.notes.of(entries)
            rows = [_row(entry, services, notes.get(entry.path, NO_NOTE)) for entry in entries]
            print_json({"models": rows, "troubled": [asdict(place) for place in shelf.troubled]})
            return EXIT_OK
        for entry in entries:
            sys.stdout.write(_line(entry, services) + "\n")
        for place in shelf.troubled:
            complain(say_troubled(place))
        if not entries:
            note(tr("No models yet. Put GGUF files into {0}.").format(services.paths.models))
    return EXIT_OK


def _row(entry: ModelEntry, services: Services, noted: ModelNote) -> dict[str, object]:
    row: dict[str, object] = {
        "path": str(entry.path),
        "is_starter": entry.is_starter,
        "store": entry.store.value,
        "kind": entry.kind.value,
        "files": [str(path) for path in entry.files],
    }
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
        "other_names": list(entry.other_names),
        "projector": str(entry.projector) if entry.projector is not None else None,
        "adapters": [str(path) for path in entry.adapters],
        **asdict(entry.traits),
        "is_favourite": noted.is_favourite,
        "note": noted.note,
        "last_used": noted.last_used.isoformat() if noted.last_used is not None else None,
        "fit": _verdict(entry, services),
        "rung": services.load_profiles.rung_of(entry.path).value,
        "measured": [
            asdict(found.tuning) | found.figures
            for found in services.load_profiles.measured(entry.path)
            if found.tuning is not None
        ],
    }


def _verdict(entry: ModelEntry, services: Services) -> str:
    try:
        return services.fitting.fit(entry.path).verdict.value
    except AppError:
        return ""  # It has changed since it was listed.


def _line(entry: ModelEntry, services: Services) -> str:
    if entry.file is None:
        failure = entry.failure
        why = words.explain(error_from_code(failure.code, failure.details)).what if failure else ""
        return f"{safe_line(entry.path.name)}\t({tr('unusable')}) {why}"
    file = entry.file
    size = words.say_size(file.size_bytes)
    columns = [file.name, f"{file.architecture} {file.quantization}", size, _verdict(entry, services)]
    marks = [
        *([tr("starter")] if entry.is_starter else []),
        *([tr("embeds")] if file.is_embedding else []),
        *([name_store(entry.store)] if entry.store in FOREIGN_STORES else []),
        *([tr("sees pictures")] if entry.projector is not None else []),
        *([tr(_KINDS[entry.kind])] if entry.kind in _KINDS else []),
    ]
    return "\t".join(map(safe_line, [*columns, str(entry.path), *marks]))
