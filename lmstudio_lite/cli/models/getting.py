"""``models get``: fetches a model, and goes on where an earlier try stopped when it is run again."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from lmstudio_lite.cli.terminal import (
    EXIT_OK,
    Progress,
    cancelled_by_ctrl_c,
    note,
    open_services,
    print_json,
)
from lmstudio_lite.domain.downloads import FetchNotice, FetchOrder, FetchProgress
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.downloads import say_notice, say_progress
from lmstudio_lite.words.translate import tr


def run_get(options: argparse.Namespace) -> int:
    """Fetch what ``options.model`` means."""
    shown = _Shown()
    with open_services(options) as services, cancelled_by_ctrl_c() as cancellation:
        if options.endpoint:
            services.hub.use_endpoint(options.endpoint)
        shown.say(tr("looking the model up"))
        try:
            reference = services.hub.understand(options.model)
            found = services.hub.resolve(reference, cancellation=cancellation)
            order = services.hub.order(found.variant)
            if options.to is not None:
                order = replace(order, folder=options.to.expanduser().absolute())
            done = services.fetching.fetch_now(
                order,
                limit_bytes_per_s=options.limit_rate,
                on_progress=shown.progress,
                cancellation=cancellation,
            )
        finally:
            shown.end()
    if options.json:
        print_json(_row(done))
    else:
        for file in done.files:
            sys.stdout.write(safe_line(str(done.folder / file.name)) + "\n")
    return EXIT_OK


class _Shown:
    """One line of progress; what is remarkable gets a line of its own, once."""

    def __init__(self) -> None:
        self._line = Progress()
        self._noticed = FetchNotice.NONE

    def say(self, text: str) -> None:
        self._line.show(text)

    def progress(self, progress: FetchProgress) -> None:
        if progress.notice is not self._noticed:
            self._noticed = progress.notice
            self._line.end()
            note(say_notice(progress.notice))
        self._line.show(f"{progress.order.title}: {say_progress(progress)}")

    def end(self) -> None:
        self._line.end()


def _row(order: FetchOrder) -> dict[str, object]:
    return {
        "name": order.title,
        "path": str(order.folder / order.files[0].name),
        "size_bytes": sum(file.size_bytes for file in order.files),
        "files": [
            {
                "path": str(order.folder / file.name),
                "size_bytes": file.size_bytes,
                "sha256": file.sha256,
                "url": file.url,
            }
            for file in order.files
        ],
    }
