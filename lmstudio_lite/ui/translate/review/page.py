"""A translated file under review: source and target in rows, what to look at first, edited in place.

By keyboard: Enter accepts and goes on, F2 or typing edits, Ctrl+Z and Ctrl+Y, Ctrl+F finds, Ctrl+H replaces,
Ctrl+R translates again, Ctrl+Shift+Enter accepts all without flags, Ctrl+S exports.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from PySide6.QtCore import QEvent, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from lmstudio_lite.domain.file_translations import FileJob, FileJobState, SegmentRow
from lmstudio_lite.errors import ModelError
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import SPACE_8, SPACE_12, SPACE_16
from lmstudio_lite.ui.translate.review.desk import ReviewDesk, Written
from lmstudio_lite.ui.translate.review.foot import ACCEPT_ALL_KEYS, AGAIN_KEYS, ReviewFoot
from lmstudio_lite.ui.translate.review.head import EXPORT_KEYS, ReviewHead
from lmstudio_lite.ui.translate.review.order import Looked
from lmstudio_lite.ui.translate.review.segment_editor import SegmentEditor
from lmstudio_lite.ui.translate.review.segments_model import SegmentsModel
from lmstudio_lite.ui.translate.review.table import SegmentTable
from lmstudio_lite.ui.translate.review.tools import (
    FIND_KEYS,
    REDO_KEYS,
    REPLACE_KEYS,
    UNDO_KEYS,
    ReviewTools,
)
from lmstudio_lite.words.translate import tr, trn


class ReviewPage(QWidget):
    """Lives on the GUI thread. ``desk`` does the work; what runs is told with ``show_job`` and ``put``."""

    model_wanted = Signal()
    draft_changed = Signal(int, str)  # number, text: typed and not kept yet; "" if nothing is
    resume_requested = Signal()

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = ReviewDesk(bridge, self)
        self.head = ReviewHead(theme, self)
        self.notice = Notice(theme, self)
        self.warning = Notice(theme, self)
        self.tools = ReviewTools(theme, self)
        self.model = SegmentsModel(theme, self)
        self.table = SegmentTable(theme, self.model, self)
        self.empty = text_label("", self, role="muted", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.show_all_button = text_button(tr("Show all segments"), self, role="quiet")
        self.foot = ReviewFoot(self)
        self._draft: tuple[int, str] | None = None
        self._first_number = -1
        """The segment that was chosen before the user chose one."""
        self._job: FileJob | None = None
        self._keys: list[tuple[QKeySequence, Callable[[], object]]] = [
            (FIND_KEYS, self.tools.begin_find),
            (REPLACE_KEYS, self.tools.begin_replace),
            (UNDO_KEYS, self.desk.undo),
            (REDO_KEYS, self.desk.redo),
            (QKeySequence("Ctrl+Shift+Z"), self.desk.redo),
            (AGAIN_KEYS, self.foot.begin_again),
            (ACCEPT_ALL_KEYS, self.desk.accept_without_flags),
            (EXPORT_KEYS, self.desk.export),
        ]
        self._lay_out()
        self._connect()
        self._show_rows()

    def begin(self, name: str, source: str, target: str) -> None:
        """Show a file before its segments are there."""
        self._draft = None
        self._first_number = -1
        self._job = None
        self.notice.clear()
        self.warning.clear()
        self.foot.show_kept("")
        self.show_file(name, source, target)
        self.model.reset([])
        self._show_rows()
        self.foot.show_statistics(None)

    def show_file(self, name: str, source: str, target: str) -> None:
        """Name the file and the languages of its texts; ``source`` "" is not known yet."""
        self.head.show_file(name, source, target)
        self.table.set_languages(source, target)

    def bring_back(self, draft: tuple[int, str] | None) -> None:
        """Open with the file an edit that was typed and not kept: its segment's number and the text."""
        self._draft = draft

    def show_job(self, job: FileJob | None, waiting: str = "") -> None:
        """Say how far the translation is."""
        self._job = job
        self.head.show_job(job, waiting)
        self._show_rows()

    def event(self, event: QEvent) -> bool:
        """Take keys that the window has another use for, while the review has the focus."""
        is_asked = isinstance(event, QKeyEvent) and event.type() is QEvent.Type.ShortcutOverride
        if is_asked and self._action_of(cast("QKeyEvent", event)) is not None:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = self._action_of(event)
        if action is not None:
            action()
        elif event.key() == Qt.Key.Key_Escape and self.tools.end_replace():
            self.table.setFocus()
        else:
            super().keyPressEvent(event)

    def _action_of(self, event: QKeyEvent) -> Callable[[], object] | None:
        pressed = QKeySequence(event.keyCombination())
        return next((action for keys, action in self._keys if keys == pressed), None)

    def _show_rows(self) -> None:
        """Show the table, or say why there is nothing in it."""
        is_empty = not self.model.rowCount()
        self._stack.setCurrentIndex(1 if is_empty else 0)
        self.head.show_exportable(bool(self.model.all_rows))
        self.tools.setEnabled(bool(self.model.all_rows))
        self.show_all_button.setVisible(bool(is_empty and self.model.all_rows))
        self.empty.setText(self._words_of_nothing() if is_empty else "")
        self.foot.show_row(self.table.current_row)

    def _words_of_nothing(self) -> str:
        state = self._job.state if self._job is not None else None
        if self.model.all_rows:
            return tr("No segment is like that.")
        match state:
            case FileJobState.QUEUED if self._job is not None and self._job.failure is not None:
                return tr("Waits for a model.")
            case FileJobState.QUEUED:
                return tr("Waits until the files before it are done.")
            case FileJobState.RUNNING:
                return tr("Segments appear here as soon as they are translated.")
            case FileJobState.PAUSED:
                return tr("Paused before anything was translated.")
            case FileJobState.DONE:
                return tr("There is no text in this file to translate.")
            case _:
                return ""

    def _lay_out(self) -> None:
        nothing = QWidget(self)
        column = QVBoxLayout(nothing)
        column.addStretch(1)
        column.addWidget(self.empty)
        column.addWidget(self.show_all_button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        holder = QWidget(self)
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.table)
        self._stack.addWidget(nothing)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_16, SPACE_12, SPACE_16, SPACE_12)
        layout.setSpacing(SPACE_8)
        layout.addWidget(self.head)
        layout.addWidget(self.notice)
        layout.addWidget(self.warning)
        layout.addWidget(self.tools)
        layout.addWidget(holder, 1)
        layout.addWidget(self.foot)

    def _connect(self) -> None:
        desk, tools, table, foot = self.desk, self.tools, self.table, self.foot
        desk.opened.connect(self._on_opened)
        desk.refreshed.connect(self._on_refreshed)
        desk.rows_changed.connect(self._on_rows_changed)
        desk.counts_changed.connect(foot.show_statistics)
        desk.steps_changed.connect(lambda undo, redo: tools.show_steps(can_undo=undo, can_redo=redo))
        desk.exported.connect(self._on_exported)
        desk.replaced.connect(self._on_replaced)
        desk.retranslating.connect(self._on_retranslating)
        desk.failed.connect(self._on_failed)
        tools.looked_changed.connect(self._on_looked_changed)
        tools.replace_requested.connect(self._on_replace_requested)
        tools.undo_requested.connect(desk.undo)
        tools.redo_requested.connect(desk.redo)
        tools.show_steps(can_undo=False, can_redo=False)
        table.accept_requested.connect(self._on_accept_requested)
        table.retranslate_requested.connect(self._on_retranslate_requested)
        table.current_changed.connect(self._on_current_changed)
        table.editor_opened.connect(self._on_editor_opened)
        self.model.edited.connect(self._on_edited)
        foot.accept_requested.connect(self._on_accept_clicked)
        foot.again_requested.connect(self._on_again_requested)
        foot.left.connect(lambda: table.setFocus(Qt.FocusReason.OtherFocusReason))
        self.head.export_requested.connect(desk.export)
        foot.accept_all_requested.connect(desk.accept_without_flags)
        self.show_all_button.clicked.connect(tools.show_all)

    @Slot(object)
    def _on_opened(self, rows: Sequence[SegmentRow]) -> None:
        self.model.reset(rows)
        self._show_rows()
        if not self.model.rowCount():
            return
        place = self.model.place_of(self._draft[0]) if self._draft is not None else 0
        self.table.go_to(max(0, place), edits=self._draft is not None and place >= 0)

    @Slot(object)
    def _on_refreshed(self, rows: Sequence[SegmentRow]) -> None:
        """Put the rows in order once more, for a run may have changed its flags; not below an open editor."""
        row = self.table.current_row
        if self.table.is_editing or row is None:
            self._on_rows_changed(rows)
            return
        self.model.reset(rows)
        self._show_rows()
        place = 0 if row.number == self._first_number else self.model.place_of(row.number)
        self.table.go_to(max(0, place))

    @Slot(object)
    def _on_rows_changed(self, rows: Sequence[SegmentRow]) -> None:
        is_first = not self.model.rowCount()
        self.model.put(rows)
        self._show_rows()
        row = self.model.segment_row(0)
        if is_first and row is not None:
            self._first_number = row.number
            self.table.go_to(0)

    @Slot(object)
    def _on_looked_changed(self, looked: Looked) -> None:
        row = self.table.current_row
        self.model.look(looked)
        self._show_rows()
        place = self.model.place_of(row.number) if row is not None else -1
        if self.model.rowCount():
            self.table.go_to(max(0, place))

    @Slot(str, str)
    def _on_replace_requested(self, find: str, by: str) -> None:
        self.desk.replace_all(find, by)

    @Slot(int)
    def _on_replaced(self, num_segments: int) -> None:
        words = trn("Replaced in {n} segment.", "Replaced in {n} segments.", num_segments)
        if num_segments:
            self.notice.show_message(words, "", tr("Undo"), self._undo_at_once)
        else:
            self.notice.show_message(words)

    def _undo_at_once(self) -> None:
        self.notice.clear()
        self.desk.undo()

    @Slot(int)
    def _on_accept_requested(self, number: int) -> None:
        self.model.accept(number)
        self.desk.accept([number])

    @Slot()
    def _on_accept_clicked(self) -> None:
        row = self.table.current_row
        if row is not None:
            self._on_accept_requested(row.number)
            self.table.go_on()

    @Slot(int)
    def _on_retranslate_requested(self, _number: int) -> None:
        self.foot.begin_again()

    @Slot(str)
    def _on_again_requested(self, instruction: str) -> None:
        row = self.table.current_row
        if row is not None:
            self.desk.retranslate(row.number, instruction)

    @Slot(int)
    def _on_retranslating(self, number: int) -> None:
        if number >= 0:
            self.notice.show_message(tr("Translating segment {0} again…").format(f"{number + 1:,}"))
        else:
            self.notice.clear()

    @Slot(int, str, bool)
    def _on_edited(self, number: int, text: str, with_repetitions: bool) -> None:
        self._draft = None
        self.draft_changed.emit(number, "")
        self.desk.edit(number, text, with_repetitions=with_repetitions)

    @Slot(int, object)
    def _on_editor_opened(self, number: int, editor: SegmentEditor) -> None:
        """Bring back what was typed and not kept, and follow what is typed."""
        if self._draft is not None and self._draft[0] == number:
            editor.begin(self._draft[1])
        editor.textChanged.connect(lambda: self._keep_draft(number, editor))
        editor.ended.connect(lambda _end: self.draft_changed.emit(number, ""))

    def _keep_draft(self, number: int, editor: SegmentEditor) -> None:
        if editor.hasFocus():
            self.draft_changed.emit(number, editor.toPlainText())

    @Slot()
    def _on_current_changed(self) -> None:
        self.foot.show_row(self.table.current_row)

    @Slot(object)
    def _on_exported(self, written: Written) -> None:
        folder = written.path.parent
        left = trn(
            "{n} segment of it is still in the source's words.",
            "{n} segments of it are still in the source's words.",
            written.num_source,
        )
        self.notice.show_message(
            tr("Written as “{0}”.").format(written.path.name),
            left if written.num_source else str(folder),
            tr("Open the folder"),
            lambda: _open_folder(folder),
            kind="warning" if written.num_source else "info",
        )

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.desk.read_again()
        if isinstance(error, ModelError):
            self.notice.show_error(error, tr("Choose a model…"), self.model_wanted.emit)
        else:
            self.notice.show_error(error)


def _open_folder(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
