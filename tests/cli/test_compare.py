"""``compare`` in the terminal, on the starter model."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from lmstudio_lite import cli
from lmstudio_lite.settings import SettingsStore

Captured = pytest.CaptureFixture[str]


class Keyboard(io.StringIO):
    """Standard input as a person has it."""

    def isatty(self) -> bool:
        return True


def run(data: Path, *arguments: str) -> int:
    return cli.main(["compare", *arguments, "--data-dir", str(data)])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    settings = SettingsStore(folder / "settings.toml")
    settings.update("chat", max_tokens=8)
    settings.update("engine", measures=False)
    return folder


def test_two_answers_a_vote_and_a_table(
    data: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard("b\n"))
    assert run(data, "Name a sea.", "--temperature", "0", "--temperature", "1", "--blind") == 0
    said = capsys.readouterr()
    assert said.out.count("## Answer ") == 2
    assert "temperature" not in said.out  # who is who is told after the vote only
    assert "temperature 1" in said.err
    file = tmp_path / "votes.jsonl"
    assert run(data, "--table", "--export", str(file)) == 0
    said = capsys.readouterr()
    assert said.out.count("temperature") == 2
    assert "Too few" in said.err
    assert set(json.loads(file.read_text("utf-8"))) == {"prompt", "chosen", "rejected"}
    assert run(data, "--table", "--json") == 0
    table = json.loads(capsys.readouterr().out)["standings"]
    assert [each["won"] for each in table] == [1, 0]


@pytest.mark.parametrize(
    "arguments",
    [
        ("Why?",),
        ("Why?", "--temperature", "1", "--temperature", "1"),
        ("Why?", "--temperature", "0", "--temperature", "1", "--temperature", "2"),
        ("Why?", "--temperature", "9"),
        (),
        ("Why?", "--table"),
        (" ", "--temperature", "0", "--temperature", "1"),
    ],
)
def test_what_can_not_be_compared_is_refused(
    data: Path, capsys: Captured, arguments: tuple[str, ...]
) -> None:
    assert run(data, *arguments) == 2
    assert capsys.readouterr().err


def test_a_model_that_is_not_there_is_named(data: Path, capsys: Captured) -> None:
    assert run(data, "Why?", "--model", "SmolLM2", "--model", "nobody-7B") == 1
    assert "nobody-7B" in capsys.readouterr().err


def test_an_empty_table_says_so(data: Path, capsys: Captured) -> None:
    assert run(data, "--table") == 0
    assert "Nothing was voted on yet." in capsys.readouterr().err
