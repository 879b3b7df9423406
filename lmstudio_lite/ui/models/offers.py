"""The offers: what do you do, in which language, and the models that suit this computer for it.

``OffersView`` stands in the first-run card and on the page "For this computer" of the Models window, which
also lists everything else that the catalog has for the use.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.catalog import Offers, Recommendation, UseCase
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import choice_box, text_label
from lmstudio_lite.ui.models.offer_row import OfferAction, OfferRow, say_error
from lmstudio_lite.ui.models.offers_control import OffersControl
from lmstudio_lite.ui.models.page import ModelsPage
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.languages import say_language
from lmstudio_lite.words.offers import ALL_USES, USES
from lmstudio_lite.words.translate import language, tr

_PAGE_WIDTH = 720


class OffersView(QWidget):
    """Two choices and up to three rows. ``use_requested`` asks to write with a model that is here."""

    use_requested = Signal(object)  # Path

    def __init__(
        self, control: OffersControl, parent: QWidget | None = None, *, lists_all: bool = False
    ) -> None:
        """``lists_all`` shows the models that are no offers below those that are."""
        super().__init__(parent)
        self.control = control
        self._lists_all = lists_all
        self.rows: list[OfferRow] = []
        uses = ALL_USES if lists_all else USES
        self.use_box = choice_box(self, [(tr(words), use) for use, words in uses.items()], control.use)
        self.use_box.setAccessibleName(tr("What do you want to do?"))
        self._into = text_label(tr("into"), self, role="muted")
        languages = [(say_language(code), code) for code in LANGUAGES]
        self.language_box = choice_box(self, languages, control.language)
        self.language_box.setAccessibleName(tr("Into which language?"))
        self._about = text_label("", self, role="small", wrap=True)
        self._others = text_label(tr("Others for this"), self, role="heading")
        self._offers_column = QVBoxLayout()
        self._others_column = QVBoxLayout()
        self._lay_out()
        self.use_box.currentIndexChanged.connect(self._on_choice_changed)
        self.language_box.currentIndexChanged.connect(self._on_choice_changed)
        control.changed.connect(self._on_control_changed)
        control.progressed.connect(self._on_progressed)
        self._on_control_changed()

    @property
    def text(self) -> str:
        """Return what is said beside the rows."""
        return self._about.text()

    def choose(self, use: UseCase) -> None:
        """Show what suits ``use``."""
        self.use_box.setCurrentIndex(self.use_box.findData(use))

    def _lay_out(self) -> None:
        choices = QHBoxLayout()
        choices.setSpacing(design.SPACE_8)
        choices.addWidget(self.use_box)
        choices.addWidget(self._into)
        choices.addWidget(self.language_box)
        choices.addStretch(1)
        for column in (self._offers_column, self._others_column):
            column.setSpacing(design.SPACE_8)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(design.SPACE_8)
        outer.addLayout(choices)
        outer.addLayout(self._offers_column)
        outer.addWidget(self._about)
        outer.addWidget(self._others)
        outer.addLayout(self._others_column)

    @Slot()
    def _on_choice_changed(self) -> None:
        self.control.ask(UseCase(self.use_box.currentData()), self.language_box.currentData())
        self._show_languages()

    def _show_languages(self) -> None:
        is_translating = self.control.use is UseCase.TRANSLATE
        self._into.setVisible(is_translating)
        self.language_box.setVisible(is_translating)

    @Slot()
    def _on_control_changed(self) -> None:
        self._show_languages()
        for row in self.rows:
            row.hide()
            row.deleteLater()
        self.rows = []
        offers = self.control.offers
        if offers is not None:
            for item in offers.ranked:
                self._add_row(item, self._offers_column)
            if self._lists_all:
                for item in offers.recommendations:
                    if item.rank is None:
                        self._add_row(item, self._others_column)
        self._others.setVisible(self._others_column.count() > 0)
        self._about.setText(self._about_words(offers))
        self._about.setVisible(bool(self._about.text()))

    def _add_row(self, item: Recommendation, column: QVBoxLayout) -> None:
        written = self.control.language if self.control.use is UseCase.TRANSLATE else language()
        row = OfferRow(item, language=written, is_measuring=self.control.is_measuring, parent=self)
        row.show_progress(self.control.progress_of(item.model))
        row.asked.connect(lambda action, row=row: self._on_row_asked(row, action))
        column.addWidget(row)
        row.show()
        self.rows.append(row)

    def _on_row_asked(self, row: OfferRow, action: OfferAction) -> None:
        match action:
            case OfferAction.GET:
                self.control.fetch(row.item.model, row.show_error)
            case OfferAction.STOP:
                self.control.stop(row.item.model)
            case OfferAction.USE:
                path = row.item.path or self.control.fetched_path(row.item.model)
                if path is not None:
                    self.use_requested.emit(path)

    @Slot()
    def _on_progressed(self) -> None:
        for row in self.rows:
            row.show_progress(self.control.progress_of(row.item.model))

    def _about_words(self, offers: Offers | None) -> str:
        if self.control.error is not None:
            return say_error(self.control.error)
        if offers is None:
            return tr("Looking at this computer…")
        if not offers.ranked:
            return tr("None of the recommended models fits into this computer's free memory.")
        if offers.is_speed_known:
            return tr("Speeds are foretold from what was measured on this computer.")
        if self.control.is_measuring:
            return tr("This computer's speed is being measured; the numbers follow by themselves.")
        return tr("How fast they are is known once a model has run on this computer.")


class OffersPage(ModelsPage):
    """Headed "For this computer": the first page of the Models window."""

    use_requested = Signal(object)  # Path

    def __init__(
        self, theme: Theme, services: Services, bridge: Bridge, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.control = OffersControl(services, bridge, self)
        page = QWidget(scroll)
        self._box = QWidget(page)
        title = text_label(tr("For this computer"), self._box, role="title", wrap=True)
        hint = text_label(
            tr("Nothing is fetched and no connection is opened until you press “Get it”."),
            self._box,
            role="muted",
            wrap=True,
        )
        self.view = OffersView(self.control, self._box, lists_all=True)
        self.view.use_requested.connect(self.use_requested)
        column = QVBoxLayout(self._box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(design.SPACE_8)
        for widget in (title, hint, self.view):
            column.addWidget(widget)
        column.addStretch(1)
        row = QHBoxLayout(page)
        row.setContentsMargins(design.SPACE_24, design.SPACE_16, design.SPACE_24, design.SPACE_24)
        row.addWidget(self._box, 100)
        row.addStretch(1)
        scroll.setWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def begin(self) -> None:
        """Ask whenever the page is shown: free memory and the library change."""
        self.control.refresh()

    @Slot()
    def _on_theme_changed(self) -> None:
        self._box.setMaximumWidth(self._theme.scaled(_PAGE_WIDTH))
