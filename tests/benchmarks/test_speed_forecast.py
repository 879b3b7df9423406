"""How true the speed is that is foretold of one model from what was measured with another.

The starter and the models in ``LMSTUDIO_LITE_MODELS`` (paths) are measured as their first load measures them;
each then foretells the others. On a machine that has other work to do nothing of this holds.
"""

from __future__ import annotations

import os
import time
from itertools import permutations
from pathlib import Path

import pytest

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.fit import ModelFacts
from lmstudio_lite.engine.client.client import WorkerClient
from lmstudio_lite.engine.llama.tuning_store import Entry, TuningStore
from lmstudio_lite.fingerprint import fingerprint
from lmstudio_lite.library.fit.speed import Pace, foretell
from lmstudio_lite.library.gguf import read_gguf_header
from lmstudio_lite.library.gguf.facts import model_facts

LARGER = [Path(name) for name in os.environ.get("LMSTUDIO_LITE_MODELS", "").split(os.pathsep) if name]
WITHIN = 0.25
TIMEOUT_S = 180.0


def measure(path: Path, tuning_path: Path) -> Entry:
    """Load the model and wait until it has been measured, and with the first what the types cost."""
    client, content = WorkerClient(), fingerprint(path)
    try:
        client.load_model(path, LoadOptions(tuning_path=tuning_path, machine="here"))
        client.wait_until_ready(TIMEOUT_S)
        deadline = time.monotonic() + TIMEOUT_S
        while client.state.is_measuring:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        found = TuningStore(tuning_path).of_model(content)
    finally:
        client.close()
    return found[0]


@pytest.mark.soak
@pytest.mark.benchmark
@pytest.mark.skipif(not LARGER, reason="LMSTUDIO_LITE_MODELS names no models to foretell")
def test_one_model_foretells_another(starter_model: Path, tmp_path: Path) -> None:
    measured: dict[Path, tuple[ModelFacts, Pace]] = {}
    for path in (starter_model, *LARGER):
        entry = measure(path, tmp_path / "tuning.json")
        assert entry.tuning is not None
        pace = Pace(entry.figures["token_ms"] / 1000, entry.figures["prompt_ms"] / 1000)
        measured[path] = (model_facts(read_gguf_header(path)), pace)
    costs = TuningStore(tmp_path / "tuning.json").costs("here")
    assert costs is not None
    wrong = []
    for source, target in permutations(measured, 2):
        facts, pace = measured[target]
        speed = foretell(facts, *measured[source], costs=costs)
        ratios = (speed.decode_tokens_per_s * pace.token_s, speed.prompt_tokens_per_s * pace.prompt_s)
        line = f"{source.stem} foretells {target.stem}: written {ratios[0]:.2f}, read {ratios[1]:.2f}"
        print(line)  # noqa: T201
        wrong += [(source.stem, target.stem, ratio) for ratio in ratios if abs(ratio - 1) > WITHIN]
    assert not wrong
