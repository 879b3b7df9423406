"""SIGKILL in the middle of a summary, in the terminal and in the window: what was read is not read again."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import read_stored
from lmstudio_lite.app.summarize import SummarizeFile
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.paths import portable_paths
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.ui.summarize.items import Stopped, item_of
from tests.tasks.summarize.test_summarizer import story

_TIMEOUT_S = 150.0

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    paths = portable_paths(folder)
    SettingsStore(paths.settings_file).update("engine", measures=False)
    return folder


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "story.txt"
    path.write_text(story(20), "utf-8")
    return path


def start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "lmstudio_lite", *arguments],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def kept_keys(folder: Path) -> set[str]:
    path = portable_paths(folder).database
    if not path.exists():
        return set()
    with closing(sqlite3.connect(path)) as connection:
        try:
            return {key for (key,) in connection.execute("SELECT key FROM part_cache")}
        except sqlite3.OperationalError:
            return set()


def kill_after_some_parts(process: subprocess.Popen[bytes], folder: Path) -> set[str]:
    """Kill once two parts are kept; return what is kept, when its children have ended too."""
    children: Sequence[psutil.Process] = ()
    deadline = time.monotonic() + _TIMEOUT_S
    while len(kept_keys(folder)) < 2:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert psutil.wait_procs(children, timeout=20)[1] == []
    return kept_keys(folder)


def watch(folder: Path) -> None:
    """Let the database note every part that is written from now on."""
    with closing(sqlite3.connect(portable_paths(folder).database)) as connection:
        connection.execute("CREATE TABLE written (key TEXT)")
        connection.execute(
            "CREATE TRIGGER note AFTER INSERT ON part_cache BEGIN INSERT INTO written VALUES (new.key); END"
        )
        connection.commit()


def written_keys(folder: Path) -> set[str]:
    with closing(sqlite3.connect(portable_paths(folder).database)) as connection:
        return {key for (key,) in connection.execute("SELECT key FROM written")}


def test_the_terminal_goes_on_where_it_was_killed(folder: Path, document: Path, starter_model: Path) -> None:
    arguments = (
        "summarize",
        str(document),
        "--model",
        str(starter_model),
        "--data-dir",
        str(folder),
        "--json",
    )
    before = kill_after_some_parts(start(*arguments), folder)
    watch(folder)
    process = start(*arguments)
    output, _ = process.communicate(timeout=_TIMEOUT_S)
    assert process.returncode == 0
    assert b'"coverage": 1.0' in output
    assert written_keys(folder)
    assert not written_keys(folder) & before


@pytest.mark.soak
def test_the_window_offers_to_go_on(folder: Path, document: Path, starter_model: Path) -> None:
    SettingsStore(portable_paths(folder).settings_file).update("model", path=str(starter_model))
    before = kill_after_some_parts(start(str(document), "--data-dir", str(folder)), folder)
    watch(folder)
    with Services.open(portable_paths(folder), exclusive=True) as services:
        (result,) = services.results.list(ResultKind.SUMMARY)
        item = item_of(read_stored(services.results, result.id), 1)
        assert item.state == Stopped(is_unfinished=True)
        assert item.can_run_again
        assert item.document is not None
        assert services.settings.value.summarize.open_work == (f"result:{result.id}",), "it is offered"
        services.load_model(starter_model)
        context = JobContext(Cancellation(), lambda event: None)
        done = SummarizeFile(services, item.document, item.options, stored_id=item.stored_id).run(context)
        assert done.result_id == result.id
        assert services.results.get(result.id).text == done.text
    assert written_keys(folder)
    assert not written_keys(folder) & before
