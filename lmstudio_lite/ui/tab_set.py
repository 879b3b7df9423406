"""The three tabs as one stack; Summarize and Translate are imported and built when first shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.tab import ChatTab
from lmstudio_lite.ui.tab import Tab
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

if TYPE_CHECKING:
    from lmstudio_lite.ui.summarize.tab import SummarizeTab
    from lmstudio_lite.ui.translate.tab import TranslateTab

CHAT, SUMMARIZE, TRANSLATE = range(3)


class TabSet(QStackedWidget):
    """Indices are ``CHAT``, ``SUMMARIZE`` and ``TRANSLATE``."""

    working_changed = Signal()
    tab_wanted = Signal(int)
    model_wanted = Signal()

    def __init__(self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._parts = (services, bridge, theme)
        self.titles = (tr("Chat"), tr("Summarize"), tr("Translate"))
        self.chat = ChatTab(services, bridge, theme, self)
        self._summarize: SummarizeTab | None = None
        self._translate: TranslateTab | None = None
        self.addWidget(self.chat)
        self.addWidget(QWidget(self))
        self.addWidget(QWidget(self))
        self.chat.working_changed.connect(self.working_changed)

    @property
    def current(self) -> Tab:
        """Return the tab on the screen."""
        return cast("Tab", self.currentWidget())

    @property
    def summarize(self) -> SummarizeTab:
        if self._summarize is None:
            from lmstudio_lite.ui.summarize.tab import SummarizeTab

            self._summarize = SummarizeTab(*self._parts, self)
            self._put(SUMMARIZE, self._summarize)
            self._summarize.working_changed.connect(self.working_changed)
            self._summarize.model_wanted.connect(self.model_wanted)
            self._summarize.question_wanted.connect(self.ask_about)
        return self._summarize

    @property
    def translate(self) -> TranslateTab:
        if self._translate is None:
            from lmstudio_lite.ui.translate.tab import TranslateTab

            self._translate = TranslateTab(*self._parts, self)
            self._put(TRANSLATE, self._translate)
            self._translate.working_changed.connect(self.working_changed)
            self._translate.model_wanted.connect(self.model_wanted)
        return self._translate

    def show_tab(self, number: int) -> None:
        """Bring a tab to the front, building it if this is the first time."""
        self.setCurrentWidget((lambda: self.chat, lambda: self.summarize, lambda: self.translate)[number]())

    def flush_drafts(self) -> None:
        """Write what was typed and is not on the disk yet: the program ends."""
        for tab in (self.chat, self._summarize, self._translate):
            if tab is not None:
                tab.flush_drafts()

    def open_documents(self, paths: Sequence[Path]) -> None:
        """Show Summarize and begin with ``paths``."""
        self.tab_wanted.emit(SUMMARIZE)
        self.summarize.summarize_paths(list(paths))

    def translate_documents(self, paths: Sequence[Path]) -> None:
        """Show Translate and begin with ``paths``."""
        self.tab_wanted.emit(TRANSLATE)
        self.translate.load_paths(list(paths))

    def take_text(self, text: str) -> None:
        """Give dropped text to the tab on the screen: into the composer, or to be worked on."""
        match self.currentIndex():
            case 1:
                self.summarize.summarize_text(text)
            case 2:
                self.translate.load_text(text)
            case _:
                self.chat.add_to_draft(text)

    @Slot(object)
    def ask_about(self, document: Document) -> None:
        """Show Chat with a new conversation about ``document``."""
        self.tab_wanted.emit(CHAT)
        self.chat.ask_about(document)

    def _put(self, number: int, tab: QWidget) -> None:
        place_holder = self.widget(number)
        self.insertWidget(number, tab)
        if place_holder is not None:
            self.removeWidget(place_holder)
            place_holder.deleteLater()
