"""``classify`` and ``extract`` as people use them: real processes, the starter model, one killed."""

from __future__ import annotations

import json
import math
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest

from lmstudio_lite.paths import portable_paths

ROOT = Path(__file__).parents[2]
TABLE = 'id,remark,mood\n1,"I love it, wonderful",positive\n2,,negative\n3,"Awful, I hate it",negative\n'
Outcome = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli") / "data"


def command(data_dir: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "lmstudio_lite", *arguments, "--data-dir", str(data_dir)]


def run(data_dir: Path, *arguments: str, text: str = "") -> Outcome:
    return subprocess.run(
        command(data_dir, *arguments),
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        cwd=ROOT,
        check=False,
    )


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "remarks.csv"
    path.write_text(TABLE)
    return path


def test_a_column_is_labelled_as_json(table: Path, data_dir: Path) -> None:
    arguments = ("--labels", "positive,negative", "--column", "remark", "--truth", "mood", "--json")
    done = run(data_dir, "classify", str(table), *arguments)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [row["text"] for row in found["rows"]] == ["I love it, wonderful", "Awful, I hate it"]
    for row in found["rows"]:
        assert row["label"] == max(row["probabilities"], key=row["probabilities"].__getitem__)
        assert list(row["probabilities"]) == ["positive", "negative"]
        assert math.fsum(row["probabilities"].values()) == pytest.approx(1, abs=1e-9)
    counts = found["confusion"]["counts"]
    assert [sum(counts[truth].values()) for truth in ("positive", "negative")] == [1, 1]
    assert "1 row has no text" in done.stderr


def test_lines_of_standard_input_become_a_workbook(tmp_path: Path, data_dir: Path) -> None:
    output = tmp_path / "out.xlsx"
    done = run(
        data_dir, "classify", "-", "--preset", "sentiment", "-o", str(output), text="Lovely!\n\nAwful.\n"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    workbook = openpyxl.load_workbook(output)
    assert workbook.active is not None
    head, *rows = workbook.active.iter_rows(values_only=True)
    assert head == ("text", "label", "probability", "positive", "negative", "neutral")
    assert [row[0] for row in rows] == ["Lovely!", "Awful."]


def test_values_are_extracted_as_json(data_dir: Path) -> None:
    done = run(
        data_dir, "extract", "-", "--schema", "name, amount:number", "--json", text="Anna paid 40 euros.\n"
    )
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["rows"]
    assert row["text"] == "Anna paid 40 euros."
    assert set(row["values"]) == {"name", "amount"}
    assert set(row["flags"]) <= {"name", "amount"}


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (("--labels", "a,b"), 1, "id, remark, mood"),
        (("--labels", "a,b", "--column", "none"), 1, "has no column none"),
        (("--labels", "a"), 1, "“a” is the only label"),
        (("--labels", "a,b,A"), 1, "“A” is there twice"),
        (("--labels", " "), 1, "There are no labels"),
        ((), 2, "--labels"),
        (("--labels", "a,b", "-o", "out.pdf"), 2, ".xlsx"),
    ],
)
def test_what_can_not_be_done_is_said_before_a_model_is_loaded(
    arguments: tuple[str, ...], exit_code: int, said: str, table: Path, data_dir: Path
) -> None:
    done = run(data_dir, "classify", str(table), *arguments)
    assert done.returncode == exit_code
    assert said in done.stderr
    assert "loading" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_batch_goes_on_where_it_was(tmp_path: Path, data_dir: Path) -> None:
    source = tmp_path / "lines.txt"
    source.write_text("".join(f"Visitor {number} said that the place was nice.\n" for number in range(160)))
    arguments = ("classify", str(source), "--labels", "praise,complaint", "--json")
    process = subprocess.Popen(
        command(data_dir, *arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT
    )
    try:
        _wait_for_answers(data_dir, at_least=20)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    done = run(data_dir, *arguments)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["rows"]) == 160
    assert "rows were answered before" in done.stderr


def _wait_for_answers(data_dir: Path, *, at_least: int) -> None:
    before = _num_answers(data_dir)
    for _ in range(1_200):
        if _num_answers(data_dir) >= before + at_least:
            return
        time.sleep(0.05)
    pytest.fail("no answers came")


def _num_answers(data_dir: Path) -> int:
    if not portable_paths(data_dir).database.exists():
        return 0
    connection = sqlite3.connect(f"file:{portable_paths(data_dir).database}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT count(*) FROM batch_answers").fetchone()[0])
    except sqlite3.Error:
        return 0
    finally:
        connection.close()
