"""How this program starts itself again as a child, from a checkout, a wheel or a frozen build.

Every child is a hidden verb of the one entry point (``lmstudio_lite.__main__``): PyInstaller freezes
one executable, so a child can't be started by module name there.
"""

from __future__ import annotations

import sys

ENGINE_WORKER = "engine-worker"
DOCUMENT_HELPER = "document-helper"
TRAINING_WORKER = "training-worker"
QUANTIZER = "quantizer"


def child_command(verb: str) -> list[str]:
    """Return the command line that runs hidden ``verb`` in a new process of this same program."""
    if getattr(sys, "frozen", False):
        return [sys.executable, verb]
    return [sys.executable, "-m", "lmstudio_lite", verb]
