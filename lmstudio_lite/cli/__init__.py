"""The same verbs for a terminal: ``chat``, ``summarize``, ``translate``, ``classify``, ``extract``, ``read``,
``write``, ``compare``, ``glossary``, ``memory``, ``personas``, ``history``, ``models list``, ``doctor``,
``bench``, ``finetune``.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 failed,
2 wrong usage, 130 interrupted. Without a verb the window opens; Qt is imported only then.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lmstudio_lite.app.language import speak
from lmstudio_lite.cli.grammar.parser import build_parser
from lmstudio_lite.cli.output import OutputError, forget_output, safe_streams
from lmstudio_lite.cli.sources import is_there, nearest, nearest_file
from lmstudio_lite.cli.terminal import EXIT_FAILED, EXIT_INTERRUPTED, complain, show_error
from lmstudio_lite.errors import AppError, CancelledError
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.translate import tr

VERBS = frozenset(
    {
        "chat",
        "summarize",
        "translate",
        "classify",
        "extract",
        "read",
        "write",
        "compare",
        "glossary",
        "memory",
        "personas",
        "knowledge",
        "history",
        "models",
        "doctor",
        "bench",
        "finetune",
        "-h",
        "--help",
        "--version",
    }
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a verb, or open the window; return the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    with safe_streams():
        try:
            try:
                exit_code = _run(arguments)
            except SystemExit as usage:  # argparse has said what is wrong, or printed its help.
                exit_code = usage.code if isinstance(usage.code, int) else EXIT_FAILED
            sys.stdout.flush()
        except BrokenPipeError:  # ``| head``: whoever read our output has gone; end quietly.
            forget_output()
            return EXIT_FAILED
        except OutputError as error:
            with contextlib.suppress(OSError, OutputError):
                complain(tr("the output can't be written: {0}.").format(error))
            forget_output()
            return EXIT_FAILED
        return exit_code


def _run(arguments: list[str]) -> int:
    speak(arguments)
    if not VERBS.intersection(arguments):
        return _open_window(arguments)
    as_json = False
    try:
        options = build_parser().parse_args(arguments)
        as_json = getattr(options, "json", False)
        exit_code: int = options.run(options)
    except (KeyboardInterrupt, CancelledError):
        return EXIT_INTERRUPTED
    except AppError as error:
        show_error(error, as_json=as_json)
        return EXIT_FAILED
    return exit_code


def _open_window(arguments: list[str]) -> int:
    """Open the window with the files in ``arguments``; say so where there is no screen or no such file."""
    if arguments and not arguments[0].startswith("-") and not is_there(arguments[0]):
        meant = nearest(arguments[0], (verb for verb in VERBS if not verb.startswith("-")))
        meant = meant or nearest_file(Path(arguments[0]))
        said = tr("“{0}” is neither a verb nor a file.").format(safe_line(arguments[0]))
        question = tr("Did you mean “{0}”?").format(safe_line(meant)) if meant else ""
        build_parser().error(f"{said} {question}".rstrip())
    variables = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(os.environ.get(name) for name in variables):
        complain(tr("there is no screen to open the window on.\nUse a verb instead: see --help."))
        return EXIT_FAILED
    from lmstudio_lite.ui.app import main as open_window

    return open_window(arguments)
