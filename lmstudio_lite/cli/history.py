"""``history list|show|resume``: what is kept of chats, summaries and translations, in the window as here."""

from __future__ import annotations

import argparse
from dataclasses import replace

from msgspec import to_builtins

from lmstudio_lite.app.chat import resume as resume_chat
from lmstudio_lite.app.file_records import order_from
from lmstudio_lite.app.folders import find_folder
from lmstudio_lite.app.history import Entry, EntryKind, find_entry, list_entries
from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.read import kept_inventory_to_json
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.stored_translations import outcome_from_result
from lmstudio_lite.app.summaries import read_stored
from lmstudio_lite.app.summarize import SummarizeFile
from lmstudio_lite.app.translate import TranslateText
from lmstudio_lite.app.translate_file import TranslateFile
from lmstudio_lite.cli.output import put
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    cancelled_by_ctrl_c,
    note,
    open_services,
    print_json,
    services_with_model,
    show_unsaved,
)
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.folders import ids_within
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.translate import tr


def run_list(options: argparse.Namespace) -> int:
    """List what is kept, the newest first."""
    kinds = [EntryKind(options.kind)] if options.kind else list(EntryKind)
    with open_services(options) as services:
        within = None
        if options.folder:
            kinds = [kind for kind in kinds if kind is EntryKind.CHAT]
            within = ids_within(services.folders.list(), find_folder(services, options.folder).id)
        entries = list_entries(services, kinds, options.search, options.limit, within)
    if options.json:
        print_json({"entries": [_row(entry) for entry in entries]})
        return EXIT_OK
    for entry in entries:
        marks = [tr("unfinished")] if entry.is_unfinished else []
        marks += [tr("damaged")] if entry.is_damaged else []
        time = f"{entry.updated_at.astimezone():%Y-%m-%d %H:%M}"
        put("\t".join([entry.id, entry.kind.value, time, safe_line(entry.title), *marks]) + "\n")
    if not entries:
        note(
            tr("Nothing is kept yet.") if not options.search else tr("Nothing that is kept has these words.")
        )
    return EXIT_OK


def run_show(options: argparse.Namespace) -> int:
    """Show one of them whole."""
    with open_services(options) as services:
        entry = find_entry(services, options.id)
        _show(services, entry, as_json=options.json)
    return EXIT_OK


def run_resume(options: argparse.Namespace) -> int:
    """Go on with what was stopped, or whose program ended; not while a window may be at it."""
    with open_services(options) as services:
        entry = find_entry(services, options.id)
        if not entry.is_unfinished:
            note(tr("This is finished: there is nothing to go on with."))
            _show(services, entry, as_json=options.json)
            return EXIT_OK
    with (
        services_with_model(options, exclusive=True) as services,
        cancelled_by_ctrl_c() as cancellation,
    ):
        _resume(services, entry, cancellation)
        exit_code = EXIT_FAILED if show_unsaved(services, as_json=options.json) else EXIT_OK
        _show(services, find_entry(services, entry.id), as_json=options.json)
        return EXIT_INTERRUPTED if cancellation.is_cancelled else exit_code


def _resume(services: Services, entry: Entry, cancellation: Cancellation) -> None:
    context = JobContext(cancellation, lambda event: None)
    match entry.kind:
        case EntryKind.CHAT:
            resume_chat(services, entry.id, report=context.report, cancellation=cancellation)
        case EntryKind.SUMMARY:
            stored = read_stored(services.results, entry.id)
            wanted = stored.wanted or stored.options
            SummarizeFile(services, stored.document, wanted, stored_id=entry.id, before=stored.shown).run(
                context
            )
        case EntryKind.TRANSLATION if services.results.get(entry.id).translation.file is not None:
            order = order_from(services.results.get(entry.id))
            TranslateFile(services, order, continues=entry.id).run(context)
        case EntryKind.TRANSLATION:
            task = outcome_from_result(services.results.get(entry.id)).task
            TranslateText(services, replace(task, continues=entry.id)).run(context)


def _show(services: Services, entry: Entry, *, as_json: bool) -> None:
    if entry.kind is EntryKind.CHAT:
        _show_chat(services, entry, as_json=as_json)
        return
    result = services.results.get(entry.id)
    if as_json:
        record = {**to_builtins(result.record), **kept_inventory_to_json(result.record)}
        print_json({**_row(entry), "text": result.text, **record})
    else:
        put(result.text.rstrip() + "\n")


def _show_chat(services: Services, entry: Entry, *, as_json: bool) -> None:
    thread = services.chat.thread(entry.id)
    if not as_json:
        for message in thread:
            put(f"{tr('you> ') if message.role is Role.USER else ''}{message.text.rstrip()}\n\n")
        return
    messages = [
        {
            "id": message.id,
            "role": message.role.value,
            "text": message.text,
            "state": message.state.value,
            "reasoning": message.reasoning,
            "is_liked": message.is_liked,
            "note": to_builtins(message.note),
        }
        for message in thread
    ]
    print_json({**_row(entry), "messages": messages})


def _row(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "kind": entry.kind.value,
        "title": entry.title,
        "created_at": entry.created_at.isoformat(),
        "updated_at": entry.updated_at.isoformat(),
        "file": entry.source_path,
        "is_unfinished": entry.is_unfinished,
        "is_damaged": entry.is_damaged,
        "folder": entry.folder,
    }
