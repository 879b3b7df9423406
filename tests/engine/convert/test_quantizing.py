"""What the quantizer foretells comes true, and it refuses with a word what can't be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lmstudio_lite.domain.conversion import MatrixFacts, TypeForecast
from lmstudio_lite.domain.file_types import ALL_FILE_TYPES, FILE_TYPES
from lmstudio_lite.engine.convert.client import run_job
from lmstudio_lite.engine.convert.protocol import (
    Calibrate,
    Calibrated,
    Done,
    Event,
    Foretell,
    Foretold,
    Progressed,
    Quantize,
)
from lmstudio_lite.errors import CancelledError, ConversionError, ModelFileError, ModelNotFoundError
from lmstudio_lite.library.gguf import read_gguf_header
from tests.support.gguf_models import write_model

TEXT = "The quick brown fox jumps over the lazy dog; the lazy dog does not mind at all. " * 60
IN_BLOCKS_OF_32 = ("Q8_0", "Q5_1", "Q4_0", "IQ4_NL")


def run(job: Foretell | Quantize | Calibrate) -> list[Event]:
    events: list[Event] = []
    run_job(job, events.append, lambda: None)
    return events


def foretold(source: Path, *file_types: str) -> dict[str, TypeForecast]:
    events = run(Foretell(str(source), file_types))
    return {event.forecast.file_type: event.forecast for event in events if isinstance(event, Foretold)}


def test_every_size_foretold_for_the_starter_is_what_comes_out(tmp_path: Path, starter_model: Path) -> None:
    forecasts = foretold(starter_model, "F16", "Q8_0", "Q4_0")
    for file_type, forecast in forecasts.items():
        target = tmp_path / f"{file_type}.gguf"
        run(Quantize(str(starter_model), str(target), file_type))
        assert forecast.size_bytes == pytest.approx(target.stat().st_size, rel=1e-4)
        assert read_gguf_header(target).metadata["general.file_type"] == ALL_FILE_TYPES[file_type]
    assert forecasts["Q4_0"].size_bytes < forecasts["Q8_0"].size_bytes < forecasts["F16"].size_bytes
    assert all(forecast.seconds is not None and forecast.seconds > 0 for forecast in forecasts.values())


@pytest.mark.parametrize("architecture", ["qwen2", "moe", "mamba"])
def test_sizes_are_foretold_for_every_architecture(tmp_path: Path, architecture: str) -> None:
    source = write_model(tmp_path / "base.gguf", architecture)
    for file_type, forecast in foretold(source, *IN_BLOCKS_OF_32).items():
        target = tmp_path / f"{file_type}.gguf"
        run(Quantize(str(source), str(target), file_type))
        assert forecast.size_bytes == pytest.approx(target.stat().st_size, rel=0.01)


def test_every_type_is_known_to_this_llama_cpp(starter_model: Path) -> None:
    told = foretold(starter_model, *ALL_FILE_TYPES)
    refused = set(ALL_FILE_TYPES) - set(told)
    assert refused <= {"Q1_0"}, "its blocks of 128 do not divide the starter's rows of 576"
    assert {name for name, forecast in told.items() if forecast.needs_matrix} >= {
        "IQ1_S",
        "IQ2_XXS",
        "Q2_K_S",
    }
    assert not any(told[file_type].needs_matrix for file_type in FILE_TYPES)
    assert told["IQ1_S"].seconds is None
    assert told["Q4_K_M"].num_replaced > 100


def test_progress_goes_from_nothing_to_all(tmp_path: Path, starter_model: Path) -> None:
    events = run(Quantize(str(starter_model), str(tmp_path / "out.gguf"), "Q4_0"))
    fractions = [event.fraction for event in events if isinstance(event, Progressed)]
    assert fractions == sorted(fractions)
    assert fractions[0] < 0.2
    assert fractions[-1] == 1.0
    assert isinstance(events[-1], Done)


def test_a_type_of_few_bits_asks_for_a_matrix_and_takes_it(tmp_path: Path) -> None:
    source = write_model(tmp_path / "base.gguf", "llama")
    matrix, target = tmp_path / "matrix.gguf", tmp_path / "out.gguf"
    made = run(Calibrate(str(source), str(matrix), (TEXT,), ("fox.txt",), 1))
    assert isinstance(made[-1], Calibrated)
    done = run(Quantize(str(source), str(target), "Q4_0", str(matrix)))[-1]
    assert isinstance(done, Done)
    assert done.matrix == made[-1].facts
    header = read_gguf_header(target)
    assert header.text("quantize.imatrix.file") == "matrix.gguf"
    assert header.text("quantize.imatrix.dataset") == "fox.txt"
    assert header.number("quantize.imatrix.entries_count") == made[-1].facts.num_entries
    assert header.number("quantize.imatrix.chunks_count") == 1


def test_without_a_matrix_it_is_refused_before_anything_is_written(
    tmp_path: Path, starter_model: Path
) -> None:
    target = tmp_path / "out.gguf"
    with pytest.raises(ConversionError) as refused:
        run(Quantize(str(starter_model), str(target), "IQ2_XXS"))
    assert refused.value.details["reason"] == "needs_matrix"
    assert not target.exists()


def test_another_models_matrix_is_refused(tmp_path: Path, starter_model: Path) -> None:
    tiny = write_model(tmp_path / "tiny.gguf", "llama")
    matrix = tmp_path / "matrix.gguf"
    run(Calibrate(str(tiny), str(matrix), (TEXT,), (), 1))
    with pytest.raises(ConversionError) as refused:
        run(Quantize(str(starter_model), str(tmp_path / "out.gguf"), "Q4_0", str(matrix)))
    assert refused.value.details["reason"] == "other_model"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("gone.gguf", None, "matrix_missing"),
        ("old.dat", b"\x02\0\0\0rest", "matrix_old"),
        ("text.gguf", b"no matrix", "not_a_matrix"),
        ("cut.gguf", b"GGUF\x03\0\0\0\xff\xff\xff\xff", "not_a_matrix"),
    ],
)
def test_what_is_no_matrix_says_so(tmp_path: Path, name: str, content: bytes | None, reason: str) -> None:
    source = write_model(tmp_path / "base.gguf", "llama")
    matrix = tmp_path / name
    if content is not None:
        matrix.write_bytes(content)
    with pytest.raises(ConversionError) as refused:
        run(Quantize(str(source), str(tmp_path / "out.gguf"), "Q4_0", str(matrix)))
    assert refused.value.details["reason"] == reason


def test_a_model_in_place_of_a_matrix_is_none(tmp_path: Path) -> None:
    source = write_model(tmp_path / "base.gguf", "llama")
    with pytest.raises(ConversionError) as refused:
        run(Quantize(str(source), str(tmp_path / "out.gguf"), "Q4_0", str(source)))
    assert refused.value.details["reason"] == "not_a_matrix"


def test_a_missing_or_broken_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError):
        run(Foretell(str(tmp_path / "gone.gguf"), ("Q8_0",)))
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF and then nothing of use")
    with pytest.raises(ModelFileError):
        run(Foretell(str(broken), ("Q8_0", "Q4_0")))


def test_a_disk_that_is_full_is_no_success(tmp_path: Path) -> None:
    source = write_model(tmp_path / "base.gguf", "llama")
    if not os.path.exists("/dev/full"):
        pytest.skip("the system has no device that is always full")
    with pytest.raises(ModelFileError):
        run(Quantize(str(source), "/dev/full", "Q8_0"))


def test_it_can_be_stopped(tmp_path: Path, starter_model: Path) -> None:
    def stop() -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        run_job(Quantize(str(starter_model), str(tmp_path / "out.gguf"), "Q8_0"), print, stop)


def test_a_matrix_says_what_it_is_of(tmp_path: Path) -> None:
    source = write_model(tmp_path / "base.gguf", "moe")
    made = run(Calibrate(str(source), str(tmp_path / "m.gguf"), (TEXT,), ("a", "b"), 2))[-1]
    assert isinstance(made, Calibrated)
    assert isinstance(made.facts, MatrixFacts)
    assert made.facts.num_tokens == 1024
    assert made.facts.datasets == ("a", "b")
