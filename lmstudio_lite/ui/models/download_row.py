"""One download in the list: its name, its bar, what goes on, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from lmstudio_lite.domain.downloads import FetchProgress, FetchState
from lmstudio_lite.errors import error_from_code
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import IconButton, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words import explain
from lmstudio_lite.words.downloads import say_notice, say_progress
from lmstudio_lite.words.saying import begin_sentence
from lmstudio_lite.words.translate import tr

_STEPS = 1000


class DownloadRow(QFrame):
    """Shows what ``put`` is given. Each button says what is wanted; the page does it."""

    pause_wanted = Signal(str)
    resume_wanted = Signal(str)
    cancel_wanted = Signal(str)
    move_wanted = Signal(str, int)

    def __init__(self, theme: Theme, order_id: str, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "card")
        self._order_id = order_id
        self._is_resting = False
        self.title = ElidedLabel(self, role="heading")
        self.state = text_label("", self, role="small", wrap=True)
        self.notice = text_label("", self, role="warning", wrap=True)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.run_button = IconButton(theme, "pause", tr("Pause"), self)
        self.up_button = IconButton(theme, "chevron-up", tr("Move up"), self)
        self.down_button = IconButton(theme, "chevron-down", tr("Move down"), self)
        self.remove_button = IconButton(theme, "close", tr("Cancel"), self)
        head = QHBoxLayout()
        head.setSpacing(design.SPACE_4)
        head.addWidget(self.title)
        head.addStretch(1)
        for button in (self.run_button, self.up_button, self.down_button, self.remove_button):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_12, design.SPACE_8, design.SPACE_8, design.SPACE_12)
        column.setSpacing(design.SPACE_4)
        column.addLayout(head)
        column.addWidget(self.bar)
        column.addWidget(self.state)
        column.addWidget(self.notice)
        self.run_button.clicked.connect(self._on_run_clicked)
        self.up_button.clicked.connect(lambda: self.move_wanted.emit(self._order_id, -1))
        self.down_button.clicked.connect(lambda: self.move_wanted.emit(self._order_id, 1))
        self.remove_button.clicked.connect(lambda: self.cancel_wanted.emit(self._order_id))

    def put(self, progress: FetchProgress, *, is_first: bool, is_last: bool) -> None:
        """Show how far it is."""
        title, state = progress.order.title, progress.state
        if self.title.full_text != title:
            self.title.set_full_text(title)
            self.bar.setAccessibleName(title)
        self._is_resting = state in (FetchState.PAUSED, FetchState.FAILED)
        is_done = state is FetchState.DONE
        self._show_bar(progress)
        words = begin_sentence(say_progress(progress))
        if state is FetchState.FAILED and progress.failure is not None:
            failure = progress.failure
            words = f"{words} {explain(error_from_code(failure.code, failure.details)).remedy}"
        if self.state.text() != words:
            self.state.setText(words)
            set_role(self.state, "danger" if state is FetchState.FAILED else "small")
        self.notice.setText(say_notice(progress.notice))
        self.notice.setVisible(bool(self.notice.text()) and not is_done)
        self.run_button.setVisible(not is_done)
        self.run_button.set_icon("play" if self._is_resting else "pause")
        again = tr("Try again") if state is FetchState.FAILED else tr("Go on")
        self.run_button.set_name(again if self._is_resting else tr("Pause"))
        self.remove_button.set_name(
            tr("Take off the list; the file stays") if is_done else tr("Cancel and delete what came")
        )
        self.up_button.setEnabled(not is_first)
        self.down_button.setEnabled(not is_last)

    def _show_bar(self, progress: FetchProgress) -> None:
        self.bar.setVisible(progress.state is not FetchState.DONE)
        if progress.size_bytes:
            self.bar.setRange(0, _STEPS)
            self.bar.setValue(_STEPS * progress.received_bytes // progress.size_bytes)
        elif progress.state is FetchState.FETCHING:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, _STEPS)
            self.bar.setValue(0)

    @Slot()
    def _on_run_clicked(self) -> None:
        (self.resume_wanted if self._is_resting else self.pause_wanted).emit(self._order_id)

    def focus_first(self) -> None:
        """Put the keyboard where the next thing to do is."""
        button = self.run_button if self.run_button.isVisible() else self.remove_button
        button.setFocus(Qt.FocusReason.OtherFocusReason)
