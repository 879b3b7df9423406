"""``glossary`` and ``memory`` in a terminal, with real files and the starter model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lmstudio_lite.cli import main


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


class Terminal:
    """Runs verbs in this process."""

    def __init__(self, data: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self._data, self._capfd = data, capfd
        self.said = ""

    def run(self, *arguments: str) -> tuple[int, str]:
        exit_code = main([*arguments, "--data-dir", str(self._data)])
        captured = self._capfd.readouterr()
        self.said = captured.err
        return exit_code, captured.out

    def json(self, *arguments: str) -> dict[str, Any]:
        exit_code, printed = self.run(*arguments, "--json")
        assert exit_code == 0, self.said
        value = json.loads(printed)
        assert isinstance(value, dict)
        return value


@pytest.fixture
def terminal(data: Path, capfd: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(data, capfd)


def test_terms_come_in_and_go_out(terminal: Terminal, tmp_path: Path) -> None:
    table = tmp_path / "machines.csv"
    table.write_text("source,target,forbidden\nvalve,Ventil,\nvalve,Klappe,yes\npump,\n")
    assert terminal.run("glossary", "import", str(table))[0] == 2
    assert "--from" in terminal.said
    code, _ = terminal.run("glossary", "import", str(table), "--from", "en", "--to", "de")
    assert code == 0
    assert "“machines”: 2 added, 1 left out." in terminal.said
    assert "Line 4: no translation (pump)" in terminal.said
    again = terminal.json("glossary", "import", str(table), "--glossary", "Machines")
    assert (again["num_added"], again["num_known"], again["num_left_out"]) == (0, 2, 1)
    assert again["left_out"][0] == {"line": 4, "problem": "no_target", "text": "pump"}
    _, printed = terminal.run("glossary", "list")
    assert printed.rstrip().split("\t")[1:] == ["machines", "English → German", "2 terms"]
    assert terminal.run("glossary", "list", "machines")[1] == "valve → Ventil\nvalve → not “Klappe”\n"
    listed = terminal.json("glossary", "list", "--from", "en")["glossaries"]
    assert [each["num_terms"] for each in listed] == [2]
    out = tmp_path / "out.tbx"
    assert terminal.json("glossary", "export", listed[0]["id"][:6], "-o", str(out))["num_terms"] == 2
    assert "<term>Ventil</term>" in out.read_text("utf-8")


def test_what_is_wrong_is_said(terminal: Terminal, tmp_path: Path) -> None:
    text = tmp_path / "letter.txt"
    text.write_text("Dear reader\nThis is no table\n")
    assert terminal.run("glossary", "import", str(text), "--from", "en", "--to", "de")[0] == 1
    assert "holds no terms" in terminal.said
    assert terminal.json("glossary", "list")["glossaries"] == []
    assert terminal.run("glossary", "export", "none", "-o", str(tmp_path / "a.csv"))[0] == 1
    assert "No glossary is called “none”" in terminal.said
    assert terminal.run("glossary", "export", "none", "-o", str(tmp_path / "a.doc"))[0] == 2
    assert terminal.run("memory", "import", str(text), "--from", "en", "--to", "de")[0] == 1
    assert "is no translation memory" in terminal.said


def test_a_memory_comes_in_goes_out_and_is_cleared(terminal: Terminal, tmp_path: Path) -> None:
    tmx = tmp_path / "memory.tmx"
    unit = '<tu><tuv xml:lang="en"><seg>{0}</seg></tuv><tuv xml:lang="{1}"><seg>{2}</seg></tuv></tu>\n'
    units = unit.format("Done.", "de-DE", "Fertig.") + unit.format("Done.", "fr", "Terminé.")
    tmx.write_text(f'<tmx version="1.4"><header/><body>\n{units}</body></tmx>')
    pair = ("--from", "en", "--to", "de", "--project", "plant")
    taken = terminal.json("memory", "import", str(tmx), *pair)
    assert (taken["num_added"], taken["left_out"][0]["problem"]) == (1, "other_languages")
    _, printed = terminal.run("memory", "stats")
    assert printed == "English → German, project “plant”: 1 segment, none used yet\n"
    out = tmp_path / "out.tmx"
    assert terminal.json("memory", "export", *pair, "-o", str(out)) == {"output": str(out), "num_entries": 1}
    assert "Fertig." in out.read_text("utf-8")
    assert terminal.json("memory", "clear", *pair, "--yes") == {"num_cleared": 1}
    assert terminal.json("memory", "stats") == {"memories": []}


def test_terms_of_a_document_are_proposed_without_and_with_a_model(
    terminal: Terminal, tmp_path: Path, starter_model: Path
) -> None:
    file = tmp_path / "manual.txt"
    file.write_text(
        "The heat pump is new. A heat pump is quiet.\nOpen the relief valve. The relief valve is red.\n"
    )
    code, printed = terminal.run("glossary", "propose", str(file), "--untranslated")
    assert code == 0
    assert {line.split("\t")[0] for line in printed.splitlines()} == {"heat pump", "relief valve"}
    assert terminal.run("glossary", "propose", str(file))[0] == 2
    found = terminal.json("glossary", "propose", str(file), "--to", "de", "--model", str(starter_model))
    assert {term["source"] for term in found["terms"]} == {"heat pump", "relief valve"}
    assert all(isinstance(term["target"], str) for term in found["terms"])
