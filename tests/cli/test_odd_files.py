"""Every verb that takes a name, given one that leads to no file: it says so at once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes and devices in folders")
ROOT = Path(__file__).parents[2]
TIMEOUT_S = 100


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("odd") / "data"


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Path]:
    """A folder with a pipe that nobody writes to, and a link to what never ends."""
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "endless.txt").symlink_to("/dev/zero")
    yield tmp_path
    os.close(os.open(tmp_path / "pipe.txt", os.O_RDWR | os.O_NONBLOCK))


def run(folder: Path, data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lmstudio_lite", *arguments, "--data-dir", str(data_dir)],
        input="",
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )


@pytest.mark.parametrize("name", ["pipe.txt", "endless.txt"])
@pytest.mark.parametrize(
    "words",
    [
        ("summarize", "{0}"),
        ("read", "{0}"),
        ("translate", "{0}", "--to", "de"),
        ("chat", "Hello.", "--model", "./{0}"),
        ("doctor", "--model", "./{0}"),
        ("finetune", "--data", "{0}", "--output", "run"),
        ("finetune", "--data", "{0}", "--base", "./{0}", "--output", "run"),
    ],
    ids=["summarize", "read", "translate", "chat", "doctor", "finetune", "finetune-base"],
)
def test_no_verb_waits_for_what_is_no_file(
    odd: Path, data_dir: Path, words: tuple[str, ...], name: str
) -> None:
    done = run(odd, data_dir, *(word.format(name) for word in words))
    assert done.returncode == 1, done.stderr
    said = done.stderr + done.stdout
    assert name in said
    assert "not a file" in said
    assert "Traceback" not in said


def test_a_summary_is_written_over_no_pipe_and_no_folder(odd: Path, data_dir: Path) -> None:
    (odd / "text.txt").write_text("The harbour was built in 1850. Ships came there every week.", "utf-8")
    done = run(odd, data_dir, "summarize", "text.txt", "--words", "40", "--output", "pipe.txt")
    assert done.returncode == 1
    assert "“pipe.txt” is a pipe: no file can take its place." in done.stderr
    assert (odd / "pipe.txt").is_fifo()
