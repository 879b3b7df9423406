"""The grammar of ``personas``, and of the options by which ``chat`` is controlled."""

from __future__ import annotations

import argparse

from lmstudio_lite.cli.argument_values import filled, path, positive, seed, temperature
from lmstudio_lite.words.argument_parser import Actions, ArgumentParser
from lmstudio_lite.words.translate import tr


def add_control(chat: ArgumentParser) -> None:
    """Add what a chat's answers are controlled by."""
    chat.add_argument(
        "--persona",
        type=filled,
        metavar="NAME",
        help=tr("whom the model is to be (see: personas list); stays with the conversation"),
    )
    chat.add_argument("--system", metavar="TEXT", help=tr("instructions for the model, for this run"))
    chat.add_argument(
        "--schema",
        metavar="FILE|JSON",
        help=tr("answer in JSON of this JSON schema; the result is checked (exit code 1 if it does not fit)"),
    )
    chat.add_argument(
        "--stop",
        action="append",
        type=filled,
        default=[],
        metavar="TEXT",
        help=tr("end an answer before this text; repeatable"),
    )
    chat.add_argument("--max-tokens", type=positive, metavar="N", help=tr("longest answer"))
    chat.add_argument(
        "--temperature",
        type=temperature,
        metavar="T",
        help=tr("how daring: 0 always takes the likeliest word, 1 is lively"),
    )
    chat.add_argument(
        "--seed", type=seed, metavar="N", help=tr("the same number and question give the same answer")
    )
    chat.add_argument(
        "--summarize",
        action="store_true",
        help=tr("summarize older turns when the context is nearly full, instead of leaving them out"),
    )


def add_personas(verbs: Actions, common: ArgumentParser) -> None:
    """Add ``personas`` with its verbs; ``common`` has the options that every verb takes."""
    personas = verbs.add_parser("personas", help=tr("whom the model can be: prompts with their settings"))
    actions = personas.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", parents=[common], help=tr("list the personas, or show one"))
    listing.add_argument("name", nargs="?", type=filled, metavar="NAME", help=tr("show this one"))
    listing.set_defaults(run=_run_list)
    taking = actions.add_parser("import", parents=[common], help=tr("add the persona of a file"))
    taking.add_argument("file", type=path, metavar="FILE", help=tr("written by personas export"))
    taking.set_defaults(run=_run_import)
    giving = actions.add_parser("export", parents=[common], help=tr("write a persona into a file to share"))
    giving.add_argument("name", type=filled, metavar="NAME", help=tr("a persona (see: personas list)"))
    giving.add_argument("--output", "-o", type=path, required=True, metavar="FILE")
    giving.set_defaults(run=_run_export)


def _run_list(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.personas.verbs import run_list

    return run_list(options)


def _run_import(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.personas.verbs import run_import

    return run_import(options)


def _run_export(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.personas.verbs import run_export

    return run_export(options)
