"""What a test left behind: threads and child processes of this process."""

from __future__ import annotations

import threading
import time

import psutil

from lmstudio_lite.workers.spawn import TEMPLATE_CHILD

_GRACE_S = 5.0
_UNRELATED_THREADS = ("pytest_timeout", "asyncio_", "ThreadPoolExecutor-hypothesis")


def running() -> tuple[frozenset[threading.Thread], frozenset[int]]:
    """Return the Python threads and the child processes of now; zombies nobody waited for count."""
    threads = frozenset(
        thread for thread in threading.enumerate() if not thread.name.startswith(_UNRELATED_THREADS)
    )
    return threads, frozenset(child.pid for child in psutil.Process().children() if not _is_kept(child))


def _is_kept(child: psutil.Process) -> bool:
    """Whether a child is kept on purpose, for the life of this process: a start takes 0.2 s."""
    try:
        return TEMPLATE_CHILD in child.cmdline()
    except psutil.NoSuchProcess:
        return True


def left_behind(threads: frozenset[threading.Thread], children: frozenset[int]) -> list[str]:
    """Name what runs now and did not before; whatever is just ending gets a few seconds for it."""
    deadline = time.monotonic() + _GRACE_S
    while True:
        threads_now, children_now = running()
        left = [
            *(f"thread {thread.name}" for thread in threads_now - threads),
            *(f"process {pid}" for pid in children_now - children),
        ]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.02)
