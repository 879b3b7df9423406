"""The line above a document: its name, its figures and what can be done with its summary."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from lmstudio_lite.app.summaries import Done
from lmstudio_lite.ui.controls import IconButton, text_button
from lmstudio_lite.ui.drag_out import DragButton, DraggedFile
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.summarize.items import Paused, Stopped, SummaryItem
from lmstudio_lite.ui.summarize.refine_menu import RefineMenu
from lmstudio_lite.ui.summarize.version_button import VersionButton
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.tokens import SPACE_8, SPACE_12, SPACE_16
from lmstudio_lite.words.summaries import say_extent
from lmstudio_lite.words.translate import tr


class DocumentHead(QWidget):
    """Shows what makes sense for an item's state; who shows it connects the buttons."""

    version_chosen = Signal(int)  # place among the item's versions

    def __init__(self, theme: Theme, make_file: Callable[[], DraggedFile | None], parent: QWidget) -> None:
        """``make_file`` gives what is dragged out."""
        super().__init__(parent)
        self.title = ElidedLabel(self, role="heading", mode=Qt.TextElideMode.ElideMiddle, fewest_characters=8)
        self.extent = ElidedLabel(self, role="muted", fewest_characters=3)
        self.figures = ElidedLabel(self, role="muted", fewest_characters=6)
        self.version_button = VersionButton(self)
        self.version_button.version_chosen.connect(self.version_chosen)
        self.copy_button = IconButton(theme, "copy", tr("Copy the summary"), self)
        self.drag_button = DragButton(theme, tr("Drag the summary out as a file"), make_file, self)
        self.save_button = IconButton(theme, "save", tr("Save the summary…"), self)
        save_menu = QMenu(self)
        self.save_action = save_menu.addAction(tr("Save…"))
        self.references_action = save_menu.addAction(tr("With the passages behind each sentence"))
        self.references_action.setCheckable(True)
        self.refine_button = IconButton(theme, "edit", tr("Change the summary"), self)
        self.refine_menu = RefineMenu(self)
        for button, menu in ((self.save_button, save_menu), (self.refine_button, self.refine_menu)):
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            button.setMenu(menu)
        self.again_button = text_button(tr("Summarize again"), self)
        self.pause_button = text_button(tr("Pause"), self)
        self.pause_button.setToolTip(tr("Hold this and what waits behind it; nothing is read twice"))
        self.stop_button = text_button(tr("Stop"), self)
        self.stop_button.setToolTip(tr("Stop and keep what is done (Esc)"))
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_16, SPACE_12, SPACE_12, SPACE_8)
        row.setSpacing(SPACE_8)
        row.addWidget(self.title)
        row.addWidget(self.extent)
        row.addStretch(1)
        row.addWidget(self.figures)
        for widget in (
            self.version_button,
            self.refine_button,
            self.copy_button,
            self.drag_button,
            self.save_button,
            self.again_button,
            self.pause_button,
            self.stop_button,
        ):
            row.addWidget(widget)

    def show_item(self, item: SummaryItem) -> None:
        """Name the document and offer what its state allows."""
        self.title.set_full_text(item.title)
        self.extent.set_full_text(say_extent(item.document) if item.document else "")
        is_done = isinstance(item.state, Done)
        self.version_button.show_versions(item)
        self.pause_button.setVisible(item.is_running)
        self.stop_button.setVisible(item.is_running or isinstance(item.state, Paused))
        for button in (self.copy_button, self.drag_button, self.save_button):
            button.setVisible(item.shown is not None)
        self.refine_button.setVisible(is_done and item.document is not None)
        has_encoding = item.document is not None and item.path is not None and bool(item.document.encoding)
        self.refine_menu.encoding.setVisible(has_encoding)
        self.again_button.setVisible(item.can_run_again)
        is_stopped = isinstance(item.state, Stopped | Paused) or (
            isinstance(item.state, Done) and item.state.facts.is_stopped
        )
        self.again_button.setText(tr("Continue") if is_stopped else tr("Summarize again"))
        set_role(self.figures, "muted")
