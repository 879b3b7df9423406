"""Data larger than anyone wants to hold: read once, as a stream, and a broken line named by its number.

150 MB in a normal run; ``LMSTUDIO_LITE_LONG=1`` makes it 2 GB, which takes minutes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource")

IS_LONG = os.environ.get("LMSTUDIO_LITE_LONG") == "1"
NUM_BYTES = 2_000_000_000 if IS_LONG else 150_000_000
BROKEN_LINE = 50_001
ANSWER_BYTES = 1800
BYTES_PER_EXAMPLE = 160
"""What is kept of each while all are sorted by their hashes: a few numbers, several times for a moment."""
FIXED_BYTES = 60_000_000

pytestmark = pytest.mark.timeout(1500 if IS_LONG else 300)

READ = """
import json, resource, sys, time
from pathlib import Path
from lmstudio_lite.finetune.data.collecting import collect, divide
from lmstudio_lite.finetune.data.detection import detect_source
from lmstudio_lite.finetune.data.sources import ReadOptions
from lmstudio_lite.finetune.data.splitting import SplitOptions
from lmstudio_lite.documents.client import DocumentReader

def peak():
    # Linux counts what the parent had before this process became another program; its own file does not.
    status = Path("/proc/self/status")
    if status.is_file():
        return next(int(line.split()[1]) << 10 for line in status.open() if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

path, folder = Path(sys.argv[1]), Path(sys.argv[2])
reader = DocumentReader()
small = path.with_name("small.jsonl")
with path.open() as file:
    small.write_text("".join(file.readline() for _ in range(200)))
collect([detect_source(small, reader)], folder / "warm", options=ReadOptions(), reader=reader)
before, began = peak(), time.monotonic()
collection = collect([detect_source(path, reader)], folder, options=ReadOptions(), reader=reader)
collected = time.monotonic()
data = divide(collection, folder / "data", SplitOptions())
print(json.dumps({
    "grown_bytes": peak() - before, "collect_s": collected - began, "divide_s": time.monotonic() - collected,
    "num_examples": collection.figures.num_examples,
    "problems": [(problem.at, problem.kind) for problem in collection.problems],
    "num_train": data.num_train, "num_validation": data.num_validation,
    "last": collection.example(collection.figures.num_examples - 1).at,
}))
"""


def write_large(path: Path, num_bytes: int) -> int:
    """Write conversations, one a line, and one line that is none; return how many lines there are."""
    filler = "the sea was calm and the ship went on through the night " * (ANSWER_BYTES // 56)
    with path.open("w", encoding="utf-8") as file:
        number = 0
        while file.tell() < num_bytes if number % 1000 == 0 else True:
            number += 1
            if number == BROKEN_LINE:
                file.write('{"messages": [{"role": "user", "content": "broken\n')
                continue
            turns = [
                {"role": "user", "content": f"Question {number}?"},
                {"role": "assistant", "content": f"Answer {number}: {filler}"},
            ]
            file.write(json.dumps({"messages": turns}) + "\n")
    return number


def test_a_large_file_is_streamed_and_its_broken_line_named(tmp_path: Path) -> None:
    path = tmp_path / "large.jsonl"
    num_lines = write_large(path, NUM_BYTES)
    assert num_lines > BROKEN_LINE
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path), str(tmp_path / "read")],
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    print({"bytes": path.stat().st_size, "lines": num_lines} | said)  # noqa: T201
    assert said["problems"] == [[f"large.jsonl:{BROKEN_LINE}", "not_json"]]
    assert said["num_examples"] == num_lines - 1
    assert said["num_train"] + said["num_validation"] == num_lines - 1
    assert said["last"] == f"large.jsonl:{num_lines}"
    assert said["grown_bytes"] < FIXED_BYTES + BYTES_PER_EXAMPLE * num_lines
