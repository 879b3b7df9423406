"""A large file over loopback, with hashing: against plain curl, in memory, and what the window feels of it.

The default run fetches 64 MB once and holds it against wide bounds, for other work may run beside it. The
long one wants a quiet machine:

    pytest -m soak tests/benchmarks/test_fetch.py -s
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.downloads import FetchOrder, FetchState
from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.models.page import Page
from tests.benchmarks.test_streaming import FRAME_MS, Pulse, _p99
from tests.ui.conftest import bridge as bridge
from tests.ui.conftest import engine as engine
from tests.ui.conftest import paths as paths
from tests.ui.conftest import services as services
from tests.ui.conftest import theme as theme
from tests.ui.conftest import window as window

MB = 1 << 20
MEMORY_MB = 60.0
AGAINST_CURL = 0.6
AGAINST_CURL_BUSY = 0.1

needs_curl = pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("curl"), reason="curl is not installed, or /proc is not there"
)


@contextmanager
def serving(folder: Path, num_mb: int) -> Iterator[str]:
    """Serve a file of random bytes; give its address."""
    path = folder / "served"
    with path.open("wb") as file:
        for _ in range(num_mb):
            file.write(os.urandom(MB))
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.serving_child", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with child:
        yield f"http://127.0.0.1:{int(child.stdout.readline())}/m.gguf"
        child.stdin.close()
    path.unlink()


def with_curl(url: str, folder: Path) -> float:
    """Return the seconds that curl takes to put the file on the disk."""
    path = folder / "curled"
    began_s = time.perf_counter()
    subprocess.run(["curl", "-s", "--noproxy", "*", "-o", str(path), url], check=True)
    took_s = time.perf_counter() - began_s
    path.unlink()
    return took_s


def with_ours(url: str, size: int, folder: Path) -> tuple[float, float]:
    """Return the seconds that a transfer takes, and the most memory of its process in MiB."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.fetch_child", url, str(size), str(folder)],
        check=True,
        capture_output=True,
        text=True,
    )
    (folder / "fetched.gguf").unlink()
    took_s, memory_mb = map(float, done.stdout.split())
    return took_s, memory_mb


def measured(folder: Path, num_mb: int, num_times: int) -> tuple[float, float, float]:
    """Return the best seconds of curl and of ours, taken in turn, and the most memory."""
    curl_s, ours_s, memory_mb = float("inf"), float("inf"), 0.0
    with serving(folder, num_mb) as url:
        for _ in range(num_times):
            curl_s = min(curl_s, with_curl(url, folder))
            took_s, taken_mb = with_ours(url, num_mb * MB, folder)
            ours_s, memory_mb = min(ours_s, took_s), max(memory_mb, taken_mb)
    return curl_s, ours_s, memory_mb


@needs_curl
@pytest.mark.benchmark
def test_64_mb_beside_other_work(tmp_path: Path) -> None:
    curl_s, ours_s, memory_mb = measured(tmp_path, 64, 1)
    assert curl_s / ours_s >= AGAINST_CURL_BUSY
    assert memory_mb <= MEMORY_MB


@needs_curl
@pytest.mark.soak
@pytest.mark.benchmark
def test_1_gb_against_curl(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    curl_s, ours_s, memory_mb = measured(tmp_path, 1024, 3)
    with capsys.disabled():
        print(  # noqa: T201
            f"\n1 GB: curl {curl_s:.2f} s, ours {ours_s:.2f} s ({curl_s / ours_s:.2f} × its speed), "
            f"{memory_mb:.0f} MiB"
        )
    assert curl_s / ours_s >= AGAINST_CURL
    assert memory_mb <= MEMORY_MB


@pytest.mark.soak
@pytest.mark.benchmark
def test_the_window_while_1_gb_is_fetched(
    services: Services, window: MainWindow, qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    window.models.show_window(Page.DOWNLOADS)
    with serving(tmp_path, 1024) as url:
        file = RemoteFile(url, "m.gguf", 1024 * MB)
        pulse = Pulse()
        pulse.start()
        services.fetching.add(FetchOrder("a", "a", (file,), tmp_path / "models"))
        qtbot.waitUntil(lambda: services.fetching.list()[0].state is FetchState.DONE, timeout=120_000)
        pulse.stop()
    services.fetching.close()
    services.connections.close()
    busy, late = sorted(pulse.busy_ms), sorted(pulse.late_ms)
    with capsys.disabled():
        print(  # noqa: T201
            f"\nfetching 1 GB: GUI thread busy p99 {_p99(busy):.1f} ms, late p99 {_p99(late):.1f} ms"
        )
    assert _p99(busy) <= FRAME_MS
