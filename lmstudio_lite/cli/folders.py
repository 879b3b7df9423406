"""``history folders`` and ``history move``: conversations in folders, in the window as here."""

from __future__ import annotations

import argparse

from lmstudio_lite.cli.argument_values import filled
from lmstudio_lite.words.argument_parser import Actions, ArgumentParser
from lmstudio_lite.words.translate import tr, trn


def add_folders(actions: Actions, common: ArgumentParser) -> None:
    """Add the verbs to those of ``history``."""
    folders = actions.add_parser("folders", parents=[common], help=tr("list the folders of conversations"))
    folders.set_defaults(run=run_folders)
    move = actions.add_parser(
        "move", parents=[common], help=tr("put conversations into a folder, or take them out")
    )
    move.add_argument("ids", type=filled, nargs="+", metavar="ID", help=tr("as listed, or its beginning"))
    where = move.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--folder", type=filled, metavar="NAME", help=tr("as in Work/Taxes; what is missing is made")
    )
    where.add_argument("--out", action="store_true", help=tr("out of any folder"))
    move.set_defaults(run=run_move)


def run_folders(options: argparse.Namespace) -> int:
    """List the folders with the number of conversations in each."""
    from lmstudio_lite.cli.output import put
    from lmstudio_lite.cli.terminal import EXIT_OK, note, open_services, print_json
    from lmstudio_lite.safe_text import safe_line

    with open_services(options) as services:
        folders = services.folders.list()
    if options.json:
        rows = [{"folder": each.full_name, "num_conversations": each.num_conversations} for each in folders]
        print_json({"folders": rows})
        return EXIT_OK
    for folder in folders:
        put(f"{safe_line(folder.full_name)}\t{folder.num_conversations}\n")
    if not folders:
        note(tr("There are no folders yet: history move ID --folder NAME makes one."))
    return EXIT_OK


def run_move(options: argparse.Namespace) -> int:
    """Move conversations, all of them or none."""
    from lmstudio_lite.app.folders import folder_at
    from lmstudio_lite.app.history import EntryKind, find_entry
    from lmstudio_lite.cli.terminal import EXIT_OK, note, open_services, print_json
    from lmstudio_lite.errors import NotStoredError
    from lmstudio_lite.safe_text import safe_line

    with open_services(options) as services:
        entries = [find_entry(services, each) for each in options.ids]
        for entry in entries:
            if entry.kind is not EntryKind.CHAT:
                raise NotStoredError(kind="conversation", id=entry.id, num_alike=0)
        folder = None if options.out else folder_at(services, options.folder)
        ids = [entry.id for entry in entries]
        services.folders.put(ids, folder.id if folder is not None else None)
    name = folder.full_name if folder is not None else ""
    if options.json:
        print_json({"moved": ids, "folder": name})
        return EXIT_OK
    number = trn("{n} conversation", "{n} conversations", len(ids))
    if folder is not None:
        note(tr("{0} moved into “{1}”.").format(number, safe_line(name)))
    else:
        note(tr("{0} moved out of any folder.").format(number))
    return EXIT_OK
