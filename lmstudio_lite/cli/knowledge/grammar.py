"""The grammar of ``knowledge``: one function a verb, each imported when it runs."""

from __future__ import annotations

import argparse

from lmstudio_lite.cli.argument_values import path
from lmstudio_lite.words.argument_parser import Actions, ArgumentParser
from lmstudio_lite.words.translate import tr


def add_knowledge(verbs: Actions, common: ArgumentParser) -> None:
    """Add ``knowledge`` with its verbs; ``common`` has the options that every verb takes."""
    knowledge = verbs.add_parser("knowledge", help=tr("folders that questions are answered from"))
    actions = knowledge.add_subparsers(dest="action", required=True, metavar="ACTION")
    adding = actions.add_parser("add", parents=[common], help=tr("add a folder and read what is in it"))
    adding.add_argument("folder", type=path, metavar="DIR", help=tr("the folder, with all below it"))
    adding.set_defaults(run=_run_add)
    listing = actions.add_parser("list", parents=[common], help=tr("list the folders and what was read"))
    listing.set_defaults(run=_run_list)
    removing = actions.add_parser("remove", parents=[common], help=tr("forget a folder; its files stay"))
    removing.add_argument("folder", type=path, metavar="DIR", help=tr("the folder as it was added"))
    removing.set_defaults(run=_run_remove)
    updating = actions.add_parser("update", parents=[common], help=tr("read what is new or has changed"))
    updating.add_argument(
        "folder", type=path, nargs="?", metavar="DIR", help=tr("only this folder (default: all)")
    )
    updating.set_defaults(run=_run_update)


def _run_add(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.knowledge.folders import run_add

    return run_add(options)


def _run_list(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.knowledge.folders import run_list

    return run_list(options)


def _run_remove(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.knowledge.folders import run_remove

    return run_remove(options)


def _run_update(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.knowledge.folders import run_update

    return run_update(options)
