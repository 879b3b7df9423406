"""Detects the language of what is typed, after a short pause; only the newest answer is told."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.ui.bridge import Bridge

_PAUSE_MS = 200
_SAMPLE_LENGTH = 6000


class LanguageDetector(QObject):
    """Lives on the GUI thread; the detection itself is a job."""

    detected = Signal(str)  # ISO 639-1, "" when it can't be told

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._number = 0
        self._sample = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._on_pause_timeout)

    def follow(self, text: str) -> None:
        """Detect ``text``'s language once typing pauses."""
        self._number += 1
        self._sample = text[:_SAMPLE_LENGTH]
        self._pause.start()

    def forget(self) -> None:
        """Tell nothing of what was asked before."""
        self._number += 1
        self._pause.stop()

    @Slot()
    def _on_pause_timeout(self) -> None:
        number, sample = self._number, self._sample

        def tell(code: str) -> None:
            if number == self._number:
                self.detected.emit(code)

        self._bridge.run(lambda context: detect_language(sample), on_done=tell, lane="language")
