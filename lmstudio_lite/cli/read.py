"""``read FILE…``: the text of each file on standard output, as the program reads it; no model is loaded."""

from __future__ import annotations

import argparse
from pathlib import Path

from lmstudio_lite.app.read import open_reader, reading_to_json
from lmstudio_lite.cli.output import as_json, put
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    Progress,
    cancelled_by_ctrl_c,
    missing_files,
    note_reading,
    paths_of,
    save_outputs,
    say_doubt,
    show_error,
    standard_input,
)
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.errors import AppError, CancelledError
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.translate import tr


def run(options: argparse.Namespace) -> int:
    """Read each file; one that fails is reported and the others go on."""
    missing = missing_files(options.files, as_json=options.json)
    exit_code = EXIT_FAILED if missing else EXIT_OK
    outputs: list[str] = []
    reader = open_reader(paths_of(options))
    with cancelled_by_ctrl_c() as cancellation:
        try:
            for source in (file for file in options.files if file not in missing):
                try:
                    document = _read(reader, source, cancellation, options.encoding)
                except CancelledError:
                    raise
                except AppError as error:
                    show_error(error, as_json=options.json)
                    exit_code = EXIT_FAILED
                    continue
                text = _output_of(document, source, options)
                outputs.append(text)
                if not options.output:
                    put(text)
                note_reading(document, source if len(options.files) > 1 else "")
        finally:  # Ctrl-C at the third file takes nothing from the first two
            if options.output and outputs and not save_outputs(options, outputs):
                exit_code = EXIT_FAILED
    return exit_code


def _read(reader: DocumentReader, source: str, cancellation: Cancellation, encoding: str) -> Document:
    if source == "-":
        return standard_input(encoding)
    progress = Progress()
    progress.show(tr("reading {0}").format(source))
    try:
        document = reader.read(Path(source).expanduser(), cancellation, encoding=encoding)
    finally:
        progress.end()
    say_doubt(source, document)
    return document


def _output_of(document: Document, source: str, options: argparse.Namespace) -> str:
    if options.json:
        return as_json(reading_to_json(source, document))
    title = f"# {safe_line(source)}\n\n" if len(options.files) > 1 else ""
    return f"{title}{document.text.rstrip()}\n"
