"""``models split`` and ``models merge``: one model in several files, and back."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lmstudio_lite.cli.models.model_argument import model_path
from lmstudio_lite.cli.terminal import EXIT_OK, Progress, cancelled_by_ctrl_c, print_json
from lmstudio_lite.library.splitting import merge_model, merged_name, split_model
from lmstudio_lite.words.saying import say_size
from lmstudio_lite.words.translate import tr


def run_split(options: argparse.Namespace) -> int:
    """Split a model and print the files' names."""
    source = model_path(options)
    folder = Path(options.out).expanduser().absolute() if options.out else source.parent
    progress = _Progress()
    with cancelled_by_ctrl_c() as cancellation:
        paths = split_model(
            source, folder, max_bytes=options.max_size, cancellation=cancellation, report=progress.report
        )
    progress.end()
    return _print(paths, as_json=options.json)


def run_merge(options: argparse.Namespace) -> int:
    """Merge a model's files and print the new one's name."""
    part = model_path(options)
    target = Path(options.out).expanduser().absolute() if options.out else part.with_name(merged_name(part))
    progress = _Progress()
    with cancelled_by_ctrl_c() as cancellation:
        merge_model(part, target, cancellation=cancellation, report=progress.report)
    progress.end()
    return _print([target], as_json=options.json)


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
