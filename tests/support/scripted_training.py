"""A training that says what the test tells it to: policy without torch."""

from __future__ import annotations

from collections.abc import Callable

from lmstudio_lite.finetune.protocol import Command, Event, Export, StepDone
from lmstudio_lite.finetune.run_folder import RunFolder, RunLog


class ScriptedTraining:
    """Satisfies ``app.train.TrainingProcess``; keeps what it is told in ``commands``."""

    def __init__(
        self, folder: RunFolder, on_event: Callable[[Event], None], export: Export | None = None
    ) -> None:
        self.folder = folder
        self.on_event = on_event
        self.export = export
        self.commands: list[Command] = []
        self.is_closed = False

    def send(self, command: Command) -> None:
        self.commands.append(command)

    def close(self) -> None:
        self.is_closed = True

    def say(self, *events: Event) -> None:
        """Write events to the run's log and hand them on, as the client does."""
        log = RunLog(self.folder.log_file)
        for event in events:
            log.write(event)
            self.on_event(event)
        log.close()


def step_done(number: int, loss: float, num_steps: int = 10) -> StepDone:
    seconds_left = (num_steps - number) * 60.0
    return StepDone(number, num_steps, loss, 1e-4, 1.0, 200.0, 1 << 30, seconds_left, 0.1)
