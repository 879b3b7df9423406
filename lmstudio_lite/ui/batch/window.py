"""The window of batches: texts and what is wanted at the left, what comes of them at the right."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.batch.output import SUFFIXES
from lmstudio_lite.app.batch.rows import BatchInput
from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.batch import BatchProgress
from lmstudio_lite.domain.conversations import Draft
from lmstudio_lite.errors import AppError, ModelError
from lmstudio_lite.ui.batch.extract_task import ExtractTask
from lmstudio_lite.ui.batch.input_box import InputBox
from lmstudio_lite.ui.batch.label_task import LabelTask
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.drafts import DraftKeeper
from lmstudio_lite.ui.drops import DropZone, install_drops
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.tokens import SPACE_8, SPACE_12, SPACE_16
from lmstudio_lite.unsaved import Place
from lmstudio_lite.words.batch import say_batch_progress, say_empty
from lmstudio_lite.words.translate import tr

_LANE = "batch"
_SIZE = (1000, 640)
_FORM_WIDTH = 320
_DRAFT = "batch"
"""Where the fields are kept among the drafts."""


class BatchWindow(QWidget):
    """Non-modal. A batch that runs goes on while the window is closed; what it has heard is kept."""

    model_wanted = Signal()

    def __init__(
        self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        set_role(self, "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("Many texts at once"))
        self._bridge, self._theme = bridge, theme
        self._job: Job | None = None
        self._num_empty = 0
        self._is_draft_shown = False
        self.notice = Notice(theme, self)
        self.input_box = InputBox(services, bridge, theme, self)
        self.label_task = LabelTask(services, bridge, theme, self)
        self.extract_task = ExtractTask(services, theme, self)
        self.label_button = text_button(tr("Give labels"), self, role="choice")
        self.extract_button = text_button(tr("Take values"), self, role="choice")
        self.run_button = text_button(tr("Start"), self, role="primary")
        self.stop_button = text_button(tr("Stop"), self)
        self.export_button = text_button(tr("Export…"), self)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Rows that are done"))
        self.state = text_label("", self, role="muted", wrap=True)
        self.hint = text_label("", self, role="muted", wrap=True)
        self._forms, self._pages = QStackedWidget(self), QStackedWidget(self)
        self._lay_out()
        self._connect()
        install_drops(self, lambda: [DropZone(tr("Drop to work on its rows"), self._open)], self._take_text)
        self.resize(theme.scaled(_SIZE[0]), theme.scaled(_SIZE[1]))
        self._choose(self.label_task)
        self._keeper = DraftKeeper(services, bridge, Place.CHAT, self)
        self._bridge.run(lambda _context: services.drafts.get(_DRAFT), on_done=self._show_draft)

    @property
    def is_working(self) -> bool:
        return self._job is not None

    @property
    def task(self) -> LabelTask | ExtractTask:
        """Return what is to be done with the texts."""
        return self.extract_task if self.extract_button.isChecked() else self.label_task

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc stops what runs, else it closes the window."""
        if event.key() == Qt.Key.Key_Escape:
            self.stop() if self.is_working else self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep what stands in the fields."""
        self._keeper.flush()
        super().closeEvent(event)

    @Slot()
    def start(self) -> None:
        """Work on all rows; those that are known have their results at once."""
        if self.is_working or not self.input_box.has_rows:
            return
        task = self.task
        source = self.input_box.source(wants_truth=task is self.label_task)

        def read(_context: JobContext) -> BatchInput:
            found = source.read()
            self._num_empty = found.num_empty
            return found

        try:
            work = task.begin(read)
        except AppError as error:
            self.notice.show_error(error)
            return
        self.notice.clear()
        self._show_running(tr("Reading the texts…"))
        self._job = self._bridge.run(
            work,
            on_progress=self._on_progress,
            on_done=self._on_done,
            on_failed=self._on_failed,
            on_cancelled=self._on_cancelled,
            lane=_LANE,
        )

    @Slot()
    def stop(self) -> None:
        """Stop; what was heard is kept and the next start goes on there."""
        if self._job is not None:
            self._job.cancel()

    def _on_progress(self, value: object) -> None:
        if isinstance(value, BatchProgress):
            self.bar.setRange(0, value.num_total or 0)
            self.bar.setValue(value.num_done)
            self.state.setText(say_batch_progress(value))
        else:
            self._show_page()
            self.task.take(value)

    def _on_done(self, result: object) -> None:
        self._job = None
        words = self.task.finish(result)
        self._show_idle(" ".join(filter(None, (say_empty(self._num_empty), words))))

    def _on_failed(self, error: Exception) -> None:
        self._job = None
        self._show_idle("")
        if isinstance(error, ModelError):
            self.notice.show_error(error, tr("Choose a model…"), self.model_wanted.emit)
        else:
            self.notice.show_error(error)

    def _on_cancelled(self) -> None:
        self._job = None
        self._show_idle(tr("Stopped. What is done is kept: “Start” goes on there."))

    def _show_draft(self, draft: Draft | None) -> None:
        """Show what stood in the fields the last time, unless something was typed meanwhile."""
        self._is_draft_shown = True
        if draft is None or self.input_box.has_rows or self.label_task.labels.text():
            return
        try:
            fields = msgspec.json.decode(draft.details or "{}", type=dict[str, str])
        except msgspec.DecodeError:
            return
        self.input_box.text.setPlainText(draft.text)
        self.label_task.labels.setText(fields.get("labels", ""))
        self.extract_task.schema.setText(fields.get("schema", ""))

    @Slot()
    def _note_draft(self) -> None:
        if self._is_draft_shown:
            fields = {"labels": self.label_task.labels.text(), "schema": self.extract_task.schema.text()}
            self._keeper.note(_DRAFT, self.input_box.text.toPlainText(), json.dumps(fields))

    def _show_running(self, words: str) -> None:
        self.bar.setRange(0, 0)
        self.bar.show()
        self.state.setText(words)
        self._show_enabled()

    def _show_idle(self, words: str) -> None:
        self.bar.hide()
        self.state.setText(words)
        self._show_enabled()
        self._show_page()

    @Slot()
    def _show_enabled(self) -> None:
        is_working = self._is_started
        self.run_button.setVisible(not is_working)
        self.stop_button.setVisible(is_working)
        self.run_button.setEnabled(self.input_box.has_rows)
        self.export_button.setEnabled(not is_working and self.task.writer() is not None)
        for widget in (self._forms, self.input_box, self.label_button, self.extract_button):
            widget.setEnabled(not is_working)

    @property
    def _is_started(self) -> bool:
        return self._job is not None or (self.bar.maximum() == 0 and not self.bar.isHidden())

    def _show_page(self) -> None:
        """Show the table once it has rows, until then what can be done here."""
        model = self.task.table.model()
        has_rows = model is not None and model.rowCount() > 0
        self._pages.setCurrentIndex(self._pages.indexOf(self.task.page) if has_rows else 0)

    def _choose(self, task: LabelTask | ExtractTask) -> None:
        self._forms.setCurrentWidget(task.form)
        self.hint.setText(task.hint)
        self.input_box.set_wants_truth(task is self.label_task)
        labels = self.label_task
        labels.confusion_button.setVisible(task is labels and labels.has_mistakes_to_show)
        self.state.setText("")
        self._show_enabled()
        self._show_page()

    def _open(self, paths: list[Path]) -> None:
        if not self.is_working:
            self.input_box.open_file(paths[0])

    def _take_text(self, text: str) -> None:
        if not self.is_working:
            self.input_box.forget_file()
            self.input_box.text.setPlainText(text)

    def _lay_out(self) -> None:
        modes = QHBoxLayout()
        modes.setSpacing(SPACE_8)
        group = QButtonGroup(self)
        for button in (self.label_button, self.extract_button):
            button.setCheckable(True)
            group.addButton(button)
            modes.addWidget(button)
        modes.addStretch(1)
        self.label_button.setChecked(True)
        for task in (self.label_task, self.extract_task):
            self._forms.addWidget(task.form)
        left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(SPACE_12)
        left.addLayout(modes)
        left.addWidget(self.input_box, 1)
        left.addWidget(self._forms)
        run_row = QHBoxLayout()
        run_row.addWidget(self.run_button)
        run_row.addWidget(self.stop_button)
        run_row.addStretch(1)
        left.addLayout(run_row)
        holder = QWidget(self)
        holder.setLayout(left)
        holder.setFixedWidth(self._theme.scaled(_FORM_WIDTH))
        self._forms.setFixedHeight(self._forms.sizeHint().height())
        line = QFrame(self)
        line.setFixedWidth(1)
        set_role(line, "vertical-separator")
        row = QHBoxLayout()
        row.setSpacing(SPACE_16)
        row.addWidget(holder)
        row.addWidget(line)
        row.addLayout(self._lay_out_results(), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        layout.setSpacing(SPACE_12)
        layout.addWidget(self.notice)
        layout.addLayout(row, 1)

    def _lay_out_results(self) -> QVBoxLayout:
        empty = QWidget(self)
        inner = QVBoxLayout(empty)
        inner.addStretch(1)
        inner.addWidget(self.hint)
        inner.addStretch(2)
        self._pages.addWidget(empty)
        for task in (self.label_task, self.extract_task):
            self._pages.addWidget(task.page)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE_8)
        foot.addWidget(self.state, 1)
        foot.addWidget(self.label_task.confusion_button)
        foot.addWidget(self.export_button)
        right = QVBoxLayout()
        right.setSpacing(SPACE_8)
        right.addWidget(self._pages, 1)
        right.addWidget(self.bar)
        right.addLayout(foot)
        self.bar.hide()
        return right

    def _connect(self) -> None:
        self.label_button.clicked.connect(lambda: self._choose(self.label_task))
        self.extract_button.clicked.connect(lambda: self._choose(self.extract_task))
        self.run_button.clicked.connect(self.start)
        self.stop_button.clicked.connect(self.stop)
        self.export_button.clicked.connect(self._on_export_clicked)
        self.input_box.changed.connect(self._show_enabled)
        for changed in (
            self.input_box.text.textChanged,
            self.label_task.labels.textChanged,
            self.extract_task.schema.textChanged,
        ):
            changed.connect(self._note_draft)
        self.input_box.failed.connect(self.notice.show_error)
        self.label_task.said.connect(self.state.setText)
        self.label_task.failed.connect(self.notice.show_error)
        self.label_task.labels.returnPressed.connect(self.start)
        self.extract_task.schema.returnPressed.connect(self.start)
        for keys, callback in (
            (QKeySequence(QKeySequence.StandardKey.Undo), self.label_task.undo),
            (QKeySequence("Ctrl+Return"), self.start),
            (QKeySequence(QKeySequence.StandardKey.Close), self.close),
        ):
            QShortcut(keys, self).activated.connect(callback)

    @Slot()
    def _on_export_clicked(self) -> None:
        write = self.task.writer()
        if write is None:
            return
        dialog = QFileDialog(self, tr("Export the table"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([f"{suffix[1:].upper()} (*{suffix})" for suffix in SUFFIXES])
        dialog.setDefaultSuffix(SUFFIXES[0][1:])
        dialog.selectFile(tr("labels") + SUFFIXES[0])
        dialog.filterSelected.connect(
            lambda chosen: dialog.setDefaultSuffix(chosen.split("*.")[1].rstrip(")"))
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.export(Path(name)))
        dialog.open()

    def export(self, path: Path) -> None:
        """Write the table to a file whose suffix says in which form."""
        write = self.task.writer()
        if write is None:
            return

        def show(_nothing: object) -> None:
            self.notice.show_message(tr("Written to “{0}”.").format(path.name), str(path.parent))

        self._bridge.run(lambda _context: write(path), on_done=show, on_failed=self.notice.show_error)
