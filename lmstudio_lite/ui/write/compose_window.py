"""Compose: the brief at the left, the text beside it, with its versions and what is wrong with it.

The model streams into the text; “Again”, “Shorter” and “Longer” make further versions, and none is lost. The
text is Markdown and can be edited, changed with the model, copied, saved or sent to the chat.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QKeySequence, QShortcut, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QSplitter, QVBoxLayout, QWidget

from lmstudio_lite.app.jobs import Job
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.write import questions_in, resized, role_control, write_text
from lmstudio_lite.domain.conversations import Draft
from lmstudio_lite.domain.writing import Brief, ComposedText, Preset, WritingProgress, Written
from lmstudio_lite.formats.docx import to_docx
from lmstudio_lite.formats.plain import to_plain_text
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import IconButton, text_button, text_label
from lmstudio_lite.ui.drafts import DraftKeeper
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.saving import Contents, TextSaver, file_name_for
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.write.brief_form import BriefForm
from lmstudio_lite.ui.write.diff_view import let_text_choose_its_side
from lmstudio_lite.ui.write.edit_window import EditWindow
from lmstudio_lite.ui.write.in_editor import begin_in_editor
from lmstudio_lite.ui.write.quiz_window import QuizWindow
from lmstudio_lite.ui.write.versions import Versions
from lmstudio_lite.unsaved import Place
from lmstudio_lite.words.translate import tr
from lmstudio_lite.words.writing import preset_name, say_findings, say_writing, say_written

_WIDTH, _HEIGHT = 960, 640
_DRAFT_PLACE = "compose"
_SHORTER, _LONGER = 0.6, 1.6


class ComposeWindow(QWidget):
    """Made once; closing it stops the model and loses nothing. GUI thread."""

    chat_wanted = Signal(str)
    role_wanted = Signal(object, str)  # ConversationControl, the first message

    def __init__(self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        set_role(self, "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("Write a text"))
        self.resize(theme.scaled(_WIDTH), theme.scaled(_HEIGHT))
        self._parts = (services, bridge, theme)
        self._services, self._bridge, self._theme = services, bridge, theme
        self._job: Job | None = None
        self._asked = Brief(Preset.EMAIL, "")
        self._is_filling = False
        self.form = BriefForm(self)
        self.write_button = text_button(tr("Write"), self, role="primary")
        self.stop_button = text_button(tr("Stop"), self)
        self.result = QPlainTextEdit(self)
        self.result.setTabChangesFocus(True)
        let_text_choose_its_side(self.result.document())
        self.result.setAccessibleName(tr("The text"))
        self.result.setPlaceholderText(
            tr("The text will stand here. Say at the left what it is about, and choose “Write”.")
        )
        self.state = text_label("", self, role="muted", wrap=True)
        self.notice = Notice(theme, self)
        self.previous_button = IconButton(theme, "chevron-left", tr("Previous version"), self)
        self.version_label = text_label("", self, role="small")
        self.next_button = IconButton(theme, "chevron-right", tr("Next version"), self)
        self.again_button = text_button(tr("Again"), self)
        self.shorter_button = text_button(tr("Shorter"), self)
        self.longer_button = text_button(tr("Longer"), self)
        self.change_button = text_button(tr("Change…"), self)
        self.quiz_button = text_button(tr("Ask me"), self)
        self.copy_button = text_button(tr("Copy"), self)
        self.save_button = text_button(tr("Save…"), self)
        self.chat_button = text_button(tr("To the chat"), self)
        self.edit_window: EditWindow | None = None
        self.quiz_window: QuizWindow | None = None
        self.versions = Versions(services, bridge, self)
        self.saver = TextSaver(bridge, self.notice, self)
        self._keeper = DraftKeeper(services, bridge, Place.CHAT, self)
        self._lay_out()
        self._connect()
        self._on_theme_changed()
        self._show_controls()
        self._bridge.run(
            lambda context: (services.drafts.get(_DRAFT_PLACE), services.composed_texts.list()),
            on_done=self._on_read,
            on_failed=self.notice.show_error,
            lane=STORAGE_LANE,
        )

    def begin(self, preset: Preset | None = None) -> None:
        """Show the window, at a preset."""
        if preset is not None:
            self.form.choose(preset)
        self.show()
        self.raise_()
        self.activateWindow()
        self.form.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def is_working(self) -> bool:
        return self._job is not None

    def flush(self) -> None:
        """Write at once what is not on the disk yet: the program ends."""
        self._keeper.flush()
        self.versions.flush()
        if self.quiz_window is not None:
            self.quiz_window.flush()

    @Slot()
    def write(self) -> None:
        """Have the model write what the form says, or begin the conversation that it names."""
        brief = self.form.brief
        if not brief.text or self.is_working:
            return
        if brief.preset.is_conversation:
            self.role_wanted.emit(role_control(brief, preset_name(brief.preset)), tr("Let us begin."))
            return
        self._write(brief)

    @Slot()
    def stop(self) -> None:
        """Stop the model; what came of the text is kept as a version."""
        if self._job is None:
            return
        job, self._job = self._job, None
        job.cancel()
        text = self.result.toPlainText().strip()
        if text:
            self.versions.add(ComposedText(self._asked, text))
        else:
            self.versions.end()
        self._show_version()
        self.state.setText(tr("Stopped."))

    def contents_for(self, path: Path) -> Contents:
        """Return what makes the file at ``path``, whose ending names its form."""
        text = self.result.toPlainText()
        match path.suffix.lower():
            case ".docx":
                return lambda: to_docx(text)
            case ".txt":
                return lambda: to_plain_text(text)
            case _:
                return lambda: text.rstrip() + "\n"

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc stops the model, else it closes the window."""
        if event.key() == Qt.Key.Key_Escape:
            if self.is_working:
                self.stop()
            else:
                self.close()
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.stop()
        self.flush()
        super().closeEvent(event)

    def _lay_out(self) -> None:
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, design.SPACE_8, 0)
        column.setSpacing(design.SPACE_8)
        column.addWidget(self.form, 1)
        begin = QHBoxLayout()
        begin.addStretch(1)
        begin.addWidget(self.stop_button)
        begin.addWidget(self.write_button)
        column.addLayout(begin)
        right = QWidget(self)
        beside = QVBoxLayout(right)
        beside.setContentsMargins(design.SPACE_8, 0, 0, 0)
        beside.setSpacing(design.SPACE_8)
        more = QHBoxLayout()
        more.setSpacing(design.SPACE_4)
        for widget in (self.previous_button, self.version_label, self.next_button):
            more.addWidget(widget)
        more.addStretch(1)
        for button in (self.again_button, self.shorter_button, self.longer_button, self.change_button):
            more.addWidget(button)
        out = QHBoxLayout()
        out.setSpacing(design.SPACE_4)
        out.addWidget(self.quiz_button)
        out.addStretch(1)
        for button in (self.copy_button, self.save_button, self.chat_button):
            out.addWidget(button)
        beside.addLayout(more)
        beside.addWidget(self.notice)
        beside.addWidget(self.result, 1)
        beside.addWidget(self.state)
        beside.addLayout(out)
        splitter = QSplitter(Qt.Orientation.Horizontal, self)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(left)
        splitter.addWidget(right)
        splitter.setSizes([self._theme.scaled(340), self._theme.scaled(600)])
        splitter.setStretchFactor(1, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(design.SPACE_24, design.SPACE_16, design.SPACE_24, design.SPACE_16)
        whole.addWidget(splitter)

    def _connect(self) -> None:
        self.form.changed.connect(self._on_brief_changed)
        self.write_button.clicked.connect(self.write)
        self.stop_button.clicked.connect(self.stop)
        self.result.textChanged.connect(self._on_result_changed)
        self.versions.shown.connect(self._show_version)
        self.previous_button.clicked.connect(self.versions.go_back)
        self.next_button.clicked.connect(self.versions.go_on)
        self.again_button.clicked.connect(self._on_again_clicked)
        self.shorter_button.clicked.connect(lambda: self._resize(_SHORTER))
        self.longer_button.clicked.connect(lambda: self._resize(_LONGER))
        self.change_button.clicked.connect(self._on_change_clicked)
        self.quiz_button.clicked.connect(self._on_quiz_clicked)
        self.copy_button.clicked.connect(self._on_copy_clicked)
        self.save_button.clicked.connect(self._on_save_clicked)
        self.chat_button.clicked.connect(self._on_chat_clicked)
        self._theme.changed.connect(self._on_theme_changed)
        native = QKeySequence.SequenceFormat.NativeText
        for keys, slot, button in (
            ("Ctrl+Return", self.write, self.write_button),
            ("Ctrl+Shift+E", self._on_change_clicked, self.change_button),
            ("Ctrl+S", self._on_save_clicked, self.save_button),
            ("Alt+Left", self.versions.go_back, None),
            ("Alt+Right", self.versions.go_on, None),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(slot)
            if button is not None:
                button.setToolTip(QKeySequence(keys).toString(native))

    def _write(self, brief: Brief) -> None:
        services = self._services
        self.notice.clear()
        self._asked = brief
        self._fill("")
        self.state.setText(say_writing(None))
        job = self._bridge.run(
            lambda context: write_text(
                services, brief, report=context.report, cancellation=context.cancellation
            ),
            on_done=lambda written: self._on_written(job, brief, written),
            on_failed=lambda error: self._on_failed(job, error),
            on_progress=lambda progress: self._on_progress(job, progress),
        )
        self._job = job
        self._show_controls()

    def _resize(self, share: float) -> None:
        current = self.versions.current
        if current is not None and not self.is_working:
            self._write(resized(current.brief, self.result.toPlainText(), share))

    @Slot()
    def _on_again_clicked(self) -> None:
        current = self.versions.current
        if current is not None and not self.is_working:
            self._write(current.brief)

    def _on_progress(self, job: Job, progress: WritingProgress) -> None:
        if job is self._job:
            self._fill(progress.text)
            if progress.text.strip():
                self.versions.grow(ComposedText(self._asked, progress.text))
            self.state.setText(say_writing(progress))

    def _on_written(self, job: Job, brief: Brief, written: Written) -> None:
        if job is not self._job:
            return
        self._job = None
        self.versions.add(ComposedText(brief, written.text, written.findings))
        self.state.setText(say_written(written))

    def _on_failed(self, job: Job, error: Exception) -> None:
        if job is self._job:
            self._job = None
            self.versions.end()
            self.notice.show_error(error)
            self._show_version()

    def _on_read(self, found: tuple[Draft | None, list[ComposedText]]) -> None:
        draft, versions = found
        if draft is not None and not self.form.brief.text:
            preset = self.form.preset
            self.form.show_draft(draft)
            if self.isVisible() and preset is not Preset.EMAIL:
                self.form.choose(preset)
        self.versions.fill(versions)

    @Slot()
    def _show_version(self) -> None:
        """Show the version that was gone to, with what is wrong with it."""
        current = self.versions.current
        if not self.is_working:
            self._fill(current.text if current is not None else "")
            self.state.setText(say_findings(current.findings) if current is not None else "")
        self._show_controls()

    def _fill(self, text: str) -> None:
        """Show ``text``; where it only goes on, only what is new is put behind the rest."""
        shown = self.result.toPlainText()
        if text == shown:
            return
        self._is_filling = True
        bar = self.result.verticalScrollBar()
        is_at_end = bar.value() >= bar.maximum() - 4
        if shown and text.startswith(shown):
            cursor = QTextCursor(self.result.document())
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(text[len(shown) :])
        else:
            self.result.setPlainText(text)
        if is_at_end and self.is_working:
            bar.setValue(bar.maximum())
        self._is_filling = False

    @Slot()
    def _on_brief_changed(self) -> None:
        self._keeper.note(_DRAFT_PLACE, self.form.text_field.toPlainText(), self.form.details)
        self._show_controls()

    @Slot()
    def _on_result_changed(self) -> None:
        if not self._is_filling and not self.is_working:
            self.versions.change_text(self.result.toPlainText())
            self._show_controls()

    @Slot()
    def _on_change_clicked(self) -> None:
        """Change the selection, or all of the text, piece by piece."""
        if not self.change_button.isEnabled():
            return
        if self.edit_window is None:
            self.edit_window = EditWindow(*self._parts, self)
        begin_in_editor(self.edit_window, self.result)

    @Slot()
    def _on_quiz_clicked(self) -> None:
        questions = questions_in(self.result.toPlainText())
        if questions:
            if self.quiz_window is None:
                self.quiz_window = QuizWindow(*self._parts, self)
            self.quiz_window.begin(questions)

    @Slot()
    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.result.toPlainText())

    @Slot()
    def _on_save_clicked(self) -> None:
        if not self.save_button.isEnabled():
            return
        title = self.result.document().firstBlock().text().strip("# ")
        filters = [tr("Markdown (*.md)"), tr("Word (*.docx)"), tr("Plain text (*.txt)")]
        self.saver.ask(tr("Save the text"), file_name_for(title, ".md"), filters, self.contents_for)

    @Slot()
    def _on_chat_clicked(self) -> None:
        self.chat_wanted.emit(self.result.toPlainText())

    @Slot()
    def _on_theme_changed(self) -> None:
        self.result.document().setDefaultFont(self._theme.prose_font())

    @Slot()
    def _show_controls(self) -> None:
        """Show the buttons that do something now."""
        is_working, current = self.is_working, self.versions.current
        preset = self.form.preset
        self.write_button.setText(tr("Begin the talk") if preset.is_conversation else tr("Write"))
        self.write_button.setVisible(not is_working)
        self.write_button.setEnabled(bool(self.form.text_field.toPlainText().strip()))
        self.stop_button.setVisible(is_working)
        self.result.setReadOnly(is_working or current is None)
        is_ready = not is_working and current is not None
        has_text = is_ready and not self.result.document().isEmpty()
        for button in (self.shorter_button, self.longer_button):
            button.setEnabled(has_text and current is not None and current.brief.preset.takes_words)
        self.again_button.setEnabled(is_ready)
        for button in (self.change_button, self.copy_button, self.save_button, self.chat_button):
            button.setEnabled(has_text)
        self.quiz_button.setVisible(is_ready and current is not None and current.brief.preset is Preset.QUIZ)
        self.version_label.setText(f"{self.versions.place + 1}/{self.versions.count}")
        for widget in (self.previous_button, self.version_label, self.next_button):
            widget.setVisible(self.versions.count > 1)
        self.previous_button.setEnabled(not is_working and self.versions.place > 0)
        self.next_button.setEnabled(not is_working and self.versions.place + 1 < self.versions.count)
