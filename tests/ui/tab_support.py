"""What the tests of the document tabs share: services over a scripted engine, files, drags."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from lmstudio_lite.engine.interface import EngineClient
from lmstudio_lite.paths import ensure_writable, portable_paths
from lmstudio_lite.services import Services
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.database import Database
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.theme import Theme
from tests.ui.scripted_engine import ScriptedEngine


@contextmanager
def services_over(engine: EngineClient, folder: Path) -> Iterator[Services]:
    """Open services in ``folder`` with any engine; closes what it opened."""
    paths = portable_paths(folder)
    ensure_writable(paths)
    database = Database.open(paths.database)
    services = Services(paths, SettingsStore(paths.settings_file), engine, database)
    try:
        yield services
    finally:
        services.jobs.close()
        engine.close()
        database.close()


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp)


@pytest.fixture
def engine(tmp_path: Path) -> ScriptedEngine:
    engine = ScriptedEngine()
    engine.set_ready(tmp_path / "scripted.gguf")
    return engine


@pytest.fixture
def services(engine: ScriptedEngine, tmp_path: Path) -> Iterator[Services]:
    with services_over(engine, tmp_path / "data") as services:
        yield services


@pytest.fixture
def bridge(services: Services, qapp: QApplication) -> Iterator[Bridge]:
    bridge = Bridge(services.jobs, services.engine)
    yield bridge
    services.jobs.close()
    bridge.close()


def mime_of(*paths: Path, text: str = "", link: str = "") -> QMimeData:
    mime = QMimeData()
    urls = [QUrl.fromLocalFile(str(path)) for path in paths]
    if link:
        urls.append(QUrl(link))
    if urls:
        mime.setUrls(urls)
    if text:
        mime.setText(text)
    return mime


def drag_enter(target: QWidget | QWindow, mime: QMimeData) -> bool:
    """Send a drag to ``target`` as the platform does; True if it is accepted."""
    event = QDragEnterEvent(
        QPoint(40, 40),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    event.ignore()
    QApplication.sendEvent(target, event)
    return event.isAccepted()


def drag_leave(target: QWidget | QWindow) -> None:
    QApplication.sendEvent(target, QDragLeaveEvent())


def drop(target: QWidget | QWindow, mime: QMimeData) -> bool:
    """Drop on ``target``; True if it is accepted."""
    event = QDropEvent(
        QPointF(40, 40),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    event.ignore()
    QApplication.sendEvent(target, event)
    return event.isAccepted()


def click(widget: QWidget, place: QPoint | None = None) -> None:
    """Click with the left button, in the middle by default."""
    QTest.mouseClick(
        widget,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        place or widget.rect().center(),
    )


def press(
    widget: QWidget, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    QTest.keyClick(widget, key, modifier)


def type_text(widget: QWidget, text: str) -> None:
    QTest.keyClicks(widget, text)
