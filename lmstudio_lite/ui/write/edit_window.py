"""A text made other: what to do with it, and its changes to be taken or left one by one.

Opened over a text of the composer, of a reply or of Compose. Nothing there changes before “Take over”, and
then only what was taken. Closing it, or stopping the model, leaves the text as it was.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QSizePolicy,
    QStackedWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.jobs import Job
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.write import EditWish, edit_text
from lmstudio_lite.domain.writing import EditedText, EditKind, EditProgress
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import choice_box, text_button, text_label
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.remembering import remember
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.write.diff_view import DiffView, let_text_choose_its_side
from lmstudio_lite.ui.write.language_choice import language_choices
from lmstudio_lite.words.translate import tr, trn
from lmstudio_lite.words.writing import edit_name, say_edited, say_editing

_WIDTH, _HEIGHT = 760, 560
_NATIVE = QKeySequence.SequenceFormat.NativeText


class EditWindow(QWidget):
    """``taken`` has the text with what was accepted of the changes. GUI thread."""

    taken = Signal(str)

    def __init__(self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        set_role(self, "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("Change a text"))
        self.resize(theme.scaled(_WIDTH), theme.scaled(_HEIGHT))
        self._services, self._bridge = services, bridge
        self._text = ""
        self._job: Job | None = None
        self._edited: EditedText | None = None
        self._take: Callable[[str], None] | None = None
        names = [(edit_name(kind), kind) for kind in EditKind]
        self.kind_box = choice_box(self, names, EditKind.REWRITE)
        self.kind_box.setAccessibleName(tr("What to do with the text"))
        self.language_box = choice_box(self, language_choices(), services.settings.value.translate.target)
        self.language_box.setAccessibleName(tr("Language to translate into"))
        self.start_button = text_button(tr("Start"), self, role="primary")
        self.stop_button = text_button(tr("Stop"), self)
        self.state = text_label("", self, role="muted", wrap=True)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("How far the text is"))
        self.notice = Notice(theme, self)
        self.diff = DiffView(theme, self)
        self.source_view = QTextBrowser(self)
        self.source_view.setAccessibleName(tr("The text"))
        self.source_view.setOpenLinks(False)
        let_text_choose_its_side(self.source_view.document())
        self._views = QStackedWidget(self)
        self._views.addWidget(self.source_view)
        self._views.addWidget(self.diff)
        self.accept_button = text_button(tr("Accept"), self)
        self.reject_button = text_button(tr("Reject"), self)
        self.accept_all_button = text_button(tr("Accept all"), self)
        self.reject_all_button = text_button(tr("Reject all"), self)
        self.undo_button = text_button(tr("Undo"), self)
        self.copy_button = text_button(tr("Copy"), self)
        self.close_button = text_button(tr("Close"), self)
        self.take_button = text_button(tr("Take over"), self, role="primary")
        self._lay_out()
        self._connect()

    def begin(self, text: str, take: Callable[[str], None] | None, kind: EditKind | None = None) -> None:
        """Open over ``text``; ``take`` gets the result. With a ``kind`` the model begins at once."""
        self._stop()
        self._text, self._take, self._edited = text, take, None
        self.notice.clear()
        self.diff.show_pieces("", ())
        self.source_view.setPlainText(text)
        self._views.setCurrentWidget(self.source_view)
        self.state.setText(tr("Choose what to do with the text. Nothing changes before you accept it."))
        if kind is not None:
            self.kind_box.setCurrentIndex(self.kind_box.findData(kind))
        self.show()
        self.raise_()
        self.activateWindow()
        self._show_controls()
        if kind is not None and kind is not EditKind.TRANSLATE:
            self.start()
        else:
            self.kind_box.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def kind(self) -> EditKind:
        return EditKind(self.kind_box.currentData())

    @property
    def is_working(self) -> bool:
        return self._job is not None

    @Slot()
    def start(self) -> None:
        """Have the model do it."""
        self._stop()
        self.notice.clear()
        services, text, target = self._services, self._text, str(self.language_box.currentData())
        wish = EditWish(self.kind)
        if wish.kind is EditKind.TRANSLATE:
            remember(services.settings, "translate", target=target)
        self.source_view.setPlainText(text)
        self._views.setCurrentWidget(self.source_view)
        self.bar.setRange(0, 0)
        self.state.setText(say_editing(None))
        job = self._bridge.run(
            lambda context: edit_text(
                services,
                text,
                wish,
                report=context.report,
                cancellation=context.cancellation,
                target=target,
            ),
            on_done=lambda edited: self._on_done(job, edited),
            on_failed=lambda error: self._on_failed(job, error),
            on_progress=lambda progress: self._on_progress(job, progress),
            on_cancelled=lambda: self._on_cancelled(job),
        )
        self._job = job
        self._show_controls()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc stops the model, else it closes the window."""
        if event.key() == Qt.Key.Key_Escape:
            if self.is_working:
                self._on_stop_clicked()
            else:
                self.close()
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._stop()
        super().closeEvent(event)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(design.SPACE_8)
        head.addWidget(self.kind_box)
        head.addWidget(self.language_box)
        head.addWidget(self.start_button)
        head.addWidget(self.stop_button)
        head.addStretch(1)
        decide = QHBoxLayout()
        decide.setSpacing(design.SPACE_8)
        for button in (
            *(self.accept_button, self.reject_button, self.accept_all_button, self.reject_all_button),
            self.undo_button,
        ):
            decide.addWidget(button)
        decide.addStretch(1)
        foot = QHBoxLayout()
        foot.setSpacing(design.SPACE_8)
        foot.addWidget(self.copy_button)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        foot.addWidget(self.take_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_24, design.SPACE_16, design.SPACE_24, design.SPACE_16)
        column.setSpacing(design.SPACE_12)
        column.addLayout(head)
        column.addWidget(self.notice)
        column.addWidget(self.state)
        column.addWidget(self.bar)
        column.addWidget(self._views, 1)
        column.addLayout(decide)
        column.addLayout(foot)
        self._views.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def _connect(self) -> None:
        self.kind_box.currentIndexChanged.connect(self._show_controls)
        self.start_button.clicked.connect(self.start)
        self.stop_button.clicked.connect(self._on_stop_clicked)
        self.accept_button.clicked.connect(self._on_accept_clicked)
        self.reject_button.clicked.connect(self._on_reject_clicked)
        self.accept_all_button.clicked.connect(self.diff.accept_all)
        self.reject_all_button.clicked.connect(self.diff.reject_all)
        self.undo_button.clicked.connect(self.diff.undo_decision)
        self.copy_button.clicked.connect(self._on_copy_clicked)
        self.close_button.clicked.connect(self.close)
        self.take_button.clicked.connect(self.take_over)
        self.diff.changed.connect(self._show_controls)
        self.diff.moved.connect(self._show_place)
        for keys, slot in (("Ctrl+Return", self.take_over), ("Ctrl+Shift+Return", self.diff.accept_all)):
            QShortcut(QKeySequence(keys), self).activated.connect(slot)
        self.take_button.setToolTip(QKeySequence("Ctrl+Return").toString(_NATIVE))
        self.accept_all_button.setToolTip(QKeySequence("Ctrl+Shift+Return").toString(_NATIVE))
        self.accept_button.setToolTip(tr("Enter, or a click on the change"))
        self.reject_button.setToolTip(QKeySequence(Qt.Key.Key_Delete).toString(_NATIVE))

    @Slot()
    def take_over(self) -> None:
        """Hand over the text with what was accepted, and close."""
        if not self.take_button.isEnabled():
            return
        text, take = self.diff.result, self._take
        self.close()
        self.taken.emit(text)
        if take is not None:
            take(text)

    def _stop(self) -> None:
        if self._job is not None:
            job, self._job = self._job, None
            job.cancel()

    def _on_progress(self, job: Job, progress: EditProgress) -> None:
        if job is self._job:
            self.bar.setRange(0, max(1, progress.num_total))
            self.bar.setValue(progress.num_done)
            self.state.setText(say_editing(progress))
            if not self.kind.is_change:
                self.source_view.setPlainText(progress.text)

    def _on_done(self, job: Job, edited: EditedText) -> None:
        if job is not self._job:
            return
        self._job, self._edited = None, edited
        if edited.kind.is_change:
            self._views.setCurrentWidget(self.diff)
            self.diff.show_pieces(edited.before, edited.pieces)
            self.diff.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.source_view.setPlainText(edited.text)
        self._show_controls()
        self._show_place()

    def _on_failed(self, job: Job, error: Exception) -> None:
        if job is self._job:
            self._job = None
            self.state.setText("")
            self.notice.show_error(error)
            self._show_controls()

    def _on_cancelled(self, job: Job) -> None:
        if job is self._job:
            self._job = None
            self._show_controls()

    @Slot()
    def _on_stop_clicked(self) -> None:
        self._stop()
        self.state.setText(tr("Stopped. The text is as it was."))
        self._show_controls()

    @Slot()
    def _on_accept_clicked(self) -> None:
        self.diff.decide(True)

    @Slot()
    def _on_reject_clicked(self) -> None:
        self.diff.decide(False)

    @Slot()
    def _on_copy_clicked(self) -> None:
        is_explained = self._edited is not None and not self._edited.kind.is_change
        text = self._edited.text if self._edited is not None and is_explained else self.diff.result
        QGuiApplication.clipboard().setText(text)

    @Slot()
    def _show_controls(self) -> None:
        """Show the buttons that do something now."""
        is_working, edited = self.is_working, self._edited
        is_diff = edited is not None and edited.kind.is_change and not is_working
        self.language_box.setVisible(self.kind is EditKind.TRANSLATE)
        self.start_button.setVisible(not is_working)
        self.start_button.setEnabled(bool(self._text.strip()))
        self.start_button.setText(tr("Start") if edited is None else tr("Again"))
        self.stop_button.setVisible(is_working)
        self.bar.setVisible(is_working)
        self.kind_box.setEnabled(not is_working)
        self.language_box.setEnabled(not is_working)
        has_open = is_diff and self.diff.num_decided < self.diff.num_changes
        for button in (self.accept_button, self.reject_button):
            button.setVisible(is_diff)
            button.setEnabled(self.diff.num_changes > 0)
        for button in (self.accept_all_button, self.reject_all_button):
            button.setVisible(is_diff)
            button.setEnabled(has_open)
        self.undo_button.setVisible(is_diff)
        self.undo_button.setEnabled(self.diff.can_undo)
        self.copy_button.setVisible(edited is not None and not is_working)
        self.take_button.setVisible(self._take is not None and (edited is None or edited.kind.is_change))
        self.take_button.setEnabled(is_diff and bool(self.diff.accepted))
        self._show_place()

    @Slot()
    def _show_place(self) -> None:
        """Say how many changes there are, and which one the keys are for."""
        edited = self._edited
        if edited is None or self.is_working:
            return
        said = [say_edited(edited)]
        piece = self.diff.current_piece
        if edited.kind.is_change and piece is not None:
            said = [self._say_current(), say_edited(edited)]
            num_open = self.diff.num_changes - self.diff.num_decided
            if num_open:
                said.append(trn("{n} is still open", "{n} are still open", num_open))
        self.state.setText(" · ".join(filter(None, said)))

    def _say_current(self) -> str:
        number = self.diff.current + 1
        place = tr("Change {0} of {1}").format(number, self.diff.num_changes)
        decision = self.diff.current_decision
        if decision is None:
            return place
        return tr("{0}, accepted").format(place) if decision else tr("{0}, rejected").format(place)
