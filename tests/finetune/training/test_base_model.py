"""Loading: PyTorch computes what llama.cpp does, for every architecture that can be written here."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmstudio_lite.errors import ArchitectureUnsupportedError, ModelFileError, ModelNotFoundError
from tests.finetune.training.models import compare, load
from tests.support.gguf_models import write_model


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "gemma3", "moe", "mamba"])
def test_it_predicts_what_llama_cpp_predicts(tmp_path: Path, architecture: str) -> None:
    path = write_model(tmp_path / "model.gguf", architecture)
    assert compare(load(path), path).kl < 1e-4


@pytest.mark.parametrize(("architecture", "reason"), [("jamba", "unknown")])
def test_what_can_not_be_trained_is_refused_with_the_reason(
    tmp_path: Path, architecture: str, reason: str
) -> None:
    path = write_model(tmp_path / "model.gguf", architecture)
    with pytest.raises(ArchitectureUnsupportedError) as refused:
        load(path)
    assert refused.value.details["reason"] == reason


@pytest.mark.parametrize("content", [b"", b"GGUF", b"no model at all" * 100])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelFileError):
        load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError):
        load(tmp_path / "gone.gguf")
