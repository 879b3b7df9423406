"""Every kind of training, written as every kind of file it can be, predicts in llama.cpp what it did here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lmstudio_lite.domain.file_types import FILE_TYPES
from lmstudio_lite.engine.convert.client import quantize
from lmstudio_lite.engine.convert.quantizing import quantize_model
from lmstudio_lite.engine.llama.logits import LogitsReader
from lmstudio_lite.errors import CancelledError, ExportImpossibleError, ModelFileError
from lmstudio_lite.finetune.protocol import FinetuneSettings, Method
from lmstudio_lite.finetune.training.gguf_export import (
    NOTE_KEY,
    write_adapter,
    write_float_copy,
    write_merged,
)
from lmstudio_lite.finetune.training.gguf_file import GgufFile
from tests.finetune.training.models import TOKEN_IDS, compare, load, tuned_at_random
from tests.support.gguf_models import write_model

ARCHITECTURES = ("llama", "qwen2", "gemma3")


def settings(method: Method = Method.LORA, **others: int) -> FinetuneSettings:
    return FinetuneSettings(method=method, rank=4, alpha=12.0, **others)  # type: ignore[arg-type]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("method", [Method.LORA, Method.RSLORA])
def test_an_adapter_is_what_was_trained(tmp_path: Path, architecture: str, method: Method) -> None:
    path = write_model(tmp_path / "base.gguf", architecture)
    base = load(path)
    untouched = compare(base, path).kl
    tuned = tuned_at_random(base, settings(method))
    adapter = tmp_path / "adapter.gguf"
    for file_type in ("F16", "F32"):
        write_adapter(adapter, tuned, GgufFile(path), file_type, {"made": "by a test"})
        assert compare(base, path, adapter=adapter).kl < 1e-3
    assert untouched < 1e-4
    assert compare(base, path).kl > 0.05, "the adapter changes too little to prove anything"


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("method", list(set(Method) - {Method.SCRATCH}))
def test_a_merged_model_is_what_was_trained(tmp_path: Path, architecture: str, method: Method) -> None:
    path = write_model(tmp_path / "base.gguf", architecture)
    base = load(path)
    tuned = tuned_at_random(base, settings(method))
    merged = tmp_path / "merged.gguf"
    for file_type in ("F16", "F32"):
        write_merged(merged, tuned, GgufFile(path), file_type, {})
        assert compare(base, merged).kl < 1e-3
    assert compare(base, path).kl > 0.05, "the training changes too little to prove anything"


def test_a_merged_model_equals_base_and_adapter_within_the_error_of_f16(tmp_path: Path) -> None:
    path = write_model(tmp_path / "base.gguf", "llama")
    tuned = tuned_at_random(load(path), settings())
    adapter, merged = tmp_path / "adapter.gguf", tmp_path / "merged.gguf"
    write_adapter(adapter, tuned, GgufFile(path), "F32", {})
    write_merged(merged, tuned, GgufFile(path), "F16", {})
    with LogitsReader(path, adapter=adapter) as beside, LogitsReader(merged) as within:
        one, other = beside.logits(TOKEN_IDS), within.logits(TOKEN_IDS)
    assert float(np.abs(one - other).max()) < 0.02 * float(np.abs(one).max())


def test_an_adapter_at_strength_0_is_the_base(tmp_path: Path) -> None:
    path = write_model(tmp_path / "base.gguf", "llama")
    tuned = tuned_at_random(load(path), settings())
    adapter = tmp_path / "adapter.gguf"
    write_adapter(adapter, tuned, GgufFile(path), "F32", {})
    with LogitsReader(path) as plain, LogitsReader(path, adapter=adapter, strength=0.0) as weak:
        assert np.array_equal(plain.logits(TOKEN_IDS), weak.logits(TOKEN_IDS))
        assert plain.generate(TOKEN_IDS, 20) == weak.generate(TOKEN_IDS, 20)


@pytest.mark.parametrize("method", [Method.DORA, Method.FULL])
def test_what_no_adapter_can_hold_is_refused(tmp_path: Path, method: Method) -> None:
    path = write_model(tmp_path / "base.gguf", "llama")
    tuned = tuned_at_random(load(path), settings(method))
    with pytest.raises(ExportImpossibleError):
        write_adapter(tmp_path / "adapter.gguf", tuned, GgufFile(path), "F32", {})


def test_a_merged_model_keeps_all_that_the_base_says_and_what_was_not_trained(tmp_path: Path) -> None:
    path = write_model(tmp_path / "base.gguf", "llama")
    tuned = tuned_at_random(load(path), FinetuneSettings(rank=2, targets=("attn_q",)))
    merged = tmp_path / "merged.gguf"
    write_merged(merged, tuned, GgufFile(path), "F16", {"method": "lora"})
    base, written = GgufFile(path), GgufFile(merged)
    ours = {"general.name", "general.file_type"}
    for key, entry in base.entries.items():
        assert key in ours or written.entries[key] == entry
    assert json.loads(written.text(NOTE_KEY)) == {"method": "lora"}
    for before, after in zip(base.tensors, written.tensors, strict=True):
        assert before.name == after.name
        if "attn_q" in before.name:
            assert after.type.name == "F16"
        else:
            assert base.raw(before).tobytes() == written.raw(after).tobytes()


@pytest.mark.parametrize("file_type", ["Q8_0", "BF16", "Q4_0"])
def test_a_merged_model_can_be_quantized(tmp_path: Path, file_type: str) -> None:
    path = write_model(tmp_path / "base.gguf", "llama")
    base = load(path)
    tuned = tuned_at_random(base, settings())
    carrier, quantized = tmp_path / "carrier.gguf", tmp_path / "quantized.gguf"
    write_merged(carrier, tuned, GgufFile(path), "F16", {})
    quantize_model(carrier, quantized, file_type)
    assert file_type in FILE_TYPES
    assert compare(base, quantized).kl < (3.0 if file_type == "Q4_0" else 0.03)
    assert GgufFile(quantized).text("tokenizer.chat_template") == GgufFile(path).text(
        "tokenizer.chat_template"
    )


def test_what_can_not_be_quantized_says_why(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF and then nothing of use")
    with pytest.raises(ModelFileError) as here:
        quantize_model(broken, tmp_path / "out.gguf", "Q8_0")
    with pytest.raises(ModelFileError) as in_child:
        quantize(broken, tmp_path / "out.gguf", "Q8_0", lambda: None)
    assert in_child.value.details == here.value.details


def test_a_process_of_its_own_quantizes_the_same_and_can_be_ended(tmp_path: Path) -> None:
    path = write_model(tmp_path / "base.gguf", "llama")
    here, in_child = tmp_path / "here.gguf", tmp_path / "child.gguf"
    quantize_model(path, here, "Q8_0")
    quantize(path, in_child, "Q8_0", lambda: None)
    assert in_child.read_bytes() == here.read_bytes()

    def cancel() -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        quantize(path, in_child, "Q8_0", cancel)


def test_a_quantized_base_in_floating_point_says_the_same(tmp_path: Path) -> None:
    path = write_model(tmp_path / "base.gguf", "qwen2")
    quantized, floats = tmp_path / "quantized.gguf", tmp_path / "floats.gguf"
    quantize_model(path, quantized, "Q4_0")
    write_float_copy(floats, GgufFile(quantized), "F16", lambda _: None)
    assert compare(load(quantized), floats).kl < 1e-3
