"""``knowledge`` and ``chat --folder`` in a terminal, with real files and the starter model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lmstudio_lite.cli import main
from tests.support.embedding_models import write_embedding_model


def test_a_folder_is_read_listed_asked_and_forgotten(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "harbour.txt").write_text("The harbour master of Lindow is called Ottilie Brandt.")
    (papers / "broken.docx").write_bytes(b"PK\x03\x04")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main([*arguments, "--data-dir", str(tmp_path / "data")])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    def parsed(*arguments: str) -> dict[str, Any]:
        code, printed, said = run(*arguments, "--json")
        assert code == 0, said
        value = json.loads(printed)
        assert isinstance(value, dict)
        return value

    code, printed, said = run("knowledge", "add", str(papers))
    assert code == 0
    assert printed == f"{papers}: 1 of 2 files read, 1 could not be read\n"
    assert "broken.docx" in said
    assert "Words alone are compared: there is no model that compares meanings." in said
    model = write_embedding_model(tmp_path / "data" / "models" / "meaning.gguf", [("master", "head")])
    code, printed, said = run("knowledge", "update")
    assert printed == f"{papers}: 1 of 2 files read, 1 found by meaning too, 1 could not be read\n"
    assert "Words and meanings are compared, with Tiny meaning." in said
    (folder,) = parsed("knowledge", "list")["folders"]
    assert (folder["num_files"], folder["num_read"], folder["num_failed"]) == (2, 1, 1)
    assert folder["num_compared"] == 1
    assert folder["unread"] == [{"path": str(papers / "broken.docx"), "code": "document_damaged"}]
    question = "Who is the head?"
    answer = parsed("chat", "--folder", str(papers), "--max-tokens", "24", question)
    (passage,) = answer["note"]["passages"]
    assert passage["path"] == str(papers / "harbour.txt")
    assert "Ottilie Brandt" in passage["words"]
    model.unlink()
    assert run("knowledge", "remove", str(tmp_path))[0] == 1
    assert parsed("knowledge", "remove", str(papers)) == {"folders": []}
    assert (papers / "harbour.txt").exists()
