"""``models verify``: whether a model's file is still what the hub said of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from lmstudio_lite.app.models.verifying import Verdict, VerifiedFile, parts_of, verify_file
from lmstudio_lite.cli.sources import is_there
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    Progress,
    cancelled_by_ctrl_c,
    open_services,
    print_json,
    resolve_model,
)
from lmstudio_lite.library.catalog import catalog
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words import say_size
from lmstudio_lite.words.shelf import say_verified
from lmstudio_lite.words.translate import tr


def run_verify(options: argparse.Namespace) -> int:
    """Verify a model's file, or all parts of it; fails where one is not right."""
    progress = Progress()
    with open_services(options) as services, cancelled_by_ctrl_c() as cancellation:
        given = Path(options.model).expanduser()
        path = given.absolute() if is_there(options.model) else resolve_model(services, options.model)
        fetched = services.fetching.fetched_files()
        listed = [model.file for model in catalog()]
        try:
            found = [
                verify_file(each, fetched, listed, on_read=_shown(progress, each), cancellation=cancellation)
                for each in parts_of(path)
            ]
        finally:
            progress.end()
    if options.json:
        print_json({"files": [_row(file) for file in found]})
    else:
        for file in found:
            words = say_verified(file.verdict.value, file.source)
            sys.stdout.write(f"{safe_line(str(file.path))}\t{words}\n")
    return EXIT_OK if all(file.verdict is not Verdict.WRONG for file in found) else EXIT_FAILED


def _shown(progress: Progress, path: Path) -> Callable[[int, int], None]:
    name = safe_line(path.name)

    def show(done: int, size: int) -> None:
        progress.show(tr("{0}: read {1} of {2}").format(name, say_size(done), say_size(size)))

    return show


def _row(file: VerifiedFile) -> dict[str, object]:
    return {
        "path": str(file.path),
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
        "verdict": file.verdict.value,
        "expected_sha256": file.expected,
        "source": file.source,
    }
