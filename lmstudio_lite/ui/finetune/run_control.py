"""The training that runs, as the window sees it: told at most a few times a second. GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.train import RunRecord
from lmstudio_lite.finetune.protocol import Export, FinetuneSettings
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.ui.bridge import Bridge

if TYPE_CHECKING:
    from lmstudio_lite.finetune.data.collecting import Collection
    from lmstudio_lite.finetune.data.splitting import SplitOptions

_INTERVAL_MS = 200
_LANE = "finetune run"


class RunControl(QObject):
    """Outlives the Fine-tune window: the main window shows from here that something trains."""

    changed = Signal()
    failed = Signal(object)  # Exception: a run could not be started
    history_read = Signal(object)  # list[RunRecord], newest first
    _woken = Signal()

    def __init__(self, services: Services, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._finetuning = services.finetuning
        self._bridge = bridge
        self.is_starting = False
        self.interrupted: RunRecord | None = None
        """The run that an earlier start left unfinished, until it goes on or is given up."""
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.setInterval(_INTERVAL_MS)
        self._due.timeout.connect(self.changed)
        self._woken.connect(self._on_woken, Qt.ConnectionType.QueuedConnection)
        self._unsubscribe = self._finetuning.subscribe(self._woken.emit)
        self.destroyed.connect(self._unsubscribe)

    @property
    def record(self) -> RunRecord | None:
        return self._finetuning.record

    @property
    def is_active(self) -> bool:
        return self.is_starting or self._finetuning.is_active

    def start(self, settings: FinetuneSettings, collection: Collection, options: SplitOptions) -> None:
        """Write the run's folder and start it; ``changed`` or ``failed`` follows."""

        def work(context: JobContext) -> None:
            folder, _ = self._finetuning.prepare(settings, collection, options)
            self._finetuning.start(folder)

        self._run(work)

    def take_up(self, folder: RunFolder) -> None:
        """Go on with a run that was stopped or interrupted."""
        self._run(lambda context: self._finetuning.start(folder))

    def export(self, folder: RunFolder, export: Export) -> None:
        """Write one more file of a run that is done."""
        self._run(lambda context: self._finetuning.export(folder, export))

    def look_for_interrupted(self) -> None:
        """Find out whether a run waits to go on; ``changed`` follows if one does."""
        self._bridge.run(
            lambda context: self._finetuning.interrupted(), on_done=self._on_interrupted_found, lane=_LANE
        )

    def give_up(self, folder: RunFolder) -> None:
        """Offer an interrupted run no more; ``history_read`` follows."""
        self.interrupted = None
        self.changed.emit()
        self._bridge.run(
            lambda context: self._finetuning.give_up(folder),
            on_done=lambda _none: self.read_history(),
            on_failed=self.failed.emit,
            lane=_LANE,
        )

    def pause(self) -> None:
        self._finetuning.pause()

    def resume(self) -> None:
        self._finetuning.resume()

    def stop_and_keep(self) -> None:
        self._finetuning.stop_and_keep()

    def cancel(self) -> None:
        self._finetuning.cancel()

    def read_history(self) -> None:
        """Read all runs; ``history_read`` follows."""
        self._bridge.run(
            lambda context: self._finetuning.history(), on_done=self.history_read.emit, lane=_LANE
        )

    def _run(self, work: Callable[[JobContext], None]) -> None:
        if self.is_active:
            return
        self.is_starting = True
        self.interrupted = None
        self.changed.emit()
        self._bridge.run(
            work,
            on_done=self._on_started,
            on_failed=self._on_failed,
            on_cancelled=self._on_started,
            lane=_LANE,
        )

    def _on_interrupted_found(self, record: RunRecord | None) -> None:
        if record is not None and not self.is_active and self.record is None:
            self.interrupted = record
            self.changed.emit()

    def _on_started(self, _result: object = None) -> None:
        self.is_starting = False
        self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self.is_starting = False
        self.changed.emit()
        self.failed.emit(error)

    @Slot()
    def _on_woken(self) -> None:
        if not self._due.isActive():
            self._due.start()
