"""The Models window: what suits this computer, what is here, what can be fetched, and what was.

Non-modal; closing it stops nothing. Pages are built, and their modules imported, when they are first shown.
A page is added by one line in ``_NAMES`` and one case in ``_make``.
"""

from __future__ import annotations

import functools
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.drops import DropZone, install_drops
from lmstudio_lite.ui.model_control import ModelControl
from lmstudio_lite.ui.model_switch import choose_model
from lmstudio_lite.ui.models.page import ModelsPage, Page, PageRail
from lmstudio_lite.ui.remembering import remember
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.translate import mark, tr

WIDTH_MIN, HEIGHT_MIN = 760, 480
_SAVE_DELAY_MS = 500

_NAMES: tuple[tuple[Page, str], ...] = (
    (Page.OFFERS, mark("Suggested")),
    (Page.LIBRARY, mark("Library")),
    (Page.FIND, mark("Find")),
    (Page.DOWNLOADS, mark("Downloads")),
    (Page.CONNECTIONS, mark("Connections")),
)


class ModelsWindow(QWidget):
    """Shown with ``show_page``; remembers its page and size."""

    page_shown = Signal(object)  # Page

    def __init__(
        self,
        theme: Theme,
        services: Services,
        bridge: Bridge,
        control: ModelControl,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        set_role(self, "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("Models"))
        self._theme = theme
        self._services = services
        self._bridge = bridge
        self._control = control
        self.rail = PageRail([(page, tr(name)) for page, name in _NAMES], self)
        self.pages: dict[Page, QWidget] = {}
        self._page = Page.LIBRARY
        self._stack = QStackedWidget(self)
        self._save_due = QTimer(self)
        self._save_due.setSingleShot(True)
        self._save_due.setInterval(_SAVE_DELAY_MS)
        line = QFrame(self)
        line.setFixedWidth(1)
        set_role(line, "vertical-separator")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(line)
        row.addWidget(self._stack, 1)
        self._restore_size()
        install_drops(self, self._drop_zones, self._on_text_dropped)
        self.rail.page_chosen.connect(self.show_page)
        self._save_due.timeout.connect(self._save_place)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Close), self).activated.connect(self.close)

    @property
    def page(self) -> Page:
        return self._page

    def show_remembered_page(self) -> None:
        """Show the page that was shown last."""
        known = Page(self._services.settings.value.window.models_page)
        self.show_page(known if known in self.rail.buttons else Page.LIBRARY)

    @Slot(object)
    def show_page(self, page: Page) -> None:
        """Go to a page."""
        if page not in self.pages:
            made = self.pages[page] = self._make(page)
            self._stack.addWidget(made)
            if isinstance(made, ModelsPage):
                made.page_wanted.connect(self.show_page)
                made.state_changed.connect(self.rail.buttons[page].set_state)
        before = self.pages.get(self._page)
        if before is not None and page is not self._page and isinstance(before, ModelsPage):
            before.end()
        self._page = page
        shown = self.pages[page]
        self._stack.setCurrentWidget(shown)
        self.rail.choose(page)
        if self.isVisible() and isinstance(shown, ModelsPage):
            shown.begin()
        self._save_due.start()
        self.page_shown.emit(page)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes the window, where no field had a use for it."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        shown = self.pages.get(self._page)
        if event.spontaneous():
            return
        if self.focusWidget() is None:
            # Qt would give the keys to the first page's name, as if that page were shown.
            self.rail.buttons[self._page].setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(shown, ModelsPage):
            shown.begin()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        shown = self.pages.get(self._page)
        if not event.spontaneous() and isinstance(shown, ModelsPage):
            shown.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._save_due.start()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._save_due.stop()
        self._save_place()
        super().closeEvent(event)

    def _make(self, page: Page) -> QWidget:
        theme, services, bridge = self._theme, self._services, self._bridge
        match page:
            case Page.OFFERS:
                from lmstudio_lite.ui.models.offers import OffersPage

                offers = OffersPage(theme, services, bridge, self)
                offers.use_requested.connect(lambda path: choose_model(path, self._control, self))
                return offers
            case Page.LIBRARY:
                from lmstudio_lite.ui.models.library_page import LibraryPage

                return LibraryPage(theme, services, bridge, self._control, self)
            case Page.FIND:
                from lmstudio_lite.ui.models.hub_page import HubPageView

                return HubPageView(theme, services, bridge, self)
            case Page.DOWNLOADS:
                from lmstudio_lite.ui.models.downloads_page import DownloadsPage

                return DownloadsPage(theme, services, bridge, self)
            case Page.CONNECTIONS:
                from lmstudio_lite.ui.models.ledger_page import LedgerPage

                return LedgerPage(theme, services, bridge, self)
            case _:
                raise ValueError(page)

    def _drop_zones(self) -> list[DropZone]:
        """Return what may be done with dropped files: whatever page is shown, they go into the library."""
        from lmstudio_lite.ui.models.library_page import LibraryPage

        if Page.LIBRARY not in self.pages:
            before = self._page
            self.show_page(Page.LIBRARY)
            self.show_page(before)
        library = self.pages[Page.LIBRARY]
        assert isinstance(library, LibraryPage)

        def into_library(number: int, paths: list[Path]) -> None:
            self.show_page(Page.LIBRARY)
            library.drop_zones()[number].on_paths(paths)

        return [
            DropZone(zone.headline, functools.partial(into_library, number))
            for number, zone in enumerate(library.drop_zones())
        ]

    def _on_text_dropped(self, text: str) -> None:
        """Text is no model; there is nothing to do with it here."""

    def _restore_size(self) -> None:
        """Take the size of last time; large text wants a large window, as far as the screen goes."""
        window = self._services.settings.value.window
        room = self.screen().availableSize()
        self.setMinimumSize(WIDTH_MIN, HEIGHT_MIN)
        scale = self._theme.text_scale if (window.models_width, window.models_height) == (960, 640) else 1.0
        self.resize(
            min(max(WIDTH_MIN, room.width()), round(window.models_width * scale)),
            min(max(HEIGHT_MIN, room.height()), round(window.models_height * scale)),
        )

    @Slot()
    def _save_place(self) -> None:
        place: dict[str, object] = {"models_page": self._page.value}
        if not self.isMaximized():
            place |= {"models_width": self.width(), "models_height": self.height()}
        remember(self._services.settings, "window", **place)
