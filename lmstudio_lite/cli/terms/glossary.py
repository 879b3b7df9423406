"""``glossary list|import|export``: terms that translations are held to. No model is loaded."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from lmstudio_lite.app.glossaries import TERM_SUFFIXES, Glossaries
from lmstudio_lite.cli.output import put
from lmstudio_lite.cli.terminal import (
    EXIT_OK,
    EXIT_USAGE,
    complain,
    note,
    open_services,
    print_json,
)
from lmstudio_lite.domain.glossary import Glossary, ImportReport
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.glossaries import say_left_out, say_pair, say_report, say_term
from lmstudio_lite.words.translate import tr, trn


def run_list(options: argparse.Namespace) -> int:
    """List the glossaries, or the terms of one."""
    with open_services(options) as services:
        glossaries = services.glossaries
        if options.name:
            _show_terms(glossaries, glossaries.find(options.name), as_json=options.json)
            return EXIT_OK
        found = glossaries.list(options.from_language or "", options.to_language or "")
    if options.json:
        print_json({"glossaries": [asdict(each) for each in found]})
        return EXIT_OK
    for each in found:
        terms = trn("{n} term", "{n} terms", each.num_terms)
        marks = [safe_line(each.project)] if each.project else []
        marks += [] if each.is_in_use else [tr("not in use")]
        pair = say_pair(each.source, each.target)
        put("\t".join([each.id[:8], safe_line(each.name), pair, terms, *marks]) + "\n")
    if not found:
        note(tr("There is no glossary yet: “glossary import FILE” makes one."))
    return EXIT_OK


def run_import(options: argparse.Namespace) -> int:
    """Add a file's terms to a glossary, which is made first where there is none."""
    name = options.glossary or options.file.stem
    with open_services(options) as services:
        glossaries = services.glossaries
        known = glossaries.named(name)
        if known is None and not (options.from_language and options.to_language):
            complain(
                tr("There is no glossary “{0}”: add --from and --to to make one.").format(safe_line(name))
            )
            return EXIT_USAGE
        glossary, report = glossaries.import_into(
            known, options.file, name, options.from_language, options.to_language, options.project,
            options.encoding,
        )  # fmt: skip
    _show_report(glossary, report, as_json=options.json)
    return EXIT_OK


def run_export(options: argparse.Namespace) -> int:
    """Write a glossary's terms into a file."""
    if options.output.suffix.lower() not in TERM_SUFFIXES:
        complain(tr("The file's name must end with {0}.").format(tr(" or ").join(TERM_SUFFIXES)))
        return EXIT_USAGE
    with open_services(options) as services:
        glossary = services.glossaries.find(options.name)
        num_terms = services.glossaries.export_file(glossary.id, options.output)
    if options.json:
        print_json({"output": str(options.output), "num_terms": num_terms})
    else:
        note(trn("{n} term written", "{n} terms written", num_terms))
    return EXIT_OK


def _show_terms(glossaries: Glossaries, glossary: Glossary, *, as_json: bool) -> None:
    terms = [kept.term for kept in glossaries.terms(glossary.id)]
    if as_json:
        print_json({**asdict(glossary), "terms": [asdict(term) for term in terms]})
        return
    for term in terms:
        put(f"{say_term(term)}\t{safe_line(term.note)}".rstrip() + "\n")


def _show_report(glossary: Glossary, report: ImportReport, *, as_json: bool) -> None:
    if as_json:
        print_json({"glossary": asdict(glossary), **asdict(report)})
        return
    note(say_report(safe_line(glossary.name), report))
    for line in say_left_out(report):
        note(line)
