from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.small_drive import SmallDrive, can_mount


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[SmallDrive]:
    if not can_mount():
        pytest.skip("only an administrator can mount a drive")
    drive = SmallDrive(tmp_path / "drive")
    yield drive
    drive.pull_out()
