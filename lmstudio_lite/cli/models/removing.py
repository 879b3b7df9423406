"""``models remove``: a model into the system's trash, after saying what and asking."""

from __future__ import annotations

import argparse
import sys

from lmstudio_lite import words
from lmstudio_lite.app.models.keeping import Removed
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    EXIT_USAGE,
    complain,
    note,
    open_services,
    print_json,
    resolve_model,
)
from lmstudio_lite.domain.shelf import ModelEntry
from lmstudio_lite.errors import ModelChangeError
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.translate import tr, trn


def run(options: argparse.Namespace) -> int:
    """Remove a model. Only a name that means one model is taken.

    Raises:
        ModelNotFoundError, ModelChangeError: nothing is called so, or it can't be removed.
    """
    with open_services(options) as services:
        entries = services.library.matching(options.model)
        if not entries:
            path = resolve_model(services, options.model)  # says what was probably meant
            raise ModelChangeError(path=str(path), reason="not_listed")
        if len(entries) != 1:
            complain(tr("Several models are called so. Say which:"))
            for entry in entries:
                note(_said(entry))
            return EXIT_USAGE
        (entry,) = entries
        files = services.keeping.files_of(entry)
        if not options.yes and not _is_agreed(entry, len(files)):
            return EXIT_FAILED if sys.stdin.isatty() else EXIT_USAGE
        _show(services.keeping.remove(entry), options)
    return EXIT_OK


def _is_agreed(entry: ModelEntry, num_files: int) -> bool:
    note(_said(entry))
    if not sys.stdin.isatty():
        complain(tr("Nobody is there to be asked: add --yes to remove it."))
        return False
    size = words.say_size(entry.size_bytes)
    question = trn(
        "Move {n} file ({0}) to the trash? [y/N]", "Move {n} files ({0}) to the trash? [y/N]", num_files
    )
    sys.stderr.write(f"{question.format(size)} ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in ("y", "yes", tr("yes").casefold())


def _show(removed: Removed, options: argparse.Namespace) -> None:
    places = [str(file.place) if file.place is not None else None for file in removed.files]
    if options.json:
        print_json(
            {
                "removed": [str(file.path) for file in removed.files],
                "trash": places,
                "can_undo": removed.can_undo,
            }
        )
        return
    for file, place in zip(removed.files, places, strict=True):
        where = safe_line(place) if place is not None else tr("the recycle bin")
        sys.stdout.write(tr("{0} is now in the trash: {1}").format(safe_line(str(file.path)), where) + "\n")


def _said(entry: ModelEntry) -> str:
    return safe_line(f"{entry.name}\t{words.say_size(entry.size_bytes)}\t{entry.path}")
