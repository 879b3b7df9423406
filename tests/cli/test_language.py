"""The terminal in a language that nobody speaks, chosen in the settings: every text is in brackets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.cli import main
from lmstudio_lite.cli.grammar.parser import build_parser
from lmstudio_lite.words.translate import language, use_language
from tests.support.pseudo import CODE, untranslated, write_pseudo_translation


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    """Leave no language to the tests that follow: ``main`` runs in this process."""
    yield
    use_language("en")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose settings ask for the pseudo language."""
    write_pseudo_translation(tmp_path / "translations")
    monkeypatch.setattr("lmstudio_lite.words.translate.resources", lambda: tmp_path)
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    (folder / "settings.toml").write_text(f'[appearance]\nlanguage = "{CODE}"\n', "utf-8")
    return folder


def said_by(captured: str) -> list[str]:
    """Return the lines that say something outside of brackets."""
    whole = captured.replace("lmstudio-lite", "")
    return [line for line in untranslated(whole).splitlines() if untranslated(line)]


def test_an_empty_list(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "list", "--data-dir", str(data)]) == 0
    captured = capsys.readouterr()
    assert "⟦Nothing is kept yet." in captured.err
    assert said_by(captured.out + captured.err) == []


def test_an_error_is_explained(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "show", "abc", f"--data-dir={data}"]) == 1
    captured = capsys.readouterr()
    assert "⟦No entry has the id “abc”.~" in captured.err
    assert said_by(captured.err) == []


@pytest.mark.parametrize(
    "verb",
    ["", "chat", "summarize", "translate", "history list", "models list", "doctor", "bench", "finetune"],
)
def test_help(verb: str, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*verb.split(), "--help", "--data-dir", str(data)]) == 0
    shown = capsys.readouterr().out
    assert "⟦show this help message and exit" in shown
    assert "⟦usage: " in shown
    assert "⟦options" in shown
    # Options and their choices are no language; what stands beside them is.
    actions = " ".join(shown.split("⟦options", 1)[1].split())
    assert actions.count("⟦") == actions.count("⟧") - 1


def test_a_per_cent_sign_of_a_translator_is_no_placeholder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "de" / "LC_MESSAGES" / "lmstudio-lite.po"
    path.parent.mkdir(parents=True)
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    path.write_text(header + 'msgid "about how long"\nmsgstr "100 % Wörter, %(prog)s %s"\n', "utf-8")
    assert use_language("de", folder=tmp_path) == "de"
    try:
        with pytest.raises(SystemExit):
            build_parser().parse_args(["summarize", "--help"])
    finally:
        use_language("en")
    assert "100 % Wörter, %(prog)s %s" in " ".join(capsys.readouterr().out.split())


def test_the_settings_language_goes_before_the_environments(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANGUAGE", CODE)
    (data / "settings.toml").write_text('[appearance]\nlanguage = "en"\n', "utf-8")
    main(["history", "list", "--data-dir", str(data)])
    assert language() == "en"
    assert capsys.readouterr().err == "Nothing is kept yet.\n"


@pytest.mark.may_log("WARNING lmstudio_lite.settings: ")
@pytest.mark.parametrize("content", ["", "appearance = 3\n", "[appearance]\nlanguage = 7\n", "not TOML"])
def test_settings_without_a_language_leave_it_to_the_environment(
    content: str, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANGUAGE", CODE)
    (data / "settings.toml").write_text(content, "utf-8")
    main(["history", "list", "--data-dir", str(data)])
    assert language() == CODE
    assert "⟦Nothing is kept yet." in capsys.readouterr().err
