from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.fit import MachineCosts
from lmstudio_lite.domain.generation import Finished
from lmstudio_lite.domain.models import KvType, Tuning
from lmstudio_lite.engine.client.client import ThreadClient, WorkerClient
from lmstudio_lite.engine.llama.tuning_store import ATTEMPTS_MAX, TuningStore, identify
from lmstudio_lite.engine.tuning.machine_costs import CostMeter
from lmstudio_lite.engine.tuning.search import Tuner, divergence, pick, thread_candidates
from lmstudio_lite.fingerprint import fingerprint
from tests.engine.client.test_client import Reply, wait_until

START = Tuning(flash_attention=False, num_threads=4, num_threads_batch=4, micro_batch_size=512)
ON_GPU = replace(START, num_gpu_layers=20)


@dataclass
class FakeMachine:
    """Costs in seconds by what they depend on; ``noise`` makes every other measurement an interruption."""

    token_s: dict[int, float] = field(default_factory=lambda: {4: 0.10, 3: 0.10, 8: 0.10})
    flash_token_factor: float = 2.5
    flash_prompt_factor: float = 0.8
    quantized_factor: float = 0.8
    quantized_loss: float = 0.0
    batch_factor: dict[int, float] = field(default_factory=lambda: {128: 1.3, 256: 1.01, 512: 1.0})
    interrupts: bool = False
    cell_bytes: int = 1000
    num_open: int = 0
    num_calls: int = 0

    def open_probe(self, tuning: Tuning, context_size: int, is_interrupted: object) -> FakeProbe:
        self.num_open += 1
        return FakeProbe(self, tuning)

    @property
    def tokenizer(self) -> FakeTokenizer:
        return FakeTokenizer()


class FakeTokenizer:
    begin_token = None

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        return list(range(40))

    def token_bytes(self, token_id: int) -> bytes:
        return b""


@dataclass
class FakeProbe:
    machine: FakeMachine
    tuning: Tuning
    depth: int = 0

    def set_threads(self, num_threads: int, num_threads_batch: int) -> None:
        self.tuning = Tuning(
            self.tuning.flash_attention, num_threads, num_threads_batch, self.tuning.micro_batch_size
        )

    def read(self, num_tokens: int) -> float | None:
        factor = self.machine.flash_prompt_factor if self.tuning.flash_attention else 1.0
        factor *= self.machine.batch_factor[self.tuning.micro_batch_size]
        return self._cost(0.001 * num_tokens * factor)

    def generate(self) -> float | None:
        seconds = self.machine.token_s[self.tuning.num_threads]
        if self.tuning.flash_attention and self.depth:
            seconds *= self.machine.flash_token_factor
        if self.tuning.kv_type is KvType.Q8_0:
            seconds *= self.machine.quantized_factor
        return self._cost(seconds)

    def deepen(self, depth: int) -> bool:
        self.depth = depth
        return True

    def distributions(self, token_ids: list[int]) -> object:
        weights = np.ones((len(token_ids), 10))
        if self.tuning.kv_type is KvType.Q8_0:
            weights[:, 0] += self.machine.quantized_loss
        return np.log(weights / weights.sum(axis=1, keepdims=True))

    def close(self) -> None:
        self.machine.num_open -= 1

    def _cost(self, seconds: float) -> float | None:
        self.machine.num_calls += 1
        return None if self.machine.interrupts and self.machine.num_calls % 2 else seconds


def tuned(machine: FakeMachine, options: LoadOptions | None = None, start: Tuning = START) -> Tuner:
    tuner = Tuner(machine, start, options or LoadOptions(), (4, 3, 8), 8192, lambda: False)
    for _ in range(1000):
        if not tuner.step():
            break
    else:
        pytest.fail("measuring does not come to an end")
    assert machine.num_open == 0
    return tuner


def test_a_cpu_on_which_flash_attention_slows_tokens_goes_without() -> None:
    assert tuned(FakeMachine()).best == Tuning(False, 4, 4, 256)


@pytest.mark.parametrize(("factor", "keeps"), [(1.1, True), (2.0, False)])
def test_flash_attention_is_left_only_for_a_large_gain(factor: float, keeps: bool) -> None:
    machine = FakeMachine(flash_token_factor=factor, flash_prompt_factor=1.0, quantized_factor=1.0)
    assert tuned(machine, start=replace(START, flash_attention=True)).best.flash_attention is keeps


def test_flash_attention_and_a_small_cache_are_taken_where_they_help() -> None:
    best = tuned(FakeMachine(flash_token_factor=0.5), start=ON_GPU).best
    assert best.flash_attention
    assert best.kv_type is KvType.Q8_0
    assert tuned(FakeMachine(flash_token_factor=0.5)).best.kv_type is KvType.F16


def test_a_small_cache_that_changes_the_words_is_not() -> None:
    tuner = tuned(FakeMachine(flash_token_factor=0.5, quantized_loss=20.0), start=ON_GPU)
    assert tuner.best.kv_type is KvType.F16
    assert tuner.figures["divergence_q8_0"] > 0.01


def test_threads_must_win_by_a_margin() -> None:
    assert tuned(FakeMachine(token_s={4: 0.10, 3: 0.098, 8: 0.2})).best.num_threads == 4
    assert tuned(FakeMachine(token_s={4: 0.10, 3: 0.08, 8: 0.2})).best.num_threads == 3


def test_what_the_user_decided_is_not_measured() -> None:
    options = LoadOptions(num_threads=4, flash_attention=True, micro_batch_size=512, kv_type=KvType.F16)
    tuner = tuned(FakeMachine(), options)
    assert tuner.best == START
    assert tuner.figures.keys() == {"token_ms", "prompt_ms", "prompt_ms_short"}


def test_interruptions_change_nothing_but_the_time() -> None:
    assert tuned(FakeMachine(interrupts=True)).best == tuned(FakeMachine()).best


def test_giving_up_leaves_nothing_open() -> None:
    machine = FakeMachine()
    tuner = Tuner(machine, START, LoadOptions(), (4, 3), 8192, lambda: False)
    assert tuner.step()
    assert machine.num_open == 1
    tuner.close()
    tuner.close()
    assert machine.num_open == 0


def test_choices_and_their_margins() -> None:
    assert pick(["a", "b"], {"a": 1.0, "b": 0.97}.__getitem__, 0.05) == "a"
    assert pick(["a", "b"], {"a": 1.0, "b": 0.9}.__getitem__, 0.05) == "b"
    assert thread_candidates(8, 16) == (8, 7, 16)
    assert thread_candidates(2, 2) == (2,)
    rows = np.log(np.full((3, 4), 0.25))
    assert divergence(rows, rows) == 0.0


def test_results_are_kept_by_content_machine_and_build(tmp_path: Path) -> None:
    model, moved = tmp_path / "m.gguf", tmp_path / "elsewhere" / "n.gguf"
    model.write_bytes(b"x")
    store, content = TuningStore(tmp_path / "tuning.json"), fingerprint(model)
    here = identify(content, "this machine")
    assert store.recall(here) is None
    assert store.may_measure(here)
    store.begin(here, content, model)
    store.remember(here, content, model, START, {"token_ms": 10.0})
    assert TuningStore(tmp_path / "tuning.json").recall(here) == START
    assert not store.may_measure(here)
    assert store.recall(identify(content, "another machine")) is None
    moved.parent.mkdir()
    model.rename(moved)
    assert identify(fingerprint(moved), "this machine") == here
    store.found_at(here, moved)
    assert [entry.path for entry in store.of_model(content)] == [str(moved)]
    model.write_bytes(b"another model")
    assert identify(fingerprint(model), "this machine") != here
    store.forget(content)
    assert store.recall(here) is None


def test_measuring_that_kills_is_not_tried_for_ever(tmp_path: Path) -> None:
    store = TuningStore(tmp_path / "tuning.json")
    for _ in range(ATTEMPTS_MAX):
        assert store.may_measure("id")
        store.begin("id", "content", tmp_path)
    assert not store.may_measure("id")
    store.give_up("id")
    assert store.may_measure("id")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"entries": 3}',
        b'{"entries": {"id": {"path": 1}}}',
        b'{"version": 1, "entries": {"id": {"path": "m", "tuning": {"flash_attention": false, '
        b'"num_threads": 2, "num_threads_batch": 2, "micro_batch_size": 256}}}}',
    ],
    ids=["empty", "cut off", "no entries", "no path", "another version"],
)
def test_a_damaged_file_holds_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "tuning.json"
    path.write_bytes(content)
    assert TuningStore(path).recall("id") is None
    TuningStore(path).remember("id", "content", tmp_path, START, {})
    assert TuningStore(path).recall("id") == START


def test_a_real_model_is_measured_in_idle_time_and_then_runs_so(starter_path: Path, tmp_path: Path) -> None:
    options = LoadOptions(context_size=1024, tuning_path=tmp_path / "tuning.json", machine="here")
    TuningStore(tmp_path / "tuning.json").remember_costs("here", MachineCosts())
    client = WorkerClient()
    try:
        client.load_model(starter_path, options)
        client.wait_until_ready(60)
        assert client.state.is_measuring
        wait_until(lambda: (tmp_path / "tuning.json").exists())
        for number in range(3):
            assert isinstance(Reply(client, str(number), max_tokens=4).wait(), Finished)
        wait_until(lambda: not client.state.is_measuring, 120)
        model = client.state.model
        assert model is not None
        assert model.is_tuned
        assert isinstance(Reply(client, "after", max_tokens=4).wait(), Finished)
        client.load_model(
            starter_path, LoadOptions(context_size=2048, tuning_path=options.tuning_path, machine="here")
        )
        client.wait_until_ready(60)
        again = client.state.model
        assert again is not None
        assert again.tuning == model.tuning
        assert again.is_tuned
        assert not client.state.is_measuring
    finally:
        client.close()


@pytest.mark.parametrize(
    "change",
    [
        lambda start: start,
        lambda start: replace(start, num_threads=1),
        lambda start: replace(start, micro_batch_size=64),
    ],
    ids=["nothing", "threads", "context"],
)
def test_a_chat_goes_on_after_the_measuring(
    starter_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Tuning], Tuning]
) -> None:
    """What is found may take another context, or change the one in use; the memory is known in both."""
    found: list[Tuning] = []

    def end_at_once(tuner: Tuner) -> bool:
        tuner.best = change(tuner.start)
        found.append(tuner.best)
        return False

    monkeypatch.setattr(Tuner, "step", end_at_once)
    monkeypatch.setattr(CostMeter, "step", lambda _: False)
    client = ThreadClient()
    try:
        client.load_model(
            starter_path, LoadOptions(context_size=1024, tuning_path=tmp_path / "t", machine="here")
        )
        client.wait_until_ready(60)
        before = Reply(client, "before", max_tokens=4)
        assert isinstance(before.wait(), Finished)
        wait_until(lambda: not client.state.is_measuring)
        after = Reply(client, "after", max_tokens=4)
        assert isinstance(after.wait(), Finished)
        assert after.text == before.text
        model = client.state.model
        assert model is not None
        assert [model.tuning] == found
    finally:
        client.close()


def test_every_choice_can_be_run_with(starter_path: Path) -> None:
    client = WorkerClient()
    try:
        for flash, kv_type in ((True, KvType.F16), (True, KvType.Q8_0), (False, KvType.Q8_0)):
            client.load_model(
                starter_path,
                LoadOptions(
                    context_size=512,
                    flash_attention=flash,
                    kv_type=kv_type,
                    num_threads=1,
                    micro_batch_size=64,
                ),
            )
            client.wait_until_ready(60)
            model = client.state.model
            assert model is not None
            assert model.tuning is not None
            assert model.tuning.flash_attention is flash
            assert model.tuning.kv_type is (kv_type if flash else KvType.F16)
            assert (model.tuning.num_threads, model.tuning.micro_batch_size) == (1, 64)
            assert Reply(client, max_tokens=4).wait().request_id == "a"
    finally:
        client.close()
