"""Brings exports in and says how that went: ``python -m tests.app.importing_child DATA FILE…``."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from lmstudio_lite.app.chat_files import import_chats
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.paths import portable_paths


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    data, *files = map(Path, sys.argv[1:])
    with Services.open(portable_paths(data), isolation="thread") as services:
        before = peak_mb()
        report = import_chats(services, files, Cancellation())
        said = {
            "num_in": len(report.ids),
            "num_known": len(report.known_ids),
            "problems": [[each.place, each.trouble.value] for each in report.problems],
            "more_mb": peak_mb() - before,
        }
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
