"""A text whose encoding is in doubt is read with a warning, and as the user says where they say it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from lmstudio_lite import cli

TEXT = "Верхний предел линейки"
Shown = pytest.CaptureFixture[str]


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    path = tmp_path / "note.txt"
    path.write_bytes(TEXT.encode("mac_cyrillic"))
    return path


def test_a_doubt_is_said_with_the_option_that_settles_it(doubtful: Path, capsys: Shown) -> None:
    assert cli.main(["read", str(doubtful)]) == 0
    shown = capsys.readouterr()
    assert shown.out != TEXT + "\n"
    assert "was read as Windows-1251; could also be Mac Cyrillic" in shown.err
    assert "--encoding mac-cyrillic" in shown.err
    assert cli.main(["read", str(doubtful), "--encoding", "x-mac-cyrillic"]) == 0
    shown = capsys.readouterr()
    assert shown.out == TEXT + "\n"
    assert "could also be" not in shown.err


def test_json_has_the_encoding_and_the_other_possible_ones(doubtful: Path, capsys: Shown) -> None:
    assert cli.main(["read", str(doubtful), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["encoding"], said["is_encoding_sure"]) == ("windows-1251", False)
    assert "mac-cyrillic" in said["other_encodings"]


def test_standard_input_too(doubtful: Path, capsys: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    def give() -> None:
        stream = io.TextIOWrapper(io.BytesIO(doubtful.read_bytes()))
        monkeypatch.setattr("sys.stdin", stream)

    give()
    assert cli.main(["read", "-"]) == 0
    assert "could also be Mac Cyrillic" in capsys.readouterr().err
    give()
    assert cli.main(["read", "-", "--encoding", "mac-cyrillic"]) == 0
    assert capsys.readouterr().out == TEXT + "\n"


@pytest.mark.parametrize("verb", ["read", "summarize", "translate", "chat"])
def test_an_unknown_encoding_is_refused_by_every_verb(verb: str, capsys: Shown) -> None:
    assert cli.main([verb, "x", "--encoding", "klingon"]) == 2
    assert "no such encoding is known" in capsys.readouterr().err
