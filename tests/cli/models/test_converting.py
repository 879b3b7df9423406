"""``models convert``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lmstudio_lite import cli
from lmstudio_lite.library.gguf import read_gguf_header
from tests.support.checkpoints import write_checkpoint


def run(tmp_path: Path, *arguments: str) -> int:
    return cli.main(["models", "convert", *arguments, "--data-dir", str(tmp_path / "data")])


def test_a_folder_becomes_a_model_of_the_library(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_checkpoint(tmp_path / "Tiny-0.1B", "llama", kind="BF16")
    assert run(tmp_path, str(folder), "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["path"] == str(tmp_path / "data" / "models" / "Tiny-0.1B-BF16.gguf")
    assert made["file_type"] == "BF16"
    assert made["size_bytes"] == Path(made["path"]).stat().st_size
    assert cli.main(["models", "list", "--data-dir", str(tmp_path / "data")]) == 0
    assert "Tiny-0.1B" in capsys.readouterr().out


def test_in_a_type_and_a_place_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, target = write_checkpoint(tmp_path / "tiny", "qwen2"), tmp_path / "new" / "mine.gguf"
    assert run(tmp_path, str(folder), "-o", str(target), "--type", "q8_0") == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[0] == str(target)
    assert "reading" in said.err
    assert read_gguf_header(target).text("general.architecture") == "qwen2"
    assert run(tmp_path, str(folder), "-o", str(target)) == 1
    assert "is there already" in capsys.readouterr().err


def test_what_does_not_go_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, str(tmp_path)) == 1
    assert "holds no model as safetensors" in capsys.readouterr().err
    folder = write_checkpoint(tmp_path / "tiny", "llama")
    assert run(tmp_path, str(folder), "--type", "Q9") == 2
    assert "must be one of" in capsys.readouterr().err
    (folder / "tokenizer.json").unlink()
    assert run(tmp_path, str(folder), "--json") == 1
    assert json.loads(capsys.readouterr().out)["error"]
