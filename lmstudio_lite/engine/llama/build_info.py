"""What the installed llama.cpp was built with: its version, its backends and what they may use here."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BuildInfo:
    """``backends`` maps "CPU", "CUDA", "Metal" … to the features each reports as on."""

    bindings_version: str
    backends: dict[str, tuple[str, ...]]
    can_offload_to_gpu: bool
    num_devices_max: int


def describe_build() -> BuildInfo:
    """Ask the library itself. Loads it into this process; loads no model."""
    import llama_cpp

    return BuildInfo(
        bindings_version=llama_cpp.__version__,
        backends=parse_system_info(llama_cpp.llama_print_system_info().decode("utf-8", "replace")),
        can_offload_to_gpu=bool(llama_cpp.llama_supports_gpu_offload()),
        num_devices_max=int(llama_cpp.llama_max_devices()),
    )


def parse_system_info(text: str) -> dict[str, tuple[str, ...]]:
    """Read ``llama_print_system_info``: "CPU : AVX = 1 | FMA = 1 | CUDA : ARCHS = 900 |" by backend."""
    backends: dict[str, tuple[str, ...]] = {}
    name = ""
    for item in text.split("|"):
        head, found, rest = item.rpartition(" : ")
        if found:
            name = head.strip()
            backends[name] = ()
        pair = re.fullmatch(r"\s*(\S.*?)\s*=\s*(\S+)\s*", rest)
        if pair and name and pair[2] != "0":
            feature = pair[1] if pair[2] == "1" else f"{pair[1]}={pair[2]}"
            backends[name] = (*backends[name], feature)
    return backends
