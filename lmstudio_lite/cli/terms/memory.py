"""``memory stats|import|export|clear``: what was accepted, to be used again. No model is loaded."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from lmstudio_lite.cli.output import put
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    EXIT_USAGE,
    Progress,
    cancelled_by_ctrl_c,
    complain,
    note,
    open_services,
    print_json,
)
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.glossaries import say_left_out, say_memory_size, say_pair, say_report
from lmstudio_lite.words.translate import tr, trn


def run_stats(options: argparse.Namespace) -> int:
    """Say how much is remembered of each pair of languages and project."""
    with open_services(options) as services:
        sizes = services.memories.statistics()
    if options.json:
        print_json({"memories": [asdict(size) for size in sizes]})
        return EXIT_OK
    for size in sizes:
        put(say_memory_size(size) + "\n")
    if not sizes:
        note(tr("Nothing is remembered yet: accepted translations are, and “memory import FILE” adds more."))
    return EXIT_OK


def run_import(options: argparse.Namespace) -> int:
    """Add a TMX file's segments; Ctrl-C keeps those that are in."""
    progress = Progress()
    with open_services(options) as services, cancelled_by_ctrl_c() as cancellation:
        try:
            report = services.memories.import_file(
                options.file,
                options.from_language,
                options.to_language,
                options.project,
                cancellation=cancellation,
                report=lambda num_read: progress.show(tr("{0} segments read").format(f"{num_read:,}")),
            )
        finally:
            progress.end()
    if options.json:
        print_json(asdict(report))
        return EXIT_OK
    note(say_report(safe_line(options.file.name), report))
    for line in say_left_out(report):
        note(line)
    return EXIT_OK


def run_export(options: argparse.Namespace) -> int:
    """Write the segments of a pair of languages and project into a TMX file."""
    with open_services(options) as services:
        num_entries = services.memories.export_file(
            options.output, options.from_language, options.to_language, options.project
        )
    if options.json:
        print_json({"output": str(options.output), "num_entries": num_entries})
    else:
        note(trn("{n} segment written", "{n} segments written", num_entries))
    return EXIT_OK


def run_clear(options: argparse.Namespace) -> int:
    """Forget the segments of a pair of languages and project, after asking."""
    source, target, project = options.from_language, options.to_language, options.project
    with open_services(options) as services:
        num_entries = services.memories.of(source, target, project).count()
        if not options.yes and not _is_agreed(num_entries, say_pair(source, target)):
            return EXIT_FAILED if sys.stdin.isatty() else EXIT_USAGE
        cleared = services.memories.clear(source, target, project)
    if options.json:
        print_json({"num_cleared": cleared.num_entries})
    else:
        note(trn("{n} segment forgotten", "{n} segments forgotten", cleared.num_entries))
    return EXIT_OK


def _is_agreed(num_entries: int, pair: str) -> bool:
    if not sys.stdin.isatty():
        complain(tr("Nobody is there to be asked: add --yes to forget them."))
        return False
    question = trn("Forget {n} segment ({0})? [y/N]", "Forget {n} segments ({0})? [y/N]", num_entries)
    sys.stderr.write(f"{question.format(pair)} ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in ("y", "yes", tr("yes").casefold())
