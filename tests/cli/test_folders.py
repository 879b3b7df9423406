"""``history folders`` and ``history move``: what the window shows as folders, from the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lmstudio_lite.app.session import Services
from lmstudio_lite.cli import main
from lmstudio_lite.paths import portable_paths


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with Services.open(portable_paths(tmp_path / "data"), isolation="thread") as services:
        for title in ("Alpha", "Beta", "Gamma"):
            services.conversations.begin(title, f"Words of {title}")
    return tmp_path / "data"


def run(data: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["history", *arguments, "--data-dir", str(data)])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_conversations_are_moved_listed_and_taken_out(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(data, capsys, "list", "--json")
    ids = {entry["title"]: entry["id"] for entry in json.loads(out)["entries"]}
    code, _, said = run(data, capsys, "move", ids["Alpha"], ids["Beta"][:12], "--folder", "Work/Taxes")
    assert (code, said.strip()) == (0, "2 conversations moved into “Work/Taxes”.")
    code, out, _ = run(data, capsys, "folders")
    assert (code, out) == (0, "Work\t0\nWork/Taxes\t2\n")
    _, out, _ = run(data, capsys, "list", "--folder", "work", "--json")
    assert [(each["title"], each["folder"]) for each in json.loads(out)["entries"]] == [
        ("Beta", "Work/Taxes"),
        ("Alpha", "Work/Taxes"),
    ]
    code, _, said = run(data, capsys, "move", ids["Beta"], "--out")
    assert (code, said.strip()) == (0, "1 conversation moved out of any folder.")
    _, out, _ = run(data, capsys, "list", "--search", "in:taxes words")
    assert "Alpha" in out
    assert "Beta" not in out


def test_a_folder_that_is_not_there_and_one_of_two(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, said = run(data, capsys, "list", "--folder", "Nowhere")
    assert code != 0
    assert "No folder is called “Nowhere”." in said
    _, out, _ = run(data, capsys, "list", "--json")
    first = json.loads(out)["entries"][0]["id"]
    run(data, capsys, "move", first, "--folder", "A/Same")
    run(data, capsys, "move", first, "--folder", "B/Same")
    code, _, said = run(data, capsys, "list", "--folder", "same")
    assert "2 folders are called “same”." in said
    assert run(data, capsys, "list", "--folder", "b/same")[0] == 0
    code, _, said = run(data, capsys, "move", first, "nothing", "--folder", "C")
    assert code != 0
    assert "C\t" not in run(data, capsys, "folders")[1]
