"""What only the collector can free is destroyed on the GUI thread, whatever other threads allocate."""

from __future__ import annotations

import threading
import weakref

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot


class _Knot(QObject):
    """Refers to itself: only the collector frees it."""

    def __init__(self) -> None:
        super().__init__()
        self.itself = self


def _allocate() -> None:
    """Make more containers than any of the collector's thresholds lets pass."""
    rings: list[list[object]] = []
    for _ in range(200_000):
        ring: list[object] = []
        ring.append(ring)
        rings.append(ring)
        if len(rings) > 1_000:
            rings.clear()


def test_no_other_thread_destroys_a_widget(qtbot: QtBot) -> None:
    destroyed_on: list[threading.Thread] = []
    weakref.finalize(_Knot(), lambda: destroyed_on.append(threading.current_thread()))
    thread = threading.Thread(target=_allocate)
    thread.start()
    thread.join()
    assert destroyed_on == []
    qtbot.waitUntil(lambda: bool(destroyed_on), timeout=20_000)
    assert destroyed_on == [threading.main_thread()]
