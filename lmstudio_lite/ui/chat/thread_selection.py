"""A selection that runs across the paragraphs, code and messages of a thread.

Each of them is a view of its own, which selects within itself. While the pointer is dragged out of the view
in which it was pressed, the views up to the one under it are selected too, and all of it is copied as one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, Qt
from PySide6.QtGui import QMouseEvent, QTextCursor
from PySide6.QtWidgets import QScrollArea, QTextEdit, QWidget

from lmstudio_lite.ui.prose_copy import copied

_EDGE = 16


class ThreadSelection(QObject):
    """Watches the text views of one thread. GUI thread."""

    def __init__(self, area: QScrollArea, messages: Callable[[], Sequence[Sequence[QTextEdit]]]) -> None:
        """``messages`` returns what shows the text of each message, in order."""
        super().__init__(area)
        self._area = area
        self._messages = messages
        self._origin: QTextEdit | None = None

    def watch(self, view: QTextEdit) -> None:
        """Have ``view`` take part; may be called again."""
        view.viewport().removeEventFilter(self)
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the pointer from view to view."""
        if isinstance(event, QMouseEvent) and isinstance(watched, QWidget):
            view = watched.parent()
            is_left = Qt.MouseButton.LeftButton in (event.button(), event.buttons())
            goes_on = Qt.KeyboardModifier.ShiftModifier in event.modifiers()
            if event.type() is QEvent.Type.MouseButtonPress and is_left and isinstance(view, QTextEdit):
                if not goes_on:
                    self._begin(view)
            elif event.type() is QEvent.Type.MouseMove and is_left and self._origin is view:
                return self._extend(event.globalPosition().toPoint())
        return super().eventFilter(watched, event)

    def copy(self, view: QTextEdit) -> QMimeData | None:
        """Return all that is selected if it is more than what ``view`` has, else None."""
        parts = [
            [each for each in message if each.textCursor().hasSelection()] for message in self._messages()
        ]
        views = [each for part in parts for each in part]
        if len(views) < 2 or view not in views:
            return None
        mime = copied([each.textCursor() for each in views])
        texts = ["\n".join(_text(each) for each in part) for part in parts if part]
        mime.setText("\n\n".join(texts))
        return mime

    def _views(self) -> list[QTextEdit]:
        return [view for message in self._messages() for view in message if view.isVisible()]

    def _begin(self, origin: QTextEdit) -> None:
        self._origin = origin
        for view in self._views():  # the origin's as well: a press on what is selected would drag that away
            _clear(view)

    def _extend(self, place: QPoint) -> bool:
        """Select up to ``place`` of the screen; False if that is in the view where it began."""
        views, origin = self._views(), self._origin
        if origin is None or origin not in views:
            return False
        start, end = views.index(origin), _index_at(views, place, views.index(origin))
        for number, view in enumerate(views):
            if number != start and not min(start, end) < number < max(start, end):
                if number != end:
                    _clear(view)
            elif number != start:
                _select(view, QTextCursor.MoveOperation.Start, None)
        if start == end:
            return False
        is_down = end > start
        begin, finish = QTextCursor.MoveOperation.Start, QTextCursor.MoveOperation.End
        cursor = origin.textCursor()
        cursor.setPosition(cursor.anchor())
        cursor.movePosition(finish if is_down else begin, QTextCursor.MoveMode.KeepAnchor)
        origin.setTextCursor(cursor)
        _select(views[end], begin if is_down else finish, place)
        self._keep_in_sight(place)
        return True

    def _keep_in_sight(self, place: QPoint) -> None:
        page = self._area.widget()
        if page is not None:
            spot = page.mapFromGlobal(place)
            self._area.ensureVisible(spot.x(), spot.y(), 0, _EDGE)


def _index_at(views: Sequence[QTextEdit], place: QPoint, origin: int) -> int:
    """Return the number of the view at the height of ``place``, or the nearest towards ``origin``."""
    tops = [view.mapToGlobal(QPoint(0, 0)).y() for view in views]
    if place.y() >= tops[origin]:
        return max(
            (number for number in range(origin, len(views)) if tops[number] <= place.y()), default=origin
        )
    inside = (number for number in range(origin) if tops[number] + views[number].height() >= place.y())
    return min(inside, default=origin)


def _select(view: QTextEdit, anchor: QTextCursor.MoveOperation, place: QPoint | None) -> None:
    """Select from an end of ``view`` to ``place`` of the screen, None: to the other end."""
    cursor = view.textCursor()
    cursor.movePosition(anchor)
    if place is None:
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
    else:
        there = view.cursorForPosition(view.viewport().mapFromGlobal(place))
        cursor.setPosition(there.position(), QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)


def _clear(view: QTextEdit) -> None:
    cursor = view.textCursor()
    if cursor.hasSelection():
        cursor.clearSelection()
        view.setTextCursor(cursor)


def _text(view: QTextEdit) -> str:
    selected = getattr(view, "selected_code", None)
    return str(selected()) if selected is not None else copied([view.textCursor()]).text()
