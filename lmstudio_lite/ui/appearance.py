"""Theme and size of text as they are chosen in the main menu: remembered, and shown at once."""

from __future__ import annotations

from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.ui.remembering import remember
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import next_text_scale


class Appearance:
    """What the settings say of the look, applied to the theme."""

    def __init__(self, theme: Theme, settings: SettingsStore) -> None:
        self._theme, self._settings = theme, settings

    def apply(self) -> None:
        """Show everything as the settings say."""
        look = self._settings.value.appearance
        self._theme.apply(
            look.theme,
            text_scale=look.text_scale,
            reduced_motion=look.reduced_motion,
            reading_width=look.reading_width,
        )

    def choose_theme(self, preference: str) -> None:
        """Show another theme: "light", "dark" or "system"."""
        remember(self._settings, "appearance", theme=preference)
        self.apply()

    def scale_text(self, step: int) -> None:
        """Show larger (1) or smaller (-1) text, or that of the system's size (0)."""
        wanted = next_text_scale(self._theme.text_scale, step) if step else 1.0
        remember(self._settings, "appearance", text_scale=wanted)
        self.apply()
