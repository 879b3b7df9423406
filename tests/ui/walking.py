"""Looks for words that a person can't read whole: cut by their own widget, or by what is around it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QWidget

from lmstudio_lite.ui.elided_label import ElidedLabel

_SPARE = 1


def cut_texts(root: QWidget) -> list[str]:
    """Return what is cut among the visible labels and buttons of ``root``, each with how."""
    found = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        match widget:
            case ElidedLabel():
                continue  # says the whole on hovering
            case QLabel() if widget.text():
                found += _cut(widget, widget.text(), _label_needs(widget))
            case QPushButton() if widget.text():
                words = widget.text().replace("&", "")
                needed = widget.fontMetrics().horizontalAdvance(words), widget.fontMetrics().height()
                found += _cut(widget, words, needed)
            case QAbstractButton() if not widget.icon().isNull():
                size = widget.iconSize()
                found += _cut(widget, widget.accessibleName(), (size.width(), size.height()))
            case _:
                pass
    return found


def _label_needs(label: QLabel) -> tuple[int, int]:
    margins = label.contentsMargins()
    across, down = margins.left() + margins.right(), margins.top() + margins.bottom()
    if not label.wordWrap():
        lines = label.text().splitlines() or [""]
        width = max(label.fontMetrics().horizontalAdvance(line) for line in lines)
        return width + across, label.fontMetrics().height() * len(lines) + down
    inside = max(1, label.width() - across)
    flags = int(Qt.TextFlag.TextWordWrap)
    bounds = label.fontMetrics().boundingRect(0, 0, inside, 1 << 16, flags, label.text())
    return bounds.width() + across, bounds.height() + down


def _cut(widget: QWidget, words: str, needed: tuple[int, int]) -> list[str]:
    width, height = needed
    if width <= widget.width() + _SPARE and height <= widget.height() + _SPARE:
        return []
    return [f"{type(widget).__name__} “{words[:60]}” needs {width} × {height}, has {widget.size().toTuple()}"]
