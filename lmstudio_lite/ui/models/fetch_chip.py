"""The place in the main window that shows a download: "Fetching 34 %"; a click opens the list of them.

It is also what lets go on what was running when the program last ended: that, and nothing else, opens a
connection by itself.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton, QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.downloads import FetchProgress, FetchState
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button
from lmstudio_lite.ui.models.downloads_watch import DownloadsWatch
from lmstudio_lite.words.downloads import say_short

_ON_THE_NETWORK = frozenset((FetchState.QUEUED, FetchState.FETCHING, FetchState.WAITING))


def fetch_chip(
    services: Services, bridge: Bridge, parent: QWidget, on_fetching: Callable[[bool], None]
) -> QPushButton:
    """Make a button that is there while something is fetched, or has failed.

    ``on_fetching`` hears whether the network is used, or will be without another word of the user's.
    """
    chip = text_button("", parent, role="quiet")
    _Follower(services, bridge, chip, on_fetching)
    return chip


class _Follower(QWidget):
    """Words the chip. A child of it, never shown."""

    def __init__(
        self, services: Services, bridge: Bridge, chip: QPushButton, on_fetching: Callable[[bool], None]
    ) -> None:
        super().__init__(chip)
        self._on_fetching = on_fetching
        self.hide()
        self._chip = chip
        self._chip.hide()
        self._watch = DownloadsWatch(services, bridge, self)
        self._watch.changed.connect(self._on_changed)
        bridge.run(lambda context: services.fetching.go_on(), on_done=self._on_gone_on, lane="downloads")

    def _on_gone_on(self, num_running: int) -> None:
        if num_running:
            self._watch.read()

    @Slot(object)
    def _on_changed(self, listed: tuple[FetchProgress, ...]) -> None:
        words = say_short(listed)
        if words != self._chip.text():
            self._chip.setText(words)
            self._chip.setAccessibleName(words)
        self._chip.setVisible(bool(words))
        self._on_fetching(any(progress.state in _ON_THE_NETWORK for progress in listed))
