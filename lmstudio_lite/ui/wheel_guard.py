"""The wheel scrolls pages; a value it changes only where the user has clicked.

A page that is scrolled carries sliders, number fields and boxes under the pointer, and Qt lets each take the
wheel: a setting changes unseen. One guard covers every control of every window, also those that Qt's own
dialogs build: it looks where a wheel is turned over a window. What is refused here is ignored, so that Qt
hands the turn of the wheel on to the page beneath.

It is no filter of the application: that one would run Python for every event of every widget, and opening a
long conversation took half as long again.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Slot
from PySide6.QtGui import QGuiApplication, QMouseEvent, QWheelEvent, QWindow
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QDial, QSlider, QTabBar, QWidget

_GUARDED = (QAbstractSpinBox, QComboBox, QSlider, QDial)
"""What holds a value. Scroll bars are no sliders to Qt, and are for the wheel."""


class WheelGuard(QObject):
    """Works from its making until it is deleted, in every window that comes to the front.

    A control takes the wheel from a click until the pointer leaves it; the focus that Tab gives is no click.
    Tabs never take it: who turns the wheel after choosing a tab wants to scroll what it shows.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._clicked: QWidget | None = None
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication), "a widget comes after its application"
        application.focusWindowChanged.connect(self._on_focus_window_changed)

    @Slot(QWindow)
    def _on_focus_window_changed(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.Wheel:
                if isinstance(watched, QWindow) and isinstance(event, QWheelEvent):
                    self._watch(_control_at(watched, event.position().toPoint()))
                elif watched is not self._clicked:
                    event.ignore()
                    return True
            case QEvent.Type.MouseButtonPress:
                if isinstance(watched, QWindow) and isinstance(event, QMouseEvent):
                    control = _control_at(watched, event.position().toPoint())
                    self._watch(control)
                    self._clicked = control if isinstance(control, _GUARDED) else None
            case QEvent.Type.Leave if watched is self._clicked:
                self._clicked = None
        return False

    def _watch(self, control: QWidget | None) -> None:
        """See what ``control`` is sent from now on; a second time changes nothing."""
        if control is None:
            return
        control.installEventFilter(self)
        # Qt gives the focus before it asks anybody whether the wheel is wanted.
        if control.focusPolicy() == Qt.FocusPolicy.WheelFocus:
            control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


def _control_at(window: QWindow, place: QPoint) -> QWidget | None:
    """Return the control at ``place`` of ``window``, also where an inner line of it lies there."""
    root = QWidget.find(window.winId())
    widget = root.childAt(place) if root is not None else None
    while widget is not None and not isinstance(widget, (*_GUARDED, QTabBar)):
        widget = None if widget.isWindow() else widget.parentWidget()
    return widget
