"""Where the engine (llama-cpp-python) comes from: our cache, upstream's own index, or the compiler.

A compiled engine is kept outside ``.venv``, under a key of everything that decides whether it runs
here, so that a rebuilt environment or a second checkout does not compile for minutes again.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bootstrapping import backends, machine, problems
from bootstrapping.backends import Backend
from bootstrapping.console import CommandFailedError, Console

_INDEX = "https://abetlen.github.io/llama-cpp-python/whl"
_INDEX_TIMEOUT_S = 3.0
_FILE_STEM = "llama_cpp_python"


@dataclass(frozen=True, slots=True)
class EngineBuild:
    """One build of the engine: its version, its device, and whether it is for this CPU or for all."""

    version: str
    backend: Backend
    system: str
    is_portable: bool = False

    def key(self, fingerprint: str, environment: Mapping[str, str]) -> str:
        """Return the cache's name for it: version, backend, flags and the CPU's features."""
        compiled = self.compile_environment(environment)
        flags = [compiled["CMAKE_ARGS"], compiled["CFLAGS"], compiled["CXXFLAGS"]]
        cpu = platform.machine() if self.is_portable else fingerprint
        decides = [self.version, self.backend, self.system, *flags, *platform.libc_ver(), cpu]
        return f"{self.version}-{self.backend}-{hashlib.sha256('|'.join(decides).encode()).hexdigest()[:16]}"

    def compile_environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return ``environment`` with this build's flags, for all of this machine's cores."""
        return backends.compile_environment(
            self.backend,
            system=self.system,
            num_cores=os.cpu_count() or 1,
            environment=environment,
            is_portable=self.is_portable,
        )


def cached_wheel(folder: Path) -> Path | None:
    """Return the one whole wheel in ``folder``, if it is there."""
    found = sorted(folder.glob(f"{_FILE_STEM}-*.whl"))
    return found[0] if found else None


def index_url(build: EngineBuild) -> str | None:
    """Return upstream's index for ``build``, or None when upstream has none for this CUDA release."""
    cuda = backends.cuda_version() if build.backend is Backend.CUDA else None
    variant = backends.index_variant(build.backend, cuda)
    return f"{_INDEX}/{variant}" if variant else None


def index_offers(url: str, version: str, timeout_s: float = _INDEX_TIMEOUT_S) -> bool:
    """Tell whether the index at ``url`` answers in time and lists a wheel of ``version``.

    The look-up has its own thread: a name server that never answers ignores socket timeouts.
    """
    pages: list[str] = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(f"{url}/llama-cpp-python/", timeout=timeout_s) as answer:
                pages.append(answer.read(4_000_000).decode("utf-8", "replace"))
        except (OSError, ValueError, urllib.error.URLError):
            return

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(timeout_s)
    return bool(pages) and re.search(rf"{_FILE_STEM}-{re.escape(version)}[-+]", pages[0]) is not None


def prebuilt_command(python: Path, build: EngineBuild, url: str) -> list[str]:
    """Return pip's command for a wheel from upstream's index; the user's own indexes stay for all else."""
    wanted = f"llama-cpp-python=={build.version}"
    install = [str(python), "-m", "pip", "install", "--no-deps", "--force-reinstall"]
    return [*install, "--only-binary", ":all:", "--index-url", url, wanted]


def compile_command(python: Path, build: EngineBuild, target: Path) -> list[str]:
    """Return pip's command that compiles the sdist into ``target``.

    Without pip's cache: it would hand back a wheel that was compiled with other flags.
    """
    wanted = f"llama-cpp-python=={build.version}"
    wheel = [str(python), "-m", "pip", "wheel", "--no-deps", "--no-cache-dir"]
    return [*wheel, "--no-binary", "llama-cpp-python", "--wheel-dir", str(target), wanted]


def install_command(python: Path, wheel: Path) -> list[str]:
    """Return pip's command that installs ``wheel`` over whatever build is there."""
    install = [str(python), "-m", "pip", "install", "--no-deps", "--no-index", "--force-reinstall"]
    return [*install, str(wheel)]


def compile_engine(
    console: Console, python: Path, build: EngineBuild, folder: Path, environment: Mapping[str, str]
) -> Path:
    """Compile the engine into the cache's ``folder`` and return the wheel; takes minutes.

    Raises:
        Problem: no compiler, or no room.
        CommandFailedError: the build failed.
    """
    if not backends.has_compiler(build.system, environment):
        raise problems.no_compiler(build.system)
    needed_bytes = machine.CUDA_COMPILE_BYTES if build.backend is Backend.CUDA else machine.COMPILE_BYTES
    machine.check_disk(Path(environment.get("TMPDIR") or "/tmp"), needed_bytes)
    partial = folder.with_name(f"{folder.name}.partial-{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        goal = "every CPU, about 15 minutes" if build.is_portable else f"{build.backend}, about 5 minutes"
        with console.step(f"Compiling llama.cpp {build.version} ({goal})"):
            console.run(
                compile_command(python, build, partial),
                environment=build.compile_environment(environment),
                folder=Path.cwd(),
            )
        made = cached_wheel(partial)
        if made is None:
            raise CommandFailedError(["pip wheel"], 0, ["it made no wheel"])
        folder.mkdir(parents=True, exist_ok=True)
        # Into place in one step: an interrupted run never leaves half a wheel under the cache's name.
        return made.replace(folder / made.name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
