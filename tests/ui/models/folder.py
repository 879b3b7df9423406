"""Where the tests of the Models window put models."""

from __future__ import annotations

from pathlib import Path

from lmstudio_lite.app.session import Services


def models_folder(services: Services) -> Path:
    """Return the program's own models folder, made if it is not there."""
    services.paths.models.mkdir(parents=True, exist_ok=True)
    return services.paths.models
