"""Works out what folders' passages mean until it is killed: ``python -m tests.app.comparing_child DATA``."""

from __future__ import annotations

import sys
from pathlib import Path

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.knowledge import KnowledgeProgress
from lmstudio_lite.paths import portable_paths


def main() -> None:
    def say(progress: KnowledgeProgress) -> None:
        if progress.is_comparing:
            sys.stdout.write(f"{progress.num_done}\n")
            sys.stdout.flush()

    with Services.open(portable_paths(Path(sys.argv[1])), isolation="thread") as services:
        services.knowledge.update(say, Cancellation())


if __name__ == "__main__":
    main()
