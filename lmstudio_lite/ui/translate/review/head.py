"""Above everything: which file, into which language, how far it is, and the way to stop it or to export."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMenu, QProgressBar, QVBoxLayout, QWidget

from lmstudio_lite.domain.file_translations import FileJob, FileJobState
from lmstudio_lite.domain.units import BilingualLayout
from lmstudio_lite.ui.controls import IconButton, text_button, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import SPACE_8
from lmstudio_lite.words.languages import say_language
from lmstudio_lite.words.reviews import say_job
from lmstudio_lite.words.translate import tr

EXPORT_KEYS = QKeySequence("Ctrl+S")


class ReviewHead(QWidget):
    """Draws a job; asks for what its buttons say."""

    pause_requested = Signal()
    resume_requested = Signal()
    stop_requested = Signal()
    export_requested = Signal(object)  # BilingualLayout

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.title = ElidedLabel(self, role="heading", mode=Qt.TextElideMode.ElideMiddle)
        self.languages = text_label("", self, role="muted")
        self.state = ElidedLabel(self, role="small", fewest_characters=24)
        self.pause_button = IconButton(theme, "pause", tr("Pause"), self)
        self.resume_button = text_button(tr("Continue"), self)
        self.stop_button = text_button(tr("Stop"), self)
        self.stop_button.setToolTip(tr("Stop and keep what is done (Esc)"))
        self.export_button = text_button(tr("Export"), self, role="primary")
        self.export_button.setToolTip(tr("Write the translated file ({0})").format(EXPORT_KEYS.toString()))
        self.layout_button = IconButton(theme, "chevron-down", tr("Other ways to export"), self)
        self._menu = QMenu(self)
        for layout, words in (
            (BilingualLayout.NONE, tr("The translation")),
            (BilingualLayout.BELOW, tr("Each source with its translation below")),
            (BilingualLayout.BESIDE, tr("Source and translation in two columns")),
        ):
            action = self._menu.addAction(words)
            action.triggered.connect(lambda _checked=False, wanted=layout: self.export_requested.emit(wanted))
        self.layout_button.setMenu(self._menu)
        self.layout_button.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Segments that are translated"))
        policy = self.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(policy)
        self._lay_out()
        self.pause_button.clicked.connect(self.pause_requested)
        self.resume_button.clicked.connect(self.resume_requested)
        self.stop_button.clicked.connect(self.stop_requested)
        self.export_button.clicked.connect(lambda: self.export_requested.emit(BilingualLayout.NONE))

    def show_file(self, name: str, source: str, target: str) -> None:
        """Name the file and its languages; ``source`` "" is not known yet."""
        self.title.set_full_text(name)
        if source:
            words = tr("{0} → {1}").format(say_language(source), say_language(target))
        else:
            words = tr("into {0}").format(say_language(target))
        self.languages.setText(words)

    def show_job(self, job: FileJob | None, waiting: str = "") -> None:
        """Say how far it is; None for a file that is not in the queue any more. ``waiting``: for what."""
        state = job.state if job is not None else FileJobState.DONE
        is_running = state in (FileJobState.RUNNING, FileJobState.QUEUED)
        self.state.set_full_text(waiting or (say_job(job) if job is not None else ""))
        self.pause_button.setVisible(is_running)
        self.stop_button.setVisible(state is FileJobState.RUNNING)
        self.resume_button.setVisible(state in (FileJobState.PAUSED, FileJobState.FAILED))
        is_begun = job is not None and job.num_done > 0
        self.resume_button.setText(tr("Continue") if is_begun else tr("Try again"))
        self.bar.setVisible(state is FileJobState.RUNNING)
        if job is not None and job.num_total:
            self.bar.setRange(0, job.num_total)
            self.bar.setValue(job.num_done)
        else:
            self.bar.setRange(0, 0)

    def show_exportable(self, is_exportable: bool) -> None:
        """Offer to write the file once there is something to write."""
        self.export_button.setEnabled(is_exportable)
        self.layout_button.setEnabled(is_exportable)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACE_8)
        row.addWidget(self.title)
        row.addWidget(self.languages)
        row.addStretch(1)
        row.addWidget(self.pause_button)
        row.addWidget(self.stop_button)
        row.addWidget(self.resume_button)
        row.addWidget(self.export_button)
        row.addWidget(self.layout_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_8)
        layout.addLayout(row)
        progress = QHBoxLayout()
        progress.setSpacing(SPACE_8)
        progress.addWidget(self.bar, 1)
        progress.addWidget(self.state)
        layout.addLayout(progress)
