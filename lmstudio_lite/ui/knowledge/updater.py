"""Keeps the user's folders up to date while the program runs: soon after its start, then now and again."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from lmstudio_lite.app.jobs import Job
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.knowledge import KnowledgeProgress
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.remembering import remember

_FIRST_MS = 15_000
_AGAIN_MS = 5 * 60_000


class KnowledgeUpdater(QObject):
    """One update at a time. GUI thread; files are read in a job."""

    changed = Signal()
    """What ``progress`` or ``is_paused`` says, or what is known of the folders."""
    failed = Signal(object)  # Exception

    def __init__(self, services: Services, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._job: Job | None = None
        self._is_wanted_again = False
        self.progress: KnowledgeProgress | None = None
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.timeout.connect(self.update)
        self._due.start(_FIRST_MS)

    @property
    def is_running(self) -> bool:
        return self._job is not None

    @property
    def is_paused(self) -> bool:
        return self._services.settings.value.documents.is_reading_paused

    @Slot()
    def update(self) -> None:
        """Read what is new in the folders now, unless that is paused."""
        if self._job is not None:
            self._is_wanted_again = True
            return
        if self.is_paused:
            return
        self._due.stop()
        knowledge = self._services.knowledge
        self._job = self._bridge.run(
            lambda context: knowledge.update(context.report, context.cancellation),
            on_progress=self._on_progress,
            on_done=lambda _nothing: self._on_ended(),
            on_failed=self._on_failed,
            on_cancelled=self._on_ended,
        )

    def set_paused(self, is_paused: bool) -> None:
        """Stop reading after the file that is being read, or go on."""
        remember(self._services.settings, "documents", is_reading_paused=is_paused)
        if is_paused:
            self.stop()
        else:
            self.update()
        self.changed.emit()

    def stop(self) -> None:
        """Leave off for now; what was read is kept."""
        self._is_wanted_again = False
        if self._job is not None:
            self._job.cancel()

    def _on_progress(self, value: object) -> None:
        if isinstance(value, KnowledgeProgress):
            self.progress = value
            self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self.failed.emit(error)
        self._on_ended()

    def _on_ended(self) -> None:
        self._job = self.progress = None
        self._due.start(0 if self._is_wanted_again else _AGAIN_MS)
        self._is_wanted_again = False
        self.changed.emit()
