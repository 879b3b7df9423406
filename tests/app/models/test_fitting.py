"""Fits and speeds through the services: by formula, asked, after a load, after use."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lmstudio_lite.app.load_profile import machine_name
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.fit import FitVerdict, Speed
from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    GenerationEvent,
    GenerationRequest,
    Message,
    Role,
    Sampling,
)
from lmstudio_lite.domain.models import KvType, Tuning
from lmstudio_lite.engine.llama.tuning_store import TuningStore, identify
from lmstudio_lite.errors import ModelFileError, ModelLoadError, ModelNotFoundError, ModelTooLargeError
from lmstudio_lite.fingerprint import fingerprint
from lmstudio_lite.library.gguf import read_gguf_header
from lmstudio_lite.library.gguf.facts import model_facts
from lmstudio_lite.paths import portable_paths
from tests.engine.client.test_client import wait_until
from tests.support.gguf_models import make_model, write_adapter, write_model

ENDS = (Finished, Failed)
FIGURES = {"token_ms": 10.0, "prompt_ms": 2.0, "prompt_ms_short": 2.0}
TUNING = Tuning(flash_attention=False, num_threads=2, num_threads_batch=2, micro_batch_size=128)


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[Services]:
    """Services whose engine has no model."""
    with Services.open(portable_paths(tmp_path / "data"), isolation="process") as services:
        yield services


def measure(services: Services, path: Path, figures: dict[str, float] = FIGURES) -> None:
    """Put a measurement where tuning would have put it."""
    store = TuningStore(services.paths.tuning_file)
    content = fingerprint(path) if path.exists() else "gone"
    store.remember(identify(content, machine_name()), content, path, TUNING, figures, machine_name())


def answer(services: Services, request_id: str, words: str) -> None:
    """Let the model write up to 200 tokens about ``words``."""
    ended: queue.SimpleQueue[GenerationEvent] = queue.SimpleQueue()
    prompt = ChatPrompt((Message(Role.USER, words),))
    request = GenerationRequest(request_id, prompt, 200, Sampling(temperature=0))
    services.engine.submit(request, lambda event: ended.put(event) if isinstance(event, ENDS) else None)
    assert isinstance(ended.get(timeout=60), Finished)


def test_a_file_and_its_facts_fit_alike_and_llama_cpp_agrees(idle: Services, starter_model: Path) -> None:
    facts = model_facts(read_gguf_header(starter_model))
    by_file, by_facts = idle.fitting.fit(starter_model, 4096), idle.fitting.fit(facts, 4096)
    assert by_file.need == by_facts.need
    assert not by_file.is_exact
    assert by_file.verdict is FitVerdict.IN_MEMORY
    asked = idle.fitting.ask(starter_model, 4096)
    assert asked.is_exact
    assert asked.need.total_bytes == pytest.approx(by_file.need.total_bytes, rel=0.05)
    known = idle.fitting.fit(starter_model, 4096)  # what was asked is known from then on
    assert known.is_exact
    assert known.need == asked.need


def test_a_context_is_what_the_engine_would_give(idle: Services, starter_model: Path) -> None:
    assert idle.fitting.fit(starter_model, 1 << 20).context_size == 8192  # what it was trained for
    small = idle.fitting.fit(starter_model, 2048, KvType.Q8_0)
    assert (small.context_size, small.kv_type) == (2048, KvType.Q8_0)
    assert small.need.kv_bytes < idle.fitting.fit(starter_model, 2048).need.kv_bytes


def test_a_cache_that_can_not_be_made_is_not_promised(idle: Services, tmp_path: Path) -> None:
    """Heads of 16 are no whole blocks of q8_0."""
    path = write_model(tmp_path / "m.gguf", "llama")
    idle.settings.update("engine", kv_type="q8_0", measures=False)
    assert idle.fitting.ask(path, 1024, KvType.Q8_0).kv_type is KvType.F16
    idle.load_model(path)
    idle.engine.wait_until_ready(60)
    model = idle.engine.state.model
    assert model is not None
    assert model.tuning is not None
    assert model.tuning.kv_type is KvType.F16


def test_an_adapter_is_counted(idle: Services, tmp_path: Path) -> None:
    model, adapter = write_model(tmp_path / "m.gguf", "llama"), write_adapter(tmp_path / "a.gguf")
    found = idle.fitting.fit(model, adapter=adapter)
    assert 0 < found.need.adapter_bytes < adapter.stat().st_size


@pytest.mark.parametrize("call", ["fit", "ask", "speed"])
def test_what_is_no_model_is_said(idle: Services, tmp_path: Path, call: str) -> None:
    ask: Callable[[Path], object] = getattr(idle.fitting, call)
    with pytest.raises(ModelNotFoundError):
        ask(tmp_path / "none.gguf")
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF but not really")
    with pytest.raises(ModelFileError):
        ask(broken)


def test_a_file_that_llama_cpp_refuses_is_said(idle: Services, tmp_path: Path) -> None:
    path = tmp_path / "odd.gguf"
    path.write_bytes(make_model("llama").replace(b"blk.1.ffn_up", b"blk.1.ffn_un"))
    assert idle.fitting.fit(path, 512).verdict is FitVerdict.IN_MEMORY
    with pytest.raises(ModelLoadError):
        idle.fitting.ask(path, 512)


@pytest.mark.skipif(os.name != "posix", reason="names are text elsewhere")
def test_a_name_that_is_no_text(idle: Services, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"m\xff.gguf")
    path.write_bytes(make_model("llama"))
    assert idle.fitting.ask(path, 512).is_exact
    path.write_bytes(make_model("llama").replace(b"blk.1.ffn_up", b"blk.1.ffn_un"))
    with pytest.raises(ModelLoadError) as refused:
        idle.fitting.ask(path, 512)
    assert refused.value.details["path"] == str(path)


def test_too_large_is_refused_unless_it_is_wanted_anyway(
    idle: Services, starter_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lmstudio_lite.app.session.available_memory_bytes", lambda: 50_000_000)
    assert idle.fitting.fit(starter_model).verdict is FitVerdict.TOO_LARGE
    with pytest.raises(ModelTooLargeError) as refused:
        idle.load_model(starter_model)
    assert refused.value.details["available_bytes"] == 50_000_000
    idle.settings.update("engine", measures=False)
    idle.load_model(starter_model, anyway=True)
    idle.engine.wait_until_ready(60)


def test_a_changed_file_is_read_again(idle: Services, tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.gguf", "llama")
    before = idle.fitting.fit(path, 2048).need
    path.write_bytes(make_model("moe"))
    assert idle.fitting.fit(path, 2048).need.weights_bytes > before.weights_bytes


def test_speed_is_known_once_something_was_measured(
    idle: Services, starter_model: Path, tmp_path: Path
) -> None:
    tiny = write_model(tmp_path / "tiny.gguf", "llama")
    assert idle.fitting.speed(tiny) is None
    assert idle.fitting.fit(tiny, 512).speed is None
    measure(idle, starter_model)
    own, other = idle.fitting.speed(starter_model, 512), idle.fitting.speed(tiny, 512)
    assert own is not None
    assert other is not None
    assert own.decode_tokens_per_s == pytest.approx(100)
    assert other.decode_tokens_per_s > own.decode_tokens_per_s
    assert idle.fitting.fit(starter_model, 512).speed == own
    facts = model_facts(read_gguf_header(starter_model))
    huge = replace(facts, weights_bytes=facts.weights_bytes * 100, type_bytes={})
    foretold = idle.fitting.speed(huge)
    assert foretold is not None
    assert foretold.decode_tokens_per_s < 5


def test_measurements_that_say_too_little_or_whose_file_is_gone_are_no_help(
    idle: Services, starter_model: Path, tmp_path: Path
) -> None:
    measure(idle, starter_model, {"spent_s": 3.0})
    measure(idle, tmp_path / "gone.gguf")
    assert idle.fitting.speed(starter_model) is None


def test_a_moved_model_keeps_its_figures_and_another_in_its_place_does_not_get_them(
    idle: Services, tmp_path: Path
) -> None:
    model, moved = write_model(tmp_path / "m.gguf", "llama"), tmp_path / "elsewhere.gguf"
    measure(idle, model)
    before = idle.fitting.speed(model, 512)
    assert before is not None
    model.rename(moved)
    assert idle.fitting.speed(moved, 512) == before
    assert [entry.path for entry in idle.load_profiles.measured(moved)] == [str(model)]
    idle.load_model(moved)
    idle.engine.wait_until_ready(60)
    assert [entry.path for entry in idle.load_profiles.measured(moved)] == [str(moved)]
    write_model(model, "moe")
    assert not idle.load_profiles.measured(model)
    assert idle.load_profiles.measured_here(model) is None
    idle.measure_again(moved)
    assert not [entry for entry in idle.load_profiles.measured(moved) if entry.figures == FIGURES]


def test_a_load_is_held_against_its_promise_and_use_replaces_the_forecast(
    idle: Services, starter_model: Path
) -> None:
    idle.settings.update("engine", measures=False)
    idle.load_model(starter_model)
    idle.engine.wait_until_ready(60)
    model = idle.engine.state.model
    assert model is not None
    wait_until(lambda: idle.fit_records.load_of(model) is not None)
    load = idle.fit_records.load_of(model)
    assert load is not None
    assert load.promised_bytes == pytest.approx(load.taken_bytes, rel=0.05)
    measure(idle, starter_model)
    for number in range(6):
        words = " ".join(f"word{number}{index}" for index in range(60))
        answer(idle, f"r{number}", words)
    wait_until(lambda: (speed := idle.fitting.speed(starter_model)) is not None and speed.is_measured)


def test_opening_again_remembers_the_speed_in_use(tmp_path: Path, starter_model: Path) -> None:
    paths = portable_paths(tmp_path / "data")
    with Services.open(paths) as services:
        services.forecasts.keep_used(starter_model, Speed(12.5, 80.0, is_measured=True), 500)
    copy = tmp_path / "moved.gguf"
    os.link(starter_model, copy)
    with Services.open(paths) as services:
        assert services.fitting.speed(copy) == Speed(12.5, 80.0, is_measured=True)
