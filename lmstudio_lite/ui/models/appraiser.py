"""Finds out of each model, in the background, how it fits here, what is decided for it and noted of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.fit import ModelFit
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile
from lmstudio_lite.domain.shelf import NO_NOTE, ModelEntry, ModelNote
from lmstudio_lite.errors import AppError
from lmstudio_lite.ui.bridge import Bridge

_AT_ONCE = 25


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What was found out of the model at ``path``; ``fit`` is None where it can't be told."""

    path: Path
    fit: ModelFit | None
    profile: ModelProfile
    note: ModelNote


class Appraiser(QObject):
    """Looks at each file once until ``stop``, and at one that changed again. Lives on the GUI thread."""

    appraised = Signal(object)  # list[Appraisal]
    failed = Signal(object)  # Exception

    def __init__(self, services: Services, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._job: Job | None = None
        self._known: set[tuple[Path, str]] = set()
        self._waiting: Sequence[ModelEntry] = ()

    @property
    def is_working(self) -> bool:
        return self._job is not None

    def appraise(self, entries: Sequence[ModelEntry]) -> None:
        """Look at ``entries``, the first ones first; those that are known are left out."""
        if self._job is not None:
            self._waiting = entries
            return
        wanted = [entry for entry in entries if (entry.path, entry.signature) not in self._known]
        if not wanted:
            return
        self._known |= {(entry.path, entry.signature) for entry in wanted}
        services = self._services

        def work(context: JobContext) -> None:
            decided = services.profiles.names()
            for first in range(0, len(wanted), _AT_ONCE):
                batch = wanted[first : first + _AT_ONCE]
                notes = services.notes.of(batch)
                found = []
                for entry in batch:
                    context.cancellation.raise_if_cancelled()
                    profile = services.profiles.decided(entry.path) if entry.name in decided else NO_PROFILE
                    note = notes.get(entry.path, NO_NOTE)
                    found.append(Appraisal(entry.path, _fit(services, entry), profile, note))
                context.report(found)

        self._job = self._bridge.run(
            work, on_progress=self.appraised.emit, on_done=self._on_done, on_failed=self._on_failed
        )

    def stop(self) -> None:
        """Look no further; the next ``appraise`` begins anew."""
        if self._job is not None:
            self._job.cancel()
        self._job = None
        self._known = set()
        self._waiting = ()

    def _on_done(self, _none: None) -> None:
        self._job = None
        waiting, self._waiting = self._waiting, ()
        self.appraise(waiting)

    def _on_failed(self, error: Exception) -> None:
        self._job = None
        self.failed.emit(error)


def _fit(services: Services, entry: ModelEntry) -> ModelFit | None:
    try:
        return services.fitting.fit(entry.path)
    except AppError:
        return None  # It has changed since it was listed; loading it says how.
