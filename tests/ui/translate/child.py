"""A process that translates until it is killed: ``python -m tests.ui.translate.child DATA MODEL FILE``."""

from __future__ import annotations

import sys
from pathlib import Path

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.translate import TranslateText, TranslationTask
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.translations import TranslationProgress
from lmstudio_lite.paths import portable_paths


def main() -> None:
    data, model, document = (Path(argument) for argument in sys.argv[1:])

    def hear(event: object) -> None:
        progress = getattr(event, "value", None)
        if isinstance(progress, TranslationProgress):
            sys.stdout.write(f"{progress.num_done}\n")
            sys.stdout.flush()

    with Services.open(portable_paths(data), exclusive=True) as services:
        services.load_model(model)
        task = TranslationTask(document.read_text("utf-8"), "de", "en", document, document.name)
        TranslateText(services, task).run(JobContext(Cancellation(), hear))


if __name__ == "__main__":
    main()
