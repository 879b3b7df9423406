"""The grammar of ``glossary`` and ``memory``: one function a verb, each imported when it runs."""

from __future__ import annotations

import argparse

from lmstudio_lite.cli.argument_values import encoding, filled, language_code, path, positive
from lmstudio_lite.words.argument_parser import Actions, ArgumentParser
from lmstudio_lite.words.translate import tr


def add_terms(verbs: Actions, common: ArgumentParser) -> None:
    """Add ``glossary`` and ``memory`` with their verbs; ``common`` has the options that every verb takes."""
    glossary = verbs.add_parser("glossary", help=tr("terms that translations are held to"))
    actions = glossary.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_glossary_list(actions, common)
    _add_glossary_import(actions, common)
    _add_glossary_export(actions, common)
    _add_glossary_propose(actions, common)
    memory = verbs.add_parser("memory", help=tr("translations that were accepted, to be used again"))
    actions = memory.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_memory_stats(actions, common)
    _add_memory_import(actions, common)
    _add_memory_export(actions, common)
    _add_memory_clear(actions, common)


def _add_pair(parser: ArgumentParser, *, is_required: bool) -> None:
    parser.add_argument(
        "--from", dest="from_language", type=language_code, required=is_required, metavar="CODE"
    )
    parser.add_argument("--to", dest="to_language", type=language_code, required=is_required, metavar="CODE")


def _add_project(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--project", default="", metavar="NAME", help=tr("of this project (default: what every project sees)")
    )


def _add_glossary_list(actions: Actions, common: ArgumentParser) -> None:
    listing = actions.add_parser("list", parents=[common], help=tr("list the glossaries, or one's terms"))
    listing.add_argument(
        "name", nargs="?", type=filled, metavar="NAME", help=tr("a glossary: show its terms")
    )
    _add_pair(listing, is_required=False)
    listing.set_defaults(run=_run_glossary_list)


def _add_glossary_import(actions: Actions, common: ArgumentParser) -> None:
    taking = actions.add_parser(
        "import",
        parents=[common],
        help=tr("add the terms of a file (CSV, TSV, TBX) to a glossary"),
        description=tr(
            "Add the terms of a file to a glossary, which is made if there is none of that name; then --from "
            "and --to say its languages. What can't be read of the file is listed, the rest comes in."
        ),
    )
    taking.add_argument("file", type=path, metavar="FILE", help=tr("CSV, TSV or TBX"))
    taking.add_argument(
        "--glossary", type=filled, metavar="NAME", help=tr("where to (default: one with the file's name)")
    )
    taking.add_argument(
        "--encoding", type=encoding, default="", metavar="NAME", help=tr("of a table (default: found out)")
    )
    _add_pair(taking, is_required=False)
    _add_project(taking)
    taking.set_defaults(run=_run_glossary_import)


def _add_glossary_export(actions: Actions, common: ArgumentParser) -> None:
    giving = actions.add_parser("export", parents=[common], help=tr("write a glossary's terms into a file"))
    giving.add_argument("name", type=filled, metavar="NAME", help=tr("a glossary (see: glossary list)"))
    giving.add_argument(
        "--output", "-o", type=path, required=True, metavar="FILE", help=tr("ends with .csv, .tsv or .tbx")
    )
    giving.set_defaults(run=_run_glossary_export)


def _add_glossary_propose(actions: Actions, common: ArgumentParser) -> None:
    proposing = actions.add_parser(
        "propose",
        parents=[common],
        help=tr("find the terms that a document repeats, with translations by the model"),
    )
    proposing.add_argument("file", metavar="FILE", help=tr("a document; - for standard input"))
    _add_pair(proposing, is_required=False)
    proposing.add_argument(
        "--untranslated", action="store_true", help=tr("only find them; no model is loaded")
    )
    proposing.add_argument(
        "--limit", type=positive, default=40, metavar="N", help=tr("at most (default: 40)")
    )
    proposing.add_argument(
        "--glossary", type=filled, metavar="NAME", help=tr("add the translated ones to this glossary")
    )
    proposing.add_argument(
        "--encoding", type=encoding, default="", metavar="NAME", help=tr("of a text (default: found out)")
    )
    _add_project(proposing)
    proposing.set_defaults(run=_run_glossary_propose)


def _add_memory_stats(actions: Actions, common: ArgumentParser) -> None:
    stats = actions.add_parser("stats", parents=[common], help=tr("how much is remembered, and was used"))
    stats.set_defaults(run=_run_memory_stats)


def _add_memory_import(actions: Actions, common: ArgumentParser) -> None:
    taking = actions.add_parser("import", parents=[common], help=tr("add the segments of a TMX file"))
    taking.add_argument("file", type=path, metavar="FILE", help=tr("TMX, as translation programs export it"))
    _add_pair(taking, is_required=True)
    _add_project(taking)
    taking.set_defaults(run=_run_memory_import)


def _add_memory_export(actions: Actions, common: ArgumentParser) -> None:
    giving = actions.add_parser("export", parents=[common], help=tr("write the segments into a TMX file"))
    _add_pair(giving, is_required=True)
    _add_project(giving)
    giving.add_argument("--output", "-o", type=path, required=True, metavar="FILE", help=tr("a new TMX file"))
    giving.set_defaults(run=_run_memory_export)


def _add_memory_clear(actions: Actions, common: ArgumentParser) -> None:
    clear = actions.add_parser(
        "clear", parents=[common], help=tr("forget the segments of a pair of languages")
    )
    _add_pair(clear, is_required=True)
    _add_project(clear)
    clear.add_argument("--yes", action="store_true", help=tr("do not ask first"))
    clear.set_defaults(run=_run_memory_clear)


def _run_glossary_list(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.terms.glossary import run_list

    return run_list(options)


def _run_glossary_import(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.terms.glossary import run_import

    return run_import(options)


def _run_glossary_export(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.terms.glossary import run_export

    return run_export(options)


def _run_glossary_propose(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.terms.propose import run

    return run(options)


def _run_memory_stats(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.terms.memory import run_stats

    return run_stats(options)


def _run_memory_import(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.terms.memory import run_import

    return run_import(options)


def _run_memory_export(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.terms.memory import run_export

    return run_export(options)


def _run_memory_clear(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.terms.memory import run_clear

    return run_clear(options)
