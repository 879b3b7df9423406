"""Keeping a choice in the settings without letting a slow, full or read-only disk disturb the work."""

from __future__ import annotations

from lmstudio_lite.settings import SectionName, SettingsStore


def remember(settings: SettingsStore, section: SectionName, **choices: object) -> None:
    """Let ``choices`` hold at once; they are saved in the background, or with the next ones that can be."""
    settings.hold(section, **choices)
