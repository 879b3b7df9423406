"""Find: search the model hub by words, or go straight to a pasted link or name; fetch what fits.

Nothing is sent before Enter is pressed or a result is opened, and the page says so. A newer wish ends the
older one's requests. What can't be had is said in place, with what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.models.hub import OpenedModel
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.hub import (
    HubModel,
    HubPage,
    HubReference,
    SearchOrder,
    SearchPage,
)
from lmstudio_lite.errors import AppError, GatedModelError, HubError, HubTokenError, RepositoryNotFoundError
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import choice_box, text_button, text_label
from lmstudio_lite.ui.models.hub_details import HubDetails
from lmstudio_lite.ui.models.hub_place import HubPlace
from lmstudio_lite.ui.models.hub_results import ResultsModel, ResultsView
from lmstudio_lite.ui.models.page import ModelsPage, Page
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words import explain
from lmstudio_lite.words.translate import tr, trn

T = TypeVar("T")
S = TypeVar("S")

_MAX_LENGTH = 1000
_RESULTS_WIDTH = 280
_DETAILS_WIDTH = 400


class HubPageView(ModelsPage):
    """The page “Find” of the Models window."""

    def __init__(
        self, theme: Theme, services: Services, bridge: Bridge, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._services = services
        self._bridge = bridge
        self._asking: Job | None = None
        self._words = ""
        self._order = SearchOrder.DOWNLOADS
        self._next_page = ""
        self._wish = 0
        self._reference: HubReference | None = None
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(tr("Search for a model, or paste a link to one"))
        self.field.setAccessibleName(tr("Search for a model, or paste a link to one"))
        self.field.setClearButtonEnabled(True)
        self.field.setMaxLength(_MAX_LENGTH)
        orders = [
            (tr("Most fetched"), SearchOrder.DOWNLOADS),
            (tr("Most liked"), SearchOrder.LIKES),
            (tr("Newest"), SearchOrder.UPDATED),
        ]
        self.order_box = choice_box(self, orders, self._order)
        self.order_box.setAccessibleName(tr("Order"))
        self.search_button = text_button(tr("Search"), self)
        self.hint = text_label("", self, role="small", wrap=True)
        self.place_button = text_button(tr("Mirror and token…"), self, role="quiet")
        self.place_button.setCheckable(True)
        self.place = HubPlace(theme, services, bridge, self)
        self.notice = Notice(theme, self)
        self.results = ResultsModel(self)
        self.list = ResultsView(theme, self.results, self)
        self.more_button = text_button(tr("More results"), self, role="quiet")
        self.details = HubDetails(theme, services, bridge, self)
        self.state_label = text_label("", self, role="muted", wrap=True)
        self.stop_button = text_button(tr("Stop"), self, role="quiet")
        self._right = QStackedWidget(self)
        self._left = QWidget(self)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._lay_out()
        self._connect()
        self._say_hint()
        self._show_state(self._empty_words())

    def begin(self) -> None:
        self._say_hint()
        self.field.setFocus()
        self.details.look_what_is_here()

    def look_up(self, text: str) -> None:
        """Ask for ``text`` as if it had been typed and Enter pressed."""
        self.field.setText(text)
        self._on_search_wanted()

    def _connect(self) -> None:
        self.field.returnPressed.connect(self._on_search_wanted)
        self.search_button.clicked.connect(self._on_search_wanted)
        self.order_box.currentIndexChanged.connect(self._on_order_chosen)
        self.list.opened.connect(self._on_result_opened)
        self.more_button.clicked.connect(self._on_more_wanted)
        self.place_button.toggled.connect(self._on_place_toggled)
        self.place.place_changed.connect(self._say_hint)
        self.stop_button.clicked.connect(self._on_stop_wanted)
        self.details.downloads_wanted.connect(self._on_downloads_wanted)
        self.details.token_kept.connect(self._on_token_kept)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(design.SPACE_8)
        head.addWidget(self.field, 1)
        head.addWidget(self.order_box)
        head.addWidget(self.search_button)
        found = QVBoxLayout(self._left)
        found.setContentsMargins(0, 0, 0, design.SPACE_8)
        found.setSpacing(design.SPACE_4)
        found.addWidget(self.list, 1)
        found.addWidget(self.more_button, 0, Qt.AlignmentFlag.AlignHCenter)
        waiting = QWidget(self)
        middle = QVBoxLayout(waiting)
        middle.setContentsMargins(design.SPACE_32, design.SPACE_16, design.SPACE_32, design.SPACE_32)
        middle.addStretch(1)
        self.state_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        middle.addWidget(self.state_label)
        middle.addWidget(self.stop_button, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addStretch(2)
        self._right.addWidget(waiting)
        self._right.addWidget(self.details)
        self.splitter.addWidget(self._left)
        self.splitter.addWidget(self._right)
        self.splitter.setStretchFactor(0, 0)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setSizes([_RESULTS_WIDTH, _DETAILS_WIDTH])
        self._left.setMinimumWidth(160)
        top = QVBoxLayout()
        top.setContentsMargins(design.SPACE_16, design.SPACE_16, design.SPACE_16, 0)
        top.setSpacing(design.SPACE_4)
        top.addLayout(head)
        under = QHBoxLayout()
        under.setSpacing(design.SPACE_8)
        under.addWidget(self.hint, 1)
        under.addWidget(self.place_button)
        top.addLayout(under)
        top.addWidget(self.place)
        top.addWidget(self.notice)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(design.SPACE_8)
        column.addLayout(top)
        column.addWidget(self.splitter, 1)
        self._left.hide()
        self.more_button.hide()

    @Slot(bool)
    def _on_place_toggled(self, is_wanted: bool) -> None:
        if is_wanted:
            self.place.unfold()
        else:
            self.place.hide()

    @Slot()
    def _say_hint(self) -> None:
        try:
            host = urlsplit(self._services.hub.endpoint).netloc
        except AppError as error:
            self.hint.setText(explain(error).what)
            return
        self.hint.setText(
            tr("Nothing is sent until you press Enter; then these words go to {0}.").format(safe_line(host))
        )

    def _empty_words(self) -> str:
        return tr(
            "Find a model by its name: “qwen 7b”, “translate”. Or paste its link, or a name such as "
            "“owner/model:Q4_K_M”."
        )

    def _show_state(self, words: str, *, can_stop: bool = False) -> None:
        self.state_label.setText(words)
        self.stop_button.setVisible(can_stop)
        self._right.setCurrentIndex(0)

    @Slot()
    def _on_search_wanted(self) -> None:
        text = self.field.text().strip()
        if not text:
            return
        if self._services.hub.is_reference(text):
            self._open_reference(text)
        else:
            self._search(text)

    def _search(self, words: str) -> None:
        self._words, self._next_page = words, ""
        self._show_left(is_shown=False)
        self._ask_for_results(next_page="")

    def _ask_for_results(self, next_page: str) -> None:
        words, order, hub = self._words, self._order, self._services.hub
        if not next_page:
            self._show_state(tr("Searching…"), can_stop=True)
        self.more_button.setEnabled(False)

        def work(context: JobContext) -> SearchPage:
            return hub.search(words, order=order, next_page=next_page, cancellation=context.cancellation)

        self._ask(work, self._on_found_more if next_page else self._on_found, self._on_search_failed)

    def _on_found(self, found: SearchPage) -> None:
        self.results.show(found.models)
        self._show_left(is_shown=bool(found.models))
        self._take_next(found)
        if found.models:
            self._show_state(
                trn(
                    "{n} model. Open it to see its files.",
                    "{n} models. Open one to see its files.",
                    len(found.models),
                )
            )
            self.list.setFocus()
            self.list.setCurrentIndex(self.results.index(0))
        else:
            self._show_state(
                tr(
                    "Nothing was found for “{0}”. Names of models are compared, so fewer words find more."
                ).format(safe_line(self._words))
            )

    def _on_found_more(self, found: SearchPage) -> None:
        self.results.append(found.models)
        self._take_next(found)

    def _take_next(self, found: SearchPage) -> None:
        self._next_page = found.next_page
        self.more_button.setVisible(bool(found.next_page))
        self.more_button.setEnabled(True)

    def _on_search_failed(self, error: Exception) -> None:
        self.more_button.setEnabled(True)
        self._show_state(self._empty_words())
        self.notice.show_error(error, tr("Try again"), self._on_search_wanted)

    def _open_reference(self, text: str) -> None:
        try:
            reference = self._services.hub.understand(text)
        except HubError as error:
            self._show_state(self._empty_words())
            explanation = explain(error)
            self.notice.show_message(
                explanation.what,
                explanation.remedy,
                tr("Search for these words"),
                lambda: self._search(text),
                kind="warning",
            )
            return
        self._show_left(is_shown=False)
        self._open(reference)

    @Slot(object)
    def _on_result_opened(self, model: HubModel) -> None:
        self._open(HubReference(repo=model.repo))

    def _open(self, reference: HubReference) -> None:
        self._reference = reference
        hub = self._services.hub
        name = safe_line(reference.repo or urlsplit(reference.url).netloc)
        self._show_state(tr("Asking about {0}…").format(name), can_stop=True)

        def work(context: JobContext) -> OpenedModel:
            return hub.open(reference, cancellation=context.cancellation)

        self._ask(work, self._on_opened, self._on_open_failed)

    def _on_opened(self, opened: OpenedModel) -> None:
        self.details.show_page(opened.page, opened.chosen)
        self._right.setCurrentWidget(self.details)

    def _on_open_failed(self, error: Exception) -> None:
        self._show_state(self._empty_words())
        reference = self._reference
        if isinstance(error, GatedModelError | HubTokenError) and reference is not None:
            self._show_gate(reference, error)
            return
        if isinstance(error, RepositoryNotFoundError) and reference is not None:
            self._show_missing(reference, error)
            return
        self.notice.show_error(error, tr("Try again"), self._open_again)

    def _show_missing(self, reference: HubReference, error: RepositoryNotFoundError) -> None:
        words = reference.repo.replace("/", " ")
        explanation = explain(error)
        is_signed_in = bool(error.details.get("is_signed_in"))
        self._show_state(self._empty_words())
        self.notice.show_message(
            explanation.what,
            explanation.remedy,
            tr("Search for these words"),
            lambda: self._search(words),
            kind="warning",
            second="" if is_signed_in else tr("Enter an access token"),
            on_second=lambda: self._show_gate(reference, error),
        )

    def _show_gate(self, reference: HubReference, error: AppError) -> None:
        """Show a page of nothing but the question for a token."""
        self.notice.clear()
        endpoint = reference.endpoint or self._services.hub.endpoint
        is_gated = not isinstance(error, RepositoryNotFoundError)
        page = HubPage(HubModel(reference.repo, is_gated=is_gated), "", (), endpoint=endpoint)
        self.details.show_refusal(page, error)
        self._right.setCurrentWidget(self.details)

    @Slot()
    def _on_downloads_wanted(self) -> None:
        self.page_wanted.emit(Page.DOWNLOADS)

    @Slot()
    def _on_token_kept(self) -> None:
        self._open_again()

    def _open_again(self) -> None:
        if self._reference is not None:
            self._open(self._reference)

    @Slot(int)
    def _on_order_chosen(self, number: int) -> None:
        self._order = SearchOrder(self.order_box.itemData(number))
        if self.results.models:
            self._search(self._words)

    @Slot()
    def _on_more_wanted(self) -> None:
        if self._next_page:
            self._ask_for_results(self._next_page)

    @Slot()
    def _on_stop_wanted(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
        self._wish += 1
        if self.details.page is not None and self.results.models:
            self._right.setCurrentWidget(self.details)
        else:
            self._show_state(self._empty_words())

    def _ask(
        self,
        work: Callable[[JobContext], T],
        on_done: Callable[[T], None],
        on_failed: Callable[[Exception], None],
    ) -> None:
        """Ask the hub in place of what was being asked: only the newest wish is answered."""
        if self._asking is not None:
            self._asking.cancel()
        self.notice.clear()
        self._wish += 1
        wish = self._wish

        def heard(callback: Callable[[S], None]) -> Callable[[S], None]:
            return lambda value: callback(value) if wish == self._wish else None

        self._asking = self._bridge.run(work, on_done=heard(on_done), on_failed=heard(on_failed))

    def _show_left(self, *, is_shown: bool) -> None:
        if not is_shown:
            self.results.show(())
            self.more_button.hide()
        self._left.setVisible(is_shown)
