"""``models fit``: what it prints, and its exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lmstudio_lite import cli
from tests.hub.hub_api import FakeRepo, HubApi, serve
from tests.support.gguf_models import make_model, write_model


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    (tmp_path / "data" / "models").mkdir(parents=True)
    return tmp_path / "data"


def fit(data_dir: Path, *arguments: str) -> int:
    return cli.main(["models", "fit", *arguments, "--data-dir", str(data_dir)])


def test_json_has_the_numbers(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_model(data_dir / "models" / "Tiny-1M.gguf", "moe")
    assert fit(data_dir, "tiny-1m", "--context", "2048", "--kv-type", "f16", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    parts = ("weights_bytes", "kv_bytes", "compute_bytes", "adapter_bytes", "projector_bytes")
    assert answer["total_bytes"] == sum(answer[part] for part in parts)
    assert answer["verdict"] == "in_memory"
    assert answer["is_exact"] is True
    assert answer["tokens_per_s"] is None
    assert (answer["context_size"], answer["kv_type"]) == (2048, "f16")
    assert answer["devices"][0]["name"] == "CPU"


def test_what_people_read(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_model(data_dir / "m.gguf", "llama")
    assert fit(data_dir, str(path), "--context", "1024") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("context of 1,024 tokens (f16)\t")
    assert "fits" in lines


def test_a_smaller_context_than_asked_for_is_told(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_model(data_dir / "m.gguf", "llama")
    assert fit(data_dir, str(path), "--context", "100000") == 0
    assert "room for 2,048 tokens; 100,000 were asked for" in capsys.readouterr().err


def test_what_does_not_fit_ends_with_1(
    data_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_model(data_dir / "m.gguf", "llama")
    monkeypatch.setattr("lmstudio_lite.app.session.available_memory_bytes", lambda: 1000)
    assert fit(data_dir, str(path), "--json") == 1
    assert json.loads(capsys.readouterr().out)["verdict"] == "too_large"


def test_what_is_not_there_is_said(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fit(data_dir, "nothing-of-this-name") == 1
    assert "is not there" in capsys.readouterr().err


def test_a_model_of_the_hub_fits_by_its_header_alone(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = make_model("moe") + bytes(4 << 20)
    with serve(HubApi()) as hub:
        hub.add(FakeRepo("maker/tiny-GGUF", {"README.md": b"# Tiny", "t-Q4_0.gguf": content}))
        asked = ("--context", "2048", "--json", "--endpoint", hub.hub_url)
        assert fit(data_dir, "maker/tiny-GGUF:Q4_0", *asked) == 0
        remote = json.loads(capsys.readouterr().out)
        assert fit(data_dir, "maker/tiny-GGUF:Q8_0", "--endpoint", hub.hub_url) == 1
        assert "Q8_0" in capsys.readouterr().err
    path = data_dir / "here.gguf"
    path.write_bytes(content)
    assert fit(data_dir, str(path), "--context", "2048", "--json") == 0
    here = json.loads(capsys.readouterr().out)
    assert remote["is_exact"] is False
    assert remote["weights_bytes"] == here["weights_bytes"]
    assert remote["total_bytes"] == pytest.approx(here["total_bytes"], rel=0.05)
    assert not list((data_dir / "models").iterdir())
