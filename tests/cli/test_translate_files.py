"""``translate`` on files that become files, with a scripted engine: names, JSON, exit codes, going on."""

from __future__ import annotations

import json
import signal
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from lmstudio_lite.app.session import Services
from lmstudio_lite.cli import main
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.domain.translations import UnitsProgress
from lmstudio_lite.paths import portable_paths
from tests.app.harbour import answer, english, german, in_this_process, write_document
from tests.documents.samples import make_docx
from tests.support.engines import AnsweringEngine

Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    def run(*arguments: str) -> int:
        return main(["translate", *arguments, "--data-dir", str(tmp_path / "data")])

    with (
        in_this_process(),
        patch("lmstudio_lite.app.session._open_engine", lambda isolation: AnsweringEngine(answer)),
        patch.object(Services, "load_model", lambda services, path, anyway: None),
    ):
        yield run


@pytest.fixture
def document(tmp_path: Path) -> Path:
    return write_document(tmp_path, 3)


def objects(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects that stand one after another in ``text``."""
    found: list[dict[str, Any]] = []
    while text := text.strip():
        value, end = json.JSONDecoder().raw_decode(text)
        found.append(value)
        text = text[end:]
    return found


def kept(tmp_path: Path) -> int:
    with Services.open(portable_paths(tmp_path / "data"), isolation="thread") as services:
        return len(services.results.list(ResultKind.TRANSLATION))


def test_a_text_is_printed_as_before(run: Run, document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(document), "--from", "en", "--to", "de") == 0
    assert capsys.readouterr().out.startswith(f"# Boote\n\n{german(2)}\n\n{german(3)}")
    assert list(document.parent.glob("*.de.*")) == []


def test_what_is_asked_for_is_written_and_counted(
    run: Run, document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.md"
    assert run(str(document), "--from", "en", "--to", "de", "-o", str(output)) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "4 done" in said.err
    assert german(4) in output.read_text("utf-8")
    assert kept(tmp_path) == 0, "nothing is kept without --keep"
    assert run(str(document), "--from", "en", "--to", "de", "-o", str(output), "--keep") == 0
    assert kept(tmp_path) == 1


def test_several_languages_one_after_another_as_json(
    run: Run, document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--from", "en", "--to", "de,fr", "-o", str(tmp_path / "out.md"), "--json")
    assert run(str(document), *arguments) == 0
    said = objects(capsys.readouterr().out)
    assert [each["target"] for each in said] == ["de", "fr"]
    assert [each["output"] for each in said] == [str(tmp_path / f"out.{to}.md") for to in ("de", "fr")]
    first = said[0]
    assert first["counts"]["done"] == first["counts"]["total"] == first["num_segments"] == 4
    segment: dict[str, Any] = first["segments"][1]
    assert (segment["source"], segment["text"]) == (english(2), german(2))
    assert {"flags", "confidence", "place", "origin"} <= set(segment)
    assert segment["place"]["kind"] == "body"


def test_a_text_has_segments_and_counts_as_json_too(
    run: Run, document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(document), "--from", "en", "--to", "de", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["text"].startswith("# Boote")
    assert said["counts"]["done"] == 4
    assert said["segments"][1]["text"] == german(2)


def test_bilingual_is_a_file(run: Run, document: Path) -> None:
    assert run(str(document), "--from", "en", "--to", "de", "--bilingual") == 0
    text = document.with_name("harbour.de.md").read_text("utf-8")
    assert english(3) in text
    assert german(3) in text


def test_an_arrangement_that_there_is_not(
    run: Run, document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(document), "--from", "en", "--to", "de", "--bilingual", "beside") == 1
    assert "Traceback" not in capsys.readouterr().err
    assert list(document.parent.glob("*.de.*")) == []
    assert kept(tmp_path) == 1, "what is translated is kept where it could not be written"


def test_a_document_is_a_text_where_a_text_is_asked_for(run: Run, tmp_path: Path) -> None:
    document, output = tmp_path / "a.docx", tmp_path / "a.txt"
    document.write_bytes(make_docx([english(2), english(3)]))
    assert run(str(document), "--from", "en", "--to", "de", "-o", str(output)) == 0
    assert german(3) in output.read_text("utf-8")
    assert run(str(document), "--from", "en", "--to", "de") == 0
    with zipfile.ZipFile(tmp_path / "a.de.docx") as archive:
        assert german(3) in archive.read("word/document.xml").decode()


def test_columns_of_a_table(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "boats.csv"
    table.write_text(f"id,text\n7,{english(5)}\n8,{english(6)}\n", "utf-8")
    assert run(str(table), "--from", "en", "--to", "de", "--columns", "text") == 0
    written = (tmp_path / "boats.de.csv").read_text("utf-8")
    assert written.splitlines()[1:] == [f"7,{german(5)}", f"8,{german(6)}"]


def test_glossaries_and_a_memory_for_one_run(
    run: Run, document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    memory, glossary = tmp_path / "memory.tmx", tmp_path / "terms.csv"
    unit = f"<tuv xml:lang='en'><seg>{english(3)}</seg></tuv><tuv xml:lang='de'><seg>Hafen: 3.</seg></tuv>"
    memory.write_text(
        "<tmx version='1.4'><header srclang='en' datatype='plaintext' segtype='sentence' adminlang='en'"
        " o-tmf='x' creationtool='x' creationtoolversion='1'/><body>"
        f"<tu>{unit}</tu></body></tmx>",
        "utf-8",
    )
    glossary.write_text("en,de\nlighthouse,Leuchtfeuer\n", "utf-8")
    output = tmp_path / "out.md"
    arguments = ("--from", "en", "--to", "de", "-o", str(output), "--json")
    assert run(str(document), *arguments, "--memory", str(memory), "--glossary", str(glossary)) == 0
    assert "Hafen: 3." in output.read_text("utf-8")
    (said,) = objects(capsys.readouterr().out)
    assert "term" in {flag["kind"] for segment in said["segments"] for flag in segment["flags"]}
    origins = {segment["source"]: segment["origin"] for segment in said["segments"]}
    assert origins[english(3)] == "memory"
    assert run(str(document), *arguments) == 0
    (said,) = objects(capsys.readouterr().out)
    assert "term" not in {flag["kind"] for segment in said["segments"] for flag in segment["flags"]}
    assert "Hafen: 3." not in output.read_text("utf-8"), "nothing of them is kept"


def test_a_named_file_that_is_not_there(run: Run, document: Path, tmp_path: Path) -> None:
    missing = str(tmp_path / "none.tmx")
    assert run(str(document), "--from", "en", "--to", "de", "-o", "x.md", "--memory", missing) == 1


@pytest.mark.parametrize("name", ["broken.docx", "empty.md", "none.txt", "broken.pdf"])
def test_a_file_that_cannot_be_read_is_told_before_a_model_is_loaded(
    run: Run, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    if name != "none.txt":
        path.write_bytes(b"---\n" if name == "empty.md" else b"PK\x03\x04 no more of it")

    def load(services: Services, path: Path | None, anyway: bool) -> None:
        raise AssertionError("a model is loaded")

    with patch.object(Services, "load_model", load):
        assert run(str(path), "--from", "en", "--to", "de", "-o", str(tmp_path / "out.docx")) == 1
    assert name in capsys.readouterr().err


def test_ctrl_c_keeps_and_the_same_command_goes_on(
    run: Run,
    document: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupting(progress: UnitsProgress) -> str:
        if progress.num_done == 2:
            signal.raise_signal(signal.SIGINT)
        return ""

    arguments = (str(document), "--from", "en", "--to", "de", "-o", str(tmp_path / "out.md"))
    with patch("lmstudio_lite.cli.translate_files.say_units_progress", interrupting):
        assert run(*arguments) == 130
    assert "the same command goes on" in capsys.readouterr().err
    assert not (tmp_path / "out.md").exists()
    assert kept(tmp_path) == 1
    assert run(*arguments) == 0
    assert german(4) in (tmp_path / "out.md").read_text("utf-8")
    assert kept(tmp_path) == 0


def test_what_was_stopped_is_resumed_from_the_history(
    run: Run, document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupting(progress: UnitsProgress) -> str:
        if progress.num_done == 2:
            signal.raise_signal(signal.SIGINT)
        return ""

    with patch("lmstudio_lite.cli.translate_files.say_units_progress", interrupting):
        assert (
            run(str(document), "--from", "en", "--to", "de", "--keep", "-o", str(tmp_path / "out.md")) == 130
        )
    data = ("--data-dir", str(tmp_path / "data"))
    assert main(["history", "list", "--json", *data]) == 0
    (listed,) = objects(capsys.readouterr().out)
    (entry,) = listed["entries"]
    assert entry["is_unfinished"]
    assert main(["history", "resume", entry["id"], "--json", *data]) == 0
    (shown,) = objects(capsys.readouterr().out)
    assert not shown["is_unfinished"]
    assert german(4) in shown["text"]
    assert german(4) in (tmp_path / "out.md").read_text("utf-8")
