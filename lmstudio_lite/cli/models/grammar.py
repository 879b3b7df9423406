"""The grammar of ``models``: one function a verb, each imported when it runs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, TypeAlias

from lmstudio_lite.words.argument_parser import ArgumentParser
from lmstudio_lite.words.translate import tr

if TYPE_CHECKING:
    Actions: TypeAlias = argparse._SubParsersAction[ArgumentParser]


def add_models(verbs: Actions, common: ArgumentParser) -> None:
    """Add ``models`` with its verbs; ``common`` holds the options that every verb takes."""
    models = verbs.add_parser("models", help=tr("what models are there"))
    actions = models.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_list(actions, common)


def _add_list(actions: Actions, common: ArgumentParser) -> None:
    listing = actions.add_parser("list", parents=[common], help=tr("list the models in the folders"))
    listing.set_defaults(run=_run_list)


def _run_list(options: argparse.Namespace) -> int:
    from lmstudio_lite.cli.models.listing import run

    return run(options)
