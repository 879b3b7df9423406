"""A name that was mistyped is said to be missing, by every verb, and is never taken for a text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lmstudio_lite import cli
from lmstudio_lite.cli.sources import is_file_name, nearest

Shown = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, with a report."""
    (tmp_path / "report-2024.pdf").write_bytes(b"%PDF-1.4\n")
    (tmp_path / "notes").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> int:
    return cli.main([*arguments, "--data-dir", "data"])


@pytest.mark.parametrize(
    "name",
    [
        "report-2024.pdf",
        "reprot-2024.pdf",
        "reprot-2024",
        "/home/anna/My Report.docx",
        "My Report.docx",
        "notes/the second one",
        "notes/second",
        "./x",
        "../My x",
        "~/x y",
        "C:\\Users\\Anna\\My Report",
        "main.rs",
        "notes",
    ],
)
def test_these_are_names_of_files(name: str) -> None:
    assert is_file_name(name)


@pytest.mark.parametrize(
    "text",
    [
        "Guten Tag",
        "Hello",
        "你好，世界。",
        "Bonjour!",
        "The costs were 3.5 million euros.",
        "Version 2.0",
        "3.14",
        "See the report. It is long.",
        "either and/or both of them",
        "a line\nreport.pdf",
        "x" * 300 + ".pdf",
        "word " * 400,
    ],
)
def test_these_are_texts(text: str) -> None:
    assert not is_file_name(text)


@pytest.mark.parametrize(
    "words",
    [
        ["translate", "reprot-2024.pdf", "--to", "de"],
        ["summarize", "reprot-2024.pdf"],
        ["chat", "What does it say?", "--file", "reprot-2024.pdf"],
        ["finetune", "--data", "reprot-2024.pdf", "--output", "run"],
        ["bench", "--file", "reprot-2024.pdf"],
        ["bench", "--llama-server", "reprot-2024.pdf"],
    ],
    ids=["translate", "summarize", "chat", "finetune", "bench-file", "bench-server"],
)
def test_each_verb_says_that_it_is_not_there_and_what_was_meant(words: list[str], capsys: Shown) -> None:
    assert run(*words) == 1
    shown = capsys.readouterr()
    assert "“reprot-2024.pdf” is not there." in shown.err
    assert "Did you mean “report-2024.pdf”?" in shown.err
    assert shown.out == ""
    assert not Path("run").exists()


def test_a_name_with_a_space_is_no_text(capsys: Shown) -> None:
    assert run("translate", "/home/anna/My Report.docx") == 1
    shown = capsys.readouterr()
    assert "“My Report.docx” is not there." in shown.err
    assert "--text" in shown.err


def test_json_names_what_was_meant(capsys: Shown) -> None:
    assert run("translate", "reprot-2024.pdf", "--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["error"], said["nearest"]) == ("document_not_found", "report-2024.pdf")


@pytest.mark.parametrize("words", [["translate"], ["translate", "x.txt", "--text", "x"]])
def test_a_file_and_a_text_are_one_too_many_and_neither_one_too_few(words: list[str], capsys: Shown) -> None:
    assert run(*words) == 2
    assert "one of them" in capsys.readouterr().err


def test_chat_takes_no_file_for_a_question(capsys: Shown) -> None:
    assert run("chat", "report-2024.pdf") == 2
    assert "--file" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["chat", "Hello.", "--model", "smolm2"],
        ["doctor", "--model", "smolm2"],
        ["finetune", "--base", "smolm2", "--data", "text.txt", "--output", "run"],
        ["bench", "--model", "smolm2"],
    ],
    ids=["chat", "doctor", "finetune", "bench"],
)
def test_a_model_that_is_not_there_is_named_with_the_one_that_was_meant(
    words: list[str], folder: Path, capsys: Shown
) -> None:
    (folder / "data" / "models").mkdir(parents=True)
    (folder / "data" / "models" / "smollm2.gguf").write_bytes(b"GGUF")
    (folder / "text.txt").write_text("One.", "utf-8")
    assert run(*words) == 1
    shown = capsys.readouterr()
    assert "smolm2” is not there" in shown.err + shown.out
    assert "did you mean “smollm2" in (shown.err + shown.out).lower()


@pytest.mark.parametrize(
    ("word", "meant"), [("sumarize", "summarize"), ("reprot-2024.pdf", "report-2024.pdf"), ("zzz", "")]
)
def test_a_word_that_is_neither_verb_nor_file(word: str, meant: str, capsys: Shown) -> None:
    assert cli.main([word]) == 2
    said = capsys.readouterr().err
    assert f"“{word}” is neither a verb nor a file." in said
    assert (f"Did you mean “{meant}”?" in said) == bool(meant)


def test_an_unknown_measure_is_named_with_the_one_that_was_meant(capsys: Shown) -> None:
    assert run("bench", "--only", "decode-one-steam") == 2
    assert "Did you mean “" in capsys.readouterr().err


def test_an_unknown_rule_is_named_with_the_one_that_was_meant(capsys: Shown) -> None:
    assert run("bench", "--only", "quality", "--without", "ecko") == 2
    assert "Did you mean “echo”?" in capsys.readouterr().err
    assert run("bench", "--without", "echo") == 2
    assert "--only quality" in capsys.readouterr().err
    assert run("bench", "--only", "quality", "--without", "all-in-turn", "--without", "echo") == 2
    assert "by itself" in capsys.readouterr().err
    assert run("bench", "--list-rules") == 0
    assert "\necho " in capsys.readouterr().out


def test_names_are_alike_whatever_their_case() -> None:
    assert nearest("README", ["Readme.md", "readme"]) == "readme"
    assert nearest("x", ["yyyy"]) == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["chat", "hi", "--max-tokens", "many"], "argument --max-tokens: must be a whole number"),
        (["chat", "hi", "--model", ""], "argument --model: must not be empty"),
        (["chat", " "], "the question is empty"),
        (["summarize", "x.txt", "--words", "few"], "argument --words: must be a whole number"),
        (["summarize", "x.txt", "--output", ""], "argument --output: must not be empty"),
        (["finetune", "--output", "run", "--learning-rate", "nan"], "--learning-rate: must be a number"),
        (["finetune", "--output", "run", "--epochs", "-1"], "--epochs: must be more than 0"),
        (["finetune", "--output", "run", "--seed", "-1"], "--seed: must be 0 to 4294967295"),
        (
            ["finetune", "--output", "report-2024.pdf", "--data", "x.txt"],
            "is a file, and --output is a folder",
        ),
    ],
)
def test_a_wrong_value_is_said_in_words_and_does_nothing(words: list[str], said: str, capsys: Shown) -> None:
    assert run(*words) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert "invalid _" not in shown
    assert not Path("data").exists()


def test_a_folder_is_no_part_of_a_models_name(capsys: Shown) -> None:
    assert run("chat", "hi", "--model", ".") == 1
    assert "not a file" in capsys.readouterr().err


def test_a_dialogue_whose_input_is_closed_ends_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: Shown
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert run("chat", "-") == 1
    assert "“standard input” holds no text." in capsys.readouterr().err
