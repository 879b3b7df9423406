"""SIGKILL in the middle of a file: the next run goes on with the next segment, and nothing is made twice."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from lmstudio_lite.paths import portable_paths
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.database import Database
from tests.app.harbour import english, german, write_document

_TIMEOUT_S = 240.0

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")


def rows_of(data: Path, query: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(portable_paths(data).database)) as connection:
        return connection.execute(query).fetchall()


def num_kept(data: Path) -> int:
    return len(rows_of(data, "SELECT text FROM translated_segments"))


def kill(process: subprocess.Popen[str]) -> None:
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert psutil.wait_procs(children, timeout=20)[1] == []


def start_child(data: Path, document: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.app.translating_child", str(data), str(document)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def told(process: subprocess.Popen[str], num_answers: int) -> None:
    assert process.stdin is not None
    process.stdin.write("\n" * num_answers)
    process.stdin.flush()


def read_until(process: subprocess.Popen[str], num_done: int) -> None:
    assert process.stdout is not None
    next(line for line in process.stdout if int(line) >= num_done)


@pytest.mark.parametrize(
    "num_kills",
    [2, pytest.param(20, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])],
    ids=["twice", "twenty times"],
)
def test_a_killed_run_goes_on_with_the_next_segment(tmp_path: Path, num_kills: int) -> None:
    data, document = tmp_path / "data", write_document(tmp_path, 2 * num_kills + 3)
    num_total = 2 * num_kills + 4
    for number in range(1, num_kills + 1):
        process = start_child(data, document)
        told(process, 2)
        read_until(process, 2 * number)
        kill(process)
        assert num_kept(data) == 2 * number, "what was shown is on the disk"
        assert not document.with_name("harbour.de.md").exists()
    process = start_child(data, document)
    output, _ = process.communicate("\n" * num_total, timeout=_TIMEOUT_S)
    assert process.returncode == 0
    assert output.splitlines()[-1] == str(document.with_name("harbour.de.md"))
    answers = (data / "answers").read_text("utf-8").splitlines()
    assert len(answers) == len(set(answers)) == num_total, "nothing was made twice"
    expected = document.read_text("utf-8").replace("Boats", "Boote", 1)
    for number in range(2, 2 * num_kills + 5):
        expected = expected.replace(english(number), german(number))
    assert document.with_name("harbour.de.md").read_text("utf-8") == expected


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_the_terminal_is_killed_twenty_times_with_a_model(tmp_path: Path, starter_model: Path) -> None:
    data, document = tmp_path / "data", write_document(tmp_path, 80)
    SettingsStore(portable_paths(data).settings_file).update("engine", measures=False)
    Database.open(portable_paths(data).database).close()
    with closing(sqlite3.connect(portable_paths(data).database)) as connection:
        connection.execute("CREATE TABLE written (key TEXT)")
        connection.execute(
            "CREATE TRIGGER note AFTER INSERT ON part_cache BEGIN INSERT INTO written VALUES (new.key); END"
        )
        connection.commit()
    output = tmp_path / "out.md"
    command = [sys.executable, "-m", "lmstudio_lite", "translate", str(document), "-o", str(output)]
    command += ["--from", "en", "--to", "de", "--model", str(starter_model), "--data-dir", str(data)]
    chance = random.Random(16)
    for _ in range(20):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        wanted, deadline = num_kept(data) + chance.randint(1, 3), time.monotonic() + _TIMEOUT_S
        while num_kept(data) < wanted:
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(chance.uniform(0.005, 0.05))
        kill(process)
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    assert "81 done" in done.stderr
    keys = rows_of(data, "SELECT key FROM written")
    assert len(keys) == len(set(keys)), "nothing was made twice"
    assert output.read_text("utf-8").count("\n\n") == document.read_text("utf-8").count("\n\n")
