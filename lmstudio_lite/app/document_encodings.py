"""The encodings that the user chose for texts, kept by their paths in the settings."""

from __future__ import annotations

from pathlib import Path

from lmstudio_lite.documents.charset.labels import encoding_named
from lmstudio_lite.settings import SettingsStore

_MOST_KEPT = 300


def kept_encoding(settings: SettingsStore, path: Path) -> str:
    """Return what the user chose for the text at ``path``, "" for nothing or what is no encoding."""
    return encoding_named(settings.value.documents.encodings.get(_key(path), ""))


def keep_encoding(settings: SettingsStore, path: Path, encoding: str) -> None:
    """Keep a choice in place of the one before; the oldest of many is forgotten. Waits for the disk.

    Raises:
        StorageError: the settings can't be saved.
    """
    kept = {each: name for each, name in settings.value.documents.encodings.items() if each != _key(path)}
    newest = dict(list(kept.items())[-(_MOST_KEPT - 1) :])
    settings.update("documents", encodings={**newest, _key(path): encoding})


def _key(path: Path) -> str:
    # TOML holds no surrogates, which stand for bytes of a name that are no UTF-8.
    return str(path.absolute()).encode("utf-8", "backslashreplace").decode()
