"""Which build of llama.cpp this machine gets, and how it is compiled. Pure, but for two look-ups.

Only for the CPU and GPU it runs on: everything is compiled natively. The compiler flags cure a
measured crash: with GCC 12 on a CPU with AMX the native build dies at its first decode (the tile
configuration is optimized away, llama.cpp #20824), so the AMX kernels are left out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from enum import StrEnum

from bootstrapping import problems

# Upstream's own index has a variant for each of these CUDA releases (llama-cpp-python's README, 0.3.36).
_CUDA_VARIANTS = ((11, 8), (12, 1), (12, 2), (12, 3), (12, 4), (12, 5), (13, 0), (13, 2))

Which = Callable[[str], str | None]


class Backend(StrEnum):
    """The build's device, as ``--backend`` names it."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    METAL = "metal"
    VULKAN = "vulkan"


def resolve(asked: Backend, *, system: str, machine: str, which: Which = shutil.which) -> Backend:
    """Return the backend to build; ``auto`` takes what can both be compiled and used here.

    Raises:
        Problem: the asked backend's own tool is missing.
    """
    match asked:
        case Backend.AUTO if system == "Darwin" and machine == "arm64":
            return Backend.METAL
        case Backend.AUTO if which("nvidia-smi") and which("nvcc") and system != "Darwin":
            return Backend.CUDA
        case Backend.AUTO:
            return Backend.CPU
        case Backend.CUDA if not which("nvcc"):
            raise problems.no_backend_tool("cuda", "nvcc")
        case Backend.VULKAN if not which("glslc"):
            raise problems.no_backend_tool("vulkan", "glslc")
        case Backend.METAL if system != "Darwin":
            raise problems.no_metal()
        case _:
            return asked


def cmake_args(backend: Backend, user_args: str = "", *, is_portable: bool = False) -> str:
    """Return ``CMAKE_ARGS``; what the user has set comes last and so wins.

    OpenSSL is only for downloads, which this program does itself; the vision library (LLAVA) is unused.
    A portable build, for a bundle, holds one library per generation of CPUs and picks when it starts.
    """
    args = ["-DLLAMA_OPENSSL=OFF", "-DLLAVA_BUILD=OFF"]
    if is_portable:
        args += ["-DGGML_NATIVE=OFF", "-DGGML_BACKEND_DL=ON", "-DGGML_CPU_ALL_VARIANTS=ON"]
    else:
        args.append("-DGGML_NATIVE=ON")
    match backend:
        case Backend.CUDA:
            args += ["-DGGML_CUDA=ON", "-DCMAKE_CUDA_ARCHITECTURES=native"]
        case Backend.VULKAN:
            args.append("-DGGML_VULKAN=ON")
        case Backend.METAL:
            args += ["-DGGML_METAL=ON", "-DGGML_METAL_EMBED_LIBRARY=ON"]
        case _:
            pass
    return " ".join([*args, user_args]).strip()


def compile_environment(
    backend: Backend,
    *,
    system: str,
    num_cores: int,
    environment: Mapping[str, str],
    is_portable: bool = False,
) -> dict[str, str]:
    """Return ``environment`` with what the sdist's build reads."""
    no_amx = "/U__AMX_INT8__" if system == "Windows" and "CC" not in environment else "-U__AMX_INT8__"
    flags = {name: f"{environment.get(name, '')} {no_amx}".strip() for name in ("CFLAGS", "CXXFLAGS")}
    return {
        **environment,
        **flags,
        "CMAKE_ARGS": cmake_args(backend, environment.get("CMAKE_ARGS", ""), is_portable=is_portable),
        "CMAKE_BUILD_PARALLEL_LEVEL": environment.get("CMAKE_BUILD_PARALLEL_LEVEL", str(num_cores)),
    }


def has_compiler(system: str, environment: Mapping[str, str], which: Which = shutil.which) -> bool:
    """Tell whether C and C++ can be compiled here."""
    if system == "Windows":
        found = which("cl") or which("clang-cl") or (which("gcc") and which("g++"))
        return bool(found) or os.path.exists(
            os.path.join(
                environment.get("ProgramFiles(x86)", r"C:\Program Files (x86)"),
                r"Microsoft Visual Studio\Installer\vswhere.exe",
            )
        )
    c_names = [environment["CC"].split()[0]] if environment.get("CC") else ["cc", "gcc", "clang"]
    cxx_names = [environment["CXX"].split()[0]] if environment.get("CXX") else ["c++", "g++", "clang++"]
    return any(map(which, c_names)) and any(map(which, cxx_names))


def index_variant(backend: Backend, cuda: tuple[int, int] | None = None) -> str | None:
    """Return the folder of upstream's wheel index that holds ``backend``'s builds, or None if none fits.

    A CUDA build runs on the same major release and any later minor one.
    """
    match backend:
        case Backend.CPU | Backend.METAL | Backend.VULKAN:
            return backend.value
        case _:
            fits = [v for v in _CUDA_VARIANTS if cuda and v[0] == cuda[0] and v[1] <= cuda[1]]
            return "cu{}{}".format(*max(fits)) if fits else None


def cuda_version() -> tuple[int, int] | None:
    """Return the installed CUDA toolkit's release as nvcc tells it, or None."""
    try:
        told = subprocess.run(["nvcc", "--version"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"release (\d+)\.(\d+)", told.stdout)
    return (int(found[1]), int(found[2])) if found else None
