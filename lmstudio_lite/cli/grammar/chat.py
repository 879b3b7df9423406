"""The grammar of ``chat``."""

from __future__ import annotations

import argparse

from lmstudio_lite.cli.argument_values import path
from lmstudio_lite.cli.personas.grammar import add_control
from lmstudio_lite.words.argument_parser import Actions, ArgumentParser
from lmstudio_lite.words.translate import tr


def add_chat(verbs: Actions, common: ArgumentParser, reading: ArgumentParser) -> None:
    """Add ``chat``; ``common`` and ``reading`` hold options that several verbs take."""
    chat = verbs.add_parser("chat", parents=[common, reading], help=tr("talk with the model"))
    chat.add_argument(
        "text", nargs="?", help=tr("one question; - reads it from standard input; none: a dialogue")
    )
    chat.add_argument("--prompt", metavar="TEXT", help=tr("the question, whatever it looks like"))
    chat.add_argument(
        "--file", action="append", default=[], metavar="FILE", help=tr("document to answer from; repeatable")
    )
    chat.add_argument(
        "--folder",
        type=path,
        metavar="DIR",
        help=tr("answer from the documents in this folder, which is read first (knowledge add)"),
    )
    chat.add_argument(
        "--read-all", action="store_true", help=tr("put the question to every part of long documents")
    )
    chat.add_argument(
        "--continue",
        dest="continues",
        metavar="ID",
        default="",
        help=tr("go on with a conversation that is kept (history list)"),
    )
    add_control(chat)
    chat.set_defaults(run=_run_chat)


def _run_chat(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.chat import run

    return run(options)
