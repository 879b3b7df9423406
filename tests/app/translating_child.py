"""A process that translates a file until it is killed: ``python -m tests.app.translating_child DATA FILE``.

It gives an answer for each line of its input, notes it in ``DATA/answers``, and says how many are done.
"""

from __future__ import annotations

import sys
from pathlib import Path

from lmstudio_lite.app.jobs import JobContext, JobEvent, JobProgressed
from lmstudio_lite.app.translate_file import TranslateFile, unfinished_result
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.generation import GenerationRequest
from lmstudio_lite.domain.translations import UnitsProgress
from tests.app.harbour import answer, opened, order_of


def answer_when_told(request: GenerationRequest, log: Path) -> str:
    sys.stdin.readline()
    text = answer(request)
    with log.open("a", encoding="utf-8") as file:
        file.write(text + "\n")
    return text


def hear(event: JobEvent) -> None:
    if isinstance(event, JobProgressed) and isinstance(event.value, UnitsProgress):
        sys.stdout.write(f"{event.value.num_done}\n")
        sys.stdout.flush()


def main() -> None:
    data, document = (Path(argument) for argument in sys.argv[1:])
    order = order_of(document)
    with opened(data, lambda request: answer_when_told(request, data / "answers")) as (services, _):
        work = TranslateFile(services, order, continues=unfinished_result(services, order))
        outcome = work.run(JobContext(Cancellation(), hear))
        sys.stdout.write(f"{outcome.output}\n")


if __name__ == "__main__":
    main()
