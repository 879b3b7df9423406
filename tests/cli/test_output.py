"""What reaches standard output and standard error, whatever documents, models and names hold."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from lmstudio_lite import cli
from lmstudio_lite.cli.output import SafeStream
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.paths import portable_paths
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database
from tests.library.gguf_files import LLAMA_METADATA, make_gguf

ROOT = Path(__file__).parents[2]
HOSTILE = "n\x1b]0;OWNED\x07\x1b[31m\u202e\x9bm"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("output") / "data"
    (folder / "models").mkdir(parents=True)
    model = make_gguf({**LLAMA_METADATA, "general.name": HOSTILE})
    (folder / "models" / "x.gguf").write_bytes(model)
    return folder


def run(
    data_dir: Path, *arguments: str, text: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "lmstudio_lite", *arguments, "--data-dir", str(data_dir)],
        input=text,
        capture_output=True,
        timeout=240,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
    )


def obeyed(output: bytes) -> list[str]:
    text = output.decode("utf-8", "surrogateescape")
    return [
        c
        for c in text
        if c not in "\n\t" and (unicodedata.category(c) in ("Cc", "Cs") or c in "\u202e\u2028")
    ]


def test_a_document_with_escape_sequences_is_summarized_without_them(data_dir: Path, tmp_path: Path) -> None:
    document = tmp_path / "log\x1b[31m.txt"
    document.write_bytes(
        b"The pump was repaired on Monday.\x1b]0;OWNED\x07 It now runs \x1b[31mwell\x1b[0m again.\n"
    )
    done = run(data_dir, "summarize", "--model", "smollm2", "--words", "40", str(document), "missing\x1b.txt")
    assert b"pump" in done.stdout
    assert b"OWNED" not in done.stdout
    assert not obeyed(done.stdout + done.stderr)


def test_no_verb_sends_a_terminal_what_files_and_replies_hold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, link = tmp_path / "data", "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\"
    text = f"The pump was repaired on Monday. {link} It runs \x9b31mwell\x85 again. \u202eneddih\u202c \x07"
    document = tmp_path / "log\u202efdp.txt"
    document.write_text(text, "utf-8")
    data.mkdir()
    database = Database.open(portable_paths(data).database)
    talk = Conversations(database).create(HOSTILE)
    Conversations(database).add_message(talk.id, None, Role.USER, text)
    database.close()
    for arguments in (
        ["read", str(document)],
        ["read", str(document), "--json"],
        ["read", str(tmp_path / f"missing{HOSTILE}.txt")],
        ["history", "list"],
        ["history", "show", talk.id],
        ["history", "show", talk.id, "--json"],
        ["history", "show", HOSTILE],
        ["chat", "hi", "--file", str(tmp_path / f"missing{HOSTILE}.txt")],
        ["translate", str(tmp_path / f"missing{HOSTILE}.txt"), "--to", "de"],
    ):
        cli.main([*arguments, "--data-dir", str(data)])
        shown = capsys.readouterr()
        assert shown.out + shown.err
        assert not obeyed((shown.out + shown.err).encode("utf-8", "surrogateescape")), arguments


def test_names_of_models_reach_no_terminal_raw_and_stay_whole_in_json(data_dir: Path) -> None:
    listed = run(data_dir, "models", "list")
    assert listed.returncode == 0
    assert b"\\x1b]0;OWNED" in listed.stdout
    assert not obeyed(listed.stdout + listed.stderr)
    as_json = run(data_dir, "models", "list", "--json")
    assert not obeyed(as_json.stdout)
    assert HOSTILE in [model["name"] for model in json.loads(as_json.stdout)["models"]]


@pytest.mark.parametrize(
    "arguments",
    [
        [HOSTILE],
        ["chat", "hi", "--max-tokens", HOSTILE],
        ["summarize", "--form", HOSTILE, "x"],
        ["bench", "--only", HOSTILE],
        ["models", HOSTILE],
        ["finetune", "--output", HOSTILE],
    ],
)
def test_wrong_words_are_shown_and_not_obeyed(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    data_dir = ["--data-dir", str(tmp_path / "data")] if len(arguments) > 1 else []
    assert cli.main([*arguments, *data_dir]) == 2
    shown = capsys.readouterr()
    assert not obeyed((shown.out + shown.err).encode())


def test_a_stream_is_safe_whatever_its_encoding() -> None:
    buffer = io.BytesIO()
    stream = SafeStream(io.TextIOWrapper(buffer, encoding="ascii"))
    stream.write("caf\xe9 \x1b[31m \ud800")
    stream.flush()
    assert buffer.getvalue() == b"caf\\xe9 \\x1b[31m \\ud800"


def test_what_is_logged_to_the_terminal_is_safe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def open_window(arguments: list[str]) -> int:
        handler = logging.StreamHandler()
        try:
            raise ValueError(HOSTILE)
        except ValueError as error:
            handler.emit(
                logging.LogRecord(
                    "x", logging.ERROR, "", 0, HOSTILE, (), (type(error), error, error.__traceback__)
                )
            )
        return 0

    monkeypatch.setattr("lmstudio_lite.cli._open_window", open_window)
    assert cli.main([]) == 0
    shown = capsys.readouterr().err
    assert "OWNED" in shown
    assert not obeyed(shown.encode())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
def test_an_output_that_takes_nothing_is_one_sentence_and_a_failure(data_dir: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "lmstudio_lite", "models", "list", "--data-dir", str(data_dir)],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            timeout=240,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.decode() == "lmstudio-lite: the output can't be written: No space left on device.\n"


def test_json_is_json_in_every_encoding(data_dir: Path) -> None:
    done = run(data_dir, "models", "list", "--json", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert HOSTILE in [model["name"] for model in json.loads(done.stdout.decode("ascii"))["models"]]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a child on Windows")
def test_ctrl_c_while_the_program_starts_ends_it_without_a_word() -> None:
    program = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "lmstudio_lite.cli":
            os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background ignores it
sys.meta_path.insert(0, Interrupting())
from lmstudio_lite.__main__ import main
main(["models", "list"])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, cwd=ROOT, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")
