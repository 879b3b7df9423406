"""``models split`` and ``models merge``: one model in several files, and back."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lmstudio_lite.cli.models.model_argument import existing_file
from lmstudio_lite.cli.terminal import (
    EXIT_OK,
    Progress,
    cancelled_by_ctrl_c,
    open_services,
    print_json,
    resolve_model,
)
from lmstudio_lite.words.saying import say_size
from lmstudio_lite.words.translate import tr


def run_split(options: argparse.Namespace) -> int:
    """Split a model and print the files' names."""
    with open_services(options) as services, cancelled_by_ctrl_c() as cancellation:
        source = existing_file(options.model) or resolve_model(services, options.model)
        folder = _absolute(options.out) or services.model_parts.folder_for(source)
        progress = _Progress()
        paths = services.model_parts.split(source, folder, options.max_size, cancellation, progress.report)
        progress.end()
    return _print(paths, as_json=options.json)


def run_merge(options: argparse.Namespace) -> int:
    """Merge a model's files and print the new one's name."""
    with open_services(options) as services, cancelled_by_ctrl_c() as cancellation:
        part = existing_file(options.model) or resolve_model(services, options.model)
        progress = _Progress()
        path = services.model_parts.merge(part, _absolute(options.out), cancellation, progress.report)
        progress.end()
    return _print([path], as_json=options.json)


def _absolute(name: str | None) -> Path | None:
    return Path(name).expanduser().absolute() if name else None


def _print(paths: list[Path], *, as_json: bool) -> int:
    if as_json:
        print_json({"files": [{"path": str(path), "size_bytes": path.stat().st_size} for path in paths]})
    else:
        for path in paths:
            sys.stdout.write(f"{path}\n")
    return EXIT_OK


class _Progress(Progress):
    def report(self, num_bytes: int, total_bytes: int) -> None:
        self.show(tr("{0} of {1} written").format(say_size(num_bytes), say_size(total_bytes)))
