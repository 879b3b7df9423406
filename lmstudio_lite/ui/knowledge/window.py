"""The window of the folders that questions are answered from: what was read, and what could not be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QProgressBar,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.catalog import UseCase
from lmstudio_lite.domain.embedding import MeaningState
from lmstudio_lite.domain.knowledge import KnowledgeFolder, UnreadFile
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.drops import DropZone, install_drops
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.knowledge.folders_model import FoldersModel
from lmstudio_lite.ui.knowledge.updater import KnowledgeUpdater
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.remembering import remember
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.tokens import SPACE_8, SPACE_16
from lmstudio_lite.words.knowledge import say_comparing, say_progress
from lmstudio_lite.words.saying import say_size
from lmstudio_lite.words.translate import tr

_SIZE = (720, 460)
_LANE = "knowledge folders"

Read = tuple[list[KnowledgeFolder], dict[str, list[UnreadFile]], MeaningState, int]
"""The folders, their unread files, what compares meanings, and the bytes of the smallest model that does."""


class KnowledgeWindow(QWidget):
    """Non-modal. Files are never changed, nor is what is known of a drive that is pulled out forgotten."""

    folders_changed = Signal()
    meaning_models_wanted = Signal()

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        theme: Theme,
        updater: KnowledgeUpdater,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        set_role(self, "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("My folders"))
        self._services = services
        self._bridge = bridge
        self._updater = updater
        self.notice = Notice(theme, self)
        self.words = text_label(
            tr(
                "Add folders, and questions in a chat can be answered from the documents in them. They are"
                " read on this computer, and again when they change; nothing in them is ever written."
            ),
            self,
            role="muted",
            wrap=True,
        )
        self.model = FoldersModel(self)
        self.meaning_box = QCheckBox(tr("Compare meanings too"), self)
        self.meaning_box.setToolTip(tr("A question finds passages that say it in other words"))
        self.meaning_box.setChecked(services.settings.value.documents.compares_meanings)
        self.meaning_words = text_label("", self, role="small", wrap=True)
        self.get_button = text_button("", self)
        self.get_button.hide()
        self.tree = QTreeView(self)
        self.state = ElidedLabel(self, role="muted", mode=Qt.TextElideMode.ElideMiddle)
        self.bar = QProgressBar(self)
        self.add_button = text_button(tr("Add folder…"), self, role="primary")
        self.remove_button = text_button(tr("Remove"), self)
        self.update_button = text_button(tr("Look for changes"), self)
        self.pause_button = text_button(tr("Pause"), self)
        self._lay_out()
        self._connect()
        install_drops(
            self, lambda: [DropZone(tr("Drop to answer from a folder"), self.add)], lambda _text: None
        )
        self.resize(theme.scaled(_SIZE[0]), theme.scaled(_SIZE[1]))
        self._show_buttons()
        self.load()

    def show_now(self) -> None:
        """Come to the front with the newest figures."""
        self.load()
        self.show()
        self.raise_()
        self.activateWindow()

    @Slot()
    def load(self) -> None:
        """Read the figures again."""
        services = self._services
        knowledge, meanings, recommending = services.knowledge, services.meanings, services.recommending

        def read() -> Read:
            folders = knowledge.folders()
            unread = {each.id: knowledge.unread(each.id) for each in folders if each.num_failed}
            return folders, unread, meanings.state(), recommending.smallest_bytes(UseCase.EMBED)

        self._bridge.run(lambda context: read(), on_done=self._on_read, on_failed=self._on_failed, lane=_LANE)

    def add(self, paths: Sequence[Path]) -> None:
        """Add folders and begin to read them; a file stands for its folder."""
        knowledge = self._services.knowledge

        def add_all() -> None:
            for path in paths:
                knowledge.add(path if path.is_dir() or not path.exists() else path.parent)

        self._bridge.run(
            lambda context: add_all(),
            on_done=lambda _nothing: self._on_changed(),
            on_failed=self._on_failed,
            lane=_LANE,
        )

    def _lay_out(self) -> None:
        self.tree.setModel(self.model)
        self.tree.setHeaderHidden(True)
        self.tree.setAccessibleName(tr("Folders"))
        self.tree.setUniformRowHeights(True)
        self.tree.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.bar.setTextVisible(False)
        self.bar.hide()
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_8)
        for button in (self.add_button, self.remove_button, self.update_button, self.pause_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        column.setSpacing(SPACE_8)
        column.addWidget(self.notice)
        column.addWidget(self.words)
        column.addWidget(self.tree, 1)
        meaning = QHBoxLayout()
        meaning.setSpacing(SPACE_8)
        meaning.addWidget(self.meaning_box)
        meaning.addWidget(self.meaning_words, 1)
        meaning.addWidget(self.get_button)
        column.addLayout(meaning)
        column.addWidget(self.state)
        column.addWidget(self.bar)
        column.addLayout(buttons)

    def _connect(self) -> None:
        self.add_button.clicked.connect(self._on_add_clicked)
        self.remove_button.clicked.connect(self._on_remove_clicked)
        self.update_button.clicked.connect(self._updater.update)
        self.pause_button.clicked.connect(lambda: self._updater.set_paused(not self._updater.is_paused))
        self.tree.selectionModel().currentChanged.connect(lambda *_: self._show_buttons())
        self.meaning_box.clicked.connect(self._on_meaning_chosen)
        self.get_button.clicked.connect(self.meaning_models_wanted)
        self._updater.changed.connect(self._on_updater_changed)
        self._updater.failed.connect(self._on_failed)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Close), self).activated.connect(self.close)
        QShortcut(QKeySequence(Qt.Key.Key_Delete), self.tree).activated.connect(self._on_remove_clicked)

    @Slot(object)
    def _on_read(self, read: Read) -> None:
        folders, unread, meaning, smallest_bytes = read
        self.model.show(folders, unread)
        self.meaning_words.setText(say_comparing(meaning))
        self.get_button.setText(tr("Get one (from {0})").format(say_size(smallest_bytes)))
        self.get_button.setVisible(meaning.is_on and meaning.model is None)
        if not self.tree.currentIndex().isValid() and folders:
            self.tree.setCurrentIndex(self.model.index(0, 0))
        self._show_buttons()

    @Slot()
    def _on_updater_changed(self) -> None:
        self._show_state()
        if self.isVisible():
            self.load()

    def _show_state(self) -> None:
        progress = None if self._updater.is_paused else self._updater.progress
        self.bar.setVisible(progress is not None and progress.num_total > 0)
        if progress is not None:
            self.bar.setRange(0, max(1, progress.num_total))
            self.bar.setValue(progress.num_done)
            self.state.set_full_text(say_progress(progress))
        elif self._updater.is_paused:
            self.state.set_full_text(tr("Reading is paused."))
        else:
            self.state.set_full_text(tr("Looking for changes…") if self._updater.is_running else "")
        self.pause_button.setText(tr("Go on") if self._updater.is_paused else tr("Pause"))

    def _show_buttons(self) -> None:
        has_folders = self.model.rowCount() > 0
        self.remove_button.setEnabled(self.model.folder_at(self.tree.currentIndex()) is not None)
        self.update_button.setEnabled(has_folders)
        self.pause_button.setEnabled(has_folders)
        self._show_state()

    @Slot(bool)
    def _on_meaning_chosen(self, is_chosen: bool) -> None:
        remember(self._services.settings, "documents", compares_meanings=is_chosen)
        self._services.meanings.forget_failures()
        self.load()
        if is_chosen:
            self._updater.update()

    @Slot()
    def _on_add_clicked(self) -> None:
        dialog = QFileDialog(self, tr("Add a folder"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(lambda chosen: self.add([Path(path) for path in chosen]))
        dialog.open()

    @Slot()
    def _on_remove_clicked(self) -> None:
        """Take a folder out; “Undo” adds it again, and reads it again."""
        folder = self.model.folder_at(self.tree.currentIndex())
        if folder is None:
            return
        knowledge = self._services.knowledge

        def say() -> None:
            self._on_changed()
            self.notice.show_message(
                tr("“{0}” is no longer answered from.").format(safe_line(folder.path.name)),
                kind="info",
                button=tr("Undo"),
                on_button=lambda: self.add([folder.path]),
            )

        self._bridge.run(
            lambda context: knowledge.remove(folder.id),
            on_done=lambda _nothing: say(),
            on_failed=self._on_failed,
            lane=_LANE,
        )

    def _on_changed(self) -> None:
        self.notice.clear()
        self.load()
        self._updater.update()
        self.folders_changed.emit()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.notice.show_error(error)
