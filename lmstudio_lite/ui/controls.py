"""Small controls that every tab uses: icon buttons, text buttons and cards that follow the theme."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Slot
from PySide6.QtGui import QIcon, QKeySequence
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from lmstudio_lite.ui.choice_box import ChoiceBox
from lmstudio_lite.ui.icons import ICON_SIZE
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme, set_role

BUTTON_SIZE = 30


class IconButton(QToolButton):
    """A square button with one outline icon. ``name`` is read to those who can't see it, and its tooltip."""

    def __init__(
        self,
        theme: Theme,
        icon: str,
        name: str,
        parent: QWidget | None = None,
        *,
        role: str = "",
        size: int = BUTTON_SIZE,
        icon_size: int = ICON_SIZE,
    ) -> None:
        """``size`` and ``icon_size`` are in pixels beside text of the system's size; they grow with it."""
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._size, self._icon_size = size, icon_size
        self._is_faded = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_name(name)
        if role:
            set_role(self, role)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def set_icon(self, icon: str) -> None:
        """Show another icon of ``resources/icons``."""
        if icon != self._icon:
            self._icon = icon
            self._draw()

    def set_faded(self, is_faded: bool) -> None:
        """Draw nothing but keep the place, and the way in by Tab."""
        if is_faded != self._is_faded:
            self._is_faded = is_faded
            self._draw()

    def set_name(self, name: str, shortcut: QKeySequence | None = None) -> None:
        """Name the button; a ``shortcut`` is shown in the tooltip, not installed."""
        self.setAccessibleName(name)
        keys = shortcut.toString(QKeySequence.SequenceFormat.NativeText) if shortcut else ""
        self.setToolTip(plain_tip(f"{name} ({keys})" if keys else name))

    @Slot()
    def _on_theme_changed(self) -> None:
        icon_size, size = self._theme.scaled(self._icon_size), self._theme.scaled(self._size)
        self.setIconSize(QSize(icon_size, icon_size))
        self.setFixedSize(size, size)
        self._draw()

    def _draw(self) -> None:
        if self._is_faded:
            self.setIcon(QIcon())
            return
        colour = self._theme.tokens.on_accent if self.property("role") == "primary" else ""
        self.setIcon(self._theme.icon(self._icon, colour))


class CardButton(QPushButton):
    """A button that holds labels, as high as they ask.

    A button does not ask its layout, and a height that is set once is lost: the style sheet's ``min-height``
    takes its place whenever the theme changes. So it is set again with every change.
    """

    def __init__(self, role: str, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, role)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def wanted_height(self) -> int:
        """Return the height in pixels that the labels need."""
        layout = self.layout()
        return layout.totalSizeHint().height() if layout is not None else 0

    def fit(self) -> None:
        """Be as high as the labels need; call it once they are there."""
        if self.layout() is not None:
            self.setFixedHeight(self.wanted_height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self.fit()

    def event(self, event: QEvent) -> bool:
        """Follow the labels, whose fonts change after the button's own."""
        if event.type() is QEvent.Type.LayoutRequest:
            self.fit()
        return super().event(event)


class WrappingButton(QPushButton):
    """A button whose words break where there is no room for them in one line."""

    def __init__(self, text: str, role: str, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, role)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(text)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        label = text_label(text, self, wrap=True)
        label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 9, 14, 9)
        self._row.addWidget(label)

    def sizeHint(self) -> QSize:
        return self._row.totalSizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._row.totalMinimumSize()

    def heightForWidth(self, width: int) -> int:
        """Return the height of the words at ``width``."""
        return self._row.totalHeightForWidth(width)


def text_button(text: str, parent: QWidget | None = None, *, role: str = "") -> QPushButton:
    """Make a button with words; roles are those of ``style_sheet``."""
    button = QPushButton(text, parent)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    if role:
        set_role(button, role)
    return button


def text_label(text: str, parent: QWidget | None = None, *, role: str = "", wrap: bool = False) -> QLabel:
    """Make a label of plain text; roles are those of ``style_sheet``."""
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    if role:
        set_role(label, role)
    return label


def choice_box(parent: QWidget, choices: Sequence[tuple[str, object]], current: object) -> QComboBox:
    """Make a box of (words, value); a current value that isn't among them is added as it is."""
    box = ChoiceBox(parent)
    for words, value in choices:
        box.addItem(words, value)
    if box.findData(current) < 0:
        box.addItem(str(current), current)
    box.setCurrentIndex(box.findData(current))
    return box
