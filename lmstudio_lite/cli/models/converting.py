"""``models convert``: a Hugging Face folder with safetensors as GGUF."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from lmstudio_lite import words
from lmstudio_lite.cli.models.quantize import say_progress
from lmstudio_lite.cli.terminal import (
    EXIT_INTERRUPTED,
    EXIT_OK,
    Progress,
    cancelled_by_ctrl_c,
    note,
    open_services,
    print_json,
)
from lmstudio_lite.domain.conversion import Calibration, Conversion
from lmstudio_lite.errors import CancelledError
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.conversion import say_text_only


def run(options: argparse.Namespace) -> int:
    """Convert the folder and print the new file's name."""
    calibration = None if options.calibrate is None else Calibration(texts=tuple(options.calibrate))
    with open_services(options) as services, cancelled_by_ctrl_c() as cancellation:
        progress = Progress()
        try:
            made = services.converting.convert_folder(
                *(options.folder, options.output, options.type, cancellation),
                lambda done: progress.show(say_progress(done)),
                calibration=calibration,
            )
        except CancelledError:
            return EXIT_INTERRUPTED
        finally:
            progress.end()
    return _show(made, as_json=options.json)


def _show(made: Conversion, *, as_json: bool) -> int:
    if as_json:
        print_json(asdict(made) | {"path": str(made.path)})
    else:
        sizes = words.say_size(made.size_before_bytes), words.say_size(made.size_bytes)
        sys.stdout.write(f"{safe_line(str(made.path))}\n{sizes[0]} → {sizes[1]}\n")
        if made.is_text_only:
            note(say_text_only())
    return EXIT_OK
