"""The command line's grammar: its verbs, and the options that many of them take."""

from __future__ import annotations

import argparse

from lmstudio_lite import __version__
from lmstudio_lite.cli.argument_values import encoding, filled, path
from lmstudio_lite.cli.grammar.batch import add_batch
from lmstudio_lite.cli.grammar.bench import add_bench
from lmstudio_lite.cli.grammar.chat import add_chat
from lmstudio_lite.cli.grammar.compare import add_compare
from lmstudio_lite.cli.grammar.documents import add_read, add_summarize, add_translate
from lmstudio_lite.cli.grammar.finetune import add_finetune
from lmstudio_lite.cli.grammar.history import add_history
from lmstudio_lite.cli.grammar.writing import add_write
from lmstudio_lite.cli.knowledge.grammar import add_knowledge
from lmstudio_lite.cli.models.grammar import add_models
from lmstudio_lite.cli.personas.grammar import add_personas
from lmstudio_lite.cli.terms.grammar import add_terms
from lmstudio_lite.words.argument_parser import ArgumentParser
from lmstudio_lite.words.translate import tr


def build_parser() -> ArgumentParser:
    """Return the parser; each verb's ``run`` takes the parsed options and returns the exit code."""
    parser = ArgumentParser(
        prog="lmstudio-lite",
        description=tr("Chat, summarize and translate offline. Without a verb the window opens."),
    )
    parser.add_argument("--version", action="version", version=f"LM Studio Lite {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    common, reading = _common_options(), _reading_options()
    add_chat(verbs, common, reading)
    add_summarize(verbs, common, reading)
    add_translate(verbs, common, reading)
    add_read(verbs, common, reading)
    add_batch(verbs, common, reading)
    add_terms(verbs, common)
    add_personas(verbs, common)
    add_knowledge(verbs, common)
    add_compare(verbs)
    add_write(verbs, [common, reading])
    add_history(verbs, common)
    add_models(verbs, common)
    doctor = verbs.add_parser(
        "doctor", parents=[common], help=tr("show what is installed and try one decode")
    )
    doctor.set_defaults(run=_run_doctor)
    add_bench(verbs, common)
    add_finetune(verbs, common, reading)
    return parser


def _reading_options() -> ArgumentParser:
    reading = ArgumentParser(add_help=False)
    reading.add_argument(
        "--encoding",
        type=encoding,
        default="",
        metavar="NAME",
        help=tr("how the bytes of texts are to be read: koi8-r, gb18030 … (default: found out)"),
    )
    return reading


def _common_options() -> ArgumentParser:
    common = ArgumentParser(add_help=False)
    common.add_argument(
        "--model", type=filled, metavar="NAME|FILE", help=tr("model to use (see: models list)")
    )
    common.add_argument(
        "--anyway", action="store_true", help=tr("load the model even if it is too large for this memory")
    )
    common.add_argument("--json", action="store_true", help=tr("print one JSON object"))
    common.add_argument("--data-dir", type=path, metavar="DIR", help=tr("keep everything in this folder"))
    return common


def _run_doctor(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.doctor import run

    return run(options)
