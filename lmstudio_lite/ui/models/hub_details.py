"""A model's page: what it is, what of it fits here, its card; one button fetches."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.downloads import FetchOrder, FetchProgress, FetchState
from lmstudio_lite.domain.fit import ModelFit
from lmstudio_lite.domain.hub import HubModel, HubPage, ModelVariant, TokenPlace
from lmstudio_lite.errors import AppError, GatedModelError, HubTokenError
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.models.card_view import CardView
from lmstudio_lite.ui.models.hub_variants import VariantsModel, VariantsView, name_variant
from lmstudio_lite.ui.models.token_box import TokenBox
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words import say_parameters, say_size
from lmstudio_lite.words.downloads import say_failure, say_progress
from lmstudio_lite.words.hub import say_num_downloads
from lmstudio_lite.words.languages import say_language
from lmstudio_lite.words.saying import begin_sentence
from lmstudio_lite.words.translate import tr, trn

_NUM_LANGUAGES_NAMED = 6


class HubDetails(QScrollArea):
    """Empty until a page is shown."""

    downloads_wanted = Signal()
    token_kept = Signal()

    def __init__(self, theme: Theme, services: Services, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._services = services
        self._bridge = bridge
        self._fitting: Job | None = None
        self._ordered: FetchOrder | None = None
        self._heard: tuple[FetchProgress, ...] | None = None
        self.page: HubPage | None = None
        inner = QWidget(self)
        self.title = text_label("", inner, role="title", wrap=True)
        self.about = text_label("", inner, role="muted", wrap=True)
        self.base = text_label("", inner, role="small", wrap=True)
        for label in (self.title, self.about, self.base):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.token_box = TokenBox(theme, services, bridge, inner)
        self.notice = Notice(theme, inner)
        self.files = VariantsModel(theme, self)
        self.table = VariantsView(theme, self.files, inner)
        self.no_files = text_label("", inner, role="muted", wrap=True)
        self.fetch_button = text_button(tr("Fetch"), inner, role="primary")
        self.speed_words = text_label(
            tr("How fast they would be can be told once any model has run here."),
            inner,
            role="small",
            wrap=True,
        )
        self.projector_box = QCheckBox(inner)
        self.projector_box.hide()
        self.fetch_words = text_label("", inner, role="small", wrap=True)
        self.downloads_button = text_button(tr("Show downloads"), inner, role="quiet")
        self.card = CardView(theme, inner)
        self._lay_out(inner)
        self.setWidget(inner)
        self.table.chosen.connect(self._on_chosen)
        self.table.fetch_wanted.connect(self.fetch)
        self.fetch_button.clicked.connect(self._on_fetch_clicked)
        self.downloads_button.clicked.connect(self.downloads_wanted)
        self.token_box.token_kept.connect(self.token_kept)
        bridge.follow(services.fetching.subscribe, self._on_downloads)

    def show_page(self, page: HubPage, chosen: ModelVariant | None) -> None:
        """Show ``page`` with ``chosen``'s row chosen, and find out what of it fits here."""
        self.page = page
        self.title.setText(safe_line(page.model.repo or page.variants[0].files[0].name))
        self.about.setText(_say_about(page.model))
        self.about.setVisible(bool(self.about.text()))
        bases = ", ".join(page.model.base_models[:3])
        self.base.setText(tr("Made from {0}").format(safe_line(bases)))
        self.base.setVisible(bool(bases))
        self.token_box.hide()
        self.notice.clear()
        self.files.show(page.variants, is_waiting=bool(page.variants))
        has_files = bool(page.variants)
        self.projector_box.hide()
        self.speed_words.hide()
        self.table.setVisible(has_files)
        self.fetch_button.setVisible(has_files)
        self.no_files.setVisible(not has_files)
        self.no_files.setText(
            tr(
                "This model has no GGUF files, which are the ones that this program runs. Search for its "
                "name with “GGUF” behind it: others have most likely converted it."
            )
        )
        self._ordered = None
        self.say_fetching("")
        self.card.show_card(page.readme, is_cut=page.is_readme_cut)
        if chosen is not None:
            self.table.choose(chosen)
        self.verticalScrollBar().setValue(0)
        has_token = self._services.hub.token_place(page.endpoint) is not TokenPlace.NONE
        if page.model.is_gated and not has_token:
            self._ask_for_token(is_refused=False)
        if chosen is not None:
            self._find_fits(page, chosen)
            self.look_what_is_here()

    def show_refusal(self, page: HubPage, error: AppError) -> None:
        """Show of ``page`` nothing but the question for a token, which would lead to the rest."""
        self.show_page(page, None)
        self.no_files.hide()
        self._ask_for_token(is_refused=_is_refused(error))

    @Slot(object)
    def fetch(self, variant: ModelVariant) -> None:
        """Hand ``variant`` to the downloads."""
        services = self._services
        with_projector = self.projector_box.isVisible() and self.projector_box.isChecked()

        page = self.page
        self._heard = None

        def work(context: JobContext) -> tuple[FetchOrder, tuple[FetchProgress, ...]]:
            order = services.hub.order(variant, with_projector=with_projector)
            services.fetching.add(order)
            return order, services.fetching.list()

        def on_done(done: tuple[FetchOrder, tuple[FetchProgress, ...]]) -> None:
            if self.page is page and self.table.variant == variant:
                self._ordered, listed = done
                # What was heard since may be newer than what the job saw: a refusal takes no time.
                self._on_downloads(self._heard if self._heard is not None else listed)

        self._bridge.run(work, on_done=on_done, on_failed=self.notice.show_error, lane="hub order")

    def look_what_is_here(self) -> None:
        """Find out which of the files lie on this computer."""
        page = self.page
        if page is None or not page.variants:
            return

        def on_done(found: frozenset[ModelVariant]) -> None:
            if self.page is page:
                self.files.set_here(found)

        self._bridge.run(lambda context: self._services.hub.fetched(page.variants), on_done=on_done)

    def _find_fits(self, page: HubPage, chosen: ModelVariant) -> None:
        if self._fitting is not None:
            self._fitting.cancel()
        services = self._services

        def work(context: JobContext) -> dict[ModelVariant, ModelFit]:
            return services.hub.fits(
                page.variants, services.fitting, chosen, cancellation=context.cancellation
            )

        def on_done(fits: dict[ModelVariant, ModelFit]) -> None:
            if self.page is page:
                self._set_fits(fits)

        def on_failed(error: Exception) -> None:
            if self.page is page:
                self._on_fits_failed(error)

        self._fitting = self._bridge.run(work, on_done=on_done, on_failed=on_failed)

    def _on_fits_failed(self, error: Exception) -> None:
        self._set_fits({})
        if isinstance(error, GatedModelError | HubTokenError):
            self._ask_for_token(is_refused=_is_refused(error))
        else:
            self.notice.show_error(error)

    def _on_downloads(self, listed: tuple[FetchProgress, ...]) -> None:
        """Say how far that is which was ordered here; it may stand in the list under an older order's id."""
        self._heard = listed
        ordered = self._ordered
        if ordered is None:
            return
        wanted = _what_comes(ordered)
        row = next((each for each in reversed(listed) if _what_comes(each.order) == wanted), None)
        if row is None:
            self.say_fetching("")
        elif row.state is FetchState.FAILED:
            self.say_fetching(say_failure(row.failure), role="danger", has_downloads=True)
        elif row.state is FetchState.DONE:
            was_here = self.fetch_words.text() == tr("It is here.")
            self.say_fetching(tr("It is here."), has_downloads=True)
            if not was_here:
                self.look_what_is_here()
        else:
            self.say_fetching(begin_sentence(say_progress(row)), has_downloads=True)

    def _ask_for_token(self, *, is_refused: bool) -> None:
        page = self.page
        if page is not None:
            self.token_box.ask(
                page.model.repo, page.endpoint, is_gated=page.model.is_gated, is_refused=is_refused
            )

    def _set_fits(self, fits: Mapping[ModelVariant, ModelFit]) -> None:
        self.files.set_fits(fits)
        self.speed_words.setVisible(bool(fits) and not any(fit.speed for fit in fits.values()))

    def say_fetching(self, words: str, *, role: str = "small", has_downloads: bool = False) -> None:
        """Say beside the button what became of it."""
        self.fetch_words.setText(words)
        set_role(self.fetch_words, role)
        self.fetch_words.setVisible(bool(words))
        self.downloads_button.setVisible(has_downloads)

    def _lay_out(self, inner: QWidget) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(design.SPACE_8)
        buttons.addWidget(self.fetch_button)
        buttons.addWidget(self.fetch_words, 1)
        buttons.addWidget(self.downloads_button)
        buttons.addStretch(0)
        column = QVBoxLayout(inner)
        column.setContentsMargins(design.SPACE_16, design.SPACE_16, design.SPACE_16, design.SPACE_24)
        column.setSpacing(design.SPACE_8)
        for widget in (self.title, self.about, self.base, self.token_box, self.notice, self.table):
            column.addWidget(widget)
        column.addWidget(self.speed_words)
        column.addWidget(self.projector_box)
        column.addWidget(self.no_files)
        column.addLayout(buttons)
        column.addSpacing(design.SPACE_8)
        column.addWidget(self.card)
        column.addStretch(1)

    @Slot(object)
    def _on_chosen(self, variant: ModelVariant) -> None:
        size = say_size(variant.size_bytes) if variant.size_bytes else tr("size not known")
        name = name_variant(variant)
        self.fetch_button.setText(tr("Fetch {0} ({1})").format(name, size))
        self.fetch_button.setAccessibleName(self.fetch_button.text())
        projector = variant.projector
        self.projector_box.setVisible(projector is not None)
        if projector is not None:
            part = tr("Also fetch the part that sees pictures ({0})").format(say_size(projector.size_bytes))
            self.projector_box.setText(part)
        self._ordered = None
        self.say_fetching(tr("This program shows models no pictures yet.") if projector else "")

    @Slot()
    def _on_fetch_clicked(self) -> None:
        if self.table.variant is not None:
            self.fetch(self.table.variant)


def _what_comes(order: FetchOrder) -> tuple[object, ...]:
    """Return what two orders of the same model have in common, whatever is known of its files."""
    return order.folder, *((file.repo, file.path) for file in order.files)


def _is_refused(error: AppError) -> bool:
    return isinstance(error, HubTokenError) or bool(error.details.get("is_signed_in"))


def _say_about(model: HubModel) -> str:
    if not model.repo:
        return ""
    languages = [say_language(code) for code in model.languages[:_NUM_LANGUAGES_NAMED]]
    num_more = len(model.languages) - len(languages)
    if num_more > 0:
        languages.append(trn("{n} more language", "{n} more languages", num_more))
    parts = (
        tr("{0} parameters").format(say_parameters(model.num_parameters)) if model.num_parameters else "",
        model.architecture,
        tr("context {0}").format(f"{model.context_length:,}") if model.context_length else "",
        tr("licence {0}").format(model.licence) if model.licence else tr("no licence named"),
        ", ".join(languages),
        say_num_downloads(model.num_downloads),
        trn("{n} like", "{n} likes", model.num_likes),
        tr("changed {0}").format(model.updated_at[:10]) if model.updated_at else "",
    )
    return safe_line(" · ".join(filter(None, parts)))
