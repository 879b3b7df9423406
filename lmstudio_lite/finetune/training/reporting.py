"""What a run tells while it works, and what the user asks of it meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from lmstudio_lite.errors import CancelledError
from lmstudio_lite.finetune.protocol import Event, Progress, Stage, StageBegan

_REPORT_S = 0.5


class Control(Protocol):
    """What the user asks for meanwhile."""

    def is_stopped(self) -> bool:
        """Whether to end here and keep what was learned."""

    def is_cancelled(self) -> bool:
        """Whether to end at once."""

    def is_paused(self) -> bool:
        """Whether to wait."""

    def wait(self) -> None:
        """Wait until one of these changes."""


class Reporter:
    """One run's way to the user and back."""

    def __init__(self, emit: Callable[[Event], None], control: Control) -> None:
        """Tell events to ``emit``; obey ``control``."""
        self.emit = emit
        self.control = control
        self._reported_at = 0.0

    def stage(self, stage: Stage) -> None:
        """Tell that a stage begins. Raises ``CancelledError`` where the user has cancelled."""
        self.raise_if_cancelled()
        self.emit(StageBegan(stage, time.time()))

    def progress(self, stage: Stage, num_done: int, num_total: int) -> None:
        """Tell how far a stage is, a few times a second. Raises ``CancelledError`` as ``stage`` does."""
        self.raise_if_cancelled()
        now = time.monotonic()
        if now - self._reported_at >= _REPORT_S or num_done == num_total:
            self._reported_at = now
            self.emit(Progress(stage, num_done, num_total))

    def raise_if_cancelled(self) -> None:
        """Raise ``CancelledError`` where the user has cancelled."""
        if self.control.is_cancelled():
            raise CancelledError
