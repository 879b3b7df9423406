"""“Split into files” and “Merge into one file”: for drives and sites that take no large files.

Non-modal, so that chat goes on; it can't be closed while it works, only stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.library.split_names import read_split_name
from lmstudio_lite.library.splitting import merged_name
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import choice_box, text_button, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.saying import say_size
from lmstudio_lite.words.translate import tr, trn

_WIDTH = 520
_STEPS = 1000
_SIZES_BYTES = (700_000_000, 2_000_000_000, 4_000_000_000, 10_000_000_000, 45_000_000_000)
_FIRST_BYTES = 4_000_000_000
"""Drives formatted as FAT32 take files below 4.29 GB."""


class PartsDialog(QDialog):
    """Splits the model at ``path``, or merges the parts that it is one of; ``made`` names the first file."""

    made = Signal(object)  # Path

    def __init__(self, theme: Theme, services: Services, bridge: Bridge, path: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self._services, self._bridge, self._path = services, bridge, path
        self._is_merging = read_split_name(path.name) is not None
        self._folder = services.paths.models
        self._job: Job | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Merge into one file") if self._is_merging else tr("Split into files"))
        self.title = ElidedLabel(self, role="heading", mode=Qt.TextElideMode.ElideMiddle)
        self.title.set_full_text(safe_line(path.name))
        sizes = [(tr("at most {0} a file").format(say_size(size)), size) for size in _SIZES_BYTES]
        self.size_box = choice_box(self, sizes, _FIRST_BYTES)
        self.size_box.setAccessibleName(tr("Size of a file"))
        self.folder_label = ElidedLabel(self, mode=Qt.TextElideMode.ElideMiddle)
        self.folder_button = text_button(tr("Folder…"), self)
        self.notice = Notice(theme, self)
        self.bar = QProgressBar(self)
        self.state = text_label("", self, role="small", wrap=True)
        self.start_button = text_button(
            tr("Merge") if self._is_merging else tr("Split"), self, role="primary"
        )
        self.stop_button = text_button(tr("Stop"), self)
        self.close_button = text_button(tr("Close"), self)
        self._build()
        self.resize(theme.scaled(_WIDTH), self.sizeHint().height())
        self._show_state()
        bridge.run(lambda _: services.model_parts.folder_for(path), on_done=self.choose_folder)

    def _build(self) -> None:
        what = (
            tr("Writes the model's parts as one file. The parts stay.")
            if self._is_merging
            else tr("Writes the model as several files that are loaded as one. The model's own file stays.")
        )
        self.size_box.setVisible(not self._is_merging)
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("How much is written"))
        place = QHBoxLayout()
        place.setSpacing(design.SPACE_8)
        place.addWidget(self.folder_label)
        place.addWidget(self.folder_button)
        place.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(design.SPACE_8)
        buttons.addWidget(self.state, 1)
        for button in (self.stop_button, self.start_button, self.close_button):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_24, design.SPACE_24, design.SPACE_24, design.SPACE_16)
        column.setSpacing(design.SPACE_12)
        column.addWidget(self.title)
        column.addWidget(text_label(what, self, wrap=True))
        column.addWidget(self.size_box)
        column.addLayout(place)
        column.addWidget(self.notice)
        column.addWidget(self.bar)
        column.addStretch(1)
        column.addLayout(buttons)
        self.folder_button.clicked.connect(self._on_folder_clicked)
        self.start_button.clicked.connect(self._on_start_clicked)
        self.stop_button.clicked.connect(self._on_stop_clicked)
        self.close_button.clicked.connect(self.close)

    def choose_folder(self, folder: Path) -> None:
        """Let the new files go into ``folder``."""
        self._folder = folder
        self.folder_label.set_full_text(safe_line(str(folder)))

    @Slot()
    def _on_folder_clicked(self) -> None:
        name = QFileDialog.getExistingDirectory(self, tr("Folder for the new files"), str(self._folder))
        if name:
            self.choose_folder(Path(name))

    @Slot()
    def _on_start_clicked(self) -> None:
        if self._job is not None:
            return
        self.notice.clear()
        self.bar.setValue(0)
        self._job = self._bridge.run(
            self._work(),
            on_done=self._on_made,
            on_failed=self._on_failed,
            on_progress=self._on_progress,
            on_cancelled=self._on_cancelled,
            lane="convert",
        )
        self._show_state()
        self.state.setText(tr("Starting"))
        self.stop_button.setFocus()

    def _work(self) -> Callable[[JobContext], list[Path]]:
        parts, path, folder = self._services.model_parts, self._path, self._folder
        size = int(self.size_box.currentData())

        def split(context: JobContext) -> list[Path]:
            return parts.split(
                path, folder, size, context.cancellation, lambda *written: context.report(written)
            )

        def merge(context: JobContext) -> list[Path]:
            target = folder / merged_name(path)
            return [parts.merge(path, target, context.cancellation, lambda *written: context.report(written))]

        return merge if self._is_merging else split

    def _on_progress(self, written: tuple[int, int]) -> None:
        done, total = written
        self.bar.setValue(_STEPS * done // max(total, 1))
        self.state.setText(tr("{0} of {1} written").format(say_size(done), say_size(total)))

    def _on_made(self, paths: list[Path]) -> None:
        self._job = None
        self._show_state()
        files = trn("{n} file", "{n} files", len(paths))
        self.notice.show_message(tr("Done: {0}").format(files), safe_line(paths[0].name))
        self.close_button.setFocus()
        self.made.emit(paths[0])

    def _on_failed(self, error: Exception) -> None:
        self._job = None
        self.notice.show_error(error)
        self._show_state()

    def _on_cancelled(self) -> None:
        self._job = None
        self._show_state()
        self.state.setText(tr("Stopped; no file was left."))

    @Slot()
    def _on_stop_clicked(self) -> None:
        if self._job is not None:
            self.stop_button.setEnabled(False)
            self.state.setText(tr("Stopping"))
            self._job.cancel()

    def _show_state(self) -> None:
        is_working = self._job is not None
        self.bar.setVisible(is_working)
        self.stop_button.setVisible(is_working)
        self.stop_button.setEnabled(is_working)
        self.start_button.setVisible(not is_working)
        self.close_button.setEnabled(not is_working)
        self.size_box.setEnabled(not is_working)
        self.folder_button.setEnabled(not is_working)
        if not is_working:
            self.state.setText("")

    def reject(self) -> None:
        """Close, unless it works: minutes of work are not given up with a key."""
        if self._job is not None:
            self.state.setText(tr("Stop it first, or leave this window open: you can go on meanwhile."))
            return
        super().reject()
