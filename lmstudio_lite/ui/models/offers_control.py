"""What the offers' views show and do: asks which models suit, follows what is fetched of them.

Offers are asked for anew when a speed becomes known (a model was loaded, tuning has ended) and when a model
has come.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.catalog import CatalogModel, Offers, UseCase
from lmstudio_lite.domain.downloads import FetchProgress, FetchState
from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.domain.models import EngineState, ModelPhase
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.remembering import remember
from lmstudio_lite.words.offers import USES

_LANE = "offers"
_FETCH_LANE = "fetching"


class OffersControl(QObject):
    """Lives on the GUI thread. ``changed`` means the offers, ``progressed`` the way to one of them."""

    changed = Signal()
    progressed = Signal()

    def __init__(self, services: Services, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        chosen = services.settings.value.offers
        self.use = UseCase(chosen.use)
        self.language = chosen.language or services.settings.value.translate.target
        self.offers: Offers | None = None
        self.error: Exception | None = None
        self._state = services.engine.state
        self._progress: dict[tuple[str, str], FetchProgress] = {}
        bridge.engine_state_changed.connect(self._on_engine_state_changed)
        bridge.run(lambda context: services.fetching.list(), on_done=self._on_heard, lane=_FETCH_LANE)
        bridge.follow(services.fetching.subscribe, self._on_heard)

    @property
    def is_measuring(self) -> bool:
        """Whether this computer's speed will be known soon: a model is being loaded or measured."""
        return self._state.is_measuring or self._state.phase is ModelPhase.LOADING

    def ask(self, use: UseCase, language: str) -> None:
        """Ask what suits ``use``, in ``language`` (a code) where it is translating; remembered.

        But not that somebody looked at what serves the other uses.
        """
        self.use, self.language = use, language
        if use in USES:
            remember(self._services.settings, "offers", use=use.value, language=language)
        self.refresh()

    def refresh(self) -> None:
        """Ask again; ``changed`` follows."""
        recommending = self._services.recommending
        use, languages = self.use, ((self.language,) if self.use is UseCase.TRANSLATE else ())
        self._bridge.run(
            lambda context: recommending.offers(use, languages),
            on_done=self._on_answered,
            on_failed=self._on_failed,
            lane=_LANE,
        )

    def fetch(self, model: CatalogModel, on_failed: Callable[[Exception], None]) -> None:
        """Begin to fetch ``model``, or go on; ``progressed`` follows, or ``on_failed``."""
        services = self._services
        under_way = self._progress.get(_key(model.file))

        def work(context: JobContext) -> None:
            if under_way is not None and under_way.state is not FetchState.DONE:
                services.fetching.resume(under_way.order.id)
            else:
                services.fetching.add(services.recommending.order(model))

        self._bridge.run(work, on_failed=on_failed, lane=_FETCH_LANE)

    def stop(self, model: CatalogModel) -> None:
        """Stop fetching ``model``; what came stays, so that it can go on."""
        fetching, progress = self._services.fetching, self.progress_of(model)
        if progress is not None:
            self._bridge.run(lambda context: fetching.pause(progress.order.id), lane=_FETCH_LANE)

    def progress_of(self, model: CatalogModel) -> FetchProgress | None:
        """Return how far fetching ``model`` is, None if it is not fetched."""
        return self._progress.get(_key(model.file))

    def fetched_path(self, model: CatalogModel) -> Path | None:
        """Return where a model that was fetched lies, None before."""
        progress = self.progress_of(model)
        return progress.path if progress is not None else None

    def _on_answered(self, offers: Offers) -> None:
        if offers.use is self.use and offers.languages in ((), (self.language,)):
            self.offers, self.error = offers, None
            self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self.error = error
        self.changed.emit()

    def _on_heard(self, listed: tuple[FetchProgress, ...]) -> None:
        """Take the downloads; what was done before this program began says nothing of what is here now."""
        before = self._progress
        newest = {_key(row.order.files[0]): row for row in listed if row.order.files}
        self._progress = {
            key: row for key, row in newest.items() if row.state is not FetchState.DONE or key in before
        }
        self.progressed.emit()
        has_come = any(
            row.state is FetchState.DONE and before[key].state is not FetchState.DONE
            for key, row in self._progress.items()
            if key in before
        )
        if has_come and self.offers is not None:
            self.refresh()

    @Slot(object)
    def _on_engine_state_changed(self, state: EngineState) -> None:
        was_measuring = self.is_measuring
        self._state = state
        if was_measuring and not self.is_measuring and self.offers is not None:
            self.refresh()


def _key(file: RemoteFile) -> tuple[str, str]:
    """Return what names a file on whatever mirror."""
    return file.repo, file.path
