"""``glossary propose FILE``: the terms that a document repeats, with a model's translations of them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from lmstudio_lite.app.session import Services
from lmstudio_lite.cli.output import put
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    EXIT_USAGE,
    Progress,
    cancelled_by_ctrl_c,
    complain,
    missing_files,
    note,
    open_services,
    print_json,
    read_input,
    services_with_model,
)
from lmstudio_lite.domain.glossary import TermProposal
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.translate import tr, trn


def run(options: argparse.Namespace) -> int:
    """Print the proposals, the surest first; with ``--glossary`` add the translated ones to it."""
    if missing_files([options.file], as_json=options.json):
        return EXIT_FAILED
    if not options.untranslated and not options.to_language:
        complain(tr("Say with --to into which language, or add --untranslated."))
        return EXIT_USAGE
    with _services(options) as services, cancelled_by_ctrl_c() as cancellation:
        glossary = services.glossaries.find(options.glossary) if options.glossary else None
        document = read_input(services, options.file, cancellation, encoding=options.encoding)
        progress = Progress()

        def report(num_done: int, num_total: int) -> None:
            progress.show(tr("{0} of {1} terms translated").format(num_done, num_total))

        try:
            proposals = services.glossaries.propose(
                document.text.split("\n"),
                options.from_language or document.language,
                options.to_language or "",
                limit=options.limit,
                project=options.project,
                engine=None if options.untranslated else services.engine,
                cancellation=cancellation,
                report=report,
            )
        finally:
            progress.end()
        num_added = len(services.glossaries.accept(glossary.id, proposals)) if glossary else 0
    _show(proposals, num_added, options)
    return EXIT_OK


@contextmanager
def _services(options: argparse.Namespace) -> Iterator[Services]:
    opening = open_services(options) if options.untranslated else services_with_model(options)
    with opening as services:
        yield services


def _show(proposals: list[TermProposal], num_added: int, options: argparse.Namespace) -> None:
    if options.json:
        terms = [
            {**asdict(each.term), "num_found": each.num_found, "example": each.example} for each in proposals
        ]
        print_json({"terms": terms, "num_added": num_added})
        return
    for each in proposals:
        cells = (each.term.source, each.term.target, f"{each.num_found:,}", each.example)
        put("\t".join(map(safe_line, cells)) + "\n")
    if not proposals:
        note(tr("Nothing is repeated that looks like a term."))
    if options.glossary:
        note(trn("{n} term added", "{n} terms added", num_added))
