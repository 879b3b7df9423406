"""What the terminal keeps, lists, shows and resumes: real processes and the starter model."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from lmstudio_lite.folder_lock import FolderLock
from tests.stored.test_older_data_folder import ARCHIVE

ROOT = Path(__file__).parents[2]
TEXT = (
    "The harbour was built in 1850. Ships from many countries came there every week. "
    "In 1920 a fire destroyed the old warehouses, and the town built new ones of stone."
)


def run_verb(data: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lmstudio_lite", *arguments, "--data-dir", str(data)],
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        cwd=ROOT,
        check=False,
    )


def entries(data: Path, *arguments: str) -> list[dict[str, object]]:
    done = run_verb(data, "history", "list", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["entries"]
    assert isinstance(found, list)
    return found


@pytest.fixture
def older(tmp_path: Path) -> Path:
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    shutil.rmtree(tmp_path / "data" / "finetunes")
    return tmp_path / "data"


def test_what_is_kept_is_listed_and_shown_and_the_rest_is_not(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "harbour.txt"
    file.write_text(TEXT, "utf-8")
    assert run_verb(data, "summarize", str(file)).returncode == 0
    assert entries(data) == []
    made = run_verb(data, "summarize", str(file), "--keep", "--json")
    assert made.returncode == 0, made.stderr
    summary = json.loads(made.stdout)
    translated = run_verb(data, "translate", "--text", "Good day.", "--to", "de", "--keep", "--json")
    assert translated.returncode == 0, translated.stderr
    translation = json.loads(translated.stdout)
    assert [(entry["id"], entry["kind"]) for entry in entries(data)] == [
        (translation["id"], "translation"),
        (summary["id"], "summary"),
    ]
    assert [entry["title"] for entry in entries(data, "--kind", "summary")] == ["harbour.txt"]
    shown = json.loads(run_verb(data, "history", "show", summary["id"][:12], "--json").stdout)
    assert shown["text"] == summary["summary"]
    assert shown["file"] == str(file)
    assert len(shown["sentences"]) == len(summary["sentences"])
    assert run_verb(data, "history", "show", translation["id"]).stdout.strip() == translation["text"].strip()


@pytest.mark.soak
def test_what_an_older_window_kept_is_listed_found_and_resumed(older: Path) -> None:
    listed = entries(older)
    assert {entry["kind"] for entry in listed} == {"chat", "summary", "translation"}
    (killed,) = [entry for entry in listed if entry["title"] == "killed.md"]
    assert killed["is_unfinished"]
    (chat,) = [entry for entry in entries(older, "--search", "Amazon") if entry["kind"] == "chat"]
    shown = run_verb(older, "history", "show", str(chat["id"]), "--json")
    assert json.loads(shown.stdout)["title"] == "Rivers"
    window = FolderLock.acquire(older)
    refused = run_verb(older, "history", "resume", str(killed["id"]))
    assert refused.returncode == 1
    assert "already running" in refused.stderr
    window.release()
    done = run_verb(older, "history", "resume", str(killed["id"]))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    (again,) = [entry for entry in entries(older) if entry["title"] == "killed.md"]
    assert not again["is_unfinished"]
    assert "finished" in run_verb(older, "history", "resume", str(killed["id"])).stderr


def test_a_conversation_that_is_kept_goes_on_with_another_question(older: Path) -> None:
    (kept,) = [entry for entry in entries(older, "--search", "Amazon") if entry["kind"] == "chat"]
    chat_id = str(kept["id"])
    before = json.loads(run_verb(older, "history", "show", chat_id, "--json").stdout)["messages"]
    window = FolderLock.acquire(older)
    refused = run_verb(older, "chat", "--continue", chat_id, "And the Nile?")
    assert (refused.returncode, "already running" in refused.stderr) == (1, True)
    window.release()
    done = run_verb(older, "chat", "--continue", chat_id[:12], "And the Nile?", "--json", "--max-tokens", "8")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["conversation_id"] == chat_id
    after = json.loads(run_verb(older, "history", "show", chat_id, "--json").stdout)["messages"]
    assert after[: len(before)] == before
    assert [message["role"] for message in after[len(before) :]] == ["user", "assistant"]
    talked = run_verb(older, "chat", "--continue", chat_id, "--max-tokens", "4", text="Why?\n\nHow?\n")
    assert talked.returncode == 0, talked.stderr
    last = json.loads(run_verb(older, "history", "show", chat_id, "--json").stdout)["messages"]
    assert [message["text"] for message in last[len(after) :: 2]] == ["Why?", "How?"]


@pytest.mark.parametrize("verb", [("chat", "--continue"), ("history", "show")])
def test_an_id_that_nothing_has_is_named(older: Path, verb: tuple[str, str]) -> None:
    done = run_verb(older, *verb, "feedfeed")
    assert done.returncode == 1
    assert "has the id “feedfeed”" in done.stderr
    assert "history list" in done.stderr


def test_a_summary_is_no_conversation_to_go_on_with(older: Path) -> None:
    summary_id = str(entries(older, "--kind", "summary")[0]["id"])
    done = run_verb(older, "chat", "--continue", summary_id, "Why?")
    assert (done.returncode, "No conversation has the id" in done.stderr) == (1, True)
