"""What stands above the cards: the search, the order, the filters and the library's menu."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from lmstudio_lite.domain.shelf import ModelKind, Store
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import IconButton, choice_box
from lmstudio_lite.ui.models.card import CardFilter, SortBy
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.model_changes import name_store
from lmstudio_lite.words.saying import begin_sentence
from lmstudio_lite.words.shelf import say_kind
from lmstudio_lite.words.translate import tr

_SORT_WIDTH_MIN = 80
_KINDS_FILTERED = (ModelKind.MODEL, ModelKind.EMBEDDING, ModelKind.DRAFT)


class LibraryHead(QWidget):
    """Tells what is wanted to be seen, and in which order."""

    filter_changed = Signal(object)  # CardFilter
    sort_changed = Signal(object)  # SortBy

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(tr("Search the library"))
        self.search.setAccessibleName(tr("Search the library"))
        self.search.setClearButtonEnabled(True)
        orders = [
            (tr("By name"), SortBy.NAME),
            (tr("By size"), SortBy.SIZE),
            (tr("By parameters"), SortBy.PARAMETERS),
            (tr("Last used first"), SortBy.LAST_USED),
            (tr("Fastest first"), SortBy.SPEED),
        ]
        self.sort_box = choice_box(self, orders, SortBy.NAME)
        self.sort_box.setAccessibleName(tr("Order"))
        kinds = [(tr("Every kind"), None), *((say_kind(kind), kind) for kind in _KINDS_FILTERED)]
        self.kind_box = choice_box(self, kinds, None)
        self.kind_box.setAccessibleName(tr("Kind"))
        self.store_box = choice_box(self, [(tr("Everywhere"), None)], None)
        self.store_box.setAccessibleName(tr("Kept in"))
        self.fits_check = QCheckBox(tr("Only what fits"), self)
        self.menu_button = IconButton(theme, "more", tr("More about the library"), self)
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self)
        self.menu_button.setMenu(self.menu)
        self._lay_out()
        self.search.textChanged.connect(self._on_filter_changed)
        self.kind_box.currentIndexChanged.connect(self._on_filter_changed)
        self.store_box.currentIndexChanged.connect(self._on_filter_changed)
        self.fits_check.toggled.connect(self._on_filter_changed)
        self.sort_box.currentIndexChanged.connect(self._on_sort_changed)

    def show_all(self) -> None:
        """Take every filter away."""
        self.search.clear()
        self.kind_box.setCurrentIndex(0)
        self.store_box.setCurrentIndex(0)
        self.fits_check.setChecked(False)

    def offer_stores(self, stores: AbstractSet[Store]) -> None:
        """Offer the stores that hold something, and the one that is chosen."""
        chosen = self._store
        wanted = [None, *(store for store in Store if store in stores or store is chosen)]
        if [self.store_box.itemData(row) for row in range(self.store_box.count())] == wanted:
            return
        self.store_box.blockSignals(True)
        self.store_box.clear()
        for store in wanted:
            words = tr("Everywhere") if store is None else begin_sentence(name_store(store))
            self.store_box.addItem(words, store)
        self.store_box.setCurrentIndex(wanted.index(chosen))
        self.store_box.blockSignals(False)

    @property
    def _store(self) -> Store | None:
        store = self.store_box.currentData()  # Qt keeps a plain string
        return Store(store) if store else None

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(design.SPACE_8)
        top.addWidget(self.search, 1)
        top.addWidget(self.menu_button)
        filters = QHBoxLayout()
        filters.setSpacing(design.SPACE_8)
        for box in (self.kind_box, self.store_box):
            filters.addWidget(box, 1)
        last = QHBoxLayout()
        last.setSpacing(design.SPACE_8)
        last.addWidget(self.fits_check)
        last.addWidget(self.sort_box, 1)
        self.sort_box.setMinimumWidth(_SORT_WIDTH_MIN)  # of the two only a box may leave words out
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_8, design.SPACE_16, design.SPACE_8, design.SPACE_4)
        column.setSpacing(design.SPACE_8)
        column.addLayout(top)
        column.addLayout(filters)
        column.addLayout(last)

    @Slot()
    def _on_filter_changed(self) -> None:
        kind = self.kind_box.currentData()
        wanted = CardFilter(
            tuple(self.search.text().casefold().split()),
            self._store,
            ModelKind(kind) if kind else None,
            self.fits_check.isChecked(),
        )
        self.filter_changed.emit(wanted)

    @Slot()
    def _on_sort_changed(self) -> None:
        self.sort_changed.emit(SortBy(self.sort_box.currentData()))
