"""The same data folder opened again, as the next process does, while this one still exists."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtWidgets import QApplication

from lmstudio_lite.app.session import Services
from lmstudio_lite.paths import Paths
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.database import Database
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.scripted_engine import ScriptedEngine


@contextmanager
def next_start(paths: Paths, engine: ScriptedEngine) -> Iterator[tuple[Services, Bridge]]:
    """Give services and a bridge of their own over the same files, tidied as at every start.

    Windows over them are closed before they are, as a process does: what is typed is written on closing.
    """
    database = Database.open(paths.database)
    services = Services(paths, SettingsStore(paths.settings_file), engine, database)
    services.results.purge_deleted()
    bridge = Bridge(services.jobs, engine)
    before = set(QApplication.topLevelWidgets())
    yield services, bridge
    for widget in set(QApplication.topLevelWidgets()) - before:
        if isinstance(widget, MainWindow):
            widget.close()
    bridge.close()
    services.jobs.close()
    database.close()
