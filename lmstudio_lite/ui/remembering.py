"""Keeping a choice in the settings without letting a full or read-only disk disturb the work."""

from __future__ import annotations

import logging

from lmstudio_lite.errors import AppError
from lmstudio_lite.settings import SectionName, SettingsStore

log = logging.getLogger(__name__)


def remember(settings: SettingsStore, section: SectionName, **choices: object) -> None:
    """Save ``choices``; where that fails the choice holds until the program ends, and the log says why."""
    try:
        settings.update(section, **choices)
    except AppError as error:
        log.warning("a choice could not be saved: %s", error)
