"""What the user typed: ``run`` and ``test``."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bootstrapping import machine, problems
from bootstrapping.backends import Backend
from bootstrapping.console import Console, end_like_ctrl_c_on_sigterm
from bootstrapping.environment import Environment, Wanted

_INTERRUPTED = 130
_OPTIONS_THAT_OPEN_NO_WINDOW = frozenset({"-h", "--help", "--version"})
_VERBS = frozenset(
    {
        "chat", "summarize", "translate", "read", "glossary", "memory", "knowledge", "personas", "history",
        "models", "doctor", "bench", "finetune", "classify", "extract", "write", "compare",
        "engine-worker", "document-helper", "training-worker", "memory-asker",
        "quantizer", "template-child", "formula-child",
    }
)  # fmt: skip
"""Those of the program, which can't be imported before it is set up."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command line, understood."""

    verb: str
    backend: Backend
    offline: bool
    arguments: tuple[str, ...]


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--backend",
        type=Backend,
        choices=list(Backend),
        default=Backend.AUTO,
        help="the engine's device (default: auto)",
    )
    shared.add_argument(
        "--offline", action="store_true", help="use only what is already on this machine; never the network"
    )
    parser = argparse.ArgumentParser(
        prog="bootstrap.py",
        description="Set up this checkout, then run the program or its checks.",
        epilog="These options stand right after the verb; everything after them goes on unchanged.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="run|test")
    verbs.add_parser(
        "run",
        parents=[shared],
        usage="bootstrap.py run [options] [ARGS…]",
        help="run the program with ARGS (none: open the window)",
    )
    verbs.add_parser(
        "test",
        parents=[shared],
        usage="bootstrap.py test [options] [pytest's ARGS…]",
        help="run format, lint, types, directions and tests",
    )
    return parser


def understand(argv: Sequence[str]) -> Asked:
    """Split ``argv`` into our own options and what goes on to the program or to pytest.

    argparse alone would claim every option, also those of pytest (``test -k name``).
    """
    num_ours = min(len(argv), 1)
    while num_ours < len(argv):
        word = argv[num_ours]
        if word == "--backend":
            num_ours += 2
        elif word in {"--offline", "-h", "--help"} or word.startswith("--backend="):
            num_ours += 1
        else:
            break
    rest = list(argv[num_ours:])
    if rest[:1] == ["--"]:
        del rest[0]
    ours = _parser().parse_args(argv[:num_ours])
    return Asked(ours.verb, ours.backend, ours.offline, tuple(rest))


def main(argv: Sequence[str]) -> int:
    """Set up what is needed and do ``argv``; return the exit status."""
    asked = understand(argv)
    checkout = Path(__file__).resolve().parents[2]
    console = Console(checkout / "build" / "bootstrap.log")
    environment = Environment(checkout, console, os.environ)
    end_like_ctrl_c_on_sigterm()
    extras = frozenset({"starter"} if asked.verb == "run" else {"starter", "test", "finetune"})
    try:
        set_up = environment.ensure(Wanted(asked.backend, extras, asked.offline))
        if asked.verb == "run":
            return _run(environment, console, asked.arguments, set_up)
        return _test(environment, console, asked.arguments)
    except problems.Problem as problem:
        console.say(f"\n{problem}")
        return 1
    except KeyboardInterrupt:
        console.say("\nStopped. The same command carries on from here.")
        return _INTERRUPTED
    except OSError as error:
        console.say(
            f"\n{error}\n  Check that this folder and its disk can be written to, then run this again."
        )
        return 1


def opens_window(arguments: Sequence[str]) -> bool:
    """Tell whether these arguments of the program name no terminal verb."""
    return not (_OPTIONS_THAT_OPEN_NO_WINDOW | _VERBS).intersection(arguments)


def _run(environment: Environment, console: Console, arguments: Sequence[str], set_up: bool) -> int:
    missing = machine.missing_window_libraries(os.environ) if set_up or opens_window(arguments) else []
    if opens_window(arguments):
        if missing:
            raise problems.no_window_libraries(missing)
        if not machine.has_display(os.environ):
            raise problems.no_display()
    elif missing:
        console.say(f"Note: {problems.no_window_libraries(missing)}")
    command = [str(environment.python), "-m", "lmstudio_lite", *arguments]
    if platform.system() != "Windows":
        sys.stdout.flush()
        os.execv(command[0], command)
    # Windows has no exec: its imitation would give the terminal back before the program ends.
    return subprocess.run(command, check=False).returncode


def variables_of_checks(variables: Mapping[str, str], system: str) -> dict[str, str]:
    """Return the variables of the checks: Qt draws offscreen where there is no screen."""
    if system == "Linux" and not machine.has_display(variables, system):
        return {**variables, "QT_QPA_PLATFORM": "offscreen"}
    return dict(variables)


SIDE_BY_SIDE = (
    *("domain", "formats", "words", "storage", "stored", "documents", "library", "hub", "tasks"),
    *("app", "cli", "ui"),
)
"""Tests that take one core or wait, and measure no time: two run at once. Others want all of the machine."""


def check_commands(environment: Environment, pytest_arguments: Sequence[str]) -> dict[str, list[str]]:
    """Return the checks by name, in order; pytest last, so that its closing line closes the output."""
    python = str(environment.python)
    return {
        "format": [python, "-m", "ruff", "format", "--check", "."],
        "lint": [python, "-m", "ruff", "check", "."],
        "types": [python, "-m", "mypy"],
        "imports": [str(environment.script("lint-imports"))],
        **_test_commands([python, "-m", "pytest", *pytest_arguments], pytest_arguments),
    }


def _test_commands(pytest: list[str], arguments: Sequence[str]) -> dict[str, list[str]]:
    """Return one run where tests are chosen; else those that bear another beside them, then the rest."""
    if not all(argument.startswith("--") for argument in arguments):
        return {"tests": pytest}
    folders = [f"tests/{name}" for name in SIDE_BY_SIDE]
    return {
        "tests, two at once": [*pytest, "-n", "2", "--dist", "loadfile", *folders],
        "tests": [*pytest, *(f"--ignore={folder}" for folder in folders)],
    }


def _test(environment: Environment, console: Console, pytest_arguments: Sequence[str]) -> int:
    missing = machine.missing_window_libraries({**os.environ, "QT_QPA_PLATFORM": "offscreen"})
    if missing:
        raise problems.no_window_libraries(missing)
    variables = variables_of_checks(os.environ, platform.system())
    failed = []
    for name, command in check_commands(environment, pytest_arguments).items():
        console.say(f"\n── {name} ──")
        status = subprocess.run(command, cwd=environment.checkout, env=variables, check=False).returncode
        if status != 0:
            failed.append(name)
    if failed:
        console.say(f"\nFailed: {', '.join(failed)}")
    return 1 if failed else 0
