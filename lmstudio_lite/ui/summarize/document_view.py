"""One document: its name and figures, the progress, the summary and, beside it, the source."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.refine import without_unsupported
from lmstudio_lite.app.summaries import Coverage, Done, Support
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.evidence import SentenceEvidence
from lmstudio_lite.domain.models import EngineState, ModelPhase
from lmstudio_lite.domain.summaries import WORDS_MAX, WORDS_MIN, SummaryProgress
from lmstudio_lite.errors import ModelError
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.reading_notice import InventoryButton
from lmstudio_lite.ui.source_view import SourceView
from lmstudio_lite.ui.summarize.coverage_bar import CoverageBar
from lmstudio_lite.ui.summarize.document_head import DocumentHead
from lmstudio_lite.ui.summarize.editor import SummaryEditor
from lmstudio_lite.ui.summarize.findings import show_findings
from lmstudio_lite.ui.summarize.items import (
    Failed,
    Paused,
    Reading,
    Stopped,
    SummaryItem,
    Waiting,
    Working,
    wants_another_file,
)
from lmstudio_lite.ui.summarize.output import SummaryOutput
from lmstudio_lite.ui.summarize.summary_view import SummaryView
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.tokens import SPACE_4, SPACE_8, SPACE_16
from lmstudio_lite.words.summaries import (
    say_evidence,
    say_facts,
    say_model_wait,
    say_pause,
    say_progress,
)
from lmstudio_lite.words.translate import tr

_MIN_PANE_WIDTH = 220
_SMALL_BUTTON, _SMALL_ICON = 24, 16


class DocumentView(QWidget):
    """Draws one ``SummaryItem`` in whatever state it is. Holds no state of its own but the item.

    A summary that is there stays on the screen while another version of it is made.
    """

    stop_clicked = Signal()
    pause_clicked = Signal()
    again_clicked = Signal(object)  # SummaryItem
    open_clicked = Signal()
    model_wanted = Signal()
    text_edited = Signal(object, str)  # SummaryItem, its new text
    edit_changed = Signal(object, str)  # SummaryItem, the text in the editor, "" once it is left
    version_wanted = Signal(object, int)  # SummaryItem, the place of one of its versions
    words_wanted = Signal(object, int)  # SummaryItem, about how many words
    question_wanted = Signal(object)  # Document
    encoding_wanted = Signal(object)  # Document
    rewording_wanted = Signal(object, object)  # SummaryItem, SentenceEvidence
    detail_wanted = Signal(object, object)  # SummaryItem, SentenceEvidence or a range of its document

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._item: SummaryItem | None = None
        self._engine_state = EngineState()
        self.head = DocumentHead(theme, lambda: self._output.dragged_file(), self)
        self.editor = SummaryEditor(theme, self)
        self.progress_bar = QProgressBar(self)
        self.progress_bar.setTextVisible(False)
        self.progress_bar.setAccessibleName(tr("Parts that are read"))
        self.notice = Notice(theme, self)
        self.warning = Notice(theme, self, closable=False)
        self.summary = SummaryView(theme, self)
        self._output = SummaryOutput(bridge, self.head, self.summary, self.notice, self)
        self.source = SourceView(theme, self)
        self.coverage_bar = CoverageBar(theme, self)
        self.evidence_line = ElidedLabel(self, role="small")
        self.parts_button = InventoryButton(theme, self, size=_SMALL_BUTTON, icon_size=_SMALL_ICON)
        self._chosen: SentenceEvidence | None = None
        self._support = Support()
        self._hint = text_label("", self, role="muted", wrap=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._left = QStackedWidget(self)
        self._right = QFrame(self)
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._build()

    @property
    def item(self) -> SummaryItem | None:
        return self._item

    def show_item(self, item: SummaryItem) -> None:
        """Draw ``item``; the same one in a new state keeps the scroll places and the source."""
        if self._item is None or self._item.item_id != item.item_id or item.is_running:
            self.notice.clear()
        self._item = item
        self.head.show_item(item)
        self._output.show_item(item)
        self.source.show_document(item.document)
        if item.shown is None:
            self._show_support(item.document, Support())
        self._right.setVisible(item.document is not None)
        self.progress_bar.setVisible(item.is_running)
        self._show_state(item)

    def offer_again(self, is_offered: bool) -> None:
        """Draw the eye to ``Summarize again`` after other options were chosen."""
        set_role(self.head.again_button, "primary" if is_offered else "")

    @Slot(object)
    def show_engine(self, state: EngineState) -> None:
        """Say so where the work waits for the model."""
        is_ready_now = state.phase is ModelPhase.READY and self._engine_state.phase is not ModelPhase.READY
        self._engine_state = state
        item_state = self._item.state if self._item is not None else None
        match item_state:
            case Working():
                self._show_progress(item_state)
            case Failed(ModelError()) if is_ready_now:
                again = tr("Summarize")
                self.notice.show_message(tr("The model is ready now."), "", again, self._on_again_clicked)

    def edit(self, text: str) -> None:
        """Put ``text``, another state of the shown summary's, into the user's hands."""
        self.editor.begin(text)
        self._left.setCurrentWidget(self.editor)

    def save_as(self, path: Path) -> None:
        """Write the summary to ``path`` in the form that its ending names."""
        self._output.save_as(path)

    def _show_state(self, item: SummaryItem) -> None:
        self.parts_button.show_document(item.document)
        show_findings(self.warning, item, self.parts_button.missing, self.parts_button.click)
        match item.state:
            case Waiting():
                self._show_hint(tr("Waits for the documents before it."), tr("Waiting"))
            case Reading():
                self.progress_bar.setRange(0, 0)
                self._show_hint(tr("Opening “{0}”…").format(item.title), tr("Opening…"))
            case Working() as working:
                self._show_progress(working)
            case Paused(progress):
                self._show_partial(progress)
                self.head.figures.set_full_text(say_pause(progress))
            case Done() as done:
                self._show_version(done)
                self._show_done(done)
            case Stopped(is_unfinished=True):
                hint = tr("The program ended before this was done. What was read is not read again.")
                self._show_hint(hint, tr("Not finished"))
            case Stopped():
                self._show_hint(tr("Stopped before anything was read."), tr("Stopped"))
            case Failed(error):
                self._show_hint("", tr("Not summarized"))
                set_role(self.head.figures, "danger")
                self._show_failure(error)

    def _show_hint(self, hint: str, figures: str) -> None:
        self.head.figures.set_full_text(figures)
        if self._item is not None and self._item.before is not None:
            self._show_version(self._item.before)
            return
        self._hint.setText(hint)
        self._left.setCurrentWidget(self._hint)
        self.summary.show_markdown("")

    def _show_progress(self, working: Working) -> None:
        progress = working.progress
        waiting = say_model_wait(self._engine_state)
        is_next = self._item is not None and self._item.before is not None
        words = say_progress(progress)
        self.head.figures.set_full_text(
            waiting or (tr("Next version: {0}").format(words) if is_next else words)
        )
        if progress is None or progress.num_total <= 1:
            self.progress_bar.setRange(0, 0)
        else:
            self.progress_bar.setRange(0, progress.num_total)
            self.progress_bar.setValue(progress.num_done)
        self._show_partial(progress)

    def _show_partial(self, progress: SummaryProgress | None) -> None:
        text = progress.partial_text if progress else ""
        before = self._item.before if self._item is not None else None
        if before is not None and (before.is_finished or not text.strip()):
            self._show_version(before)
        elif text.strip():
            if before is not None and self._item is not None:
                self._show_support(self._item.document, Support())
            self._left.setCurrentWidget(self.summary)
            self.summary.show_markdown(text)
        else:
            self._hint.setText(tr("The first sentences appear here as soon as a part is read."))
            self._left.setCurrentWidget(self._hint)

    def _show_version(self, done: Done) -> None:
        self._left.setCurrentWidget(self.summary)
        self.summary.show_markdown(done.text)
        if self._item is not None and self._support is not done.support:
            self._show_support(self._item.document, done.support)

    def _show_done(self, done: Done) -> None:
        self.head.figures.set_full_text(say_facts(done.facts))
        if not done.facts.is_whole:
            set_role(self.head.figures, "warning")
        if done.failure is not None:
            self._show_failure(done.failure)

    def _show_support(self, document: Document | None, support: Support) -> None:
        self._chosen, self._support = None, support
        self.summary.show_evidence(support.evidence)
        self.coverage_bar.set_coverage(support.coverage_of(document) if document else Coverage())
        words = say_evidence(support.evidence)
        self.evidence_line.set_full_text(words)
        self.evidence_line.setVisible(bool(words))
        self.head.refine_menu.fit(support.evidence)

    def _show_failure(self, error: Exception) -> None:
        if isinstance(error, ModelError):
            self.notice.show_error(error, tr("Choose a model…"), self.model_wanted.emit)
        elif wants_another_file(error):
            self.notice.show_error(error, tr("Open another…"), self.open_clicked.emit)
        else:
            self.notice.show_error(error, tr("Try again"), self._on_again_clicked)
        self.head.again_button.hide()

    def _build(self) -> None:
        notices = QVBoxLayout()
        notices.setContentsMargins(SPACE_16, 0, SPACE_16, 0)
        notices.setSpacing(SPACE_4)
        notices.addWidget(self.progress_bar)
        notices.addWidget(self.notice)
        notices.addWidget(self.warning)
        line = QHBoxLayout()
        line.addWidget(self.evidence_line)
        line.addStretch(1)
        line.addWidget(self.parts_button)
        notices.addLayout(line)
        self._left.addWidget(self._hint)
        self._left.addWidget(self.summary)
        self._left.addWidget(self.editor)
        self._left.setMinimumWidth(_MIN_PANE_WIDTH)
        right = QHBoxLayout(self._right)
        right.setContentsMargins(SPACE_4, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.coverage_bar)
        right.addWidget(self.source, 1)
        self._right.setMinimumWidth(_MIN_PANE_WIDTH)
        self._splitter.addWidget(self._left)
        self._splitter.addWidget(self._right)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setSizes([500, 500])
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addLayout(notices)
        layout.addSpacing(SPACE_8)
        layout.addWidget(self._splitter, 1)
        self.head.refine_menu.shorter.triggered.connect(self._on_shorter_triggered)
        self.head.refine_menu.longer.triggered.connect(self._on_longer_triggered)
        self.head.refine_menu.reword.triggered.connect(self._on_again_clicked)
        self.head.refine_menu.prune.triggered.connect(self._on_prune_triggered)
        self.head.refine_menu.edit.triggered.connect(self._on_edit_triggered)
        self.head.refine_menu.ask.triggered.connect(self._on_ask_triggered)
        self.head.refine_menu.encoding.triggered.connect(self._on_encoding_triggered)
        self.editor.edited.connect(self._on_editor_edited)
        self.editor.finished.connect(self._on_editor_finished)
        self.editor.cancelled.connect(self._on_editor_cancelled)
        self.summary.sentence_pointed.connect(self._on_sentence_pointed)
        self.summary.sentence_chosen.connect(self._on_sentence_chosen)
        self.summary.rewording_requested.connect(self._on_rewording_requested)
        self.summary.detail_requested.connect(self._on_detail_requested)
        self.source.detail_requested.connect(self._on_source_detail_requested)
        self.coverage_bar.place_chosen.connect(self._on_place_chosen)
        self.head.version_chosen.connect(self._on_version_chosen)
        self.head.again_button.clicked.connect(self._on_again_clicked)
        self.head.pause_button.clicked.connect(self.pause_clicked)
        self.head.stop_button.clicked.connect(self.stop_clicked)

    @Slot(int)
    def _on_version_chosen(self, place: int) -> None:
        if self._item is not None:
            self.version_wanted.emit(self._item, place)

    @Slot()
    def _on_shorter_triggered(self) -> None:
        self._want_words(0.6)

    @Slot()
    def _on_longer_triggered(self) -> None:
        self._want_words(1.7)

    def _want_words(self, factor: float) -> None:
        if self._item is not None:
            words = round(self._item.options.words * factor / 10) * 10
            self.words_wanted.emit(self._item, min(WORDS_MAX, max(WORDS_MIN, words)))

    @Slot()
    def _on_prune_triggered(self) -> None:
        item = self._item
        if item is not None and isinstance(item.state, Done):
            text = without_unsupported(item.state.text, item.state.support.evidence)
            if text and text != item.state.text:
                self.text_edited.emit(item, text)

    @Slot()
    def _on_edit_triggered(self) -> None:
        if self._item is not None and isinstance(self._item.state, Done):
            self.edit(self._item.state.text)

    @Slot()
    def _on_ask_triggered(self) -> None:
        if self._item is not None and self._item.document is not None:
            self.question_wanted.emit(self._item.document)

    @Slot()
    def _on_encoding_triggered(self) -> None:
        if self._item is not None and self._item.document is not None:
            self.encoding_wanted.emit(self._item.document)

    @Slot(str)
    def _on_editor_finished(self, text: str) -> None:
        self._left.setCurrentWidget(self.summary)
        item = self._item
        if item is not None and isinstance(item.state, Done) and text.strip() and text != item.state.text:
            self.text_edited.emit(item, text)
        else:
            self.edit_changed.emit(item, "")

    @Slot(str)
    def _on_editor_edited(self, text: str) -> None:
        self.edit_changed.emit(self._item, text)

    @Slot()
    def _on_editor_cancelled(self) -> None:
        self._left.setCurrentWidget(self.summary)
        self.edit_changed.emit(self._item, "")

    @Slot(object)
    def _on_sentence_pointed(self, sentence: SentenceEvidence | None) -> None:
        self._mark_passages(sentence or self._chosen)

    @Slot(object)
    def _on_sentence_chosen(self, sentence: SentenceEvidence) -> None:
        self._chosen = sentence
        self._mark_passages(sentence)
        if sentence.passages:
            best = max(sentence.passages, key=lambda passage: passage.score)
            self.source.scroll_to(best.start)

    @Slot(object)
    def _on_rewording_requested(self, sentence: SentenceEvidence) -> None:
        self.rewording_wanted.emit(self._item, sentence)

    @Slot(object)
    def _on_detail_requested(self, sentence: SentenceEvidence) -> None:
        self.detail_wanted.emit(self._item, sentence)

    @Slot(int, int)
    def _on_source_detail_requested(self, start: int, end: int) -> None:
        self.detail_wanted.emit(self._item, (start, end))

    @Slot(int)
    def _on_place_chosen(self, offset: int) -> None:
        self.source.scroll_to(offset)

    def _mark_passages(self, sentence: SentenceEvidence | None) -> None:
        passages = sentence.passages if sentence is not None else ()
        self.source.show_passages([(passage.start, passage.end) for passage in passages])

    @Slot()
    def _on_again_clicked(self) -> None:
        if self._item is not None:
            self.again_clicked.emit(self._item)
