"""A box to choose from whose choice ends in "…" where it has no room: Qt's own cuts a letter in two."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

_INSIDE_FIELD = 4
"""Pixels that styles leave beside the text."""
_MISSED_BY_STYLE = 16
"""Pixels by which a styled box's own idea of its width is too small for its text and arrow."""


class ChoiceBox(QComboBox):
    """A combo box without an edit field."""

    @property
    def shown_text(self) -> str:
        """Return the choice as it is drawn."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        return self.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, field.width() - _INSIDE_FIELD
        )

    def sizeHint(self) -> QSize:
        return super().sizeHint() + QSize(_MISSED_BY_STYLE, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        option.currentText = self.shown_text
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
