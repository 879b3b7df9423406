"""The verb ``bench`` at its smallest: that measures come out, in the shape that is promised."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FIELDS = {"measure", "value", "against", "ratio", "bound", "holds"}
QUICK = ("decode-one-stream", "second-turn", "python-share-of-step", "copying-speculation")


def start(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lmstudio_lite", "bench", "--json", "--quick"]
    return subprocess.run(
        [*command, "--data-dir", str(tmp_path), *arguments],
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},  # no llama-server built before
        capture_output=True,
        text=True,
        timeout=240,
    )


def bench(tmp_path: Path, *arguments: str) -> list[dict[str, object]]:
    done = start(tmp_path, *arguments)
    assert done.returncode in (0, 1), done.stderr
    first, *rows = map(json.loads, done.stdout.splitlines())
    assert first.keys() == {"model", "scale", "measures", "expected_s"}
    assert first["scale"] == "quick"
    assert first["expected_s"] > 0
    return rows


@pytest.mark.benchmark
def test_the_quick_measures_come_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = bench(tmp_path, *(part for name in QUICK for part in ("--only", name)))
    assert [row["measure"] for row in rows] == list(QUICK)
    with capsys.disabled():
        for row in rows:
            assert row.keys() >= FIELDS
            print(f"\n{row['measure']}: ratio {row['ratio']:.3f} (bound {row['bound']})", end="")  # noqa: T201
    ratios = {str(row["measure"]): float(str(row["ratio"])) for row in rows}
    # Generous, for a small run on a busy machine tells little; the full one is run by hand.
    assert ratios["decode-one-stream"] > 0.4
    assert ratios["second-turn"] < 5
    assert ratios["python-share-of-step"] < 0.2
    assert ratios["copying-speculation"] > 0.5


@pytest.mark.benchmark
def test_the_measure_of_reading_comes_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = bench(tmp_path, "--only", "reading-pdf")
    with capsys.disabled():
        print(f"\n{row['measure']}: ratio {row['ratio']:.3f}", end="")  # noqa: T201
    assert float(str(row["ratio"])) < 6


@pytest.mark.benchmark
@pytest.mark.skipif(
    "LMSTUDIO_LITE_LONG" not in os.environ, reason="takes minutes; LMSTUDIO_LITE_LONG=1 runs it"
)
def test_the_measures_of_summaries_come_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = bench(tmp_path, "--only", "summary-of-document")
    ratios = {str(row["measure"]): float(str(row["ratio"])) for row in rows}
    with capsys.disabled():
        for name, ratio in ratios.items():
            print(f"\n{name}: ratio {ratio:.3f}", end="")  # noqa: T201
    assert list(ratios) == ["summary-against-llama", "summary-other-form", "summary-changed-page"]
    assert ratios["summary-against-llama"] < 2
    assert ratios["summary-other-form"] < 1


def test_what_is_missing_is_said_in_its_row(tmp_path: Path) -> None:
    (row,) = bench(tmp_path, "--only", "batch-against-server")
    assert (row["holds"], row["ratio"]) == (None, None)
    assert row["note"]


@pytest.mark.benchmark
def test_a_named_server_that_is_missing_is_refused(tmp_path: Path) -> None:
    missing = tmp_path / "no-server"
    done = start(tmp_path, "--only", "batch-against-server", "--llama-server", str(missing))
    assert done.returncode == 1
    assert "no-server" in done.stdout + done.stderr


def test_an_opponent_that_fails_is_said_in_its_row(tmp_path: Path) -> None:
    (row,) = bench(tmp_path, "--only", "batch-against-server", "--llama-server", sys.executable)
    assert row["holds"] is None
    assert str(row["note"]).startswith("llama-server ended")


def test_an_unknown_measure_is_wrong_usage(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "lmstudio_lite",
        "bench",
        "--only",
        "nothing",
        "--data-dir",
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "decode-one-stream" in done.stderr
