"""What this computer is and what it lacks."""

from __future__ import annotations

import ctypes
import platform
import shutil
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from bootstrapping import problems

# Measured on Linux with the CPU build: .venv 0.75 GB, and 0.7 GB of temporary files while compiling.
ENVIRONMENT_BYTES = 1_200_000_000
COMPILE_BYTES = 1_200_000_000
CUDA_COMPILE_BYTES = 4_000_000_000

# What Qt 6's xcb platform plugin links to and a bare Debian or Fedora lacks (`readelf -d libqxcb.so`).
_CORE_LIBRARIES = {
    "libEGL": "libEGL.so.1",
    "libGL": "libGL.so.1",
    "libxkbcommon": "libxkbcommon.so.0",
    "libfontconfig": "libfontconfig.so.1",
    "libdbus-1": "libdbus-1.so.3",
    "libglib-2.0": "libglib-2.0.so.0",
}
_X11_LIBRARIES = {
    "libxkbcommon-x11": "libxkbcommon-x11.so.0",
    "libxcb-cursor0": "libxcb-cursor.so.0",
    "libxcb-icccm": "libxcb-icccm.so.4",
    "libxcb-image": "libxcb-image.so.0",
    "libxcb-keysyms": "libxcb-keysyms.so.1",
    "libxcb-render-util": "libxcb-render-util.so.0",
    "libxcb-shape": "libxcb-shape.so.0",
    "libxcb-xkb": "libxcb-xkb.so.1",
}


def python_version() -> str:
    """Return this Python's feature release, like ``3.12``."""
    return "{}.{}".format(*sys.version_info[:2])


def check_venv_module() -> None:
    """Raise the problem of Debian's split-off ``venv``, if it is this machine's."""
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        raise problems.no_venv_module(python_version())


def check_disk(folder: Path, needed_bytes: int) -> None:
    """Raise a problem with both numbers when ``folder``'s disk has less than ``needed_bytes`` free."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free_bytes = shutil.disk_usage(existing).free
    if free_bytes < needed_bytes:
        raise problems.no_disk_space(str(existing), needed_bytes, free_bytes)


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_window_libraries(environment: Mapping[str, str], system: str | None = None) -> list[str]:
    """Return Qt's system libraries that this Linux lacks; X11's only where the window would use X11."""
    if (system or platform.system()) != "Linux":
        return []
    wanted = dict(_CORE_LIBRARIES)
    if not environment.get("WAYLAND_DISPLAY") and environment.get("QT_QPA_PLATFORM", "xcb") == "xcb":
        wanted |= _X11_LIBRARIES
    return [name for name, library in wanted.items() if not _loads(library)]


def has_display(environment: Mapping[str, str], system: str | None = None) -> bool:
    """Tell whether a window can be shown (a Mac and Windows always can)."""
    if (system or platform.system()) != "Linux":
        return True
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def cpu_fingerprint() -> str:
    """Return what decides whether a natively compiled library runs here: the CPU's model and features."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    wanted = ("flags", "Features", "model name")
    told = [line for name in wanted for line in lines if line.startswith(name)]
    return "\n".join(sorted(set(told))) or platform.machine()


def cache_folder(environment: Mapping[str, str], system: str, home: Path) -> Path:
    """Return the folder that keeps compiled engines across checkouts (the same the program caches in)."""
    match system:
        case "Windows":
            base = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
            return base / "lmstudio-lite" / "Cache" / "engines"
        case "Darwin":
            return home / "Library" / "Caches" / "lmstudio-lite" / "engines"
        case _:
            base = Path(environment.get("XDG_CACHE_HOME") or home / ".cache")
            return base / "lmstudio-lite" / "engines"
