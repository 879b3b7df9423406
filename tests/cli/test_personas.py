"""Personas in the terminal, and what a chat is controlled by there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lmstudio_lite import cli
from lmstudio_lite.domain.control import ConversationControl
from lmstudio_lite.storage.conversation_controls import ConversationControls
from lmstudio_lite.storage.database import Database

ROOT = Path(__file__).parents[2]
SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"age": {"type": "integer", "minimum": 100_000_000_000}},
        "required": ["age"],
    }
)
Captured = pytest.CaptureFixture[str]


def run(data: Path, *arguments: str) -> int:
    return cli.main([*arguments, "--data-dir", str(data)])


def test_a_persona_goes_out_and_comes_in(tmp_path: Path, capsys: Captured) -> None:
    here, there, file = tmp_path / "a", tmp_path / "b", tmp_path / "mine.persona.json"
    assert run(here, "personas", "export", "writer", "-o", str(file)) == 0
    assert run(here, "personas", "export", "writer", "-o", str(file)) == 2
    assert "is there already" in capsys.readouterr().err
    values = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**values, "name": "My \x1b[31mwriter"}))
    assert run(there, "personas", "import", str(file)) == 0
    capsys.readouterr()
    assert run(there, "personas", "list") == 0
    listed = capsys.readouterr().out
    assert "writer\tWriter\tbuilt in" in listed
    assert "\x1b" not in listed
    assert "My " in listed
    assert run(there, "personas", "list", "--json") == 0
    personas = json.loads(capsys.readouterr().out)["personas"]
    assert personas[-1]["system_prompt"] == values["system_prompt"]


def test_what_is_no_persona_is_refused(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "odd.json"
    file.write_text("{}")
    assert run(tmp_path / "a", "personas", "import", str(file)) == 1
    assert "is no persona" in capsys.readouterr().err
    assert run(tmp_path / "a", "chat", "Hello", "--persona", "nobody") == 1
    assert "personas list" in capsys.readouterr().err


@pytest.mark.parametrize("schema", ['{"type": "strin"}', '{"type": ', "no-such-file.json"])
def test_a_schema_that_is_none_is_refused_before_the_model_is_loaded(
    tmp_path: Path, capsys: Captured, schema: str
) -> None:
    assert run(tmp_path / "a", "chat", "Hello", "--schema", schema) == 2
    said = capsys.readouterr().err
    assert "schema" in said
    assert "loading" not in said


def test_an_answer_is_held_to_a_schema_and_its_persona_stays(tmp_path: Path) -> None:
    data, schema = tmp_path / "data", tmp_path / "age.json"
    schema.write_text(SCHEMA)
    arguments = ("chat", "How old is Anna?", "--persona", "coder", "--schema", str(schema), "--json")
    more = ("--seed", "5", "--max-tokens", "40", "--data-dir", str(data))
    done = subprocess.run(
        [sys.executable, "-m", "lmstudio_lite", *arguments, *more],
        capture_output=True,
        text=True,
        timeout=240,
        cwd=ROOT,
        check=False,
    )
    told = json.loads(done.stdout)
    making = told["note"]["making"]
    assert (making["persona"], making["temperature"], making["seed"]) == ("Code helper", 0.2, 5)
    assert making["schema_check"]["problem"] in ("minimum", "not_json")
    assert done.returncode == 1
    database = Database.open(data / "library.sqlite3")
    try:
        kept = ConversationControls(database).get(told["conversation_id"])
    finally:
        database.close()
    assert kept == ConversationControl(persona=kept.persona)
    assert kept.persona is not None
    assert kept.persona.id == "built-in:coder"
