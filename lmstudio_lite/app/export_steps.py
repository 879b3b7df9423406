"""How far an export is, told now and then; a cancelled one ends with its next step."""

from __future__ import annotations

import time

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.domain.chat_files import ExportProgress

_SILENT_S = 0.7
"""Exports that take less say nothing."""
_BETWEEN_S = 0.1


class ExportSteps:
    """An ``OnStep`` of a job, for work in ``num_stages`` of equal length; ``next_stage`` begins the next."""

    def __init__(self, context: JobContext, num_stages: int = 1) -> None:
        self._context, self._num_stages, self._stage = context, num_stages, 0
        self._told_at_s = time.monotonic() + _SILENT_S - _BETWEEN_S

    def __call__(self, num_done: int, num_total: int) -> None:
        """Go on, if nobody has cancelled.

        Raises:
            CancelledError: somebody has.
        """
        self._context.cancellation.raise_if_cancelled()
        now = time.monotonic()
        if now - self._told_at_s >= _BETWEEN_S:
            self._told_at_s = now
            done = self._stage * num_total + num_done
            self._context.report(ExportProgress(done, max(1, self._num_stages * num_total)))

    def go_on(self) -> None:
        """Raise as a step does, and tell nothing."""
        self._context.cancellation.raise_if_cancelled()

    def next_stage(self) -> None:
        """Count the next steps behind those of the stage before."""
        self._stage += 1
