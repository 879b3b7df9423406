"""What can stand in the way of setting up, in words, each with its remedy.

The lower modules raise; ``commands.main`` prints. A problem is the machine's, never a traceback.
"""

from __future__ import annotations

from collections.abc import Sequence

GIB = 1024**3


class Problem(Exception):
    """Something the user can cure: ``what`` happened and the lines of ``remedy``."""

    def __init__(self, what: str, remedy: tuple[str, ...]) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return "\n".join([self.what, *(f"  {line}" for line in self.remedy)])


def _packages(apt: str, dnf: str, pacman: str) -> tuple[str, ...]:
    return (
        f"Debian, Ubuntu:  sudo apt install {apt}",
        f"Fedora:          sudo dnf install {dnf}",
        f"Arch:            sudo pacman -S {pacman}",
    )


def no_compiler(system: str) -> Problem:
    """No ready-made engine serves this machine and there is nothing to compile one with."""
    match system:
        case "Windows":
            remedy: tuple[str, ...] = (
                'winget install Microsoft.VisualStudio.2022.BuildTools --override "--add '
                'Microsoft.VisualStudio.Workload.VCTools --includeRecommended --passive"',
                "then open a new terminal and run this command again.",
            )
        case "Darwin":
            remedy = ("xcode-select --install",)
        case _:
            remedy = _packages("build-essential", "gcc gcc-c++ make", "base-devel")
    return Problem(
        "No C and C++ compiler found: the engine (llama.cpp) has no ready-made build for this machine, "
        "so it must be compiled here.",
        remedy,
    )


def no_backend_tool(backend: str, tool: str) -> Problem:
    """``--backend`` asks for a build whose own compiler is missing."""
    remedies = {
        "cuda": _packages("nvidia-cuda-toolkit", "cuda-toolkit", "cuda"),
        "vulkan": _packages(
            "glslc libvulkan-dev", "glslc vulkan-headers vulkan-loader-devel", "shaderc vulkan-headers"
        ),
    }
    return Problem(
        f"The {backend} backend needs {tool}, which is not on the PATH.",
        (*remedies[backend], "or choose the processor:  --backend cpu"),
    )


def no_metal() -> Problem:
    """Metal was asked for somewhere else than on a Mac."""
    return Problem("Metal exists on macOS only.", ("choose another:  --backend auto",))


def no_window_libraries(missing: Sequence[str]) -> Problem:
    """Qt's system libraries are missing (Linux), so no window can open."""
    return Problem(
        f"The window needs system libraries that are missing: {', '.join(missing)}.",
        (
            *_packages(
                "libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 "
                "libxcb-keysyms1 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libdbus-1-3 libfontconfig1",
                "mesa-libEGL mesa-libGL libxkbcommon libxkbcommon-x11 xcb-util-cursor xcb-util-wm "
                "xcb-util-image xcb-util-keysyms xcb-util-renderutil dbus-libs fontconfig",
                "libglvnd libxkbcommon libxkbcommon-x11 xcb-util-cursor xcb-util-wm xcb-util-image "
                "xcb-util-keysyms xcb-util-renderutil dbus fontconfig",
            ),
            "The terminal's verbs work without them:  bootstrap.py run summarize FILE",
        ),
    )


def no_display() -> Problem:
    """There is no screen to open a window on."""
    return Problem(
        "No screen found: neither DISPLAY nor WAYLAND_DISPLAY is set.",
        (
            "Start it from a desktop, or use the terminal's verbs:",
            "bootstrap.py run chat · run summarize FILE · run translate FILE · run doctor",
        ),
    )


def no_venv_module(python_version: str) -> Problem:
    """Debian splits ``venv`` from Python."""
    return Problem(
        "This Python can't make virtual environments: its module venv or ensurepip is missing.",
        (
            f"Debian, Ubuntu:  sudo apt install python{python_version}-venv",
            "elsewhere:       install Python from your system's packages or from python.org",
        ),
    )


def no_disk_space(folder: str, needed_bytes: int, free_bytes: int) -> Problem:
    """``folder``'s disk can't hold what is about to be written."""
    return Problem(
        f"Not enough disk space in {folder}: {needed_bytes / GIB:.1f} GB needed, "
        f"{free_bytes / GIB:.1f} GB free.",
        ("Free some space, then run this command again; it goes on where it stopped.",),
    )


def no_network(log: str) -> Problem:
    """Pip could not reach a package index."""
    return Problem(
        "The package index could not be reached.",
        (
            "Check the connection (or pip's own settings: proxy, index, certificate), then run this again.",
            "Set up once already?  --offline uses what is already there.",
            f"pip's words are in {log}",
        ),
    )


def not_there_offline(missing: Sequence[str]) -> Problem:
    """``--offline`` was given but something was never installed."""
    listed = ", ".join(missing[:8]) + (f" and {len(missing) - 8} more" if len(missing) > 8 else "")
    return Problem(
        f"Offline, and not everything is here yet. Missing: {listed}.",
        ("Run this command once without --offline while there is a network.",),
    )


def foreign_environment(folder: str) -> Problem:
    """``.venv`` exists and is not a virtual environment: never delete what we did not make."""
    return Problem(
        f"{folder} exists but is not a virtual environment.", ("Move it away, then run this again.",)
    )


def engine_does_not_load(reason: str) -> Problem:
    """The engine was installed, yet its library does not load."""
    return Problem(
        f"The engine was installed but does not load: {reason}",
        ("Try the processor's build:  --backend cpu",),
    )


def step_failed(step: str, log: str, tail: Sequence[str]) -> Problem:
    """A command failed for a reason that is not one of the above; ``tail`` is its last output."""
    return Problem(f"Failed: {step}.", (*tail, f"The whole output is in {log}"))
