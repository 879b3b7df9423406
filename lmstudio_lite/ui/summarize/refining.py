"""Writes one sentence of a summary anew, or more on one place of the source, and keeps that like an edit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

from PySide6.QtCore import QObject, Signal, Slot

from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.refine import SummaryChange, detail, reword
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import Done
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.evidence import SentenceEvidence
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.summarize.items import SummaryItem
from lmstudio_lite.words.translate import tr


class _How(TypedDict):
    """With what a change is written."""

    language: str
    focus: str
    variant: int
    engine: EngineClient
    cancellation: Cancellation


class SummaryRefining(QObject):
    """One change at a time. Lives on the GUI thread; the model works in a job."""

    text_written = Signal(object, str, object)  # SummaryItem, its new text, Evidence of what is new in it
    working_changed = Signal()

    def __init__(self, services: Services, bridge: Bridge, notice: Notice, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._notice = notice
        self._job: Job | None = None
        self._num_wordings = 0

    @property
    def is_working(self) -> bool:
        return self._job is not None

    def stop(self) -> None:
        """Leave the text as it is."""
        if self._job is not None:
            self._job.cancel()

    @Slot(object, object)
    def reword(self, item: SummaryItem, sentence: SentenceEvidence) -> None:
        """Write another sentence on what stands behind this one."""

        def change(document: Document, done: Done, how: _How) -> SummaryChange:
            return reword(document, done.text, sentence, **how)

        self._start(item, change)

    @Slot(object, object)
    def detail(self, item: SummaryItem, place: SentenceEvidence | tuple[int, int]) -> None:
        """Write more on a sentence's passages, or on a range of the source, behind what speaks of it."""

        def change(document: Document, done: Done, how: _How) -> SummaryChange:
            return detail(document, done.text, done.support.evidence, place, **how)

        self._start(item, change)

    def _start(self, item: SummaryItem, change: Callable[[Document, Done, _How], SummaryChange]) -> None:
        document, done = item.document, item.state
        if document is None or not isinstance(done, Done) or self._job is not None:
            return
        self._num_wordings += 1
        variant, engine = self._num_wordings, self._services.engine

        def write(context: JobContext) -> SummaryChange:
            how = _How(
                language=done.facts.language,
                focus=item.options.focus,
                variant=variant,
                engine=engine,
                cancellation=context.cancellation,
            )
            return change(document, done, how)

        self._notice.show_message(tr("Reading that place again…"), "", tr("Stop"), self.stop)
        self._job = self._bridge.run(
            write,
            on_done=lambda changed: self._on_written(item, done.text, changed),
            on_failed=self._on_failed,
            on_cancelled=self._end,
        )
        self.working_changed.emit()

    def _on_written(self, item: SummaryItem, before: str, changed: SummaryChange) -> None:
        self._end()
        if changed.text == before:
            self._notice.show_message(tr("The model has nothing to add here."), "")
        else:
            self.text_written.emit(item, changed.text, changed.evidence)

    def _on_failed(self, error: Exception) -> None:
        self._end()
        self._notice.show_error(error)

    def _end(self) -> None:
        self._job = None
        self._notice.clear()
        self.working_changed.emit()
