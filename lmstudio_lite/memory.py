"""How much memory this process may still take: the system's, or less where a container limits it."""

from __future__ import annotations

from pathlib import Path

import psutil

_UNLIMITED_BYTES = 1 << 60
_CGROUP_LIMITS = (
    # (limit, used, statistics, name of the reclaimable cache) for cgroup v2, then v1
    ("memory.max", "memory.current", "memory.stat", "inactive_file"),
    (
        "memory/memory.limit_in_bytes",
        "memory/memory.usage_in_bytes",
        "memory/memory.stat",
        "total_inactive_file",
    ),
)


def available_memory_bytes() -> int:
    """Return how much memory a new model may take: the system's, or less where a container limits it."""
    return max(0, min(int(psutil.virtual_memory().available), container_memory_bytes()))


def container_memory_bytes(
    root: Path = Path("/sys/fs/cgroup"), membership: Path = Path("/proc/self/cgroup")
) -> int:
    """Return what the process's control groups leave; a huge number where there is no limit.

    A container sees its group as the root; elsewhere (a systemd slice) each group above counts as well.
    """
    return min(_group_memory_bytes(folder) for folder in (root, *_own_groups(root, membership)))


def _own_groups(root: Path, membership: Path) -> list[Path]:
    try:
        lines = membership.read_text().splitlines()
    except OSError:
        return []
    own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), "")
    names = [name for name in own.split("/") if name and name != ".."]
    return [root.joinpath(*names[:depth]) for depth in range(1, len(names) + 1)]


def _group_memory_bytes(folder: Path) -> int:
    for limit_name, used_name, statistics_name, cache_name in _CGROUP_LIMITS:
        try:
            limit = (folder / limit_name).read_text().strip()
            if limit == "max" or int(limit) >= _UNLIMITED_BYTES:
                continue
            used = int((folder / used_name).read_text())
            statistics = dict(line.split() for line in (folder / statistics_name).read_text().splitlines())
            return int(limit) - used + int(statistics.get(cache_name, 0))
        except (OSError, ValueError):
            continue
    return _UNLIMITED_BYTES
