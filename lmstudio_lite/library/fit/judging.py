"""Whether what a model takes is free: on the graphics cards first, in the machine's memory for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lmstudio_lite.domain.fit import DeviceShare, FitVerdict, MemoryNeed

COMFORTABLE_SHARE = 0.8
"""Of the memory that is free: a model that takes more leaves the other programs no room."""
GPU_RESERVE_BYTES = 512 << 20
"""Per device, for the driver and what the screen needs."""
PROCESSOR = "CPU"


@dataclass(frozen=True, slots=True)
class FreeMemory:
    """``gpus`` name each graphics card with its free bytes; empty where there is none that is used."""

    main_bytes: int
    gpus: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    verdict: FitVerdict
    available_bytes: int
    devices: tuple[DeviceShare, ...]

    @property
    def num_gpu_layers(self) -> int:
        return sum(share.num_layers for share in self.devices if share.name != PROCESSOR)


def judge(
    need: MemoryNeed, free: FreeMemory, *, num_layers: int, num_gpu_layers_max: int | None = None
) -> Judgement:
    """Say how ``need`` would lie in ``free``. Layers, the output layer too, are taken as equally large.

    ``num_gpu_layers_max`` is what the user allows on the graphics cards, None for as many as fit.
    """
    num_all = num_layers + 1
    layer_bytes = max(1, (need.weights_bytes + need.kv_bytes) // num_all)
    rooms = [_room(free_bytes, need, layer_bytes) for _, free_bytes in free.gpus]
    left = num_all if num_gpu_layers_max is None else min(num_all, num_gpu_layers_max)
    counts = _spread(rooms, left)
    on_gpus = [
        DeviceShare(name, count, count * layer_bytes + need.compute_bytes, free_bytes)
        for (name, free_bytes), count in zip(free.gpus, counts, strict=True)
        if count
    ]
    num_on_gpus = sum(counts)
    kept = (
        need.total_bytes - num_on_gpus * layer_bytes - (need.compute_bytes if num_on_gpus >= num_all else 0)
    )
    rest = DeviceShare(PROCESSOR, num_all - num_on_gpus, max(0, kept), free.main_bytes)
    devices = (*on_gpus, rest) if rest.num_layers or not on_gpus else tuple(on_gpus)
    available = free.main_bytes + sum(share.free_bytes for share in on_gpus)
    return Judgement(_verdict(rest, num_on_gpus, num_all), available, devices)


def _room(free_bytes: int, need: MemoryNeed, layer_bytes: int) -> int:
    return max(0, free_bytes - GPU_RESERVE_BYTES - need.compute_bytes) // layer_bytes


def _spread(rooms: Sequence[int], wanted: int) -> list[int]:
    """Fill the devices one after the other."""
    counts = []
    for room in rooms:
        counts.append(min(room, wanted))
        wanted -= counts[-1]
    return counts


def _verdict(rest: DeviceShare, num_on_gpus: int, num_all: int) -> FitVerdict:
    if num_on_gpus >= num_all:
        return FitVerdict.ON_GPU
    if rest.needed_bytes > rest.free_bytes:
        return FitVerdict.TOO_LARGE
    if rest.needed_bytes > COMFORTABLE_SHARE * rest.free_bytes:
        return FitVerdict.SLOW
    return FitVerdict.PARTLY_ON_GPU if num_on_gpus else FitVerdict.IN_MEMORY
