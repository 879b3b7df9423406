"""The models on this computer: cards at the left, what is known of the chosen one at the right."""

from __future__ import annotations

import threading
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.shelf import WHOLE_KINDS, ShelfChange
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import choice_box, text_label
from lmstudio_lite.ui.model_control import ModelControl
from lmstudio_lite.ui.model_switch import SwitchQuestion, choose_model
from lmstudio_lite.ui.models.card import CardFilter, SortBy
from lmstudio_lite.ui.models.cards_model import CardsModel
from lmstudio_lite.ui.models.cards_view import CardsView
from lmstudio_lite.ui.models.page import ModelsPage
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr, trn


class LibraryPage(ModelsPage):
    """Reads the folders anew whenever it is shown."""

    def __init__(
        self,
        theme: Theme,
        services: Services,
        bridge: Bridge,
        control: ModelControl,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._services = services
        self._bridge = bridge
        self._control = control
        self._wanted: Path | None = None
        self._watch: Job | None = None
        self._listed: set[Path] = set()
        self.is_complete = False
        self.question: SwitchQuestion | None = None
        self.cards = CardsModel(self)
        self.view = CardsView(theme, self.cards, self)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(tr("Search the library"))
        self.search.setAccessibleName(tr("Search the library"))
        self.search.setClearButtonEnabled(True)
        orders = [
            (tr("By name"), SortBy.NAME),
            (tr("By size"), SortBy.SIZE),
            (tr("By parameters"), SortBy.PARAMETERS),
        ]
        self.sort_box = choice_box(self, orders, SortBy.NAME)
        self.sort_box.setAccessibleName(tr("Order"))
        self.notice = Notice(theme, self)
        self.count_label = text_label("", self, role="small")
        self.empty_label = text_label("", self, role="muted", wrap=True)
        self.empty_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty_label)
        self._lay_out()
        self.search.textChanged.connect(self._on_search_changed)
        self.sort_box.currentIndexChanged.connect(self._on_sort_changed)
        self.view.use_requested.connect(self.use)
        self.cards.counted.connect(self._on_counted)
        control.changed.connect(self._on_control_changed)
        self._on_control_changed()

    def begin(self) -> None:
        """List what is there, and follow what changes, until ``end``."""
        if self._watch is not None:
            return
        library = self._services.library

        def watch(context: JobContext) -> None:
            ended = threading.Event()
            forget = context.cancellation.on_cancel(ended.set)
            watch = library.watch(context.report)
            try:
                ended.wait()
            finally:
                forget()
                watch.close()

        self.is_complete = False
        self._listed = set()
        self._watch = self._bridge.run(
            watch, on_progress=self._on_shelf_changed, on_failed=self.notice.show_error
        )

    def end(self) -> None:
        """Look into the folders no more."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def choose(self, path: Path) -> None:
        """Choose a model's card, as soon as it is listed."""
        self.search.clear()
        self._wanted = None if self.view.choose(path) else path

    @Slot(object)
    def use(self, path: Path) -> None:
        """Load a model and take it from now on; asks first where work is running."""
        card = self.cards.card_at(path)
        if card is not None and card.can_write:
            self.question = choose_model(path, self._control, self)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(design.SPACE_8, design.SPACE_16, design.SPACE_8, design.SPACE_8)
        head.setSpacing(design.SPACE_8)
        head.addWidget(self.search, 1)
        head.addWidget(self.sort_box)
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, design.SPACE_8)
        column.setSpacing(design.SPACE_4)
        column.addLayout(head)
        column.addWidget(self.notice)
        column.addWidget(self._stack, 1)
        column.addWidget(self.count_label, 0, Qt.AlignmentFlag.AlignHCenter)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(left)

    def _on_shelf_changed(self, change: ShelfChange) -> None:
        shown = [entry for entry in change.entries if entry.kind in WHOLE_KINDS]
        gone = {*change.gone, *(entry.path for entry in change.entries if entry.kind not in WHOLE_KINDS)}
        self._listed |= {entry.path for entry in shown}
        if change.is_complete and not self.is_complete:
            # What an earlier look had found and this one did not is gone.
            self.is_complete = True
            gone |= {card.entry.path for card in self.cards.all_cards} - self._listed
        self.cards.put(shown, gone)
        if self._wanted is not None and self.view.choose(self._wanted):
            self._wanted = None
        self._on_counted()

    @Slot()
    def _on_counted(self) -> None:
        num_shown, num_all = self.cards.rowCount(), self.cards.num_all
        self._stack.setCurrentIndex(0 if num_shown else 1)
        self.empty_label.setText(self._empty_words(num_all))
        words = trn("{n} model", "{n} models", num_all)
        if num_shown != num_all:
            words = tr("{0} of {1}").format(num_shown, words)
        self.count_label.setText(words if num_all else "")

    def _empty_words(self, num_all: int) -> str:
        if num_all:
            return tr("No model is like this.")
        return tr("No models yet. Drop a model's file (.gguf) here.")

    @Slot()
    def _on_search_changed(self) -> None:
        self.cards.set_filter(CardFilter(tuple(self.search.text().casefold().split())))

    @Slot()
    def _on_sort_changed(self) -> None:
        self.cards.set_sort(self.sort_box.currentData())

    @Slot()
    def _on_control_changed(self) -> None:
        self.cards.set_in_use(self._control.path)
