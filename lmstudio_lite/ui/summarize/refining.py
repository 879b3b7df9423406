"""Writes one sentence of a summary anew, or more on one place of the source, and keeps that like an edit."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import Done
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.tasks.evidence_values import Evidence, SentenceEvidence
from lmstudio_lite.tasks.refine import place_for, with_detail, with_sentence
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.summarize.items import SummaryItem

_DETAIL_SENTENCES = 3


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
        self._start(item, sentence, 1, lambda text, new: with_sentence(text, sentence, new))

    @Slot(object, object)
    def detail(self, item: SummaryItem, place: SentenceEvidence | tuple[int, int]) -> None:
        """Write more on a sentence's passages, or on a range of the source, behind what speaks of it."""
        done = item.state
        if not isinstance(done, Done):
            return
        evidence = done.support.evidence
        after = place.end if isinstance(place, SentenceEvidence) else place_for(evidence, place[0])

        def change(text: str, new: str) -> str:
            from lmstudio_lite.documents.segmentation import split_sentences
            from lmstudio_lite.tasks.closer import is_said

            sentences = [segment.text.strip() for segment in split_sentences(new)]
            added = [sentence for sentence in sentences if sentence and not is_said(text, sentence)]
            return with_detail(text, len(text) if after is None else after, added)

        self._start(item, place, _DETAIL_SENTENCES, change)

    def _start(
        self,
        item: SummaryItem,
        place: SentenceEvidence | tuple[int, int],
        count: int,
        change: Callable[[str, str], str],
    ) -> None:
        document, done = item.document, item.state
        if document is None or not isinstance(done, Done) or self._job is not None:
            return
        self._num_wordings += 1
        variant, engine = self._num_wordings, self._services.engine

        def write(context: JobContext) -> tuple[str, Evidence]:
            from lmstudio_lite.tasks.closer import write_about

            new, evidence = write_about(
                document,
                _range_of(document, place),
                count=count,
                language=done.facts.language,
                focus=item.options.focus,
                variant=variant,
                engine=engine,
                cancellation=context.cancellation,
            )
            return change(done.text, new), evidence

        self._notice.show_message(self.tr("Reading that place again…"), "", self.tr("Stop"), self.stop)
        self._job = self._bridge.run(
            write,
            on_done=lambda written: self._on_written(item, done.text, *written),
            on_failed=self._on_failed,
            on_cancelled=self._end,
        )
        self.working_changed.emit()

    def _on_written(self, item: SummaryItem, before: str, text: str, evidence: Evidence) -> None:
        self._end()
        if text == before:
            self._notice.show_message(self.tr("The model has nothing to add here."), "")
        else:
            self.text_written.emit(item, text, evidence)

    def _on_failed(self, error: Exception) -> None:
        self._end()
        self._notice.show_error(error)

    def _end(self) -> None:
        self._job = None
        self._notice.clear()
        self.working_changed.emit()


def _range_of(document: Document, place: SentenceEvidence | tuple[int, int]) -> tuple[int, int]:
    from lmstudio_lite.tasks.closer import place_of, whole_sentences

    if isinstance(place, SentenceEvidence):
        return place_of(document, place.passages)
    start, end = place
    is_point = start == end
    return whole_sentences(document, start - 800 * is_point, end + 800 * is_point)
