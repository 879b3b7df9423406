"""Fields for numbers whose digits keep off the border.

Qt gives the field in a styled spin box all of the width, whatever padding its style asks for (seen in Qt
6.11): the digits would stick to the line. So the field itself keeps them away.
"""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox, QWidget

from lmstudio_lite.ui import tokens as design

_INSET = design.SPACE_8 - 2
"""What Qt's own field adds is 2 pixels."""


class NumberBox(QSpinBox):
    """A field for a whole number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _keep_off(self)


class DecimalBox(QDoubleSpinBox):
    """A field for a number with decimals."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _keep_off(self)


def _keep_off(box: QAbstractSpinBox) -> None:
    box.lineEdit().setTextMargins(_INSET, 0, _INSET, 0)
