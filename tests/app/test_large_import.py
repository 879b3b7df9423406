"""An export of 500 MB comes in bit by bit, in little memory; what is damaged or too large in it is listed.

pytest -m soak tests/app/test_large_import.py -s
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from lmstudio_lite.formats.chats.json_items import ITEM_LIMIT
from tests.formats.chats import exports

CHECKOUT = Path(__file__).parents[2]
SIZE = 500_000_000
MORE_MB = 500
DAMAGED, TOO_LARGE = 100, 200
"""The places of two conversations that can't be read."""


def write_export(path: Path, size: int) -> int:
    """Write an array of conversations, as programs do: most of it is what tools said; return how many."""
    chance = random.Random(3)
    words = ["".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 9))) for _ in range(5_000)]
    number = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        while file.tell() < size:
            number += 1
            item: dict[str, Any] = exports.chatgpt()[0] | {"title": f"Talk {number}"}
            nodes = item["mapping"]
            nodes["a1"]["message"]["content"]["parts"] = [" ".join(chance.choices(words, k=300))]
            nodes["tool"]["message"]["content"]["parts"] = [" ".join(chance.choices(words, k=9_000))]
            text = json.dumps(item)
            if number == DAMAGED:
                text = text.replace('"mapping"', "mapping", 1)
            if number == TOO_LARGE:
                text = text[:-1] + ', "more": "' + "x" * ITEM_LIMIT + '"}'
            file.write(("," if number > 1 else "") + text)
        file.write("]")
    return number


def bring_in(data: Path, *files: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.app.importing_child", str(data), *map(str, files)],
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_half_a_gigabyte(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "conversations.json"
    num_items = write_export(path, SIZE)
    began = time.perf_counter()
    found = bring_in(tmp_path / "data", path)
    took_s = time.perf_counter() - began
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{path.stat().st_size / 1e6:.0f} MB with {num_items} conversations: in within {took_s:.0f} s"
            f", in {found['more_mb']:.0f} MB"
        )
    assert found["num_in"] == num_items - 2
    lost = [each for each in found["problems"] if each[1] != "pictures"]
    assert lost == [[DAMAGED, "damaged"], [TOO_LARGE, "too_large"]]
    assert found["more_mb"] < MORE_MB
    again = bring_in(tmp_path / "data", path)
    assert (again["num_in"], again["num_known"]) == (0, num_items - 2)
