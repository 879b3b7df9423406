"""Keeping a choice in the settings without letting a full or read-only disk disturb the work."""

from __future__ import annotations

import logging

from lmstudio_lite.errors import AppError, StorageError
from lmstudio_lite.settings import SectionName, SettingsStore

log = logging.getLogger(__name__)


def remember(settings: SettingsStore, section: SectionName, **choices: object) -> None:
    """Save ``choices``; where that fails they hold all the same, and are saved with the next ones."""
    try:
        settings.update(section, **choices)
    except StorageError as error:
        settings.hold(section, **choices)
        log.warning("a choice could not be saved yet: %s", error)
    except AppError as error:
        log.warning("a choice could not be saved: %s", error)
