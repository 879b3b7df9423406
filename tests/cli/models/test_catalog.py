"""``models catalog``: listed without a network, and compared with a hub on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lmstudio_lite import cli
from lmstudio_lite.cli.models import catalog as verb
from lmstudio_lite.domain.catalog import CatalogModel
from lmstudio_lite.library.catalog import catalog
from tests.hub.hub_api import FakeRepo, HubApi, digest_of, serve
from tests.library.gguf_files import make_gguf

_CONTENT = make_gguf()


@pytest.fixture
def hub() -> Iterator[HubApi]:
    with serve(HubApi()) as api:
        yield api


@pytest.fixture
def entry(monkeypatch: pytest.MonkeyPatch) -> CatalogModel:
    """Return the only entry of a catalog whose file is small enough for the hub of the tests."""
    model = next(model for model in catalog() if model.file.revision != "main")
    file = replace(model.file, size_bytes=len(_CONTENT), sha256=digest_of(_CONTENT))
    small = replace(model, file=file)
    monkeypatch.setattr(verb, "catalog", lambda: (small,))
    return small


def _serve(hub: HubApi, model: CatalogModel, **changes: Any) -> FakeRepo:
    repo = FakeRepo(
        model.file.repo,
        {model.file.path: _CONTENT},
        tags=["gguf", "license:apache-2.0"],
        commit=model.file.revision,
    )
    return hub.add(replace(repo, **changes))


def _check(hub: HubApi, data: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[dict[str, Any]]]:
    code = cli.main(
        ["models", "catalog", "check", "--json", "--endpoint", hub.hub_url, "--data-dir", str(data)]
    )
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, found["models"]


def test_the_catalog_is_listed_without_a_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "catalog", "list", "--json", "--data-dir", str(tmp_path)]) == 0
    rows = json.loads(capsys.readouterr().out)["models"]
    assert [row["id"] for row in rows] == [model.id for model in catalog()]
    assert cli.main(["models", "catalog", "list", "--data-dir", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(rows)
    assert all("free" in line for line in lines)


def test_an_entry_that_agrees_is_no_problem(
    hub: HubApi, entry: CatalogModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _serve(hub, entry)
    code, (row,) = _check(hub, tmp_path, capsys)
    assert (code, row["id"], row["problems"]) == (0, entry.id, [])


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"files": {}}, {"file"}),
        ({"sizes": "other"}, {"size"}),
        ({"files": "other"}, {"size", "sha256"}),
        ({"tags": ["license:cc-by-nc-4.0"]}, {"licence"}),
        ({"tags": []}, set()),
        ({"gated": "manual"}, {"gated"}),
        ({"is_private": True}, {"repository"}),
        ({"commit": "f" * 40}, {"repository"}),
    ],
)
def test_what_differs_is_named(
    hub: HubApi,
    entry: CatalogModel,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    problems: set[str],
) -> None:
    if changes.get("files") == "other":
        changes = {"files": {entry.file.path: _CONTENT + b"more"}}
    if changes.get("sizes") == "other":
        changes = {"sizes": {entry.file.path: 7}}
    _serve(hub, entry, **changes)
    code, (row,) = _check(hub, tmp_path, capsys)
    assert {found["problem"] for found in row["problems"]} == problems
    assert code == (1 if problems else 0)


def test_a_repository_that_is_gone_is_said_in_words(
    hub: HubApi, entry: CatalogModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["models", "catalog", "check", "--endpoint", hub.hub_url, "--data-dir", str(tmp_path)]
    assert cli.main(arguments) == 1
    said = capsys.readouterr()
    assert f"{entry.id}\tthe repository {entry.file.repo} is not there" in said.out
    assert "0 entries agree" in said.err


def test_an_unknown_entry_is_refused_before_anything_is_asked(
    hub: HubApi, entry: CatalogModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mistyped = entry.id[:-1]
    arguments = [
        "models",
        "catalog",
        "check",
        mistyped,
        "--endpoint",
        hub.hub_url,
        "--data-dir",
        str(tmp_path),
    ]
    assert cli.main(arguments) == 2
    assert entry.id in capsys.readouterr().err
    assert not hub.asked


def test_without_a_network_the_check_says_so(
    entry: CatalogModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = "http://127.0.0.1:9"
    arguments = ["models", "catalog", "check", "--endpoint", nowhere, "--data-dir", str(tmp_path)]
    assert cli.main(arguments) == 1
    assert "127.0.0.1" in capsys.readouterr().err
