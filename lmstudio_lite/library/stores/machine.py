"""Where a system's programs keep their things: home, data, settings and cache folders, and the environment.

A value, so that the tests build the layouts of all three systems on one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Machine:
    """``system`` is as ``sys.platform`` has it: "linux", "darwin", "win32"."""

    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    system: str = "linux"

    @property
    def data(self) -> Path:
        """Return where programs keep what belongs to their user (``%APPDATA%`` on Windows)."""
        if self.system == "win32":
            return self.variable("APPDATA") or self.home / "AppData" / "Roaming"
        if self.system == "darwin":
            return self.home / "Library" / "Application Support"
        return self.variable("XDG_DATA_HOME") or self.home / ".local" / "share"

    @property
    def local_data(self) -> Path:
        """Return where programs keep what is large and stays on this machine."""
        if self.system == "win32":
            return self.variable("LOCALAPPDATA") or self.home / "AppData" / "Local"
        return self.data

    @property
    def config(self) -> Path:
        """Return where programs keep their settings."""
        if self.system == "linux":
            return self.variable("XDG_CONFIG_HOME") or self.home / ".config"
        return self.data

    @property
    def cache(self) -> Path:
        """Return where programs keep what they can get again."""
        if self.system == "win32":
            return self.local_data
        if self.system == "darwin":
            return self.home / "Library" / "Caches"
        return self.variable("XDG_CACHE_HOME") or self.home / ".cache"

    def variable(self, name: str) -> Path | None:
        """Return the folder that an environment variable names, None if it is unset or no whole path."""
        return self.path(self.environment.get(name, ""))

    def path(self, text: str) -> Path | None:
        """Return what a setting names, None for nothing and for what is no whole path."""
        text = text.strip().strip('"')
        if text.startswith("~"):
            text = str(self.home) + text[1:]
        if not text or "\0" in text or not os.path.isabs(text):
            return None
        return Path(text)


def this_machine() -> Machine:
    """Return the machine that the program runs on."""
    return Machine(Path(os.path.expanduser("~")), os.environ, sys.platform)
