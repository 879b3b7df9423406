"""The Summarize tab: an empty page that invites, a queue of documents, and the document that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import Done, read_stored
from lmstudio_lite.app.titles import title_of
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.domain.summaries import SummaryForm, SummaryOptions
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import IconButton, text_button
from lmstudio_lite.ui.drafts import DraftKeeper
from lmstudio_lite.ui.drop_area import DropArea
from lmstudio_lite.ui.encoding_question import EncodingQuestion
from lmstudio_lite.ui.history_model import STORAGE_LANE, HistoryModel
from lmstudio_lite.ui.history_source import HistoryWords
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.result_history import ResultSource
from lmstudio_lite.ui.summarize.document_view import DocumentView
from lmstudio_lite.ui.summarize.editing import SummaryEditing
from lmstudio_lite.ui.summarize.items import Failed, SummaryItem, Waiting, item_of
from lmstudio_lite.ui.summarize.open_work import OpenWork
from lmstudio_lite.ui.summarize.opening import SourceOpening
from lmstudio_lite.ui.summarize.options_bar import OptionsBar
from lmstudio_lite.ui.summarize.queue import SummaryQueue
from lmstudio_lite.ui.summarize.queue_list import QueueList
from lmstudio_lite.ui.summarize.refining import SummaryRefining
from lmstudio_lite.ui.summarize.rewriting import SummaryRewriting
from lmstudio_lite.ui.summarize.texts import comparable, compared
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.tokens import SPACE_8, SPACE_12, SPACE_16, SPACE_24
from lmstudio_lite.ui.unsaved_notice import UnsavedNotice
from lmstudio_lite.unsaved import Place
from lmstudio_lite.words.translate import tr


class SummarizeTab(QWidget):
    """Lives on the GUI thread; reading, the model and the database are jobs."""

    working_changed = Signal()
    model_wanted = Signal()
    question_wanted = Signal(object)  # Document

    def __init__(
        self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._wanted_history_id = ""
        self._chosen_id = 0
        self.queue = SummaryQueue(services, bridge, self)
        self.history_model = HistoryModel(
            bridge, ResultSource(services, ResultKind.SUMMARY), _history_words(), self
        )
        self._make_parts(theme)
        self._make_work()
        self._build()
        self._connect()
        self._on_queue_changed()
        self.history_model.load()
        self._editing.restore()
        self._open_work.offer()

    def _make_parts(self, theme: Theme) -> None:
        """Make what is shown."""
        services, bridge = self._services, self._bridge
        self.options_bar = OptionsBar(services.settings, theme, self)
        self.open_button = IconButton(theme, "open", tr("Open…"), self)
        self.queue_list = QueueList(theme, self.queue, self)
        self.drop_area = DropArea(
            theme,
            tr("Drop documents here"),
            tr("PDF, Word, PowerPoint, Excel, EPUB, HTML, e-mail, text and more"),
            self,
        )
        self.empty_notice = Notice(theme, self)
        self.encoding_question = EncodingQuestion(services, bridge, theme, self)
        self.unsaved_notice = UnsavedNotice(theme, services.unsaved, bridge, Place.SUMMARIZE, self)
        self.unsaved_notice.setContentsMargins(SPACE_24, 0, SPACE_24, SPACE_8)
        self.view = DocumentView(bridge, theme, self)
        self._pages = QStackedWidget(self)
        self.compare_button = text_button("", self)
        self._queue_area = QWidget(self)
        self._queue_line = QFrame(self)

    def _make_work(self) -> None:
        """Make what is done with what is shown."""
        services, bridge = self._services, self._bridge
        self.opening = SourceOpening(bridge, self, self.empty_notice, lambda: self._notice)
        self._keeper = DraftKeeper(services, bridge, Place.SUMMARIZE, self)
        self._editing = SummaryEditing(services, bridge, self.queue, self.view.notice, self._keeper, self)
        self._rewriting = SummaryRewriting(services, self.queue, self)
        self.refining = SummaryRefining(services, bridge, self.view.notice, self)
        self._open_work = OpenWork(
            *(services, bridge, self.queue, self.empty_notice),
            lambda: self.options_bar.options,
            self._keeper,
            self,
        )

    @property
    def is_working(self) -> bool:
        return self.queue.is_working or self.refining.is_working

    @property
    def item(self) -> SummaryItem | None:
        """Return what is shown, None on the empty page."""
        return self.view.item if self._pages.currentIndex() == 1 else None

    @property
    def _notice(self) -> Notice:
        """The notice of the page that is shown."""
        return self.empty_notice if self.item is None else self.view.notice

    def showEvent(self, event: QShowEvent) -> None:
        """Take the focus without marking a control, so that the tab's keys work at once."""
        super().showEvent(event)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def summarize_paths(self, paths: Sequence[Path]) -> None:
        """Queue files, and the documents inside folders; the first new one is shown."""
        self.opening.open_paths(paths)

    def summarize_text(self, text: str) -> None:
        """Queue a pasted or dropped text; blank text is answered by a notice."""
        self.opening.open_text(text)

    @Slot()
    def compare(self) -> None:
        """Queue a comparison of the summaries that are done; nothing happens with fewer than two."""
        done = comparable(self.queue.items)
        if len(done) < 2:
            return
        options = replace(self.options_bar.options, form=SummaryForm.COMPARISON, instruction="")
        self._bridge.run(
            lambda context: compared(done),
            on_done=lambda document: self._show_first(self.queue.add([document], options)),
        )

    def open_history_item(self, item_id: str) -> None:
        """Show a stored summary; the queue goes on meanwhile."""
        self._wanted_history_id = item_id

        def read(context: JobContext) -> SummaryItem:
            from lmstudio_lite.app.summary_rows import waiting_for

            stored = item_of(read_stored(self._services.results, item_id), 0)
            return stored.with_waiting(waiting_for(self._services, item_id))

        self._bridge.run(
            read,
            on_done=self._on_result_read,
            on_failed=self._on_history_failed,
            lane=STORAGE_LANE,
        )

    def start_new(self) -> None:
        """Show the empty page. What runs goes on and stays in the queue."""
        self._wanted_history_id = ""
        self.queue.clear_ended()
        self.history_model.set_current("")
        self._pages.setCurrentIndex(0)
        self._show_queue()

    def flush_drafts(self) -> None:
        """Write what is not on the disk yet: the program ends."""
        self._open_work.flush()
        self._keeper.flush()

    def begin_find(self) -> bool:
        """Leave the keys to the list: a summary is short."""
        return False

    def stop(self) -> None:
        """Stop the running document, which keeps what is done, and those that wait."""
        self.refining.stop()
        self.queue.stop()

    @Slot(object)
    def _show(self, item: SummaryItem) -> None:
        self.empty_notice.clear()
        self._draw(item)
        self._pages.setCurrentIndex(1)
        self.queue_list.select_item(item.item_id)
        with QSignalBlocker(self.options_bar):
            self.options_bar.set_options(item.options)
        self.view.offer_again(False)
        self.history_model.set_current(item.state.result_id if isinstance(item.state, Done) else "")

    def _draw(self, item: SummaryItem) -> None:
        """Show an item, and in the editor what was made of it there and not kept yet."""
        self.view.show_item(item)
        if text := self._editing.text_of(item):
            self.view.edit(text)

    def _show_queue(self) -> None:
        is_elsewhere = self.item is None or self.queue.row_of(self.item.item_id) < 0
        has_choice = self.queue.rowCount() > (0 if is_elsewhere else 1)
        self.open_button.setVisible(self.item is not None)
        num_done = len(comparable(self.queue.items))
        words = tr("Compare these {0}").format(num_done)
        self.compare_button.setText(words)
        self.compare_button.setAccessibleName(words)
        self.compare_button.setVisible(num_done > 1)
        self._queue_area.setVisible(has_choice)
        self._queue_line.setVisible(has_choice or self.item is not None)

    def _build(self) -> None:
        self.open_button.setToolTip(
            tr("Choose documents ({0})").format(QKeySequence(QKeySequence.StandardKey.Open).toString())
        )
        bar = QHBoxLayout()
        bar.setContentsMargins(SPACE_16, SPACE_12, SPACE_12, SPACE_12)
        bar.setSpacing(SPACE_8)
        bar.addWidget(self.options_bar)
        bar.addStretch(1)
        bar.addWidget(self.open_button)
        set_role(self._queue_line, "separator")
        queue_row = QHBoxLayout(self._queue_area)
        queue_row.setContentsMargins(SPACE_8, 0, SPACE_8, SPACE_8)
        queue_row.addWidget(self.queue_list, 1)
        queue_row.addWidget(self.compare_button, 0, Qt.AlignmentFlag.AlignBottom)
        empty = QWidget(self)
        empty_layout = QVBoxLayout(empty)
        empty_layout.setContentsMargins(SPACE_24, SPACE_8, SPACE_24, SPACE_24)
        empty_layout.addWidget(self.empty_notice)
        empty_layout.addStretch(2)
        empty_layout.addWidget(self.drop_area, 0, Qt.AlignmentFlag.AlignHCenter)
        empty_layout.addStretch(3)
        self._pages.addWidget(empty)
        self._pages.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.unsaved_notice)
        layout.addWidget(self._queue_area)
        layout.addWidget(self._queue_line)
        layout.addWidget(self._pages, 1)

    def _connect(self) -> None:
        self.opening.opened.connect(self._on_opened)
        self.open_button.clicked.connect(self.opening.ask)
        self.drop_area.open_clicked.connect(self.opening.ask)
        self.drop_area.paste_clicked.connect(self.opening.paste)
        self.view.open_clicked.connect(self.opening.ask)
        self.view.stop_clicked.connect(self._on_stop_clicked)
        self.view.pause_clicked.connect(self.queue.pause)
        self.view.again_clicked.connect(self._on_again_clicked)
        self.view.model_wanted.connect(self.model_wanted)
        self.view.question_wanted.connect(self.question_wanted)
        self.view.version_wanted.connect(self._rewriting.show_version)
        self.view.text_edited.connect(self._editing.keep)
        self.view.edit_changed.connect(self._editing.follow)
        self._editing.edits_found.connect(self._on_edits_found)
        self._open_work.settled.connect(self._offer_edits)
        self.view.words_wanted.connect(self._rewriting.write_with)
        self.view.rewording_wanted.connect(self.refining.reword)
        self.view.detail_wanted.connect(self.refining.detail)
        self.refining.text_written.connect(self._editing.keep)
        self.refining.working_changed.connect(self.working_changed)
        self.options_bar.options_changed.connect(self._on_options_changed)
        self._rewriting.item_wanted.connect(self._show)
        self._rewriting.run_again.connect(self._on_run_again)
        self._rewriting.offered.connect(self._on_again_offered)
        self.queue_list.item_chosen.connect(self._on_item_chosen)
        self.queue_list.removal_requested.connect(self._on_removal_requested)
        self.queue_list.again_requested.connect(self._on_again_clicked)
        self.queue_list.comparison_requested.connect(self.compare)
        self.compare_button.clicked.connect(self.compare)
        self.queue.item_changed.connect(self._on_item_changed)
        self.view.encoding_wanted.connect(self.encoding_question.ask)
        self.encoding_question.changed.connect(self._on_encoding_changed)
        self.encoding_question.failed.connect(self._on_history_failed)
        self._open_work.resumed.connect(self._show_first)
        self.queue.result_stored.connect(self._on_result_stored)
        self.queue.working_changed.connect(self.working_changed)
        self.queue.rowsInserted.connect(self._on_queue_changed)
        self.queue.rowsRemoved.connect(self._on_queue_changed)
        self.history_model.item_deleted.connect(self._on_history_item_deleted)
        self.history_model.failed.connect(self._on_history_failed)
        self._bridge.engine_state_changed.connect(self.view.show_engine)
        self.view.show_engine(self._services.engine.state)

    @Slot(object)
    def _on_opened(self, sources: Sequence[Path | Document]) -> None:
        self._show_first(self.queue.add(sources, self.options_bar.options))

    @Slot(object)
    def _show_first(self, added: Sequence[SummaryItem]) -> None:
        """Show the first new document, unless one that runs is being watched."""
        watched = self.item
        is_watching = watched is not None and watched.is_running and self.queue.row_of(watched.item_id) >= 0
        if not is_watching:
            self._show(added[0])
        self._show_queue()

    @Slot()
    def _on_edits_found(self) -> None:
        if self.item is not None:
            self._draw(self.item)

    @Slot()
    def _offer_edits(self) -> None:
        """Say on the empty page what was being edited when the program ended, with a button to go on."""
        left = self._editing.left
        if left is None or self.item is not None:
            return
        self.empty_notice.show_message(
            tr("Your changes to the summary of “{0}” were not kept when the program ended.").format(
                title_of(left)
            ),
            tr("They are still there."),
            tr("Continue"),
            lambda: self.open_history_item(left.id),
        )

    def _on_result_read(self, stored: SummaryItem) -> None:
        if stored.stored_id != self._wanted_history_id:
            return
        queued = next(
            (
                item
                for item in self.queue.items
                if item.stored_id == stored.stored_id
                or (isinstance(item.state, Done) and item.state.result_id == stored.stored_id)
            ),
            None,
        )
        self._show(queued or replace(stored, item_id=self.queue.new_id()))
        self._show_queue()

    @Slot()
    def _on_stop_clicked(self) -> None:
        self.stop()

    @Slot(object)
    def _on_again_clicked(self, item: SummaryItem) -> None:
        self._rewriting.again(item, self.options_bar.options)

    @Slot(object)
    def _on_options_changed(self, options: SummaryOptions) -> None:
        self._rewriting.follow_options(self.item, options)

    @Slot(object)
    def _on_run_again(self, item: SummaryItem) -> None:
        self._show(item)
        self._show_queue()

    @Slot()
    def _on_again_offered(self) -> None:
        self.view.offer_again(True)

    @Slot(object)
    def _on_item_chosen(self, item: SummaryItem) -> None:
        self._wanted_history_id = ""
        self._chosen_id = item.item_id
        self._show(item)
        self._show_queue()

    @Slot(int)
    def _on_removal_requested(self, item_id: int) -> None:
        is_shown = self.item is not None and self.item.item_id == item_id
        row = self.queue.row_of(item_id)
        self.queue.remove(item_id)
        if not is_shown:
            return
        if self.queue.rowCount():
            self._on_item_chosen(self.queue.items[min(row, self.queue.rowCount() - 1)])
        else:
            self.start_new()

    @Slot(object)
    def _on_encoding_changed(self, path: Path) -> None:
        """Read a text again; what was made of it before is kept in the history."""
        wrong = [item for item in self.queue.items if item.path == path]
        shown = self.item if self.item is not None and self.item.path == path else None
        options = next((item.options for item in (*wrong, shown) if item), self.options_bar.options)
        for item in wrong:
            self.queue.remove(item.item_id)
        added = self.queue.add([path], options)
        if shown is not None:
            self._show(added[0])
        self._show_queue()

    @Slot(object)
    def _on_item_changed(self, item: SummaryItem) -> None:
        if item.is_running:
            self.encoding_question.ask_if_unsure(item.document)
        shown = self.item
        if not item.is_running:
            self._show_queue()
        if shown is None:
            return
        if item.item_id == shown.item_id:
            self._draw(item)
            if isinstance(item.state, Done):
                self.history_model.set_current(item.state.result_id)
                with QSignalBlocker(self.options_bar):
                    self.options_bar.set_options(item.options)
        elif item.is_running and self._follows(shown):
            self._show(item)
            self._show_queue()

    def _follows(self, shown: SummaryItem) -> bool:
        """Return whether the view moves on by itself: not from a result, nor from what was chosen."""
        return isinstance(shown.state, Waiting | Failed) and shown.item_id != self._chosen_id

    @Slot(str)
    def _on_result_stored(self, _result_id: str) -> None:
        self.history_model.load()

    @Slot()
    def _on_queue_changed(self) -> None:
        self._show_queue()

    @Slot(str)
    def _on_history_item_deleted(self, item_id: str) -> None:
        shown = self.item
        self.queue.forget_result(item_id)
        if shown is not None and shown.stored_id == item_id:
            self.start_new()

    @Slot(object)
    def _on_history_failed(self, error: Exception) -> None:
        if isinstance(error, NotStoredError):
            self.history_model.load()
            self._notice.show_error(error)
        else:
            self._notice.show_error(error, tr("Try again"), self.history_model.load)


def _history_words() -> HistoryWords:
    return HistoryWords(
        new=tr("New summary"),
        search=tr("Search summaries"),
        empty=tr("Summaries you make are kept here."),
        deleted=tr("Summary deleted"),
    )
