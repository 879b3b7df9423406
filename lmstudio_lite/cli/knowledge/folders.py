"""What ``knowledge`` does. No model is loaded; Ctrl-C keeps what was read until then."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lmstudio_lite.app.session import Services
from lmstudio_lite.cli.output import put
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    Progress,
    cancelled_by_ctrl_c,
    complain,
    note,
    open_services,
    print_json,
)
from lmstudio_lite.domain.knowledge import KnowledgeFolder, KnowledgeProgress
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.knowledge import say_comparing, say_folder, say_progress, say_unread
from lmstudio_lite.words.translate import tr


def run_add(options: argparse.Namespace) -> int:
    """Add a folder, read it and say how much could be read."""
    with open_services(options) as services:
        folder = services.knowledge.add(options.folder)
        update(services, folder.id)
        return _show(services, folder.path, as_json=options.json)


def run_list(options: argparse.Namespace) -> int:
    """Say of each folder how much was read."""
    with open_services(options) as services:
        return _show(services, None, as_json=options.json)


def run_remove(options: argparse.Namespace) -> int:
    """Forget a folder."""
    with open_services(options) as services:
        folder = _find(services, options.folder)
        if folder is None:
            return EXIT_FAILED
        services.knowledge.remove(folder.id)
        return _show(services, None, as_json=options.json)


def run_update(options: argparse.Namespace) -> int:
    """Read what is new or has changed in one folder or all."""
    with open_services(options) as services:
        folder = _find(services, options.folder) if options.folder is not None else None
        if options.folder is not None and folder is None:
            return EXIT_FAILED
        update(services, folder.id if folder else "")
        return _show(services, folder.path if folder else None, as_json=options.json)


def update(services: Services, folder_id: str) -> None:
    """Bring a folder up to date, "" for all, and show how far that is."""
    progress = Progress()

    def report(value: KnowledgeProgress) -> None:
        if said := say_progress(value):
            progress.show(said)

    with cancelled_by_ctrl_c() as cancellation:
        try:
            services.knowledge.update(report, cancellation, folder_id)
        finally:
            progress.end()


def _find(services: Services, path: Path) -> KnowledgeFolder | None:
    wanted = path.absolute()
    folders = services.knowledge.folders()
    found = next((folder for folder in folders if folder.path == wanted), None)
    if found is None:
        known = "\n".join(f"  {safe_line(str(folder.path))}" for folder in folders) or tr("  none")
        complain(tr("“{0}” was not added. These folders were:\n{1}").format(safe_line(str(path)), known))
    return found


def _show(services: Services, path: Path | None, *, as_json: bool) -> int:
    folders = [folder for folder in services.knowledge.folders() if path is None or folder.path == path]
    if as_json:
        print_json({"folders": [_to_json(services, folder) for folder in folders]})
        return EXIT_OK
    for folder in folders:
        put(say_folder(folder) + "\n")
        for file in services.knowledge.unread(folder.id):
            note(f"  {say_unread(file)}")
    if folders:
        note(say_comparing(services.meanings.state()))
    else:
        note(tr("No folder was added yet: “knowledge add DIR” adds one."))
    return EXIT_OK


def _to_json(services: Services, folder: KnowledgeFolder) -> dict[str, Any]:
    return {
        "path": str(folder.path),
        "num_files": folder.num_files,
        "num_read": folder.num_read,
        "num_failed": folder.num_failed,
        "num_compared": folder.num_compared,
        "is_there": folder.is_there,
        "unread": [
            {"path": str(each.path), "code": each.error.code} for each in services.knowledge.unread(folder.id)
        ],
    }
