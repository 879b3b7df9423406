"""``translate FILE|TEXT|-``: the translation on standard output, passage by passage as it comes."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from lmstudio_lite.cli.terminal import (
    EXIT_OK,
    Progress,
    cancelled_by_ctrl_c,
    note,
    print_json,
    read_input,
    say_progress,
    services_with_model,
)
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.services import Services
from lmstudio_lite.tasks.translate import TranslationProgress, translate
from lmstudio_lite.words import explain_warning


def run(options: argparse.Namespace) -> int:
    """Translate one file or text."""
    with services_with_model(options) as services, cancelled_by_ctrl_c() as cancellation:
        text = _text(services, options.source, cancellation)
        progress = Progress()

        def report(value: TranslationProgress) -> None:
            progress.show(say_progress("translating", value.num_done, value.num_total, value.seconds_left))

        try:
            translation = translate(
                text,
                source=options.from_language,
                target=options.to_language,
                engine=services.engine,
                report=report,
                cancellation=cancellation,
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


def _text(services: Services, source: str, cancellation: Cancellation) -> str:
    """Return a file's text, standard input's, or the argument itself when no file has that name."""
    try:
        is_file = source == "-" or Path(source).exists()
    except (OSError, ValueError):
        is_file = False  # Longer than any file's name, or with characters no file's name has.
    return read_input(services, source, cancellation).text if is_file else source
