"""What ``FILE|NAME`` means to the verbs that look into a file rather than load it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from lmstudio_lite.cli.terminal import open_services, resolve_model


def existing_file(name: str) -> Path | None:
    """Return the file of that name, absolute, a damaged one or any part of a model, too; None if none."""
    path = Path(os.path.expanduser(name))
    return path.absolute() if os.path.lexists(path) else None


def model_path(options: argparse.Namespace) -> Path:
    """Return the file that ``options.model`` names, or the file of the model that it names.

    Raises:
        ModelNotFoundError, ModelFileError: as ``resolve_model``, where there is no such file.
    """
    found = existing_file(options.model)
    if found is not None:
        return found
    with open_services(options) as services:
        return resolve_model(services, options.model)
