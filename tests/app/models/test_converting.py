"""Conversions whole or not at all: names, refusals, what is left after a stop, what a comparison says."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lmstudio_lite import words
from lmstudio_lite.app.models import converting
from lmstudio_lite.app.models.carried_texts import calibration_texts, measuring_texts
from lmstudio_lite.app.models.converting import Converting
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.conversion import (
    Calibration,
    ConversionProgress,
    ConversionStage,
    Measuring,
    Order,
    Quality,
)
from lmstudio_lite.errors import CancelledError, ConversionError, DataFolderReadOnlyError, DiskFullError
from lmstudio_lite.words.conversion import judge_quality, say_quality
from tests.support.gguf_models import write_adapter, write_model
from tests.support.small_drive import SIZE_KB, SmallDrive, can_mount


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


@pytest.fixture
def converter(models: Path) -> Converting:
    return Converting(DocumentReader(), models)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_model(tmp_path / "tiny-F32.gguf", "llama")


def reason_of(call: Callable[[], object]) -> str:
    with pytest.raises(ConversionError) as refused:
        call()
    explained = words.explain(refused.value)
    assert explained.what
    assert explained.remedy
    return str(refused.value.details["reason"])


def test_a_new_file_is_named_after_model_and_type(converter: Converting, models: Path) -> None:
    assert converter.target_of(Path("/x/My-7B-Q8_0.gguf"), "Q4_0") == models / "My-7B-Q4_0.gguf"
    assert converter.target_of(Path("/x/My-F16-00001-of-00003.gguf"), "Q4_0") == models / "My-Q4_0.gguf"
    (models / "My-Q4_0.gguf").touch()
    assert converter.target_of(Path("/x/My.gguf"), "Q4_0") == models / "My-Q4_0-2.gguf"


def test_with_a_matrix_from_a_text_and_a_comparison(
    converter: Converting, source: Path, models: Path, tmp_path: Path
) -> None:
    text = tmp_path / "notes.md"
    text.write_text("A long walk by the sea, and the tide comes in again and again. " * 60)
    kept = tmp_path / "kept.gguf"
    seen: list[ConversionProgress] = []
    order = Order(
        source,
        models / "out.gguf",
        "Q4_0",
        Calibration(texts=(text,), keeps_as=kept),
        measuring=Measuring((text,)),
    )
    made = converter.convert(order, Cancellation(), seen.append)
    assert made.quality is not None
    assert made.matrix is not None
    assert made.matrix.datasets == ("notes.md",)
    assert made.size_bytes < made.size_before_bytes
    assert kept.is_file()
    stages = list(dict.fromkeys(progress.stage for progress in seen))
    assert stages == [ConversionStage.CALIBRATING, ConversionStage.QUANTIZING, ConversionStage.MEASURING]
    again = Order(source, models / "again.gguf", "Q4_0", Calibration(matrix=kept))
    converter.convert(again, Cancellation())
    same = made.path.read_bytes(), (models / "again.gguf").read_bytes()
    assert same[0][-4096:] == same[1][-4096:], "the same weights; the matrix has another name"


def test_a_stop_leaves_nothing_and_during_the_comparison_the_file(
    converter: Converting, source: Path, models: Path
) -> None:
    for stage, left in ((ConversionStage.QUANTIZING, []), (ConversionStage.MEASURING, ["out.gguf"])):
        cancellation = Cancellation()

        def stop(
            progress: ConversionProgress, at: ConversionStage = stage, by: Cancellation = cancellation
        ) -> None:
            if progress.stage is at:
                by.cancel()

        order = Order(source, models / "out.gguf", "Q8_0", measuring=Measuring())
        if left:
            made = converter.convert(order, cancellation, stop)
            assert made.quality is None
        else:
            with pytest.raises(CancelledError):
                converter.convert(order, cancellation, stop)
        assert [path.name for path in models.iterdir()] == left


def test_what_can_not_be_is_refused_before_anything_is_written(
    converter: Converting, source: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def convert(target: Path, file_type: str = "Q8_0") -> object:
        return converter.convert(Order(source, target, file_type), Cancellation())

    there = models / "there.gguf"
    there.write_bytes(b"mine")
    assert reason_of(lambda: convert(there)) == "target_exists"
    assert reason_of(lambda: convert(source)) == "same_file"
    assert there.read_bytes() == b"mine"
    monkeypatch.setattr(converting, "_SPARE_BYTES", 1 << 60)
    assert reason_of(lambda: convert(models / "big.gguf")) == "no_room"
    assert [path.name for path in models.iterdir()] == ["there.gguf"]


def test_a_text_that_is_too_short_to_compare_leaves_the_file(
    converter: Converting, source: Path, models: Path, tmp_path: Path
) -> None:
    text = tmp_path / "short.txt"
    text.write_text("Too short.")
    order = Order(source, models / "out.gguf", "Q8_0", measuring=Measuring((text,)))
    made = converter.convert(order, Cancellation())
    assert made.path.is_file()
    assert made.failure is not None
    assert made.failure.details["reason"] == "text_too_short"


def test_what_a_killed_process_left_long_ago_goes(converter: Converting, source: Path, models: Path) -> None:
    old, young = models / ".out.gguf.1-a.part", models / ".out.gguf.2-b.part"
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    converter.convert(Order(source, models / "out.gguf", "Q8_0"), Cancellation())
    assert sorted(path.name for path in models.iterdir()) == [young.name, "out.gguf"]


def test_an_adapter_baked_in_is_compared_with_the_base_and_it(
    converter: Converting, source: Path, models: Path, tmp_path: Path
) -> None:
    adapter = write_adapter(tmp_path / "adapter.gguf")
    order = Order(source, models / "out.gguf", "F32", adapter=adapter, strength=0.5, measuring=Measuring())
    made = converter.convert(order, Cancellation())
    assert made.quality is not None
    assert made.quality.kl < 1e-5
    assert [path.name for path in models.iterdir()] == ["out.gguf"]


def test_a_folder_that_can_not_be_written_to(converter: Converting, source: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(DataFolderReadOnlyError):
        converter.convert(Order(source, blocked / "out.gguf", "Q8_0"), Cancellation())


def test_the_texts_for_matrices_and_for_comparisons_are_others() -> None:
    made_from, judged_by = calibration_texts(), measuring_texts()
    assert not set(made_from) & set(judged_by)
    assert {name[:2] for name in made_from} == {name[:2] for name in judged_by} == {"ar", "de", "en", "zh"}


@pytest.mark.parametrize(
    ("kl", "same_top", "word"),
    [(0.001, 0.99, "Almost"), (0.03, 0.9, "Close"), (0.3, 0.7, "Clearly"), (2.0, 0.2, "Far")],
)
def test_words_follow_the_figures(kl: float, same_top: float, word: str) -> None:
    quality = Quality(2040, 10.0, 10.5, 0.01, kl, kl / 10, kl * 9, same_top, 0.01)
    assert judge_quality(quality).startswith(word)
    said = " ".join(say_quality(quality))
    assert f"{100 * (1 - same_top):.1f} ± 1.0 of 100 places" in said
    assert "2,040 tokens" in said


@pytest.mark.skipif(not can_mount(), reason="only root may mount a drive")
def test_a_drive_that_fills_up_while_llama_cpp_writes(
    converter: Converting, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(converting, "_SPARE_BYTES", -(1 << 40))
    drive = SmallDrive(tmp_path / "drive")
    try:
        (drive.folder / "mine").write_bytes(bytes(SIZE_KB * 1024 - 80_000))
        with pytest.raises(DiskFullError):
            converter.convert(Order(source, drive.folder / "out.gguf", "Q8_0"), Cancellation())
        assert [path.name for path in drive.folder.iterdir()] == ["mine"]
    finally:
        drive.pull_out()
