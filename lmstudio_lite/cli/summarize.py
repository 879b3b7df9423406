"""``summarize FILE…``: a summary of each document on standard output."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    Progress,
    cancelled_by_ctrl_c,
    note,
    print_json,
    read_input,
    say_progress,
    services_with_model,
    show_error,
)
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.errors import AppError, CancelledError
from lmstudio_lite.services import Services
from lmstudio_lite.tasks.summarize import (
    Summary,
    SummaryLength,
    SummaryOptions,
    SummaryProgress,
    SummaryStyle,
    summarize,
)
from lmstudio_lite.words import explain_warning


def run(options: argparse.Namespace) -> int:
    """Summarize each file; one that fails is reported and the others go on."""
    wanted = SummaryOptions(
        style=SummaryStyle(options.style), length=SummaryLength(options.length), language=options.language
    )
    exit_code = EXIT_OK
    with services_with_model(options) as services, cancelled_by_ctrl_c() as cancellation:
        for source in options.files:
            try:
                summary = _summarize(services, source, wanted, cancellation)
            except CancelledError:
                raise
            except AppError as error:
                show_error(error, as_json=options.json)
                exit_code = EXIT_FAILED
                continue
            _print(summary, source, as_json=options.json, is_one_of_many=len(options.files) > 1)
    return exit_code


def _summarize(
    services: Services, source: str, options: SummaryOptions, cancellation: Cancellation
) -> Summary:
    progress = Progress()
    progress.show(f"reading {source}")
    document = read_input(services, source, cancellation)

    def report(value: SummaryProgress) -> None:
        progress.show(say_progress(value.stage, value.num_done, value.num_total, value.seconds_left))

    try:
        return summarize(
            document,
            options,
            engine=services.engine,
            report=report,
            cancellation=cancellation,
            cache=services.part_cache,
        )
    finally:
        progress.end()


def _print(summary: Summary, source: str, *, as_json: bool, is_one_of_many: bool) -> None:
    if as_json:
        print_json({"file": source, "summary": summary.text, **asdict(summary)})
        return
    if is_one_of_many:
        sys.stdout.write(f"# {source}\n\n")
    sys.stdout.write(summary.text.rstrip() + "\n")
    sys.stdout.flush()
    pages = _say_pages(summary.num_pages)
    note(
        f"\nread {summary.num_chunks_read} of {summary.num_chunks} parts{pages} "
        f"({summary.coverage:.0%}) in {summary.seconds:.0f} s"
    )
    if summary.own_share < 1.0:
        note(f"{summary.own_share:.0%} of the sentences are the model's own; the others are the document's")
    for warning in summary.warnings:
        note(explain_warning(warning))


def _say_pages(num_pages: int) -> str:
    if num_pages == 0:
        return ""
    return " of 1 page" if num_pages == 1 else f" of {num_pages} pages"
