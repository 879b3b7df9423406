"""``history export|import``: conversations out into files, and in from the exports of other programs."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from lmstudio_lite.app.chat_files import (
    ChatForm,
    Wanted,
    all_ids,
    blocks_to_print,
    export_chats,
    import_chats,
    listed_ids,
    title_of,
)
from lmstudio_lite.app.history import EntryKind, find_entry
from lmstudio_lite.app.session import Services
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
from lmstudio_lite.domain.chat_files import OnStep
from lmstudio_lite.errors import CancelledError
from lmstudio_lite.paths import replace_file
from lmstudio_lite.words.chat_files import say_import, say_problem
from lmstudio_lite.words.translate import tr

_PDF = ".pdf"


def run_export(options: argparse.Namespace) -> int:
    """Write conversations, or one message, into a file or to standard output."""
    output: Path | None = options.output
    suffix = (
        f".{options.format}" if options.format else output.suffix.lower() if output else ChatForm.MARKDOWN
    )
    problem = _problem_of(options, suffix)
    if problem:
        complain(problem)
        return EXIT_USAGE
    with open_services(options) as services, cancelled_by_ctrl_c() as cancellation:
        wanted = _wanted(services, options)
        if wanted is None:
            return EXIT_USAGE

        def on_step(_num_done: int, _num_total: int) -> None:
            cancellation.raise_if_cancelled()

        try:
            content = _content(services, wanted, suffix, on_step)
        except CancelledError:
            return EXIT_INTERRUPTED
    if output is None:
        put(content.decode("utf-8"))
        return EXIT_OK
    replace_file(output, content, is_private=False)
    if options.json:
        print_json({"output": str(output), "num_conversations": len(wanted.conversation_ids)})
    return EXIT_OK


def _problem_of(options: argparse.Namespace, suffix: str) -> str:
    known = [*(form.value for form in ChatForm), _PDF]
    if suffix not in known:
        return tr("A file of conversations ends in one of {0}, or --format says which.").format(
            ", ".join(known)
        )
    if options.output is None and suffix in (ChatForm.WORD, _PDF):
        return tr("A Word or PDF file is not printed: say where with -o FILE.")
    ways = [bool(options.ids), options.all, options.search is not None, bool(options.message)]
    if sum(ways) != 1:
        return tr("Say which conversations: by their ids, --search or --all; or one --message.")
    return ""


def _wanted(services: Services, options: argparse.Namespace) -> Wanted | None:
    """Return what is to be written; None where that was complained of."""
    if options.message:
        return Wanted(message_id=options.message)
    if options.all:
        return Wanted(tuple(all_ids(services)))
    if options.search is not None:
        found = listed_ids(services, options.search)
        if not found:
            complain(tr("Nothing that is kept has these words."))
            return None
        return Wanted(tuple(found))
    entries = [find_entry(services, each) for each in options.ids]
    other = next((entry for entry in entries if entry.kind is not EntryKind.CHAT), None)
    if other is not None:
        complain(tr("{0} is no conversation.").format(other.id))
        return None
    return Wanted(tuple(entry.id for entry in entries))


def _content(services: Services, wanted: Wanted, suffix: str, on_step: OnStep) -> bytes:
    if suffix not in (_PDF, ChatForm.WORD):
        return export_chats(services, wanted, ChatForm(suffix), on_step)
    from lmstudio_lite.ui.formula_exports import with_pictures
    from lmstudio_lite.ui.printing import begin_without_window, to_pdf

    application = begin_without_window()
    drawn = partial(with_pictures, draw=services.formulas.draw)
    if suffix == _PDF:
        blocks = drawn(blocks_to_print(services, wanted, on_step))
        content = to_pdf(blocks, title=title_of(services, wanted), on_step=on_step)
    else:
        content = export_chats(services, wanted, ChatForm.WORD, on_step, drawn)
    del application  # only now: Qt's fonts go with it
    return content


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
