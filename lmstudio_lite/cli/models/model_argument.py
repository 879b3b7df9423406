"""What ``FILE|NAME`` means to the verbs that look into a file rather than load it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from lmstudio_lite.cli.terminal import open_services, resolve_model


def model_path(options: argparse.Namespace) -> Path:
    """Return the file that ``options.model`` names, absolute: a damaged one, or any part of a model, too.

    Raises:
        ModelNotFoundError, ModelFileError: as ``resolve_model``, where there is no such file.
    """
    path = Path(os.path.expanduser(options.model))
    if os.path.lexists(path):
        return path.absolute()
    with open_services(options) as services:
        return resolve_model(services, options.model)
