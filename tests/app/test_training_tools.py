"""Fetching the training components, with a pip that fetches nothing."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from lmstudio_lite.app.training_tools import DOWNLOAD_BYTES, InstallProgress, TrainingTools
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.errors import CancelledError, DiskFullError, TrainingToolsMissingError

PIP = """
import sys, time
from pathlib import Path
folder = Path(sys.argv[sys.argv.index("--target") + 1])
print("Collecting torch==2.13.0")
print("  Downloading torch-2.13.0-cp311-cp311-linux_x86_64.whl (160.0 MB)")
print("Downloading transformers-5.23.0-py3-none-any.whl (12.0 MB)")
{then}
"""


@pytest.fixture
def tools(tmp_path: Path) -> TrainingTools:
    return TrainingTools(tmp_path / "tools")


def fake_pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, then: str) -> None:
    package = tmp_path / "fake" / "pip"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(PIP.format(then=then))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "fake"))


def test_they_come_into_the_programs_own_folder(
    tools: TrainingTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_pip(monkeypatch, tmp_path, "folder.mkdir(exist_ok=True); (folder / 'torch').mkdir()")
    seen: list[InstallProgress] = []
    assert not tools.is_own
    tools.install(seen.append, Cancellation())
    assert tools.is_own
    assert tools.are_there
    assert tools.search_path() == (tools.folder,)
    assert [progress.what for progress in seen] == ["torch", "torch", "transformers"]
    assert seen[-1].fraction == pytest.approx(172e6 / DOWNLOAD_BYTES)
    tools.remove()
    assert not tools.is_own


def test_a_failure_leaves_nothing(
    tools: TrainingTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_pip(monkeypatch, tmp_path, "print('ERROR: no such thing'); sys.exit(1)")
    with pytest.raises(TrainingToolsMissingError) as caught:
        tools.install(lambda progress: None, Cancellation())
    assert caught.value.details["reason"] == "ERROR: no such thing"
    assert not tools.folder.exists()


def test_cancelling_ends_it_at_once_and_leaves_nothing(
    tools: TrainingTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_pip(monkeypatch, tmp_path, "time.sleep(60)")
    cancellation = Cancellation()
    timer = threading.Timer(0.5, cancellation.cancel)
    timer.start()
    with pytest.raises(CancelledError):
        tools.install(lambda progress: None, cancellation)
    timer.join()
    assert not tools.folder.exists()


def test_a_full_disk_is_told_before(tools: TrainingTools, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lmstudio_lite.app.training_tools._ROOM_BYTES", 1 << 60)
    with pytest.raises(DiskFullError):
        tools.install(lambda progress: None, Cancellation())


def test_a_disk_that_fills_up_is_told(
    tools: TrainingTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_pip(monkeypatch, tmp_path, "print('OSError: [Errno 28] No space left on device'); sys.exit(1)")
    with pytest.raises(DiskFullError):
        tools.install(lambda progress: None, Cancellation())
    assert not tools.folder.exists()


def test_a_frozen_program_can_not_fetch_them(tools: TrainingTools, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tools.can_install
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert not tools.can_install
