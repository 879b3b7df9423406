"""``translate FILE`` for files that become files of their kind: written beside the source or where asked.

Each segment is kept as soon as it is there: the same command goes on where it was killed or stopped. What is
done stays listed only with ``--keep``, as everywhere in the terminal.
"""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from lmstudio_lite.app.held_to import OwnFiles
from lmstudio_lite.app.jobs import JobContext, JobEvent, JobProgressed
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.translate_file import FileOutcome, TranslateFile, unfinished_result
from lmstudio_lite.app.translation_queue import orders_for
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    Progress,
    complain,
    note,
    print_json,
    show_error,
    show_unsaved,
)
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.file_translations import FileOrder
from lmstudio_lite.domain.translations import TranslationOptions, UnitsProgress
from lmstudio_lite.domain.units import BilingualLayout, ReadUnitsOptions
from lmstudio_lite.errors import CancelledError, DocumentEmptyError, StorageError
from lmstudio_lite.formats.translation_json import counts_to_json, segment_to_json
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words import explain_warning
from lmstudio_lite.words.file_translations import (
    say_changes,
    say_counts,
    say_kept,
    say_source_left,
    say_units_progress,
)
from lmstudio_lite.words.translate import tr

PRINTED_SUFFIXES = frozenset((".txt", ".md", ".markdown", ".srt", ".vtt", ".csv", ".tsv", ".tab"))
"""Texts are printed where no file is asked for, as they always were."""


def becomes_file(options: argparse.Namespace, path: Path) -> bool:
    """Tell whether the file at ``path`` becomes a file of its kind, and is not printed as a text."""
    from lmstudio_lite.documents.rewriting.files import rewritten_suffixes

    suffix = path.suffix.lower()
    if suffix not in rewritten_suffixes():
        return False
    if options.output is not None:
        wanted = options.output.suffix.lower()
        return wanted == suffix or wanted not in PRINTED_SUFFIXES
    asks_for_file = options.bilingual or options.columns or options.sheet_names
    return bool(asks_for_file) or suffix not in PRINTED_SUFFIXES


def own_files(options: argparse.Namespace) -> OwnFiles:
    """Return the glossaries and the memory that are named on the command line."""
    return OwnFiles(tuple(options.glossary), options.memory)


def check_readable(
    services: Services, options: argparse.Namespace, path: Path, cancellation: Cancellation
) -> None:
    """Raise the ``DocumentError`` of a file that can't be read, or has no words."""
    file = services.rewriter.read_units(path, _reading(options), cancellation)
    if not any(unit.text.strip() for unit in file.units):
        raise DocumentEmptyError(path=str(path))


def translate_files(
    services: Services, options: argparse.Namespace, path: Path, cancellation: Cancellation
) -> int:
    """Translate the file at ``path`` into each language in turn.

    Raises:
        AppError: it can't be read, the model can't answer, or it was stopped.
    """
    order = FileOrder(
        "",
        path.absolute(),
        TranslationOptions(options.from_language, "", options.register, options.audience),
        _reading(options),
        BilingualLayout(options.bilingual or BilingualLayout.NONE),
        options.output,
        options.project,
    )
    exit_codes = [
        _translate(services, options, each, cancellation) for each in orders_for(order, options.to_languages)
    ]
    return max(exit_codes)


def _reading(options: argparse.Namespace) -> ReadUnitsOptions:
    return ReadUnitsOptions(options.sheet_names, options.columns, options.encoding)


def _translate(
    services: Services, options: argparse.Namespace, order: FileOrder, cancellation: Cancellation
) -> int:
    progress = Progress()

    def report(event: JobEvent) -> None:
        value = event.value if isinstance(event, JobProgressed) else None
        if isinstance(value, UnitsProgress):
            progress.show(say_units_progress(value))

    work = TranslateFile(
        services, order, continues=unfinished_result(services, order), files=own_files(options)
    )
    try:
        outcome = work.run(JobContext(cancellation, report))
    finally:
        progress.end()
    if outcome.is_partial:
        complain(tr("stopped, {0}; the same command goes on.").format(say_counts(outcome.counts)))
        raise outcome.failure or CancelledError
    is_kept = options.keep or outcome.output is None
    if not is_kept:
        with contextlib.suppress(StorageError):
            services.results.delete(outcome.result_id)
    if options.json:
        print_json({**({"id": outcome.result_id} if is_kept else {}), **_to_json(outcome)})
    _note(outcome)
    if outcome.failure is not None:
        show_error(outcome.failure, as_json=options.json)
        return EXIT_FAILED
    return EXIT_FAILED if options.keep and show_unsaved(services, as_json=options.json) else EXIT_OK


def _to_json(outcome: FileOutcome) -> dict[str, object]:
    segments = [row.segment for row in outcome.rows]
    return {
        **({"output": str(outcome.output)} if outcome.output else {}),
        "file": str(outcome.order.path),
        "source": outcome.source,
        "target": outcome.order.options.target,
        "num_segments": outcome.counts.num_total,
        "seconds": outcome.seconds,
        "warnings": [
            {"code": each.code, "num_affected": each.num_affected, "num_total": each.num_total}
            for each in outcome.warnings
        ],
        "text": "\n".join(segment.text for segment in segments),
        "segments": [segment_to_json(segment) for segment in segments],
        "counts": counts_to_json(outcome.counts),
        "kept": dict(outcome.kept),
        "changes": list(outcome.changes),
        "num_source_segments": outcome.num_source,
    }


def _note(outcome: FileOutcome) -> None:
    """Say on standard error what came of it: where the file is, and what somebody should look at."""
    where = safe_line(str(outcome.output)) if outcome.output else safe_line(str(outcome.order.path))
    note(f"{where}: {say_counts(outcome.counts)}")
    said = [say_source_left(outcome.num_source), say_kept(outcome.kept), *say_changes(outcome.changes)]
    for sentence in (*filter(None, said), *map(explain_warning, outcome.warnings)):
        note(sentence)
