"""Says that a model has come and offers to switch to it: one button, and nothing happens without it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.downloads import FetchProgress, FetchState
from lmstudio_lite.domain.models import ModelFile
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.notice_strip import NoticeStrip
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr


class FetchedNotice(NoticeStrip):
    """Follows what is fetched, wherever it was asked for. GUI thread."""

    use_requested = Signal(object)  # Path

    def __init__(self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._services = services
        self._bridge = bridge
        self._under_way: set[str] = set()
        bridge.follow(services.fetching.subscribe, self._on_heard)

    def _on_heard(self, listed: tuple[FetchProgress, ...]) -> None:
        """Speak of what was seen under way and is done now, not of what was done before."""
        for row in listed:
            if row.state is not FetchState.DONE:
                self._under_way.add(row.order.id)
            elif row.order.id in self._under_way and row.path is not None:
                self._under_way.discard(row.order.id)
                self._describe(row.path)

    def _describe(self, path: Path) -> None:
        self._bridge.run(
            lambda context: self._services.library.describe(path),
            on_done=self._on_described,
            on_failed=self.notice.show_error,
            lane="library",
        )

    def _on_described(self, file: ModelFile) -> None:
        if file.is_embedding:
            self.notice.show_message(
                tr("{0} is here.").format(file.name), tr("It finds the evidence of summaries from now on.")
            )
            return
        self.notice.show_message(
            tr("{0} is here.").format(file.name),
            tr("Everything goes on with the model in use until you switch."),
            tr("Use it"),
            lambda: self._use(file.path),
        )

    def _use(self, path: Path) -> None:
        self.notice.clear()
        self.use_requested.emit(path)
