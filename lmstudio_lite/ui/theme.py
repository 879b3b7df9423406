"""The one place that colours, fonts and the style sheet come from.

A widget asks for a role, never for a colour: ``set_role(button, "primary")``. Roles known to the style
sheet are listed in ``style_sheet``. What paints itself reads ``theme.tokens`` and repaints on
``theme.changed``. The theme follows the system unless the settings say "light" or "dark".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from lmstudio_lite.paths import resources
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.icons import ICON_SIZE, tinted_icon
from lmstudio_lite.ui.style_sheet import build_style_sheet
from lmstudio_lite.ui.tokens import DARK, LIGHT, Tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QStyleHints

SYSTEM = "system"


def set_role(widget: QWidget, role: str) -> None:
    """Give ``widget`` a role of the style sheet; may be called again to change it."""
    if widget.property("role") == role:
        return
    widget.setProperty("role", role)
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)


class Theme(QObject):
    """Colours and fonts of the running application. Lives on the GUI thread."""

    changed = Signal()

    def __init__(self, app: QApplication, parent: QObject | None = None) -> None:
        super().__init__(parent or app)
        self._app = app
        self._preference = SYSTEM
        self._text_scale = 1.0
        self.reduced_motion = False
        self._reading_width = design.PROSE_WIDTH
        self._applied: tuple[Tokens, float, int] | None = None
        app.setStyle("Fusion")
        self._hints.colorSchemeChanged.connect(self._on_color_scheme_changed)
        self.apply(SYSTEM)

    @property
    def tokens(self) -> Tokens:
        return DARK if self.is_dark else LIGHT

    @property
    def is_dark(self) -> bool:
        if self._preference == SYSTEM:
            return self._hints.colorScheme() is Qt.ColorScheme.Dark
        return self._preference == "dark"

    @property
    def preference(self) -> str:
        """Return "system", "light" or "dark"."""
        return self._preference

    @property
    def text_scale(self) -> float:
        """Return how many times the system's text size the text has."""
        return self._text_scale

    def scaled(self, pixels: int) -> int:
        """Return the size that something drawn ``pixels`` large beside text of the system's size has now."""
        return round(pixels * self._text_scale)

    @property
    def _hints(self) -> QStyleHints:
        return self._app.styleHints()

    @property
    def reading_width(self) -> int:
        """Return how wide lines of messages may be, in pixels."""
        return self.scaled(self._reading_width)

    def apply(
        self,
        preference: str,
        *,
        text_scale: float = 1.0,
        reduced_motion: bool = False,
        reading_width: int = design.PROSE_WIDTH,
    ) -> None:
        """Show "system", "light" or "dark"; ``text_scale`` multiplies every font's size.

        ``reading_width`` is in pixels beside text of the system's size.
        """
        self._preference = preference
        self._text_scale = text_scale
        self._reading_width = reading_width
        self.reduced_motion = reduced_motion
        scheme = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(preference)
        if scheme is None:
            self._hints.unsetColorScheme()
        else:
            self._hints.setColorScheme(scheme)
        self._apply_now()

    def ui_font(self, scale: float = 1.0, *, bold: bool = False) -> QFont:
        """Return the system's UI font at ``scale`` times its size."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
        font.setPointSizeF(max(font.pointSizeF(), 9.0) * self._text_scale * scale)
        if bold:
            font.setWeight(QFont.Weight.DemiBold)
        return font

    def prose_font(self) -> QFont:
        """Return the font of long text; set with a line height of ``PROSE_LINE_HEIGHT``."""
        return self.ui_font(design.PROSE_SCALE)

    def code_font(self) -> QFont:
        """Return the system's fixed font for code."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setPointSizeF(self.ui_font().pointSizeF() * design.CODE_SCALE)
        return font

    def icon(self, name: str, colour: str = "") -> QIcon:
        """Return the outline icon ``name`` from ``resources/icons`` in ``colour``, the text's by default."""
        size = self.scaled(ICON_SIZE)
        return tinted_icon(name, colour or self.tokens.text, self.tokens.faint, size)

    def _apply_now(self) -> None:
        wanted = (self.tokens, self._text_scale, self._reading_width)
        if wanted == self._applied:
            return
        self._applied = wanted
        self._app.setFont(self.ui_font())
        self._app.setPalette(_palette(self.tokens))
        sheet = build_style_sheet(
            self.tokens,
            self.ui_font().pointSizeF(),
            self.code_font().families(),
            (resources() / "icons").as_posix(),
            self._text_scale,
        )
        self._app.setStyleSheet(sheet)
        self.changed.emit()

    @Slot()
    def _on_color_scheme_changed(self) -> None:
        self._apply_now()


def _palette(tokens: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for colour_role, colour in (
        (role.Window, tokens.page),
        (role.WindowText, tokens.text),
        (role.Base, tokens.surface),
        (role.AlternateBase, tokens.soft),
        (role.Text, tokens.text),
        (role.PlaceholderText, tokens.muted),
        (role.Button, tokens.surface),
        (role.ButtonText, tokens.text),
        (role.BrightText, tokens.danger),
        (role.Highlight, tokens.accent),
        (role.HighlightedText, tokens.on_accent),
        (role.Link, tokens.accent),
        (role.LinkVisited, tokens.accent),
        (role.ToolTipBase, tokens.surface),
        (role.ToolTipText, tokens.text),
        (role.Light, tokens.surface),
        (role.Midlight, tokens.line),
        (role.Mid, tokens.control_line),
        (role.Dark, tokens.muted),
        (role.Shadow, tokens.line),
        (role.Accent, tokens.accent),
    ):
        palette.setColor(colour_role, QColor(colour))
    for colour_role in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, colour_role, QColor(tokens.faint))
    return palette
