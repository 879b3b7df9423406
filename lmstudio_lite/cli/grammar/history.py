"""The grammar of ``history``."""

from __future__ import annotations

import argparse

from lmstudio_lite.cli.argument_values import filled, path, positive
from lmstudio_lite.cli.folders import add_folders
from lmstudio_lite.words.argument_parser import Actions, ArgumentParser
from lmstudio_lite.words.translate import tr


def add_history(verbs: Actions, common: ArgumentParser) -> None:
    """Add ``history``; ``common`` holds options that several verbs take."""
    history = verbs.add_parser("history", help=tr("what is kept of chats, summaries and translations"))
    actions = history.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", parents=[common], help=tr("list what is kept, the newest first"))
    listing.add_argument("--kind", choices=("chat", "summary", "translation"), help=tr("only these"))
    listing.add_argument("--search", default="", metavar="TEXT", help=tr("only what has these words"))
    listing.add_argument("--limit", type=positive, default=50, metavar="N", help=tr("at most (default: 50)"))
    listing.add_argument(
        "--folder", default="", metavar="NAME", help=tr("only conversations in it, and in folders within it")
    )
    listing.set_defaults(run=_run_history_list)
    add_folders(actions, common)
    show = actions.add_parser("show", parents=[common], help=tr("show one of them whole"))
    show.add_argument("id", type=filled, metavar="ID", help=tr("as listed, or its beginning"))
    show.set_defaults(run=_run_history_show)
    resume = actions.add_parser("resume", parents=[common], help=tr("go on with what was not finished"))
    resume.add_argument("id", type=filled, metavar="ID", help=tr("as listed, or its beginning"))
    resume.set_defaults(run=_run_history_resume)
    export = actions.add_parser(
        "export",
        parents=[common],
        help=tr("write conversations into a file (Markdown, HTML, Word, PDF, text, JSON)"),
    )
    export.add_argument("ids", type=filled, nargs="*", metavar="ID", help=tr("as listed, or its beginning"))
    export.add_argument("--all", action="store_true", help=tr("all conversations that are not in the bin"))
    export.add_argument(
        "--search",
        metavar="TEXT",
        help=tr("those that have these words, a tag (#trip) or lie in a folder (in:work)"),
    )
    export.add_argument(
        "--message", default="", metavar="ID", help=tr("one message (see: history show --json)")
    )
    export.add_argument(
        "-o",
        "--output",
        type=path,
        metavar="FILE",
        help=tr("its ending says what is written (default: print)"),
    )
    export.add_argument(
        "--format",
        choices=("md", "html", "docx", "pdf", "txt", "json", "lmschat"),
        help=tr("whatever the file is called"),
    )
    export.set_defaults(run=_run_history_export)
    bring = actions.add_parser(
        "import",
        parents=[common],
        help=tr(
            "bring conversations in: this program's JSON, exports of ChatGPT, Claude, LM Studio, Jan, "
            "Open WebUI and SillyTavern"
        ),
    )
    bring.add_argument(
        "files", type=path, nargs="+", metavar="FILE", help=tr(".lmschat, .json, .jsonl or .zip")
    )
    bring.set_defaults(run=_run_history_import)


def _run_history_list(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.history import run_list

    return run_list(options)


def _run_history_show(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.history import run_show

    return run_show(options)


def _run_history_resume(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.history import run_resume

    return run_resume(options)


def _run_history_export(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.chat_files import run_export

    return run_export(options)


def _run_history_import(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.chat_files import run_import

    return run_import(options)
