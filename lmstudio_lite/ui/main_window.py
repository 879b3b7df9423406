"""The one window: top bar, the tab's list, the tab, status line. It wires; the parts do the work.

The Summarize and Translate tabs are built when they are first shown, so that the window appears sooner.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, QUrl, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QKeyEvent,
    QKeySequence,
    QMoveEvent,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QMainWindow, QSplitter, QVBoxLayout, QWidget

from lmstudio_lite.app.history import EntryKind
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.catalog import UseCase
from lmstudio_lite.domain.control import ConversationControl
from lmstudio_lite.ui.adapter_chip import adapter_chip
from lmstudio_lite.ui.appearance import Appearance
from lmstudio_lite.ui.ask_with import AskWithModel
from lmstudio_lite.ui.batch.opener import BatchOpener
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.tab import ChatTab
from lmstudio_lite.ui.chat.temporary import KEYS as TEMPORARY_KEYS
from lmstudio_lite.ui.compare.opener import CompareOpener
from lmstudio_lite.ui.drafts import DraftKeeper
from lmstudio_lite.ui.drops import install_drops
from lmstudio_lite.ui.file_sorting import FileSorting
from lmstudio_lite.ui.finetune.opener import FinetuneOpener
from lmstudio_lite.ui.history_panel import HistoryPanel
from lmstudio_lite.ui.knowledge.opener import KnowledgeOpener
from lmstudio_lite.ui.leaving import LeaveQuestion
from lmstudio_lite.ui.main_menu import MainMenu
from lmstudio_lite.ui.model_control import ModelControl
from lmstudio_lite.ui.model_notice import ModelNotice
from lmstudio_lite.ui.model_picker import ModelPicker, ask_for_model
from lmstudio_lite.ui.model_switch import choose_model
from lmstudio_lite.ui.models.fetched_notice import FetchedNotice
from lmstudio_lite.ui.models.offer_card import FirstRunCard
from lmstudio_lite.ui.models.opener import ModelsOpener
from lmstudio_lite.ui.models.page import Page
from lmstudio_lite.ui.notice_strip import NoticeStrip
from lmstudio_lite.ui.palette.commands import Command
from lmstudio_lite.ui.palette.opener import PaletteOpener
from lmstudio_lite.ui.saving import TextSaver, file_name_for
from lmstudio_lite.ui.settings_dialog import SettingsDialog
from lmstudio_lite.ui.status_line import StatusLine
from lmstudio_lite.ui.tab_set import CHAT, SUMMARIZE, TRANSLATE, TabSet
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.top_bar import TopBar
from lmstudio_lite.ui.wheel_guard import WheelGuard
from lmstudio_lite.ui.window_place import HEIGHT_MIN, WIDTH_MIN, WindowPlace
from lmstudio_lite.ui.write.opener import WritingOpener
from lmstudio_lite.unsaved import Place
from lmstudio_lite.words.translate import tr

log = logging.getLogger(__name__)


class MainWindow(QMainWindow):
    """Owns the widgets; the services and the bridge belong to ``app``."""

    def __init__(self, services: Services, bridge: Bridge, theme: Theme) -> None:
        super().__init__()
        self._services = services
        self._theme = theme
        self._bridge = bridge
        self.setWindowTitle("LM Studio Lite")
        WheelGuard(self)
        self.setMinimumSize(WIDTH_MIN, HEIGHT_MIN)
        self._build_parts()
        self._build_openers()
        self._build_menu()
        self._lay_out()
        self._connect()
        self._add_shortcuts()
        self._restore()

    def _build_parts(self) -> None:
        """Make what the window shows."""
        services, bridge, theme = self._services, self._bridge, self._theme
        self.control = ModelControl(services, bridge, self)
        self.tabs = TabSet(services, bridge, theme, self)
        self.top_bar = TopBar(theme, self.control, self.tabs.titles, self)
        self.history = HistoryPanel(theme, self)
        self.model_notice = ModelNotice(theme, self.control, self)
        self.saving_strip = NoticeStrip(theme, self)
        self._saver = TextSaver(bridge, self.saving_strip.notice, self)
        self._keeper = DraftKeeper(services, bridge, Place.CHAT, self)
        self.leaving = LeaveQuestion(services.unsaved, bridge, self.saving_strip.notice, self.close, self)
        self.status = StatusLine(self.control, self.tabs.chat.figures, self)
        self.picker = ModelPicker(theme, self.control, services.paths.models, self)
        self.appearance = Appearance(theme, services.settings)

    def _build_openers(self) -> None:
        """Make what opens the other windows, which are built when they are first asked for."""
        services, bridge, theme = self._services, self._bridge, self._theme
        self.settings_dialog: SettingsDialog | None = None
        self.finetuning = FinetuneOpener(services, bridge, theme, self.control, self)
        self.comparing = CompareOpener(services, bridge, theme, self.tabs.chat.thread_view, self)
        self.writing = WritingOpener(services, bridge, theme, self)
        self.models = ModelsOpener(services, bridge, theme, self.control, self)
        self.knowledge = KnowledgeOpener(services, bridge, theme, self)
        self.batch = BatchOpener(services, bridge, theme, self)
        self.files = FileSorting(self.tabs, self.control, self.batch)
        self.fetched_notice = FetchedNotice(services, bridge, theme, self)
        self.first_run_card = FirstRunCard(services, bridge, theme, self)
        for chip in (self.finetuning.chip, self.models.chip, adapter_chip(self.control, self)):
            self.top_bar.add_chip(chip)

    def _build_menu(self) -> None:
        """Make the menu, and the palette that offers its entries by their names."""
        self._menu = MainMenu(
            self._theme,
            on_theme=self.appearance.choose_theme,
            on_text_size=self.appearance.scale_text,
            on_settings=self.show_settings,
            on_models=self.models.show_window,
            on_add_model=lambda: ask_for_model(self, self.control),
            on_finetune=self.show_finetune,
            on_compare=self.comparing.show_window,
            on_write=self.writing.show_compose,
            on_prompts=self.writing.show_library,
            on_folders=self.knowledge.show_window,
            on_batch=self.batch.show_window,
            on_data_folder=self._open_data_folder,
            on_quit=self.close,
            on_unsure_words=self.chat.certainty.toggle,
            marks_unsure_words=lambda: self.chat.certainty.is_shown,
            parent=self,
        )
        self.top_bar.menu_button.setMenu(self._menu)
        own = [
            (tr("Something new"), self._on_new_requested, "Ctrl+N"),
            (tr("Temporary chat"), self.begin_temporary, "Ctrl+Shift+N"),
            (tr("Choose a model"), self.show_picker, "Ctrl+M"),
            (tr("Show or hide the list"), self.toggle_history, "Ctrl+B"),
            (tr("Next unsure word"), self.chat.certainty.show_next, "F8"),
            *self.chat.files.commands(lambda: self.chat.work.conversation_id),
        ]
        self.palette_opener = PaletteOpener(
            *(self._services, self._bridge, self._theme, self.control, self._menu, self.top_bar.tabs, own),
            self._open_entry,
            self,
            self._offer_more,
        )

    @property
    def chat(self) -> ChatTab:
        return self.tabs.chat

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Use a model, open conversations, summarize documents; from a start, a drop or a second start."""
        self.files.open_paths(paths)

    def raise_now(self) -> None:
        """Come to the front, from behind other windows or minimized."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    @Slot()
    def show_picker(self) -> None:
        self.picker.show_below(self.top_bar.pill)

    @Slot()
    def show_settings(self) -> None:
        """Open the settings; they take effect when they are saved."""
        dialog = SettingsDialog(self._services, self._bridge, self._theme, self._keeper, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.settings_dialog = dialog
        before = self._services.settings.value

        def apply() -> None:
            value = self._services.settings.value
            self.appearance.apply()
            is_other_patience = value.engine.unload_after_minutes != before.engine.unload_after_minutes
            if value.model.context_size != before.model.context_size or is_other_patience:
                self.control.load(self.control.path)

        dialog.accepted.connect(apply)
        dialog.open()

    @Slot()
    def begin_temporary(self) -> None:
        """Show a chat of which nothing is kept."""
        self.top_bar.tabs.setCurrentIndex(CHAT)
        self.chat.temporary.begin()
        self.chat.composer.setFocus(Qt.FocusReason.OtherFocusReason)

    def _leave_temporary(self) -> None:
        """Go on with closing the window: what was asked is decided."""
        self.chat.work.open("")
        QTimer.singleShot(0, self, self.close)

    @Slot()
    def show_finetune(self) -> None:
        """Open the Fine-tune window, or bring it to the front."""
        self.finetuning.show_window()

    @Slot()
    def show_model_details(self) -> None:
        """Show how the model runs and what can be decided about it."""
        if self.control.path is not None:
            self.models.show_model(self.control.path)
        else:
            self.models.show_window(Page.LIBRARY)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the window's place; what still runs is stopped and saved by ``app``.

        The window stays while texts would be lost that could not be saved, until the user decides.
        """
        if not self.chat.temporary.may_leave:
            event.ignore()
            self.chat.temporary.ask(self._leave_temporary)
            return
        self.tabs.flush_drafts()
        self._keeper.flush()
        self.writing.flush()
        if not self.leaving.may_leave:
            event.ignore()
            self.leaving.ask()
            return
        self.place.save()
        self.finetuning.close_window()
        self.models.close_window()
        self.writing.close_windows()
        self.knowledge.close_window()
        self.batch.close_window()
        self.comparing.close_window()
        super().closeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc stops what the tab does."""
        if event.key() == Qt.Key.Key_Escape and self.tabs.current.is_working:
            self.tabs.current.stop()
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.WindowStateChange:
            self.place.note()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.place.note()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self.place.note()

    def _lay_out(self) -> None:
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        settings = self._services.settings
        self.place = WindowPlace(self, self._splitter, self.history, self.tabs, settings)
        content = QWidget(self)
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self.model_notice)
        inner.addWidget(self.saving_strip)
        inner.addWidget(self.fetched_notice)
        inner.addWidget(self.tabs, 1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(1)
        self._splitter.addWidget(self.history)
        self._splitter.addWidget(content)
        self._splitter.setStretchFactor(0, 0)
        self._splitter.setStretchFactor(1, 1)
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top_bar)
        column.addWidget(self._splitter, 1)
        column.addWidget(self.status)
        self.setCentralWidget(page)
        install_drops(self, self.files.drop_zones, self.tabs.take_text)
        self.chat.empty_state.add_card(self.first_run_card)
        self.first_run_card.show_if_wanted()

    def _connect(self) -> None:
        self.top_bar.tab_chosen.connect(self._on_tab_chosen)
        self.top_bar.stop_requested.connect(self._on_stop_requested)
        self.top_bar.history_button.clicked.connect(self.toggle_history)
        self.top_bar.pill.clicked.connect(self.show_picker)
        self.history.item_chosen.connect(self._on_item_chosen)
        self.history.typed.connect(self._on_history_typed)
        self.history.new_requested.connect(self._on_new_requested)
        self.history.exported.connect(self._on_exported)
        self.chat.files.serve(self.history)
        self.chat.message_actions.model_wanted.connect(AskWithModel(self.control, self.chat.work, self).ask)
        self.chat.files.conversation_wanted.connect(lambda found: self._open_entry(EntryKind.CHAT, found))
        self.tabs.working_changed.connect(self._on_working_changed)
        self.tabs.tab_wanted.connect(self.top_bar.tabs.setCurrentIndex)
        self.tabs.model_wanted.connect(self.show_picker)
        self.batch.model_wanted.connect(self.show_picker)
        self.comparing.models_wanted.connect(self.models.show_window)
        self.model_notice.model_wanted.connect(self.show_picker)
        self.model_notice.details_wanted.connect(self.show_model_details)
        self.knowledge.folders_changed.connect(self.chat.knowledge.refresh)
        self.knowledge.meaning_models_wanted.connect(lambda: self.models.show_offers(UseCase.EMBED))
        self.models.fetching_changed.connect(self.status.show_fetching)
        self.status.context_requested.connect(lambda: self.chat.control.show_context(self.status.context))
        self.chat.control.model_wanted.connect(self._on_model_offered)
        self.finetuning.chat_wanted.connect(self._on_chat_wanted)
        self.writing.chat_wanted.connect(self._on_text_for_chat)
        self.writing.role_wanted.connect(self._on_role_wanted)
        self.chat.slash_menu.compose_wanted.connect(self.writing.show_compose)
        self.chat.slash_menu.library_wanted.connect(self.writing.show_library)
        self.picker.details_requested.connect(self.show_model_details)
        self.picker.all_requested.connect(self.models.show_window)
        self.picker.offers_requested.connect(lambda: self.models.show_window(Page.OFFERS))
        self.first_run_card.use_requested.connect(self._on_model_offered)
        self.fetched_notice.use_requested.connect(self._on_model_offered)

    @Slot(str)
    def _on_text_for_chat(self, text: str) -> None:
        """Put a composed text into the message."""
        self._go_to_chat()
        self.chat.add_to_draft(text)

    @Slot(object, str)
    def _on_role_wanted(self, control: ConversationControl, opening: str) -> None:
        """Begin a conversation in which the model plays a part."""
        self._go_to_chat()
        self.chat.begin_role(control, opening)

    def _go_to_chat(self) -> None:
        self.top_bar.tabs.setCurrentIndex(CHAT)
        self.raise_now()

    def _open_entry(self, kind: EntryKind, entry_id: str) -> None:
        tab = {EntryKind.CHAT: CHAT, EntryKind.SUMMARY: SUMMARIZE, EntryKind.TRANSLATION: TRANSLATE}[kind]
        self.top_bar.tabs.setCurrentIndex(tab)
        self.tabs.current.open_history_item(entry_id)

    def _offer_more(self, add: Callable[[Sequence[Command]], None]) -> None:
        """Offer in the palette what depends on the tab and on what is kept."""
        if self.tabs.currentIndex() == CHAT:
            self.chat.message_actions.offer(add)
            self.history.folders.offer(add)
            self.chat.control.offer(add)

    def _add_shortcuts(self) -> None:
        for keys, callback in (
            (QKeySequence(QKeySequence.StandardKey.New), self._on_new_requested),
            (TEMPORARY_KEYS, self.begin_temporary),
            (QKeySequence("Ctrl+L"), self._on_search_requested),
            (QKeySequence("Ctrl+B"), self.toggle_history),
            (QKeySequence("Ctrl+M"), self.show_picker),
            (QKeySequence(QKeySequence.StandardKey.Undo), self.history.undo),
        ):
            QShortcut(keys, self).activated.connect(callback)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self._on_find_requested)
        find.activatedAmbiguously.connect(self._on_find_requested)  # a tab has such keys for itself

    def _restore(self) -> None:
        number = self.place.restore()
        self.top_bar.tabs.setCurrentIndex(number)
        self._on_tab_chosen(number)
        self.chat.composer.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open_data_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._services.paths.data)))

    @Slot()
    def toggle_history(self) -> None:
        """Collapse the list, or show it again at its width."""
        self.history.setVisible(self.history.isHidden())
        self.place.note()

    @Slot(int)
    def _on_tab_chosen(self, number: int) -> None:
        self.tabs.show_tab(number)
        self.status.show_chat(number == CHAT)
        self.history.set_model(self.tabs.current.history_model)
        self._on_working_changed()
        self.place.note()

    @Slot()
    def _on_working_changed(self) -> None:
        self.top_bar.set_working(self.tabs.current.is_working)

    @Slot()
    def _on_stop_requested(self) -> None:
        self.tabs.current.stop()

    @Slot(str)
    def _on_item_chosen(self, item_id: str) -> None:
        self.tabs.current.open_history_item(item_id)

    @Slot(str, str)
    def _on_exported(self, title: str, text: str) -> None:
        """Ask where to save a damaged item as it is stored."""
        name = file_name_for(title, ".json")
        self._saver.ask(tr("Export what is stored"), name, [tr("JSON (*.json)")], lambda _path: lambda: text)

    @Slot(str)
    def _on_history_typed(self, text: str) -> None:
        """What is typed while the list has the focus is meant for the conversation that was chosen there."""
        if self.tabs.currentIndex() == CHAT:
            self.chat.write(text)

    @Slot()
    def _on_new_requested(self) -> None:
        self.tabs.current.start_new()

    @Slot()
    def _on_chat_wanted(self) -> None:
        self.top_bar.tabs.setCurrentIndex(CHAT)
        self.tabs.current.start_new()
        self.raise_now()

    @Slot()
    def _on_find_requested(self) -> None:
        if not self.tabs.current.begin_find():
            self._on_search_requested()

    @Slot()
    def _on_search_requested(self) -> None:
        self.history.show()
        self.history.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.history.search.selectAll()

    @Slot(object)
    def _on_model_offered(self, path: Path) -> None:
        choose_model(path, self.control, self)
