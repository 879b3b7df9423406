"""``models inspect``: what it prints, and its exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lmstudio_lite import cli
from tests.support.gguf_models import CHATML, make_model, write_model
from tests.support.gguf_patches import add_keys


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    (tmp_path / "data" / "models").mkdir(parents=True)
    return tmp_path / "data"


def inspect(data_dir: Path, *arguments: str) -> int:
    return cli.main(["models", "inspect", *arguments, "--data-dir", str(data_dir)])


def test_a_sound_model_by_its_name(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_model(data_dir / "models" / "Tiny-1M.gguf", "llama")
    assert inspect(data_dir, "tiny-1m", "--tensors") == 0
    out = capsys.readouterr().out
    assert "writes text · llama · F32" in out
    assert "llama.context_length\tuint32\t2048" in out
    assert "blk.0.ffn_up.weight\t64 × 96\tF32" in out


def test_json_has_everything(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_model(data_dir / "m.gguf", "moe")
    assert inspect(data_dir, str(path), "--json", "--tensors") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["is_usable"] is True
    assert answer["findings"] == []
    assert answer["keys"]["llama.expert_count"] == 4
    assert answer["keys"]["tokenizer.ggml.tokens"]["length"] > 256
    assert len(answer["tensors"]) == answer["num_tensors"]


def test_an_unusable_file_is_shown_with_exit_code_1(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = data_dir / "m.gguf"
    path.write_bytes(add_keys(make_model("llama"), {"general.name": "Again"}))
    assert inspect(data_dir, str(path)) == 1
    assert "Unusable: Keys are there twice, “general.name” first (1 in all)" in capsys.readouterr().out
    path.write_bytes(make_model("llama")[:5000])
    assert inspect(data_dir, str(path), "--json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["error"], answer["reason"]) == ("model_file", "truncated")
    assert answer["keys"]["general.name"] == "Tiny llama"


def test_one_key_and_the_template(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(write_model(data_dir / "m.gguf", "llama"))
    assert inspect(data_dir, path, "--template") == 0
    assert capsys.readouterr().out == CHATML + "\n"
    assert inspect(data_dir, path, "--key", "tokenizer.ggml.tokens", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["length"] == len(answer["value"]) > 256
    assert inspect(data_dir, path, "--key", "nothing") == 1
    assert "There is no key “nothing”" in capsys.readouterr().err


def test_a_file_that_is_not_there(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inspect(data_dir, str(data_dir / "none.gguf")) == 1
    assert "none.gguf" in capsys.readouterr().err
