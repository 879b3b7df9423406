"""``translate FILE|TEXT|-``: a text on standard output or in a file, a document as a file of its kind.

Each sentence is kept as soon as it is there: the same command goes on where it was killed or stopped.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from lmstudio_lite.app.jobs import JobContext, JobEvent, JobProgressed
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.translate import TranslateText, TranslationTask
from lmstudio_lite.cli.sources import is_file_name
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    EXIT_USAGE,
    Progress,
    cancelled_by_ctrl_c,
    complain,
    load_wanted_model,
    missing_files,
    note,
    note_reading,
    open_services,
    print_json,
    read_input,
    show_error,
    show_unsaved,
)
from lmstudio_lite.cli.translate_files import becomes_file, check_readable, own_files, translate_files
from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import unread_of
from lmstudio_lite.domain.translations import Translation, TranslationProgress
from lmstudio_lite.errors import AppError, CancelledError, DocumentEmptyError
from lmstudio_lite.formats.inventory_json import origin_to_json, unread_to_json
from lmstudio_lite.formats.translation_json import count_segments, counts_to_json, segment_to_json
from lmstudio_lite.paths import replace_file
from lmstudio_lite.words import explain_warning
from lmstudio_lite.words.translate import mark, tr
from lmstudio_lite.words.translations import say_progress

_HINT = mark("To translate these very words, write --text before them.")


def run(options: argparse.Namespace) -> int:
    """Translate one file or text."""
    if (options.source is None) == (options.text is None):
        complain(tr("translate takes a file, - for standard input, or --text TEXT: one of them."))
        return EXIT_USAGE
    is_file = options.text is None and (options.source == "-" or is_file_name(options.source))
    if is_file and missing_files([options.source], as_json=options.json, hint=tr(_HINT)):
        return EXIT_FAILED
    named = [str(path) for path in (*options.glossary, options.memory) if path is not None]
    if missing_files(named, as_json=options.json):
        return EXIT_FAILED
    with open_services(options) as services, cancelled_by_ctrl_c() as cancellation:
        # The file first: nobody should wait for a model to hear that it can't be read.
        path = Path(options.source).expanduser() if is_file else None
        if path is not None and options.source != "-" and becomes_file(options, path):
            check_readable(services, options, path, cancellation)
            load_wanted_model(services, options)
            return translate_files(services, options, path, cancellation)
        document = _document(services, options, is_file=is_file, cancellation=cancellation)
        load_wanted_model(services, options)
        exit_codes = [
            _translate(services, options, document, target, cancellation) for target in options.to_languages
        ]
        return max(exit_codes)


def _translate(
    services: Services,
    options: argparse.Namespace,
    document: Document,
    target: str,
    cancellation: Cancellation,
) -> int:
    progress = Progress()

    def report(event: JobEvent) -> None:
        value = event.value if isinstance(event, JobProgressed) else None
        if isinstance(value, TranslationProgress):
            progress.show(say_progress(value))

    path = document.path
    task = TranslationTask(
        document.text,
        options.from_language,
        target,
        path,
        path.name if path is not None else "",
        mime_type=document.mime_type,
        inventory=document.inventory,
        encoding=document.encoding,
        register=options.register,
        audience=options.audience,
        project=options.project,
    )
    run = TranslateText(services, task, keeps=options.keep, files=own_files(options))
    try:
        outcome = run.run(JobContext(cancellation, report))
    finally:
        progress.end()
    exit_code = EXIT_FAILED if options.keep and show_unsaved(services, as_json=options.json) else EXIT_OK
    if run.translation is None:
        complain(tr("stopped; go on with: history resume {0}").format(outcome.result_id))
        raise outcome.failure if isinstance(outcome.failure, AppError) else CancelledError
    saved = _save(options, run.translation.text, target) if options.output else {}
    if saved is None:
        exit_code = EXIT_FAILED
    _show(options, document, run.translation, saved or {}, outcome.result_id)
    return exit_code


def _show(
    options: argparse.Namespace,
    document: Document,
    translation: Translation,
    saved: dict[str, str],
    result_id: str,
) -> None:
    if options.json:
        kept = {"id": result_id} if result_id else {}
        unread = {"unread": unread_to_json(unread_of(document.inventory))}
        segments = [segment_to_json(segment) for segment in translation.segments]
        counts = counts_to_json(count_segments(translation.segments, translation.num_segments))
        said = {**asdict(translation), "segments": segments, "counts": counts}
        print_json({**kept, **saved, **origin_to_json(document), **said, **unread})
        note_reading(document)
        return
    if not saved:
        sys.stdout.write(translation.text.rstrip("\n") + "\n")
    note_reading(document)
    for warning in translation.warnings:
        note(explain_warning(warning))


def _save(options: argparse.Namespace, text: str, target: str) -> dict[str, str] | None:
    """Write the translation where it is wanted; None if it can't be: then it is printed instead."""
    path: Path = options.output
    if len(options.to_languages) > 1:
        path = path.with_name(f"{path.stem}.{target}{path.suffix}")
    try:
        replace_file(path, text.encode("utf-8", "replace"), is_private=False)
    except AppError as error:
        show_error(error, as_json=options.json)
        return None
    return {"output": str(path)}


def _document(
    services: Services, options: argparse.Namespace, *, is_file: bool, cancellation: Cancellation
) -> Document:
    if is_file:
        return read_input(services, options.source, cancellation, encoding=options.encoding, keeps_form=True)
    text: str = options.source if options.text is None else options.text
    if not text.strip():
        raise DocumentEmptyError(path=tr("the text"))
    return text_document(text, "")
