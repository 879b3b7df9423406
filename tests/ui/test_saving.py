from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QThread, QTimer
from pytestqt.qtbot import QtBot

from lmstudio_lite.errors import DiskFullError
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.printing import to_pdf
from lmstudio_lite.ui.saving import TextSaver
from lmstudio_lite.ui.theme import Theme

_LONG = "".join(f"## Part {n}\n\n- one **two** [three](https://a.b/{n})\n- four\n\n" for n in range(1500))


@pytest.fixture
def notice(theme: Theme, qtbot: QtBot) -> Notice:
    notice = Notice(theme)
    qtbot.addWidget(notice)
    return notice


@pytest.fixture
def saver(bridge: Bridge, notice: Notice) -> TextSaver:
    return TextSaver(bridge, notice, notice)


def test_a_long_pdf_is_made_while_the_window_lives(saver: TextSaver, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "long.pdf"
    threads: list[bool] = []
    ticks: list[float] = []

    def make() -> bytes:
        threads.append(QThread.isMainThread())
        return to_pdf(_LONG, title="Long")

    pulse = QTimer()
    pulse.timeout.connect(lambda: ticks.append(time.monotonic()))
    pulse.start(5)
    with qtbot.waitSignal(saver.saved, timeout=60_000):
        saver.save(path, make)
    assert path.read_bytes().startswith(b"%PDF")
    assert threads == [False]
    longest_s = max(after - before for before, after in pairwise(ticks))
    assert longest_s < (ticks[-1] - ticks[0]) / 2  # it was the whole of it


def test_a_text_that_cannot_be_made_is_told(
    saver: TextSaver, notice: Notice, tmp_path: Path, qtbot: QtBot
) -> None:
    def make() -> bytes:
        raise DiskFullError()

    saver.save(tmp_path / "never.pdf", make)
    qtbot.waitUntil(lambda: not notice.isHidden())
    assert not (tmp_path / "never.pdf").exists()
