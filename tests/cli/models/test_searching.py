"""``models search`` and ``models files`` against a hub on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lmstudio_lite import cli
from lmstudio_lite.app.session import Services
from lmstudio_lite.paths import portable_paths
from tests.hub.hub_api import Answer, FakeRepo, HubApi, serve
from tests.library.gguf_files import make_gguf


@pytest.fixture
def hub() -> Iterator[HubApi]:
    with serve(HubApi()) as api:
        for number in range(3):
            api.add(
                FakeRepo(
                    f"maker/tiny-{number}-GGUF",
                    {"README.md": b"# Tiny", "t-Q4_0.gguf": make_gguf(), "t-Q8_0.gguf": make_gguf() + b"0"},
                    tags=["gguf", "en", "license:mit"],
                    gguf={"total": 135_000_000, "architecture": "llama", "context_length": 8192},
                    num_downloads=number * 20_000,
                )
            )
        yield api


def run(hub: HubApi, data: Path, *arguments: str) -> int:
    return cli.main(["models", *arguments, "--endpoint", hub.hub_url, "--data-dir", str(data)])


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_search_is_rows(hub: HubApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(hub, tmp_path, "search", "tiny", "--limit", "2", "--json") == 0
    found = said(capsys)
    assert [row["repo"] for row in found["models"]] == ["maker/tiny-2-GGUF", "maker/tiny-1-GGUF"]
    assert found["has_more"]
    first = found["models"][0]
    assert (first["licence"], first["languages"], first["num_parameters"]) == ("mit", ["en"], 135_000_000)
    assert run(hub, tmp_path, "search", "tiny", "1") == 1
    assert run(hub, tmp_path, "search", "TINY-1") == 0
    assert capsys.readouterr().out == "maker/tiny-1-GGUF\t135M\t20k\t2026-11-01\tmit\n"


def test_a_page_is_its_files_smallest_first(
    hub: HubApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(hub, tmp_path, "files", "https://huggingface.co/maker/tiny-1-GGUF", "--json") == 0
    found = said(capsys)
    assert [row["quantization"] for row in found["files"]] == ["Q4_0", "Q8_0"]
    assert len(found["commit"]) == 40
    part = found["files"][0]["parts"][0]
    assert (part["size_bytes"], len(part["sha256"])) == (len(make_gguf()), 64)
    assert [row["verdict"] for row in found["files"]] == ["in_memory", "in_memory"]
    assert 0 < found["files"][0]["memory_bytes"] < found["files"][1]["memory_bytes"]
    assert len([asked for asked in hub.asked if asked.host == "storage"]) == 1


def test_a_search_for_a_name_lists_its_files(
    hub: HubApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(hub, tmp_path, "search", "maker/tiny-1-GGUF", "--json") == 0
    assert [row["quantization"] for row in said(capsys)["files"]] == ["Q4_0", "Q8_0"]
    assert run(hub, tmp_path, "search", "hf.co/maker/tiny-1-GGUF") == 0
    assert capsys.readouterr().out.startswith("Q4_0\t")


def test_a_hub_that_has_no_end_is_left(hub: HubApi, tmp_path: Path) -> None:
    link = f'<{hub.hub_url}/api/models?cursor=1>; rel="next"'
    hub.hub_answer = lambda target, headers: Answer(200, b"[]", {"Link": link})  # type: ignore[method-assign]
    assert run(hub, tmp_path, "search", "tiny") == 1
    assert len(hub.asked) == 1


def test_a_header_that_can_not_be_read_leaves_the_files_listed(
    hub: HubApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.storage_answer = lambda target, headers: Answer(500)  # type: ignore[method-assign]
    assert run(hub, tmp_path, "files", "maker/tiny-1-GGUF", "--json") == 0
    found = capsys.readouterr()
    assert "500" in found.err
    assert [row["verdict"] for row in json.loads(found.out)["files"]] == [None, None]


def test_what_is_not_here_can_be_asked_whether_it_fits(
    hub: HubApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(hub, tmp_path, "fit", "maker/tiny-1-GGUF:Q8_0", "--context", "512", "--json") == 0
    found = said(capsys)
    assert (found["verdict"], found["context_size"], found["is_exact"]) == ("in_memory", 512, False)
    assert found["total_bytes"] > found["kv_bytes"] > 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("files", "maker/none"), "repository_not_found", "Check the name"),
        (("files", "http://example.org/a/b/m.gguf"), "model_reference", "https"),
        (("files", "tiny"), "model_reference", "owner/model"),
    ],
)
def test_what_can_not_be_had_is_said(
    hub: HubApi,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: str,
    words: str,
) -> None:
    assert run(hub, tmp_path, *arguments, "--json") == 1
    found = said(capsys)
    assert found["error"] == code
    assert words in found["remedy"]


def test_too_many_questions_say_how_long_to_wait(
    hub: HubApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.failures.append(Answer(429, b"", {"Retry-After": "40"}))
    assert run(hub, tmp_path, "search", "tiny") == 1
    assert "40 s" in capsys.readouterr().err


def test_what_was_asked_stands_in_the_ledger_and_no_more(
    hub: HubApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(hub, tmp_path, "search", "tiny") == 0
    with Services.open(portable_paths(tmp_path), isolation="thread") as services:
        rows = services.connections.ledger.read().connections
    assert [(row.host, row.purpose.value, row.subject) for row in rows] == [("127.0.0.1", "search", "tiny")]
