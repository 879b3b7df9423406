"""``models split`` and ``models merge``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lmstudio_lite import cli
from tests.support.gguf_models import write_model


def run(tmp_path: Path, *arguments: str) -> int:
    return cli.main(["models", *arguments, "--data-dir", str(tmp_path / "data")])


def test_a_model_is_split_and_merged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_model(tmp_path / "m.gguf", "moe")
    assert run(tmp_path, "split", str(source), "--max-size", "0.2M") == 0
    parts = capsys.readouterr().out.splitlines()
    assert len(parts) > 1
    assert all(Path(part).stat().st_size <= 200_000 for part in parts)
    assert run(tmp_path, "merge", parts[0], "--out", str(tmp_path / "again.gguf"), "--json") == 0
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert file == {"path": str(tmp_path / "again.gguf"), "size_bytes": source.stat().st_size}


def test_what_does_not_go_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_model(tmp_path / "m.gguf", "llama")
    assert run(tmp_path, "split", str(source), "--max-size", "2G") == 1
    assert "fits into one part" in capsys.readouterr().err
    assert run(tmp_path, "split", str(source), "--max-size", "much") == 2
    assert "must be a size such as 2G" in capsys.readouterr().err
