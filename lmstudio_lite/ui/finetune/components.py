"""Where the training components are missing: what that means, and how they come here, if the user says so."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.training_tools import DOWNLOAD_BYTES, INSTALLED_BYTES, InstallProgress
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words import say_size
from lmstudio_lite.words.translate import tr


class ComponentsBox(QFrame):
    """Hidden where nothing is missing. Nothing is fetched before the button is pressed."""

    installed = Signal()

    def __init__(self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "notice-warning")
        self._tools = services.training_tools
        self._bridge = bridge
        self._job: Job | None = None
        self._what = text_label(
            tr("The training components are not here yet."), self, role="heading", wrap=True
        )
        self._about = text_label("", self, wrap=True)
        self.add_button = text_button(tr("Add them"), self, role="primary")
        self.cancel_button = text_button(tr("Cancel"), self)
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("Fetching the training components"))
        self._doing = text_label("", self, role="small")
        self.notice = Notice(theme, self)
        buttons = QHBoxLayout()
        buttons.setSpacing(design.SPACE_8)
        buttons.addWidget(self.add_button)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self._doing)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_16, design.SPACE_12, design.SPACE_16, design.SPACE_12)
        column.setSpacing(design.SPACE_8)
        for widget in (self._what, self._about, self._bar):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addWidget(self.notice)
        self.add_button.clicked.connect(self._on_add_clicked)
        self.cancel_button.clicked.connect(self._on_cancel_clicked)
        self.refresh()

    @property
    def is_missing(self) -> bool:
        return not self._tools.are_there

    def refresh(self) -> None:
        """Look again whether they are there."""
        self.setVisible(self.is_missing)
        can_install = self._tools.can_install
        size, room = say_size(DOWNLOAD_BYTES), say_size(INSTALLED_BYTES)
        self._about.setText(
            tr(
                "PyTorch and three libraries do the training. Fetching them takes up to {0} from the "
                "network and {1} in this program's own folder; nothing of yours is sent. Everything else "
                "works without them."
            ).format(size, room)
            if can_install
            else tr(
                "This copy of the program can't add them, for it carries its own Python. Install the "
                "program with pip as “lmstudio-lite[finetune]” to train; models that were trained there "
                "work here too."
            )
        )
        self.add_button.setVisible(can_install and self._job is None)
        self.cancel_button.setVisible(self._job is not None)
        self._bar.setVisible(self._job is not None)
        self._doing.setVisible(self._job is not None)

    @Slot()
    def _on_add_clicked(self) -> None:
        self.notice.clear()
        self._bar.setValue(0)
        self._doing.setText(tr("Looking what is needed"))

        def work(context: JobContext) -> None:
            self._tools.install(context.report, context.cancellation)

        self._job = self._bridge.run(
            work,
            on_done=self._on_done,
            on_failed=self._on_failed,
            on_progress=self._on_progress,
            on_cancelled=self._on_ended,
        )
        self.refresh()

    @Slot()
    def _on_cancel_clicked(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _on_progress(self, progress: InstallProgress) -> None:
        self._bar.setValue(round(progress.fraction * 1000))
        self._doing.setText(tr("Fetching {0}").format(progress.what) if progress.what else tr("Unpacking"))

    def _on_done(self, _result: object) -> None:
        self._on_ended()
        self.installed.emit()

    def _on_failed(self, error: Exception) -> None:
        self._on_ended()
        self.notice.show_error(error)

    def _on_ended(self) -> None:
        self._job = None
        self.refresh()
