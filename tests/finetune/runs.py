"""Runs of the real training process for tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.finetune.client import TrainingClient
from lmstudio_lite.finetune.data.canonical import write_examples
from lmstudio_lite.finetune.protocol import Event, Export, FinetuneSettings, RunFailed, RunFinished
from lmstudio_lite.finetune.run_folder import RunFolder


def chat(question: str, answer: str) -> TrainingExample:
    return TrainingExample((Message(Role.USER, question), Message(Role.ASSISTANT, answer)))


NUMBERS = [chat(f"What follows {n}?", f"After {n} comes {n + 1}.") for n in range(40)]


def make_run(
    path: Path,
    settings: FinetuneSettings,
    examples: Sequence[TrainingExample] = NUMBERS,
    validation: Sequence[TrainingExample] = (),
) -> RunFolder:
    """Return a folder that a training can start in."""
    folder = RunFolder(path)
    folder.train_file.parent.mkdir(parents=True)
    write_examples(folder.train_file, examples)
    if validation:
        write_examples(folder.validation_file, validation)
    folder.save_settings(settings)
    return folder


Kind = TypeVar("Kind")


class Run:
    """A training process and what it said."""

    def __init__(
        self,
        folder: RunFolder,
        on_event: Callable[[Event], None] = lambda event: None,
        export: Export | None = None,
    ) -> None:
        self.events: list[Event] = []
        self._on_event = on_event
        self._changed = threading.Condition()
        self.client = TrainingClient(folder, self._take, export=export)

    def wait(self, timeout_s: float = 240.0) -> RunFinished | RunFailed:
        """Return how it ended."""
        assert self.client.wait(timeout_s), "still running"
        self.client.close()
        end = self.events[-1]
        assert isinstance(end, RunFinished | RunFailed)
        assert sum(isinstance(event, RunFinished | RunFailed) for event in self.events) == 1
        return end

    def wait_for(
        self, kind: type[Event], timeout_s: float = 120.0, *, after: type[Event] | None = None
    ) -> None:
        """Wait until an event of ``kind`` came, or came behind one of the kind ``after``."""

        def has_come() -> bool:
            events = iter(self.events)
            begins = after is None or any(isinstance(event, after) for event in events)
            return begins and any(isinstance(event, kind) for event in events)

        with self._changed:
            said = self._changed.wait_for(has_come, timeout_s)
        assert said, f"no {kind.__name__}"

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.events if isinstance(event, kind)]

    def _take(self, event: Event) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()
        self._on_event(event)
