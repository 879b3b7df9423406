"""The wheel scrolls pages; a value it changes only where the user has clicked.

A page that is scrolled carries sliders, number fields and boxes under the pointer, and Qt lets each take the
wheel: a setting changes unseen. One filter for the whole application: it covers every control of every
window, also those that Qt's own dialogs build. What is refused here is ignored, so that Qt hands the turn of
the wheel on to the page beneath.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QDial, QSlider, QTabBar, QWidget

_GUARDED = (QAbstractSpinBox, QComboBox, QSlider, QDial)
"""What holds a value. Scroll bars are no sliders to Qt, and are for the wheel."""


class WheelGuard(QObject):
    """Works from its making until it is deleted.

    A control takes the wheel from a click until the pointer leaves it; the focus that Tab gives is no click.
    Tabs never take it: who turns the wheel after choosing a tab wants to scroll what it shows.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._clicked: QWidget | None = None
        application = QCoreApplication.instance()
        assert application is not None, "a widget comes after its application"
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.Wheel:
                is_refused = isinstance(watched, QTabBar) or (
                    isinstance(watched, _GUARDED) and watched is not self._clicked
                )
                if is_refused:
                    event.ignore()
                return is_refused
            case QEvent.Type.MouseButtonPress:
                # A press that a control's inner line ignores is sent to the control as well.
                control = _control_of(watched)
                if control is not None:
                    self._clicked = control
            case QEvent.Type.Leave if watched is self._clicked:
                self._clicked = None
            case QEvent.Type.Polish if isinstance(watched, _GUARDED):
                # Qt gives the focus before it asks anybody whether the wheel is wanted.
                if watched.focusPolicy() == Qt.FocusPolicy.WheelFocus:
                    watched.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return False


def _control_of(watched: QObject) -> QWidget | None:
    """Return the control that ``watched`` is, or is within; a box's list is a window of its own."""
    widget = watched if isinstance(watched, QWidget) else None
    while widget is not None and not isinstance(widget, _GUARDED):
        widget = None if widget.isWindow() else widget.parentWidget()
    return widget
