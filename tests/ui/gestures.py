"""Drags, clicks and keys as the platform sends them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget


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


_HIGH = QPoint(40, 40)


def drag_enter(target: QWidget | QWindow, mime: QMimeData, place: QPoint = _HIGH) -> bool:
    """Send a drag to ``target`` as the platform does; True if it is accepted."""
    event = QDragEnterEvent(
        place,
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


def drop(target: QWidget | QWindow, mime: QMimeData, place: QPoint = _HIGH) -> bool:
    """Drop on ``target``; True if it is accepted."""
    event = QDropEvent(
        QPointF(place),
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


def click_window(widget: QWidget, place: QPoint | None = None) -> None:
    """Click as the window system does: at a place of the window, which finds what lies there."""
    window = widget.window()
    QTest.mouseClick(
        window.windowHandle(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        widget.mapTo(window, place or widget.rect().center()),
    )


def press(
    widget: QWidget, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    QTest.keyClick(widget, key, modifier)


def type_text(widget: QWidget, text: str) -> None:
    QTest.keyClicks(widget, text)


def turn_wheel(widget: QWidget, steps: int = -1) -> None:
    """Turn the wheel over the middle of ``widget``; below 0 towards the user, which scrolls down.

    As the window system sends it: Qt hands only such a turn on to the widgets beneath.
    """
    window = widget.window()
    place = QPointF(widget.mapTo(window, widget.rect().center()))
    QTest.wheelEvent(window.windowHandle(), place, QPoint(0, 120 * steps))
