"""``models list`` and ``models remove``: what they print, and what they do to the disk."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from lmstudio_lite import cli
from lmstudio_lite.library.stores.machine import Machine
from tests.library.stores.layouts import PROJECTOR, put, put_everything

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the freedesktop trash")


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setattr("lmstudio_lite.app.session.this_machine", lambda: Machine(tmp_path / "home"))
    (tmp_path / "data" / "models").mkdir(parents=True)
    return tmp_path / "data"


def models(data_dir: Path, *arguments: str) -> int:
    return cli.main(["models", *arguments, "--data-dir", str(data_dir)])


def test_the_list_says_whose_a_model_is(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put_everything(data_dir.parent / "home")
    eyes = put(data_dir / "models" / "mmproj-Eye-1B.gguf", PROJECTOR)
    put(data_dir / "models" / "Eye-1B.gguf", metadata={"general.license": "apache-2.0"})
    assert models(data_dir, "list") == 0
    out = capsys.readouterr().out
    assert "qwen2.5:0.5b\tllama Q8_0" in out
    assert "\tOllama\n" in out
    assert "\tsees pictures\n" in out
    assert "mmproj" not in out

    assert models(data_dir, "list", "--json", "--all", "--store", "own") == 0
    listed = json.loads(capsys.readouterr().out)
    rows = {Path(row["path"]).name: row for row in listed["models"]}
    assert set(rows) == {"Eye-1B.gguf", "mmproj-Eye-1B.gguf"}
    row = rows["Eye-1B.gguf"]
    assert (row["projector"], row["kind"], row["store"]) == (str(eyes), "model", "own")
    assert (row["licence"], row["is_favourite"], row["last_used"]) == ("apache-2.0", False, None)
    assert listed["troubled"] == []

    assert models(data_dir, "list", "--store", "ollama") == 0
    assert capsys.readouterr().out.startswith("qwen2.5:0.5b")


def test_removing_asks_and_says_where_it_is(
    data_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(data_dir / "models" / "Poet-1B.gguf")
    assert models(data_dir, "remove", "poet-1b") == 2
    assert "add --yes" in capsys.readouterr().err
    for answer, code in (("\n", 1), ("n\n", 1), ("y\n", 0)):
        typed = io.StringIO(answer)
        monkeypatch.setattr(typed, "isatty", lambda: True, raising=False)
        monkeypatch.setattr("sys.stdin", typed)
        assert path.exists()
        assert models(data_dir, "remove", "poet-1b") == code
    said = capsys.readouterr()
    assert "Move 1 file" in said.err
    trashed = data_dir.parent / "share" / "Trash" / "files" / "Poet-1B.gguf"
    assert str(trashed) in said.out
    assert trashed.exists()


def test_only_one_whole_name_is_removed(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [put(data_dir / "models" / f"Poet-{number}B.gguf") for number in (1, 2)]
    assert models(data_dir, "remove", "poet", "--yes") == 2
    assert "Several models" in capsys.readouterr().err
    assert models(data_dir, "remove", "nobody", "--yes") == 1
    outside = put(data_dir.parent / "outside.gguf")
    assert models(data_dir, "remove", str(outside), "--yes") == 1
    assert "none of the folders" in capsys.readouterr().err
    assert all(path.exists() for path in (*paths, outside))
    assert models(data_dir, "remove", str(paths[0]), "--yes", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["removed"], answer["can_undo"]) == ([str(paths[0])], True)


def test_other_programs_models_and_the_starter_stay(
    data_dir: Path, capsys: pytest.CaptureFixture[str], starter_model: Path
) -> None:
    put_everything(data_dir.parent / "home")
    assert models(data_dir, "remove", "qwen2.5:0.5b", "--yes") == 1
    assert "belongs to Ollama" in capsys.readouterr().err
    assert models(data_dir, "remove", str(starter_model), "--yes") == 1
    assert "came with the program" in capsys.readouterr().err
    assert starter_model.exists()
