"""What ``build.py`` does: an environment, a frozen folder, and this system's packages from it."""

from __future__ import annotations

import argparse
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

from bootstrapping import problems
from bootstrapping.backends import Backend
from bootstrapping.console import CommandFailedError, Console, end_like_ctrl_c_on_sigterm
from bootstrapping.environment import Environment, Wanted

from bundling import freezing, linux, macos, windows
from bundling.freezing import Bundle

_INTERRUPTED = 130


def main(argv: Sequence[str]) -> int:
    """Build this system's packages and print their sizes; return the exit status."""
    parser = argparse.ArgumentParser(prog="build.py", description="Build what people double-click, in dist/.")
    parser.add_argument(
        "--starter",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="include the starter model (default: yes)",
    )
    parser.add_argument("--offline", action="store_true", help="use only what is already on this machine")
    asked = parser.parse_args(argv)
    checkout = Path(__file__).resolve().parents[2]
    console = Console(checkout / "build" / "bundle.log")
    end_like_ctrl_c_on_sigterm()
    try:
        bundle = _freeze(checkout, console, with_starter=asked.starter, offline=asked.offline)
        for made in _package(bundle, checkout, console):
            console.say(f"  {made.stat().st_size / 1e6:7.1f} MB  {made.relative_to(checkout)}")
    except problems.Problem as problem:
        console.say(f"\n{problem}")
        return 1
    except CommandFailedError as failure:
        failed = problems.step_failed(str(failure), str(console.log), failure.tail)
        console.say(f"\n{failed}")
        return 1
    except KeyboardInterrupt:
        console.say("\nStopped. The same command starts over, with what was already compiled.")
        return _INTERRUPTED
    return 0


def _freeze(checkout: Path, console: Console, *, with_starter: bool, offline: bool) -> Bundle:
    folder = checkout / "build" / "bundle-venv"
    environment = Environment(checkout, console, os.environ, folder=folder, is_portable=True)
    backend = Backend.METAL if platform.system() == "Darwin" else Backend.CPU
    environment.ensure(Wanted(backend, frozenset({"starter", "bundle"}), offline))
    return freezing.freeze(environment, console, version=_version(checkout), with_starter=with_starter)


def _package(bundle: Bundle, checkout: Path, console: Console) -> list[Path]:
    match platform.system():
        case "Windows":
            return windows.package(bundle, checkout, console)
        case "Darwin":
            return macos.package(bundle, checkout, console)
        case _:
            return linux.package(bundle, checkout, console)


def _version(checkout: Path) -> str:
    """Return the program's version, read rather than imported: nothing is installed in this Python."""
    source = (checkout / "lmstudio_lite" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"', source, re.MULTILINE)
    if found is None:
        raise problems.Problem("lmstudio_lite/__init__.py names no __version__.", ())
    return found[1]
