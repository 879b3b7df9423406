"""Brings exports in and says how that went: ``python -m tests.app.importing_child DATA FILE…``."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

import psutil

from lmstudio_lite.app.chat_files import import_chats
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.paths import portable_paths


class Memory(threading.Thread):
    """Looks at the process's memory now and then; ``more_mb`` is the most that came on top."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process()
        self._before = self._process.memory_info().rss
        self.more_mb = 0.0

    def run(self) -> None:
        while True:
            self.more_mb = max(self.more_mb, (self._process.memory_info().rss - self._before) / 1e6)
            time.sleep(0.02)


def main() -> None:
    data, *files = map(Path, sys.argv[1:])
    with Services.open(portable_paths(data), isolation="thread") as services:
        memory = Memory()
        memory.start()
        report = import_chats(services, files, Cancellation())
        said = {
            "num_in": len(report.ids),
            "num_known": len(report.known_ids),
            "problems": [[each.place, each.trouble.value] for each in report.problems],
            "more_mb": memory.more_mb,
        }
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
