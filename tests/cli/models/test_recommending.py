"""``models recommend``: rows for a machine of the test's own, and words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lmstudio_lite import cli
from lmstudio_lite.app.models import recommending
from lmstudio_lite.app.models.recommending import Recommending
from lmstudio_lite.domain.catalog import UseCase
from lmstudio_lite.library.catalog import catalog
from tests.support.fits import ScriptedFits

FIELDS = {"name", "repo", "file", "size_bytes", "memory_bytes", "tokens_per_s", "fits", "licence"}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> ScriptedFits:
    machine = ScriptedFits(memory_gb=11, bandwidth_gb=35)
    monkeypatch.setattr(
        recommending, "Recommending", lambda fitting, *arguments: Recommending(machine, *arguments)
    )
    return machine


def run(data: Path, *arguments: str) -> int:
    return cli.main(["models", "recommend", *arguments, "--data-dir", str(data)])


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["models"]
    return found


def test_rows_have_what_is_promised(
    machine: ScriptedFits, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "--task", "translate", "--language", "de", "--json") == 0
    found = rows(capsys)
    assert [row["rank"] for row in found] == ["quick", "balanced", "best"]
    for row in found:
        assert row.keys() >= FIELDS
        assert row["fits"]
        assert row["tokens_per_s"] > 0
        assert row["pages_per_min"] > 0
        assert row["memory_bytes"] > row["size_bytes"] * 0.9
        assert row["languages"] == ["*"] or "de" in row["languages"]
        assert row["url"].startswith(f"https://huggingface.co/{row['repo']}/resolve/")


def test_all_lists_what_does_not_fit_as_well(
    machine: ScriptedFits, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "--all", "--json") == 0
    found = rows(capsys)
    assert len(found) == sum(UseCase.CHAT in model.quality for model in catalog())
    assert {row["fits"] for row in found} == {True, False}


def test_before_a_measurement_the_speed_is_null(
    machine: ScriptedFits, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.bandwidth_gb = None
    assert run(tmp_path, "--json") == 0
    assert {row["tokens_per_s"] for row in rows(capsys)} == {None}
    assert run(tmp_path) == 0
    said = capsys.readouterr()
    assert "a second" not in said.out
    assert "is known once a model has run" in said.err


def test_in_words_three_models_with_what_matters(
    machine: ScriptedFits, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "--task", "summarize") == 0
    said = capsys.readouterr().out
    for words in ("Quick · ", "Balanced · ", "Best · ", "40 pages summarized in about", "free for any use"):
        assert words in said


def test_a_machine_too_small_is_told_so(
    machine: ScriptedFits, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.memory_gb = 0.3
    assert run(tmp_path, "--json") == 0
    assert not rows(capsys)
    assert run(tmp_path) == 0
    assert "None of the recommended models" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [("--task", "sing"), ("--language", "german!"), ("--language", "")])
def test_what_makes_no_sense_is_refused(
    machine: ScriptedFits, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert run(tmp_path, *arguments) == 2
    assert arguments[0] in capsys.readouterr().err


@pytest.mark.parametrize("code", ["DE", "de-AT", "pt_BR", "zh-Hant"])
def test_codes_are_taken_as_people_write_them(
    machine: ScriptedFits, tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    assert run(tmp_path, "--task", "translate", "--language", code, "--json") == 0
    assert rows(capsys)
