from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import llama_cpp
import pytest

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.fit import TRIAL_LAYER_WEIGHTS, TRIAL_WIDTHS, MachineCosts, TypeCost
from lmstudio_lite.domain.generation import Finished
from lmstudio_lite.domain.models import Tuning
from lmstudio_lite.engine.client.client import ThreadClient
from lmstudio_lite.engine.llama import trial_model
from lmstudio_lite.engine.llama.abort import AbortFlag
from lmstudio_lite.engine.llama.trial_model import TYPE_NUMBERS, TrialModel
from lmstudio_lite.engine.llama.tuning_store import ATTEMPTS_MAX, TuningStore, identify
from lmstudio_lite.engine.tuning import machine_costs
from lmstudio_lite.engine.tuning.machine_costs import PROMPT_TOKENS, CostMeter
from lmstudio_lite.engine.tuning.search import Tuner
from lmstudio_lite.fingerprint import fingerprint
from lmstudio_lite.library.gguf.types import GGML_TYPES
from tests.engine.client.test_client import Reply, wait_until

COSTS = MachineCosts({"Q4_K": tuple(TypeCost(20.0 + width, 4.0) for width in range(len(TRIAL_WIDTHS)))})


@dataclass
class Workshop:
    """Trials that take ``token_s``; every other measurement is an interruption."""

    token_s: float = 0.004
    missing: tuple[str, ...] = ()
    num_open: int = 0
    num_calls: int = 0
    asked: list[tuple[str, int]] = field(default_factory=list)

    def open_trial(self, type_name: str, width: int) -> ScriptedTrial | None:
        self.asked.append((type_name, width))
        if type_name in self.missing:
            return None
        self.num_open += 1
        return ScriptedTrial(self)


@dataclass
class ScriptedTrial:
    workshop: Workshop
    bytes_read: int = 100_000_000
    weights_multiplied: int = 200_000_000
    depth: int = 0

    def open_probe(self) -> ScriptedTrial:
        self.workshop.num_open += 1
        return self

    def set_threads(self, num_threads: int, num_threads_batch: int) -> None: ...

    def read(self, num_tokens: int) -> float | None:
        return self._took(num_tokens * self.workshop.token_s / 4)

    def generate(self) -> float | None:
        return self._took(self.workshop.token_s)

    def deepen(self, depth: int) -> bool:
        return True

    def distributions(self, token_ids: list[int]) -> object:
        return None

    def close(self) -> None:
        self.workshop.num_open -= 1

    def _took(self, seconds: float) -> float | None:
        self.workshop.num_calls += 1
        return None if self.workshop.num_calls % 2 else seconds


def test_each_type_is_measured_at_each_width_whatever_interrupts() -> None:
    workshop = Workshop()
    meter = CostMeter(("Q4_K", "F16"), workshop.open_trial)
    while meter.step():
        pass
    assert workshop.num_open == 0
    assert workshop.asked == [(name, width) for name in ("Q4_K", "F16") for width in TRIAL_WIDTHS]
    for costs in meter.costs.of_types.values():
        assert [cost.writing_ms for cost in costs] == pytest.approx([40.0] * len(TRIAL_WIDTHS))
        assert [cost.reading_ms for cost in costs] == pytest.approx([5.0] * len(TRIAL_WIDTHS))


def test_a_type_that_can_not_be_had_is_left_out() -> None:
    workshop = Workshop(missing=("Q4_K",))
    meter = CostMeter(("Q4_K", "F16"), workshop.open_trial)
    while meter.step():
        pass
    assert list(meter.costs.of_types) == ["F16"]


def test_a_busy_machine_is_found_out_with_the_first_trial() -> None:
    workshop = Workshop()
    meter = CostMeter(("Q4_K", "F16"), workshop.open_trial, num_threads=1000)
    while meter.step():
        pass
    assert meter.is_machine_busy
    assert len(workshop.asked) == 1
    assert workshop.num_open == 0


@pytest.mark.parametrize("num_steps", [1, 2, 5, 40])
def test_giving_up_leaves_nothing_open(num_steps: int) -> None:
    workshop = Workshop()
    meter = CostMeter(("Q4_K", "F16"), workshop.open_trial)
    for _ in range(num_steps):
        meter.step()
    meter.close()
    assert workshop.num_open == 0


@pytest.mark.parametrize("type_name", TYPE_NUMBERS)
def test_a_trial_is_a_model_that_llama_cpp_computes_with(type_name: str) -> None:
    known = GGML_TYPES[TYPE_NUMBERS[type_name]]
    assert known.name == type_name
    block_length, block_bytes = known.block_length, known.block_bytes
    llama_cpp.llama_backend_init()
    width = TRIAL_WIDTHS[0]
    tuning = Tuning(flash_attention=True, num_threads=1, num_threads_batch=1, micro_batch_size=PROMPT_TOKENS)
    trial = TrialModel(type_name, width, tuning, AbortFlag(), lambda: False)
    try:
        num_layers = 1 + (trial.weights_multiplied - 1) // TRIAL_LAYER_WEIGHTS[0]
        assert trial.bytes_read == num_layers * TRIAL_LAYER_WEIGHTS[0] // block_length * block_bytes
        assert 0.9 < trial.bytes_read / (96 << 20) < 1.1
        probe = trial.open_probe()
        assert probe is not None
        assert probe.generate() or 0 > 0
        assert probe.read(2) or 0 > 0
        probe.close()
    finally:
        trial.close()


def test_costs_are_kept_for_each_machine(tmp_path: Path) -> None:
    store = TuningStore(tmp_path / "tuning.json")
    assert store.costs("here") is None
    store.remember_costs("here", COSTS)
    assert TuningStore(tmp_path / "tuning.json").costs("here") == COSTS
    assert not store.may_measure_costs("here")
    assert store.costs("there") is None
    assert store.may_measure_costs("there")


def test_a_measuring_that_takes_the_worker_with_it_is_not_begun_for_ever(tmp_path: Path) -> None:
    store = TuningStore(tmp_path / "tuning.json")
    for _ in range(ATTEMPTS_MAX):
        assert store.may_measure_costs("here")
        store.begin_costs("here")
    assert not store.may_measure_costs("here")
    store.give_up_costs("here")
    assert store.may_measure_costs("here")


@pytest.mark.parametrize("damage", [[], [{"writing_ms": 1.0, "reading_ms": 1.0}], [{"writing_ms": -1.0}] * 3])
def test_damaged_costs_are_measured_anew(tmp_path: Path, damage: list[dict[str, float]]) -> None:
    path = tmp_path / "tuning.json"
    store = TuningStore(path)
    store.remember_costs("here", COSTS)
    text = json.loads(path.read_text())
    text["costs"]["here"]["costs"]["of_types"]["Q4_K"] = damage
    path.write_text(json.dumps(text))
    assert store.costs("here") is None
    assert store.may_measure_costs("here")


def test_an_idle_engine_measures_what_the_types_cost_and_answers_meanwhile(
    starter_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tuning is over at once here; what follows is real, with two of the types."""
    monkeypatch.setattr(machine_costs, "LEAST_SHARE", 0.0)
    monkeypatch.setattr(trial_model, "TYPE_NUMBERS", {"Q4_K": 12, "F16": 1})
    path = tmp_path / "tuning.json"
    with measuring_engine(starter_path, path, monkeypatch) as client:
        assert client.state.is_measuring
        assert isinstance(Reply(client, "meanwhile", max_tokens=4).wait(), Finished)
        wait_until(lambda: not client.state.is_measuring, 120)
        assert isinstance(Reply(client, "after", max_tokens=4).wait(), Finished)
    costs = TuningStore(path).costs("here")
    assert costs is not None
    assert set(costs.of_types) == {"Q4_K", "F16"}
    assert all(
        cost.writing_ms > 0 and cost.reading_ms > 0 for sizes in costs.of_types.values() for cost in sizes
    )


def test_what_a_busy_machine_says_is_not_kept_and_measured_again(
    starter_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine_costs, "LEAST_SHARE", 1000.0)
    path = tmp_path / "tuning.json"
    with measuring_engine(starter_path, path, monkeypatch) as client:
        wait_until(lambda: not client.state.is_measuring, 120)
        assert isinstance(Reply(client, "after", max_tokens=4).wait(), Finished)
    assert TuningStore(path).costs("here") is None
    assert TuningStore(path).may_measure_costs("here")


@contextmanager
def measuring_engine(model: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadClient]:
    """An engine whose tuning is over at once."""
    monkeypatch.setattr(Tuner, "step", lambda _: False)
    client = ThreadClient()
    try:
        client.load_model(model, LoadOptions(context_size=1024, tuning_path=path, machine="here"))
        client.wait_until_ready(60)
        wait_until(lambda: not TuningStore(path).may_measure(_identity(model)))
        yield client
    finally:
        client.close()


def _identity(model: Path) -> str:
    return identify(fingerprint(model), "here")
