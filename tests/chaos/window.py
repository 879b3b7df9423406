"""The process under test: the program's own ``main`` with a witness, and a person or somebody who looks.

    python -m tests.chaos.window DATA_FOLDER JOURNAL SEED (look | ACTIVITY...)

It obeys lines on its standard input: "clock SECONDS" moves the time of day, "quit" presses Ctrl+Q, "give up"
answers the question whether to leave without what could not be saved.
"""

from __future__ import annotations

import datetime
import faulthandler
import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication

from lmstudio_lite.app.session import Services
from lmstudio_lite.ui import app
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme
from tests.chaos.activities import CTRL, Person, is_in_front
from tests.chaos.journal import Journal
from tests.chaos.looking import Looker
from tests.chaos.schedules import Activity
from tests.chaos.witness import LogWitness, Witness
from tests.ui.gestures import click, press

LOOK = "look"
_QUIT_MS = 50
_clock_shift_s = 0.0
_true_time, _true_time_ns = time.time, time.time_ns


class _ShiftedDatetime(datetime.datetime):
    """Tells the time that the jumped clock shows."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> _ShiftedDatetime:
        return cls.fromtimestamp(time.time(), tz)


def jump(shift_s: float) -> None:
    """Set the program's clock forward or back; the monotonic one goes on."""
    global _clock_shift_s
    _clock_shift_s += shift_s
    time.time = lambda: _true_time() + _clock_shift_s
    time.time_ns = lambda: _true_time_ns() + int(_clock_shift_s * 1e9)
    for name, module in list(sys.modules.items()):
        if name.startswith("lmstudio_lite.") and getattr(module, "datetime", None) is datetime.datetime:
            module.datetime = _ShiftedDatetime  # type: ignore[attr-defined]


class _Commands(QObject):
    """Obeys whoever runs the schedule. Lives on the GUI thread."""

    def __init__(self, window: MainWindow, journal: Journal) -> None:
        super().__init__(window)
        self._window = window
        self._journal = journal
        self._notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_readable)
        self._quitting = QTimer(self)
        self._quitting.setInterval(_QUIT_MS)
        self._quitting.timeout.connect(self._on_quitting)

    @Slot()
    def _on_readable(self) -> None:
        said = os.read(sys.stdin.fileno(), 4096)
        if not said:
            self._notifier.setEnabled(False)
        for line in said.decode().splitlines():
            match line.split():
                case ["clock", seconds]:
                    jump(float(seconds))
                    self._journal.reach(f"clock {seconds}")
                case ["give", "up"]:
                    if self._window.leaving.dialog is not None:
                        click(self._window.leaving.quit_button)
                case ["quit"]:
                    self._journal.reach("closing")
                    self._quitting.start()
                    self._on_quitting()

    @Slot()
    def _on_quitting(self) -> None:
        """Close what is in front first, as a person must, then the window."""
        modal = QApplication.activeModalWidget()
        if modal is not None:
            press(modal, Qt.Key.Key_Escape)
        elif is_in_front(self._window):
            self._quitting.stop()
            press(self._window, Qt.Key.Key_Q, CTRL)


def main(arguments: Sequence[str]) -> int:
    """Run the window; returns its exit code."""
    faulthandler.enable()
    data_folder, journal_file, seed, *tasks = arguments
    journal = Journal(Path(journal_file))
    logging.getLogger().addHandler(LogWitness(journal))

    class WatchedWindow(MainWindow):
        """The window itself, with those who watch and use it."""

        def __init__(self, services: Services, bridge: Bridge, theme: Theme) -> None:
            super().__init__(services, bridge, theme)
            witness = Witness(self, services, bridge, journal)
            _Commands(self, journal)
            QTimer.singleShot(0, self, lambda: self._begin(witness, services))

        def _begin(self, witness: Witness, services: Services) -> None:
            journal.reach("shown")
            if tasks == [LOOK]:
                Looker(self, services, journal).start()
            else:
                person = Person(self, witness, journal, Path(journal_file).parent, int(seed))
                person.start(tuple(Activity(task) for task in tasks))

    setattr(app, "MainWindow", WatchedWindow)  # noqa: B010 - the type checker forbids the plain form
    return app.main(["--data-dir", data_folder])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
