"""``translate FILE|TEXT|-``: the translation on standard output.

Each sentence is kept as soon as it is there: the same command goes on where it was killed or stopped.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from lmstudio_lite.app.session import Services
from lmstudio_lite.cli.sources import is_file_name
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    EXIT_USAGE,
    Progress,
    cancelled_by_ctrl_c,
    missing_files,
    note,
    print_json,
    read_input,
    say_progress,
    services_with_model,
)
from lmstudio_lite.documents.assembly import text_document
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.errors import DocumentEmptyError
from lmstudio_lite.tasks.translate import TranslationProgress, translate
from lmstudio_lite.words import explain_warning

_HINT = "To translate these very words, write --text before them."


def run(options: argparse.Namespace) -> int:
    """Translate one file or text."""
    if (options.source is None) == (options.text is None):
        note("lmstudio-lite: translate takes a file, - for standard input, or --text TEXT: one of them.")
        return EXIT_USAGE
    is_file = options.text is None and (options.source == "-" or is_file_name(options.source))
    if is_file and missing_files([options.source], as_json=options.json, hint=_HINT):
        return EXIT_FAILED
    with services_with_model(options) as services, cancelled_by_ctrl_c() as cancellation:
        text = _text(services, options, is_file=is_file, cancellation=cancellation)
        progress = Progress()

        def report(value: TranslationProgress) -> None:
            progress.show(
                say_progress("translating", value.num_done, value.num_total, value.seconds_left, value.delay)
            )

        try:
            translation = translate(
                text,
                source=options.from_language,
                target=options.to_language,
                engine=services.engine,
                report=report,
                cancellation=cancellation,
                cache=services.part_cache,
            )
        finally:
            progress.end()
    if options.json:
        print_json(asdict(translation))
        return EXIT_OK
    sys.stdout.write(translation.text.rstrip("\n") + "\n")
    for warning in translation.warnings:
        note(explain_warning(warning))
    return EXIT_OK


def _text(
    services: Services, options: argparse.Namespace, *, is_file: bool, cancellation: Cancellation
) -> str:
    if is_file:
        return read_input(services, options.source, cancellation).text
    text: str = options.source if options.text is None else options.text
    if not text.strip():
        raise DocumentEmptyError(path="the text")
    return text_document(text, "").text
