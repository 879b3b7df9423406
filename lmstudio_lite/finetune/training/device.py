"""What the model is computed on and in, how much memory that takes, and what running out of it looks like."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch

from lmstudio_lite.finetune.protocol import Device, Precision
from lmstudio_lite.memory import available_memory_bytes

_CPU_ALLOCATION_WORDS = ("can't allocate memory", "not enough memory", "bad_alloc", "out of memory")


@dataclass(frozen=True, slots=True)
class Computing:
    """A device and a precision. With ``autocast`` the weights stay in f32 and products are bf16."""

    device: torch.device
    precision: Precision

    @property
    def dtype(self) -> torch.dtype:
        """What frozen weights are kept in."""
        return torch.bfloat16 if self.precision is Precision.BF16 else torch.float32

    def autocast(self) -> torch.autocast:
        return torch.autocast(
            self.device.type, dtype=torch.bfloat16, enabled=self.precision is Precision.BF16
        )


def choose(device: Device, precision: Precision) -> Computing:
    """Return what to compute on: the best that is there. A device that is missing becomes the CPU.

    On CPUs f32 is the default: bf16 takes 0.6 of the memory and was 0.7 as fast on one with AVX512-BF16.
    """
    wanted = device
    if device is Device.AUTO:
        wanted = Device.CUDA if torch.cuda.is_available() else Device.CPU
        if wanted is Device.CPU and torch.backends.mps.is_available():
            wanted = Device.MPS
    if wanted is Device.CUDA and not torch.cuda.is_available():
        wanted = Device.CPU
    if wanted is Device.MPS and not torch.backends.mps.is_available():
        wanted = Device.CPU
    if precision is Precision.AUTO:
        has_bf16 = wanted is Device.CUDA and torch.cuda.is_bf16_supported(including_emulation=False)
        precision = Precision.BF16 if has_bf16 else Precision.F32
    return Computing(torch.device(wanted.value), precision)


def use_cores() -> None:
    """Compute on the physical cores; hyper-threads only get in each other's way."""
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    if sys.platform == "linux":
        import os

        cores = min(cores, len(os.sched_getaffinity(0)))
    torch.set_num_threads(max(1, cores))


def peak_memory_bytes(device: torch.device) -> int:
    """Return what was taken at most so far: of the GPU's memory, or by this process."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    if device.type == "mps":
        return int(torch.mps.driver_allocated_memory())
    info = psutil.Process().memory_info()
    if platform.system() == "Windows":
        return int(info.peak_wset)
    if (status := Path("/proc/self/status")).is_file():
        # Linux's getrusage begins with what the parent had when it started this process.
        with status.open() as lines:
            return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:"))
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit


def free_memory_bytes(device: torch.device) -> int:
    """Return how much memory may still be taken on ``device``."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return available_memory_bytes()


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an exception means that memory ran out, on any device."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    words = str(error).lower()
    return isinstance(error, RuntimeError) and any(part in words for part in _CPU_ALLOCATION_WORDS)


def release_memory(device: torch.device) -> None:
    """Give back what the device's allocator keeps for later."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
