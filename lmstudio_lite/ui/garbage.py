"""Collects garbage on the GUI thread alone, so that no other thread ever destroys a widget.

Python collects reference cycles on whichever thread happens to allocate. Where that is a job's thread and
the cycle holds a ``QObject``, Qt's destructor takes a lock there and then waits for the interpreter, which
the GUI thread holds while it waits for that lock: the window stands still for ever.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer, Slot

_INTERVAL_MS = 1_000
_FULL_INTERVAL_S = 30.0
"""Between collections of everything: each takes the GUI thread some 50 ms."""


class GuiThreadGarbage(QObject):
    """Stands in for Python's own collector from construction to ``close``. Made on the GUI thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        self._full_at_s = time.monotonic()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_timeout)
        self._timer.start(_INTERVAL_MS)

    def close(self) -> None:
        """Give the work back to Python's collector. Idempotent."""
        self._timer.stop()
        if self._was_enabled:
            gc.enable()

    @Slot()
    def _on_timeout(self) -> None:
        """Collect the oldest generation that is due, as Python's collector would."""
        young, middle, old = (
            count > threshold for count, threshold in zip(gc.get_count(), gc.get_threshold(), strict=True)
        )
        if old and time.monotonic() - self._full_at_s > _FULL_INTERVAL_S:
            gc.collect()
            self._full_at_s = time.monotonic()
        elif middle or old:
            gc.collect(1)
        elif young:
            gc.collect(0)
