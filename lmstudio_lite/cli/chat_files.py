"""``history export|import``: conversations out into files, and in from the exports of other programs."""

from __future__ import annotations

import argparse
from pathlib import Path

from lmstudio_lite.app.chat_files import ChatForm, all_ids, export_chats, import_chats
from lmstudio_lite.app.history import EntryKind, find_entry
from lmstudio_lite.cli.output import put
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_USAGE,
    cancelled_by_ctrl_c,
    complain,
    missing_files,
    note,
    open_services,
    print_json,
)
from lmstudio_lite.paths import replace_file
from lmstudio_lite.words.chat_files import say_import, say_problem
from lmstudio_lite.words.translate import tr


def run_export(options: argparse.Namespace) -> int:
    """Write conversations into a file, or to standard output."""
    output: Path | None = options.output
    suffix = (
        f".{options.format}" if options.format else output.suffix.lower() if output else ChatForm.MARKDOWN
    )
    if suffix not in set(ChatForm):
        known = ", ".join(form.value for form in ChatForm)
        complain(tr("A file of conversations ends in one of {0}, or --format says which.").format(known))
        return EXIT_USAGE
    if output is None and suffix == ChatForm.WORD:
        complain(tr("A Word file is not printed: say where with -o FILE."))
        return EXIT_USAGE
    if bool(options.ids) is options.all:
        complain(tr("Say which conversations, or --all."))
        return EXIT_USAGE
    with open_services(options) as services:
        ids = all_ids(services)
        if not options.all:
            entries = [find_entry(services, each) for each in options.ids]
            other = next((entry for entry in entries if entry.kind is not EntryKind.CHAT), None)
            if other is not None:
                complain(tr("{0} is no conversation.").format(other.id))
                return EXIT_USAGE
            ids = [entry.id for entry in entries]
        content = export_chats(services, ids, ChatForm(suffix))
    if output is None:
        put(content.decode("utf-8"))
        return EXIT_OK
    replace_file(output, content, is_private=False)
    if options.json:
        print_json({"output": str(output), "num_conversations": len(ids)})
    return EXIT_OK


def run_import(options: argparse.Namespace) -> int:
    """Bring conversations in."""
    if missing_files([str(path) for path in options.files], as_json=options.json):
        return EXIT_FAILED
    with open_services(options) as services, cancelled_by_ctrl_c() as cancellation:
        report = import_chats(services, options.files, cancellation)
    if options.json:
        problems = [
            {
                "file": str(each.path),
                "conversation": each.place,
                "title": each.title,
                "problem": each.trouble.value,
            }
            for each in report.problems
        ]
        print_json({"ids": list(report.ids), "num_messages": report.num_messages, "problems": problems})
    else:
        note(say_import(report))
        for problem in report.problems:
            note(say_problem(problem))
    if cancellation.is_cancelled:
        return EXIT_INTERRUPTED
    return EXIT_OK if report.ids or not report.problems else EXIT_FAILED
