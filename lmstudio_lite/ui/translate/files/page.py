"""The page for files: what is asked before, the queue of several, and the review of the chosen one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from lmstudio_lite.app.file_records import order_from
from lmstudio_lite.app.held_to import known_projects
from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.review import Review
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import warnings_from
from lmstudio_lite.app.translation_queue import TranslationQueue
from lmstudio_lite.domain.conversations import Draft
from lmstudio_lite.domain.file_translations import FileJob, FileJobState, FileOrder
from lmstudio_lite.domain.models import EngineState, Failure
from lmstudio_lite.domain.results import StoredResult
from lmstudio_lite.errors import ModelError, error_from_code
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.drafts import DraftKeeper
from lmstudio_lite.ui.history_model import STORAGE_LANE, HistoryModel
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import SPACE_8, SPACE_16
from lmstudio_lite.ui.translate.files.jobs_list import JobsList
from lmstudio_lite.ui.translate.files.jobs_model import JobsModel
from lmstudio_lite.ui.translate.files.order_form import OrderForm
from lmstudio_lite.ui.translate.review.page import ReviewPage
from lmstudio_lite.unsaved import Place
from lmstudio_lite.words import explain_warning
from lmstudio_lite.words.file_translations import say_kept, say_units_progress
from lmstudio_lite.words.translate import tr

_LANE = "files"
_WAITING = ("loading", "restarting")


class FilesPage(QWidget):
    """Lives on the GUI thread; the queue has a thread of its own, and what it asks of the disk is a job."""

    working_changed = Signal()
    model_wanted = Signal()
    left = Signal()  # the files were left alone, and there is nothing else to show
    terms_wanted = Signal(object, str, str)  # Path, source, target

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        theme: Theme,
        history_model: HistoryModel,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._history_model = history_model
        self._queue = TranslationQueue(services)
        self._engine_state = services.engine.state
        self._order_id = ""
        self._result_id = ""
        self._has_heard = False
        self._failure: Failure | None = None
        self._keeper = DraftKeeper(services, bridge, Place.TRANSLATE, self)
        self.jobs = JobsModel(self)
        self.list = JobsList(theme, self.jobs, self)
        self.notice = Notice(theme, self)
        self.form = OrderForm(services.settings, theme, self)
        self.review = ReviewPage(bridge, theme, self)
        self.review.desk.hear(self._queue.subscribe_segments)
        self._lay_out()
        self._connect()
        bridge.follow(self._queue.subscribe, self._on_jobs)
        self._ask(self._queue.list, self._on_listed)
        self._ask(self._queue.go_on)

    def begin_find(self) -> bool:
        """Let the user type what to find in the review; False while none is shown."""
        is_here = self._stack.currentWidget() is self.review
        if is_here:
            self.review.tools.begin_find()
        return is_here

    @property
    def is_working(self) -> bool:
        return any(job.state is FileJobState.RUNNING for job in self.jobs.jobs)

    @property
    def result_id(self) -> str:
        """Return the stored result that is reviewed, "" for none."""
        return self._result_id

    def offer(self, paths: Sequence[Path]) -> None:
        """Ask how ``paths`` are to be translated."""
        self.form.offer(paths)
        services = self._services
        self._bridge.run(
            lambda _context: known_projects(services), on_done=self.form.show_projects, lane=STORAGE_LANE
        )
        self._stack.setCurrentWidget(self.form)

    def show_stored(self, result: StoredResult) -> None:
        """Review a stored translation of a file, in the queue or not."""
        job = next((job for job in self.jobs.jobs if job.result_id == result.id), None)
        self._order_id = job.order.id if job is not None else ""
        self._begin(order_from(result), result.translation.source, result.id)
        self._show_job()

    def stop(self) -> None:
        """Pause what is translated; what is done stays."""
        for job in self.jobs.jobs:
            if job.state is FileJobState.RUNNING:
                self._pause(job.order.id)

    def forget(self, result_id: str) -> None:
        """Show nothing of a result that was deleted, and translate nothing more into it."""
        for job in self.jobs.jobs:
            if job.result_id == result_id:
                self._ask(functools.partial(self._queue.remove, job.order.id))
        if result_id == self._result_id:
            self._result_id = self._order_id = ""
            self.review.desk.close()
            self.left.emit()

    def flush_drafts(self) -> None:
        """Write what is not on the disk yet: the program ends."""
        self._keeper.flush()

    def _begin(self, order: FileOrder, source: str, result_id: str) -> None:
        """Show a file's review; ``result_id`` "" while there is nothing of it yet."""
        self._stack.setCurrentWidget(self.review)
        self.review.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self._result_id = result_id
        self._failure = None
        self.review.begin(order.path.name, source, order.options.target)
        self._history_model.set_current(result_id)
        if not result_id:
            self.review.desk.close()
            return
        services = self._services

        def read(_context: JobContext) -> tuple[Draft | None, StoredResult]:
            return services.drafts.get(_place(result_id)), services.results.get(result_id)

        def show(draft: Draft | None, result: StoredResult) -> None:
            if self._result_id == result_id:
                self.review.bring_back(_number_and_text(draft))
                self._show_record(order, result)
                self.review.desk.open(result_id, lambda: Review(services, result_id))

        self._bridge.run(
            read,
            on_done=lambda found: show(*found),
            on_failed=self.review.notice.show_error,
            lane=STORAGE_LANE,
        )

    def _show_record(self, order: FileOrder, result: StoredResult) -> None:
        """Say what is known of the whole file: its language, what is left as it is, what to be warned of."""
        record = result.translation
        self.review.show_file(order.path.name, record.source, order.options.target)
        kept = record.file.kept if record.file is not None else ()
        self.review.foot.show_kept(say_kept(kept))
        warnings = [explain_warning(each) for each in warnings_from(record.warnings)]
        if warnings:
            self.review.warning.show_message(warnings[0], " ".join(warnings[1:]), kind="warning")
        else:
            self.review.warning.clear()

    def _read_record(self, order: FileOrder, result_id: str) -> None:
        """Come up to date with what a run has found out at its end."""
        results = self._services.results

        def show(result: StoredResult) -> None:
            if self._result_id == result_id:
                self._show_record(order, result)

        self._bridge.run(lambda _context: results.get(result_id), on_done=show, lane=STORAGE_LANE)

    def _show_job(self) -> None:
        """Say how far the shown file is, and why it failed."""
        job = self.jobs.job(self._order_id)
        is_waiting = self._engine_state.phase.value in _WAITING and job is not None
        is_running = job is not None and job.state is FileJobState.RUNNING
        waiting = say_units_progress(None, self._engine_state) if is_waiting and is_running else ""
        self.review.show_job(job, waiting)
        self.list.choose(self._order_id)
        self.list.setVisible(len(self.jobs.jobs) > 1)
        failure = job.failure if job is not None else None
        if failure == self._failure:
            return
        self._failure = failure
        if failure is None:
            self.review.notice.clear()
            return
        error = error_from_code(failure.code, failure.details)
        if isinstance(error, ModelError):
            self.review.notice.show_error(error, tr("Choose a model…"), self.model_wanted.emit)
        else:
            self.review.notice.show_error(error)  # The head has the button that tries again.

    def _ask(self, work: Callable[[], object], on_done: Callable[..., None] | None = None) -> None:
        """Let the queue do something that waits for the disk."""

        def done(result: object) -> None:
            if on_done is not None:
                on_done(result)

        self._bridge.run(
            lambda _context: work(), on_done=done, on_failed=self.review.notice.show_error, lane=_LANE
        )

    def _pause(self, order_id: str) -> None:
        self._ask(lambda: self._queue.pause(order_id))

    def _resume(self, order_id: str) -> None:
        self.review.notice.clear()
        self._ask(lambda: self._queue.resume(order_id))

    def _lay_out(self) -> None:
        holder = QWidget(self)
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.form)
        self._stack.addWidget(self.review)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        rows = QVBoxLayout()
        rows.setContentsMargins(SPACE_16, SPACE_8, SPACE_16, 0)
        rows.setSpacing(SPACE_8)
        rows.addWidget(self.notice)
        rows.addWidget(self.list)
        layout.addLayout(rows)
        layout.addWidget(holder, 1)
        self.list.hide()

    def _connect(self) -> None:
        self.form.ordered.connect(self._on_ordered)
        self.form.left.connect(self._on_form_left)
        self.form.terms_wanted.connect(self.terms_wanted)
        self.list.job_chosen.connect(self._on_job_chosen)
        self.list.removal_requested.connect(lambda each: self._ask(lambda: self._queue.remove(each)))
        self.list.pause_requested.connect(self._pause)
        self.list.resume_requested.connect(self._resume)
        self.list.clearing_requested.connect(lambda: self._ask(self._queue.clear_done))
        self.jobs.move_requested.connect(lambda each, by: self._ask(lambda: self._queue.move(each, by)))
        head = self.review.head
        head.pause_requested.connect(lambda: self._pause(self._order_id))
        head.stop_requested.connect(lambda: self._pause(self._order_id))
        head.resume_requested.connect(self._on_resume_requested)
        self.review.model_wanted.connect(self.model_wanted)
        self.review.draft_changed.connect(self._on_draft_changed)
        self._bridge.engine_state_changed.connect(self._on_engine_state_changed)

    @Slot(object)
    def _on_ordered(self, orders: list[FileOrder]) -> None:
        self._order_id = orders[0].id
        self._begin(orders[0], orders[0].options.source, "")
        self._ask(lambda: self._queue.add(orders))

    @Slot()
    def _on_form_left(self) -> None:
        if self._order_id or self._result_id:
            self._stack.setCurrentWidget(self.review)
        else:
            self.left.emit()

    def _on_listed(self, jobs: Sequence[FileJob]) -> None:
        """Show the queue as it was read, unless it has changed since."""
        if not self._has_heard:
            self._on_jobs(jobs)

    def _on_jobs(self, jobs: Sequence[FileJob]) -> None:
        self._has_heard = True
        was_working = self.is_working
        before = self.jobs.job(self._order_id)
        self.jobs.show(jobs)
        job = self.jobs.job(self._order_id)
        if job is not None and job.result_id and job.result_id != self._result_id:
            self._begin(job.order, job.order.options.source, job.result_id)
        is_news = before is None or job is None or before.state is not job.state
        if is_news and job is not None and job.state is FileJobState.DONE and before is not None:
            self.review.desk.refresh()
            self._read_record(job.order, job.result_id)
        if is_news or (job is not None and before is not None and job.result_id != before.result_id):
            self._history_model.load()
        self._history_model.set_working(next((j.result_id for j in jobs if _is_running(j)), ""))
        self._show_job()
        if was_working is not self.is_working:
            self.working_changed.emit()

    @Slot(str)
    def _on_job_chosen(self, order_id: str) -> None:
        job = self.jobs.job(order_id)
        if job is not None and (order_id != self._order_id or self._stack.currentWidget() is self.form):
            self._order_id = order_id
            self._begin(job.order, job.order.options.source, job.result_id)
            self._show_job()

    @Slot()
    def _on_resume_requested(self) -> None:
        self._resume(self._order_id)

    @Slot(int, str)
    def _on_draft_changed(self, number: int, text: str) -> None:
        if not self._result_id:
            return
        if text:
            self._keeper.note(_place(self._result_id), text, str(number))
        else:
            self._keeper.forget(_place(self._result_id))

    @Slot(object)
    def _on_engine_state_changed(self, state: EngineState) -> None:
        self._engine_state = state
        if self.is_working:
            self._show_job()


def _is_running(job: FileJob) -> bool:
    return job.state is FileJobState.RUNNING


def _place(result_id: str) -> str:
    return f"review:{result_id}"


def _number_and_text(draft: Draft | None) -> tuple[int, str] | None:
    if draft is None or not draft.details.isdecimal():
        return None
    return int(draft.details), draft.text
