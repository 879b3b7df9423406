"""``models get`` and ``models verify`` against a hub on loopback, as a person types them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lmstudio_lite import cli
from tests.hub.hub_api import FakeRepo, HubApi, serve
from tests.library.gguf_files import make_gguf

CONTENT = make_gguf() + b"weights" * 5000
NAME = "tiny-Q4_K_M.gguf"


@pytest.fixture
def hub() -> Iterator[HubApi]:
    with serve(HubApi()) as api:
        files = {
            "README.md": b"# Tiny",
            NAME: CONTENT,
            "tiny-Q8_0-00001-of-00002.gguf": CONTENT + b"1",
            "tiny-Q8_0-00002-of-00002.gguf": CONTENT + b"2",
        }
        api.add(FakeRepo("maker/tiny-GGUF", files, tags=["gguf"]))
        yield api


def run(data: Path, *arguments: str) -> int:
    return cli.main(["models", *arguments, "--data-dir", str(data)])


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_model_is_fetched_listed_verified_and_found_when_damaged(
    hub: HubApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    get = ("get", "maker/tiny-GGUF:Q4_K_M", "--endpoint", hub.hub_url, "--json")
    assert run(tmp_path, *get) == 0
    found = said(capsys)
    path = Path(found["path"])
    assert path.read_bytes() == CONTENT
    assert found["files"][0]["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert run(tmp_path, "verify", str(path), "--json") == 0
    [row] = said(capsys)["files"]
    assert (row["verdict"], row["source"]) == ("right", "maker/tiny-GGUF")
    assert run(tmp_path, *get) == 0
    capsys.readouterr()
    with path.open("r+b") as file:
        file.seek(1000)
        file.write(b"damage")
    assert run(tmp_path, "verify", str(path)) == 1
    assert "damaged" in capsys.readouterr().out
    assert run(tmp_path, *get) == 1
    assert said(capsys)["reason"] == "exists"


def test_a_split_model_comes_whole(hub: HubApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    to = tmp_path / "there"
    get = ("get", "maker/tiny-GGUF:Q8_0", "--to", str(to), "--endpoint", hub.hub_url)
    assert run(tmp_path / "data", *get) == 0
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert [path.read_bytes() for path in paths] == [CONTENT + b"1", CONTENT + b"2"]
    assert {path.parent for path in paths} == {to}
    assert run(tmp_path / "data", "verify", str(paths[0]), "--json") == 0
    assert [row["verdict"] for row in said(capsys)["files"]] == ["right", "right"]


def test_a_plain_address(hub: HubApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"{hub.hub_url}/maker/tiny-GGUF/resolve/main/{NAME}"
    assert run(tmp_path, "get", url, "--to", str(tmp_path), "--limit-rate", "50M", "--json") == 0
    assert Path(said(capsys)["path"]).read_bytes() == CONTENT


def test_a_file_that_nobody_knows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(CONTENT)
    assert run(tmp_path / "data", "verify", str(mine)) == 0
    assert "nothing to compare with" in capsys.readouterr().out


@pytest.mark.parametrize("rate", ["0", "-1", "fast", "k", "nan", ""])
def test_limits_that_are_none(tmp_path: Path, rate: str) -> None:
    assert run(tmp_path, "get", "a/b", f"--limit-rate={rate}") == 2


def test_what_is_not_there_is_said(hub: HubApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "get", "maker/tiny-GGUF:Q2_K", "--endpoint", hub.hub_url, "--json") == 1
    assert said(capsys)["error"] == "variant_not_found"
