"""The large drop area of an empty tab: what to drop, and the two other ways in.

Drops themselves are caught for the whole window by ``ui.drops``; this widget invites them.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from lmstudio_lite.ui.icons import tinted_pixmap
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.tokens import RADIUS, SPACE_8, SPACE_12, SPACE_16, SPACE_32, TITLE_SCALE
from lmstudio_lite.words.translate import tr

_ICON_SIZE = 40
_WIDTH = 560
_WIDTH_MIN = 320
_EDGE_INSET = 1.5


class DropArea(QWidget):
    """A dashed field with a headline, small print and the buttons ``Open…`` and ``Paste text``.

    A click anywhere on it is ``Open…``.
    """

    open_clicked = Signal()
    paste_clicked = Signal()

    def __init__(self, theme: Theme, headline: str, formats: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_hovered = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setMaximumWidth(_WIDTH)
        self.setMinimumWidth(_WIDTH_MIN)
        self._icon = QLabel(self)
        self._headline = QLabel(headline, self)
        self._formats = QLabel(formats, self)
        self.open_button = QPushButton(tr("Open…"), self)
        self.paste_button = QPushButton(tr("Paste text"), self)
        self._column = QVBoxLayout(self)
        self._build()
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def sizeHint(self) -> QSize:
        """Prefer the full width, and the height that the words need there."""
        return QSize(_WIDTH, self._column.totalHeightForWidth(_WIDTH))

    def heightForWidth(self, width: int) -> int:
        """Return the height at ``width``, which never grows beyond ``_WIDTH``."""
        return self._column.totalHeightForWidth(min(_WIDTH, width))

    def minimumSizeHint(self) -> QSize:
        """Never squeeze the words."""
        return QSize(_WIDTH_MIN, self._column.totalHeightForWidth(min(_WIDTH, max(_WIDTH_MIN, self.width()))))

    def enterEvent(self, event: QEvent) -> None:
        """Answer the pointer with a stronger edge."""
        self._is_hovered = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Return to the quiet edge."""
        self._is_hovered = False
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open files on a click."""
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.open_clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and the dashed edge."""
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(tokens.surface))
        edge = QPen(QColor(tokens.accent if self._is_hovered else tokens.control_line), 1.5)
        edge.setDashPattern([4, 4])
        painter.setPen(edge)
        frame = QRectF(self.rect()).adjusted(_EDGE_INSET, _EDGE_INSET, -_EDGE_INSET, -_EDGE_INSET)
        painter.drawRoundedRect(frame, RADIUS, RADIUS)
        painter.end()

    def _build(self) -> None:
        set_role(self._formats, "small")
        set_role(self.open_button, "primary")
        for label in (self._icon, self._headline, self._formats):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
        self.open_button.setToolTip(
            tr("Choose documents ({0})").format(_shown(QKeySequence.StandardKey.Open))
        )
        self.paste_button.setToolTip(
            tr("Use the text on the clipboard ({0})").format(_shown(QKeySequence.StandardKey.Paste))
        )
        for button in (self.open_button, self.paste_button):
            button.setAccessibleName(button.text())
            button.setCursor(Qt.CursorShape.ArrowCursor)
        self.open_button.clicked.connect(self._on_open_clicked)
        self.paste_button.clicked.connect(self._on_paste_clicked)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_8)
        buttons.addStretch()
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.paste_button)
        buttons.addStretch()
        layout = self._column
        layout.setContentsMargins(SPACE_32, SPACE_32 + SPACE_8, SPACE_32, SPACE_32 + SPACE_8)
        layout.setSpacing(SPACE_12)
        layout.addWidget(self._icon)
        layout.addSpacing(SPACE_8)
        layout.addWidget(self._headline)
        layout.addWidget(self._formats)
        layout.addSpacing(SPACE_16)
        layout.addLayout(buttons)

    @Slot()
    def _on_theme_changed(self) -> None:
        tokens = self._theme.tokens
        size = self._theme.scaled(_ICON_SIZE)
        self._icon.setPixmap(tinted_pixmap("document", tokens.accent, size, self.devicePixelRatioF()))
        self._headline.setFont(self._theme.ui_font(TITLE_SCALE, bold=True))
        self.updateGeometry()
        self.update()

    @Slot()
    def _on_open_clicked(self) -> None:
        self.open_clicked.emit()

    @Slot()
    def _on_paste_clicked(self) -> None:
        self.paste_clicked.emit()


def _shown(key: QKeySequence.StandardKey) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
