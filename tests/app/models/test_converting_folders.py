"""Hugging Face folders as GGUF: llama.cpp computes what the folder's model computes, or nothing is made."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lmstudio_lite import words
from lmstudio_lite.app.models import converting
from lmstudio_lite.app.models.converting import Converting
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.conversion import Calibration, Conversion, ConversionProgress, ConversionStage
from lmstudio_lite.engine.llama.logits import LogitsReader
from lmstudio_lite.engine.llama.tokenizer import Vocabulary
from lmstudio_lite.errors import CancelledError, ConversionError, DataFolderReadOnlyError, DiskFullError
from lmstudio_lite.library.gguf import read_gguf_header
from tests.support.checkpoints import BYTES, QWEN_WORDS, change_json, write_checkpoint
from tests.support.small_drive import SmallDrive, can_mount

TOKEN_IDS = [int(number) for number in np.random.default_rng(3).integers(33, 250, 60)]
MARKED_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}"
    r"| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CASED_WORDS = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
BLOOM_WORDS = r" ?[^(\s|[.,!?…。，、।۔،])]+"
MARKS = {"type": "Punctuation", "behavior": "Contiguous"}
DIGITS = {"type": "Digits", "individual_digits": False}
THREE_DIGITS = {
    "type": "Split", "pattern": {"Regex": "[0-9][0-9][0-9]"}, "behavior": "Isolated", "invert": False,
}  # fmt: skip
TEXTS = (
    "The rain in Spain, isn't it? I'LL say:  two  spaces\n\n\tand 12345 tabs\r\n",
    "Füße naïve Ångström 日本語 العربية 🎉🎉 ½ x²",
    "   leading, trailing   ",
    "def f(x):\n    return x ** 2  # 3.14\n",
)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


@pytest.fixture
def convert(models: Path) -> Callable[..., Conversion]:
    converter = Converting(DocumentReader(), models)

    def run(
        folder: Path, target: Path | None = None, file_type: str | None = None, **more: Any
    ) -> Conversion:
        return converter.convert_folder(folder, target, file_type, more.pop("by", Cancellation()), **more)

    return run


def logits_of(path: Path) -> NDArray[np.float32]:
    with LogitsReader(path) as reader:
        return np.array(reader.logits(TOKEN_IDS))


@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
@pytest.mark.parametrize(("num_files", "kind"), [(1, "F32"), (3, "F16"), (2, "BF16")])
def test_the_same_weights_as_gguf_compute_the_same(
    tmp_path: Path, convert: Callable[..., Conversion], architecture: str, num_files: int, kind: str
) -> None:
    folder = write_checkpoint(tmp_path / "Tiny-1.5", architecture, num_files=num_files, kind=kind)
    made = convert(folder)
    assert made.path == tmp_path / "models" / f"Tiny-1.5-{kind}.gguf"
    assert made.file_type == kind
    assert made.size_bytes == made.path.stat().st_size
    expected, found = logits_of(tmp_path / "Tiny-1.5.gguf"), logits_of(made.path)
    if kind == "F32":
        assert np.array_equal(expected, found)
    else:
        rounding = {"F16": 0.005, "BF16": 0.08}[kind]
        assert np.abs(expected - found).max() < rounding * np.abs(expected).max()
    with Vocabulary(tmp_path / "Tiny-1.5.gguf") as one, Vocabulary(made.path) as other:
        for text in (*TEXTS, "<|im_start|>user\nthe<|im_end|>"):
            ids = [each.tokenize(text, add_special=True, parse_special=True) for each in (one, other)]
            assert ids[0] == ids[1]
        assert one.end_of_text == other.end_of_text
        assert one.chat_template == other.chat_template


@pytest.mark.parametrize(
    ("cutting", "rule", "changes"),
    [
        (BYTES, "gpt-2", {}),
        (
            {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, BYTES]},
            "smollm",
            {},
        ),
        (QWEN_WORDS, "qwen2", {"normalizer": {"type": "NFC"}}),
        (QWEN_WORDS.replace(r"\p{N}|", r"\p{N}{1,3}|", 1), "llama-bpe", {}),
        (MARKED_WORDS, "qwen35", {"normalizer": {"type": "NFC"}}),
        (CASED_WORDS, "gpt-4o", {}),
        (BLOOM_WORDS, "bloom", {}),
        ({"type": "Sequence", "pretokenizers": [MARKS, BYTES, DIGITS, THREE_DIGITS]}, "falcon", {}),
    ],
)
def test_texts_are_cut_as_the_tokenizers_library_cuts_them(
    tmp_path: Path, convert: Callable[..., Conversion], cutting: Any, rule: str, changes: dict[str, Any]
) -> None:
    folder = write_checkpoint(tmp_path / "base", "llama")
    if isinstance(cutting, str):
        words_first = {
            "type": "Split",
            "pattern": {"Regex": cutting},
            "behavior": "Isolated",
            "invert": False,
        }
        cutting = {"type": "Sequence", "pretokenizers": [words_first, BYTES | {"use_regex": False}]}
    begins = {
        "type": "TemplateProcessing",
        "single": [
            {"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}},
            {"Sequence": {"id": "A", "type_id": 0}},
        ],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {
            "<|endoftext|>": {"id": "<|endoftext|>", "ids": [262], "tokens": ["<|endoftext|>"]},
        },
    }
    change_json(folder / "tokenizer.json", pre_tokenizer=cutting, post_processor=begins, **changes)
    path = convert(folder).path
    header = read_gguf_header(path, needs_tensors=False, is_whole=True)
    assert header.text("tokenizer.ggml.pre") == rule
    library = pytest.importorskip("tokenizers", reason="the extra `finetune` is not installed")
    theirs = library.Tokenizer.from_file(str(folder / "tokenizer.json"))
    with Vocabulary(path) as ours:
        for text in TEXTS:
            assert ours.tokenize(text, add_special=True) == theirs.encode(text).ids


def test_another_type_is_written_by_llama_cpp(
    tmp_path: Path, models: Path, convert: Callable[..., Conversion]
) -> None:
    folder = write_checkpoint(tmp_path / "base", "llama")
    seen: list[ConversionProgress] = []
    made = convert(folder, None, "Q8_0", report=seen.append)
    assert made.path == models / "base-Q8_0.gguf"
    assert made.size_bytes < made.size_before_bytes
    assert list(dict.fromkeys(progress.stage for progress in seen)) == [
        ConversionStage.READING,
        ConversionStage.QUANTIZING,
    ]
    expected, found = logits_of(tmp_path / "base.gguf"), logits_of(made.path)
    assert (expected.argmax(1) == found.argmax(1)).mean() > 0.9
    assert [path.name for path in models.iterdir()] == ["base-Q8_0.gguf"]


def test_what_can_not_be_is_refused_before_numbers_are_written(
    tmp_path: Path, models: Path, convert: Callable[..., Conversion], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_checkpoint(tmp_path / "base", "llama")
    there = models / "there.gguf"
    there.write_bytes(b"mine")
    seen: list[ConversionProgress] = []

    def reason_of(*arguments: Any, **more: Any) -> str:
        with pytest.raises(ConversionError) as refused:
            convert(folder, *arguments, report=seen.append, **more)
        assert words.explain(refused.value).remedy
        return str(refused.value.details["reason"])

    assert reason_of(there) == "target_exists"
    monkeypatch.setattr(converting, "_SPARE_BYTES", 1 << 60)
    assert reason_of() == "no_room"
    assert reason_of(None, "Q8_0") == "no_room"
    assert [path.name for path in models.iterdir()] == ["there.gguf"]
    assert not seen


def test_a_stop_leaves_nothing(tmp_path: Path, models: Path, convert: Callable[..., Conversion]) -> None:
    folder = write_checkpoint(tmp_path / "base", "llama")
    for file_type, stage in (
        (None, ConversionStage.QUANTIZING),
        ("Q8_0", ConversionStage.READING),
        ("Q8_0", ConversionStage.QUANTIZING),
    ):
        cancellation = Cancellation()

        def stop(
            progress: ConversionProgress, at: ConversionStage = stage, by: Cancellation = cancellation
        ) -> None:
            if progress.stage is at:
                by.cancel()

        with pytest.raises(CancelledError):
            convert(folder, None, file_type, by=cancellation, report=stop)
        assert not list(models.iterdir())


def test_a_file_that_shrinks_meanwhile_leaves_nothing(
    tmp_path: Path, models: Path, convert: Callable[..., Conversion]
) -> None:
    folder = write_checkpoint(tmp_path / "base", "llama")

    def shrink(progress: ConversionProgress) -> None:
        if progress.fraction:
            os.truncate(folder / "model.safetensors", 100_000)

    with pytest.raises(ConversionError) as refused:
        convert(folder, report=shrink)
    assert refused.value.details["reason"] == "checkpoint_damaged"
    assert not list(models.iterdir())


def test_with_a_matrix_from_a_text(tmp_path: Path, models: Path, convert: Callable[..., Conversion]) -> None:
    text = tmp_path / "notes.md"
    text.write_text("A long walk by the sea, and the tide comes in again and again. " * 60)
    folder = write_checkpoint(tmp_path / "base", "llama")
    made = convert(folder, None, "Q4_0", calibration=Calibration(texts=(text,)))
    assert made.matrix is not None
    assert [path.name for path in models.iterdir()] == ["base-Q4_0.gguf"]


@pytest.mark.skipif(not can_mount(), reason="only an administrator can mount a small drive")
@pytest.mark.parametrize("file_type", [None, "Q8_0"])
def test_a_drive_that_fills_up(
    tmp_path: Path, convert: Callable[..., Conversion], monkeypatch: pytest.MonkeyPatch, file_type: str | None
) -> None:
    monkeypatch.setattr(converting, "_SPARE_BYTES", -(1 << 40))
    folder = write_checkpoint(tmp_path / "base", "llama")
    drive = SmallDrive(tmp_path / "drive")
    try:
        (drive.folder / "mine").write_bytes(bytes(200_000))
        with pytest.raises(DiskFullError):
            convert(folder, drive.folder / "out.gguf", file_type)
        assert [path.name for path in drive.folder.iterdir()] == ["mine"]
    finally:
        drive.pull_out()


def test_a_place_that_can_not_be_written_to(tmp_path: Path, convert: Callable[..., Conversion]) -> None:
    folder = write_checkpoint(tmp_path / "base", "llama")
    (tmp_path / "file").touch()
    with pytest.raises(DataFolderReadOnlyError):
        convert(folder, tmp_path / "file" / "out.gguf")


def test_a_folder_of_the_cache_gives_the_model_its_own_name(
    tmp_path: Path, models: Path, convert: Callable[..., Conversion]
) -> None:
    snapshots = tmp_path / "models--somebody--Tiny-0.1B" / "snapshots"
    snapshots.mkdir(parents=True)
    folder = write_checkpoint(snapshots / "0123abc", "llama")
    assert convert(folder).path == models / "Tiny-0.1B-F32.gguf"
    assert convert(folder).path == models / "Tiny-0.1B-F32-2.gguf"
