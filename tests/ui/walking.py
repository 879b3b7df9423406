"""Looks for words that a person can't read whole: cut by their own widget, or by what is around it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QTabBar,
    QTextEdit,
    QWidget,
)

from lmstudio_lite.ui.choice_box import ChoiceBox
from lmstudio_lite.ui.elided_label import ElidedLabel

_SPARE = 1
_LINE_MARGIN = 2
"""Pixels that a line of text keeps free on each side."""


def cut_texts(root: QWidget) -> list[str]:
    """Return what is cut among the visible words of ``root``, each with how."""
    found = []
    for widget in [root, *root.findChildren(QWidget)]:
        if widget.isVisible() and not widget.visibleRegion().isEmpty():
            found += _cuts_of(widget)
    return found


def _cuts_of(widget: QWidget) -> list[str]:
    match widget:
        case ElidedLabel():
            return []  # says the whole on hovering
        case QLabel() if widget.text():
            return _cut(widget, widget.text(), _label_needs(widget))
        case QPushButton() if widget.text():
            return _cut(widget, widget.text(), _text_needs(widget, widget.text()))
        case QCheckBox() | QRadioButton():
            hint = widget.minimumSizeHint()
            return _cut(widget, widget.text(), (hint.width(), hint.height()))
        case QAbstractButton() if not widget.icon().isNull():
            size = widget.iconSize()
            return _cut(widget, widget.accessibleName(), (size.width(), size.height()))
        case ChoiceBox():
            return []  # ends in "…" where it has no room; its popup says the whole
        case QComboBox():
            return _cut(widget, widget.currentText(), _text_needs(widget, widget.currentText()))
        case QTabBar():
            return _cut_tabs(widget)
        case QGroupBox() if widget.title():
            return _cut(widget, widget.title(), _text_needs(widget, widget.title()))
        case QAbstractSpinBox():
            return _cut(widget, widget.text(), _text_needs(widget, widget.text()))
        case QLineEdit() if not isinstance(widget.parent(), QAbstractSpinBox | QComboBox):
            words = (widget.text() and widget.isReadOnly() and widget.text()) or ""
            return _cut_line(widget, words or ("" if widget.text() else widget.placeholderText()))
        case QTextEdit() | QPlainTextEdit() if not widget.toPlainText() and widget.placeholderText():
            return _cut_placeholder(widget)
        case QMenu():
            return _cut_entries(widget)
        case QAbstractItemView():
            return _cut_rows(widget)
        case _:
            return []


def _text_needs(widget: QWidget, words: str) -> tuple[int, int]:
    metrics = widget.fontMetrics()
    return metrics.horizontalAdvance(words.replace("&", "")), metrics.height()


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


def _cut_tabs(bar: QTabBar) -> list[str]:
    return [
        cut
        for place in range(bar.count())
        for cut in _cut(
            bar, bar.tabText(place), _text_needs(bar, bar.tabText(place)), bar.tabRect(place).size()
        )
    ]


def _cut_line(line: QLineEdit, words: str) -> list[str]:
    margins = line.textMargins()
    width, height = _text_needs(line, words)
    return _cut(line, words, (width + margins.left() + margins.right() + 2 * _LINE_MARGIN, height))


def _cut_placeholder(editor: QTextEdit | QPlainTextEdit) -> list[str]:
    room = editor.viewport().size()
    flags = int(Qt.TextFlag.TextWordWrap)
    words = editor.placeholderText()
    needed = editor.fontMetrics().boundingRect(0, 0, max(1, room.width()), 1 << 16, flags, words)
    return _cut(editor, words, (needed.width(), needed.height()), room)


def _cut_entries(menu: QMenu) -> list[str]:
    screen = menu.screen().availableGeometry()
    found = [] if screen.contains(menu.geometry()) else [f"a menu leaves the screen: {menu.geometry()}"]
    for action in menu.actions():
        if action.isVisible() and not action.isSeparator():
            place = menu.actionGeometry(action)
            found += _cut(menu, action.text(), _text_needs(menu, action.text()), place.size())
            if not menu.rect().contains(place):
                found.append(f"the entry “{action.text()}” is outside its menu")
    return found


def _cut_rows(view: QAbstractItemView) -> list[str]:
    """Rows that are too low, and in the popup of a box those that are too wide as well."""
    model, found = view.model(), []
    is_popup = bool(view.window().windowFlags() & Qt.WindowType.Popup == Qt.WindowType.Popup)
    for row in range(min(model.rowCount(), 20) if model is not None else 0):
        index = model.index(row, 0)
        place = view.visualRect(index)
        words = str(index.data() or "")
        if view.viewport().rect().contains(place.center()) and words:
            width, height = _text_needs(view, words)
            found += _cut(view, words, (width if is_popup else 0, height), place.size())
    return found


def _cut(widget: QWidget, words: str, needed: tuple[int, int], room: QSize | None = None) -> list[str]:
    room = room or widget.size()
    if needed[0] <= room.width() + _SPARE and needed[1] <= room.height() + _SPARE:
        return []
    return [f"{type(widget).__name__} “{words[:60]}” needs {needed[0]} × {needed[1]}, has {room.toTuple()}"]
