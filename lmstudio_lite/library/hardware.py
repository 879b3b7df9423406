"""What machine this is, found without llama.cpp and without starting another program."""

from __future__ import annotations

import ctypes
import functools
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

# What llama.cpp's CPU kernels are chosen by, in the order people read them; names as Linux spells them.
_INTERESTING_FEATURES = (
    "sse4_2", "avx", "avx2", "fma", "f16c", "bmi2", "avx_vnni", "avx512f", "avx512bw", "avx512_vnni",
    "avx512_bf16", "amx_tile", "amx_int8", "amx_bf16",
    "neon", "asimd", "asimddp", "asimdhp", "i8mm", "bf16", "sve", "sve2", "sme",
)  # fmt: skip
_MACOS_FEATURES = {
    "hw.optional.AdvSIMD": "neon",
    "hw.optional.arm.FEAT_DotProd": "asimddp",
    "hw.optional.arm.FEAT_I8MM": "i8mm",
    "hw.optional.arm.FEAT_BF16": "bf16",
    "hw.optional.arm.FEAT_SME": "sme",
    "hw.optional.avx2_0": "avx2",
    "hw.optional.avx512f": "avx512f",
}
# IsProcessorFeaturePresent, winnt.h
_WINDOWS_FEATURES = {39: "avx", 40: "avx2", 41: "avx512f", 19: "neon", 43: "asimddp", 46: "sve"}
_GPU_VENDORS = {"0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel"}
_WINDOWS_DISPLAY_CLASS = r"SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}"


@dataclass(frozen=True, slots=True)
class Hardware:
    """``num_physical_cores`` counts those this process may use; ``memory_bytes`` is all of the machine's."""

    cpu_name: str
    num_physical_cores: int
    cpu_features: tuple[str, ...]
    memory_bytes: int
    gpus: tuple[str, ...]


@functools.cache
def describe_hardware() -> Hardware:
    """Describe this machine; a few milliseconds the first time, nothing afterwards."""
    name, features = _cpu()
    return Hardware(
        cpu_name=" ".join(name.split()) or platform.machine(),
        num_physical_cores=_num_physical_cores(),
        cpu_features=tuple(feature for feature in _INTERESTING_FEATURES if feature in features),
        memory_bytes=int(psutil.virtual_memory().total),
        gpus=_gpus(),
    )


def _num_physical_cores() -> int:
    physical = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    process = psutil.Process()
    usable = len(process.cpu_affinity()) if hasattr(process, "cpu_affinity") else physical
    return max(1, min(physical, usable))


def _cpu() -> tuple[str, frozenset[str]]:
    if sys.platform == "darwin":
        found = frozenset(name for key, name in _MACOS_FEATURES.items() if _sysctl(key) == b"\1\0\0\0")
        return _sysctl("machdep.cpu.brand_string").rstrip(b"\0").decode("utf-8", "replace"), found
    if sys.platform == "win32":
        return _windows_cpu()
    return parse_cpuinfo(_read(Path("/proc/cpuinfo")))


def parse_cpuinfo(text: str) -> tuple[str, frozenset[str]]:
    """Return the name and the features of the first processor in Linux's ``/proc/cpuinfo``."""
    first = text.strip().split("\n\n")[0]
    fields = dict(re.findall(r"^([^\t:]+?)\s*:[ \t]*(.*)$", first, re.MULTILINE))
    name = fields.get("model name") or fields.get("Model") or fields.get("cpu model") or ""
    return name, frozenset((fields.get("flags") or fields.get("Features") or "").split())


def _sysctl(name: str) -> bytes:
    """Return the raw value of a macOS system variable, empty if there is none."""
    try:
        sysctl = ctypes.CDLL(None).sysctlbyname
        size = ctypes.c_size_t(0)
        if sysctl(name.encode(), None, ctypes.byref(size), None, ctypes.c_size_t(0)) != 0:
            return b""
        value = ctypes.create_string_buffer(size.value)
        if sysctl(name.encode(), value, ctypes.byref(size), None, ctypes.c_size_t(0)) != 0:
            return b""
    except (AttributeError, OSError):
        return b""
    return value.raw[: size.value]


def _windows_cpu() -> tuple[str, frozenset[str]]:
    if sys.platform != "win32":
        return "", frozenset()
    import winreg

    key_path = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key_path) as key:
            name = str(winreg.QueryValueEx(key, "ProcessorNameString")[0])
    except OSError:
        name = platform.processor()
    is_present = ctypes.windll.kernel32.IsProcessorFeaturePresent
    return name, frozenset(feature for number, feature in _WINDOWS_FEATURES.items() if is_present(number))


def _gpus() -> tuple[str, ...]:
    if sys.platform == "darwin":
        return ("Apple GPU",) if platform.machine() == "arm64" else ()
    if sys.platform == "win32":
        return _windows_gpus()
    return (*_nvidia_gpus(), *_other_linux_gpus())


def _nvidia_gpus(root: Path = Path("/proc/driver/nvidia/gpus")) -> tuple[str, ...]:
    names = []
    for information in sorted(root.glob("*/information")):
        model = re.search(r"^Model:\s*(.+)$", _read(information), re.MULTILINE)
        names.append(model[1].strip() if model else "NVIDIA GPU")
    return tuple(names)


def _other_linux_gpus(root: Path = Path("/sys/class/drm")) -> tuple[str, ...]:
    """Name the display adapters by vendor; NVIDIA's own driver tells more (``_nvidia_gpus``)."""
    names = []
    for vendor_file in sorted(root.glob("card[0-9]*/device/vendor")):
        vendor = _GPU_VENDORS.get(_read(vendor_file).strip())
        if vendor and not (vendor == "NVIDIA" and _nvidia_gpus()):
            names.append(f"{vendor} GPU")
    return tuple(names)


def _windows_gpus() -> tuple[str, ...]:
    if sys.platform != "win32":
        return ()
    import winreg

    names: list[str] = []
    for index in range(16):
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, rf"{_WINDOWS_DISPLAY_CLASS}\{index:04}") as key:
                names.append(str(winreg.QueryValueEx(key, "DriverDesc")[0]))
        except OSError:
            continue
    return tuple(name for name in names if "basic" not in name.lower())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
