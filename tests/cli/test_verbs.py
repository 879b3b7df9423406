"""The terminal as people use it: real processes, the starter model, what goes where and the exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from lmstudio_lite.documents.plain.subtitles import find_cues
from lmstudio_lite.finetune.run_folder import RunFolder
from tests.documents.corpus.mails import mail_with_attachments
from tests.support.gguf_models import write_model
from tests.tasks.summarize.test_summarizer import story

ROOT = Path(__file__).parents[2]
TEXT = (
    "The harbour was built in 1850. Ships from many countries came there every week. "
    "In 1920 a fire destroyed the old warehouses, and the town built new ones of stone."
)
LONGER = (
    " The new quay was opened by the mayor in 1931. Fishing boats unload their catch there every morning, "
    "and the ferry to the islands leaves at noon. In winter the harbour is closed for three weeks."
)
Outcome = subprocess.CompletedProcess[str]
RunVerb = Callable[..., Outcome]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli") / "data"


def command(*arguments: str, data_dir: Path) -> list[str]:
    return [sys.executable, "-m", "lmstudio_lite", *arguments, "--data-dir", str(data_dir)]


@pytest.fixture
def run_verb(data_dir: Path) -> RunVerb:
    def run(*arguments: str, text: str | None = None) -> Outcome:
        return subprocess.run(
            command(*arguments, data_dir=data_dir),
            input=text if text is not None else "",
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=240,
            cwd=ROOT,
            check=False,
        )

    return run


def test_chat_answers_on_standard_output_and_keeps_the_conversation(run_verb: RunVerb) -> None:
    done = run_verb("chat", "What is the capital of France?", "--max-tokens", "16")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.strip()) > 3
    assert "loading" not in done.stdout


def test_chat_reads_standard_input_and_prints_json(run_verb: RunVerb) -> None:
    done = run_verb("chat", "-", "--json", "--max-tokens", "8", text="Say hello.")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["text"]
    assert answer["state"] in {"complete", "length"}


def test_chat_without_a_question_is_a_dialogue(run_verb: RunVerb) -> None:
    done = run_verb("chat", "--max-tokens", "6", text="Hello.\n\nAnd you?\n")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.strip().splitlines()) >= 2


def test_summarize_reads_a_file_and_standard_input(run_verb: RunVerb, tmp_path: Path) -> None:
    file = tmp_path / "harbour.txt"
    file.write_text(TEXT + LONGER, encoding="utf-8")
    done = run_verb("summarize", str(file), "--words", "60")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert "100%" in done.stderr
    assert "map" not in done.stderr
    piped = run_verb("summarize", "-", "--json", text=TEXT)
    assert piped.returncode == 0, piped.stderr
    summary = json.loads(piped.stdout)
    assert summary["summary"]
    assert summary["coverage"] == 1.0
    assert summary["chunks"][0]["start"] == 0
    for sentence in summary["sentences"]:
        assert summary["summary"][sentence["start"] : sentence["end"]] == sentence["text"]
        for passage in sentence["evidence"]:
            assert TEXT[passage["start"] : passage["end"]] == passage["quote"]


def test_a_summary_counts_and_names_what_could_not_be_read(run_verb: RunVerb, tmp_path: Path) -> None:
    mail = tmp_path / "plans.eml"
    mail.write_bytes(mail_with_attachments("plan.zip"))
    done = run_verb("summarize", str(mail), "--words", "40", "--json", "--keep")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert [(part["place"], part["kind"]) for part in summary["unread"]] == [
        ("attachment “plan.zip”", "attachment")
    ]
    assert 0.0 < summary["coverage"] < 1.0
    assert "not read: attachment “plan.zip”" in done.stderr
    assert "Attachment “plan.zip” was not read" in done.stderr
    assert "100%" not in done.stderr
    kept = json.loads(run_verb("history", "show", summary["id"], "--json").stdout)
    assert [part["place"] for part in kept["unread"]] == ["attachment “plan.zip”"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("translate", "{0}", "--from", "en", "--to", "de"),
        ("chat", "Who wrote?", "--file", "{0}", "--max-tokens", "4"),
    ],
    ids=["translate", "chat"],
)
def test_what_could_not_be_read_is_named_by_every_verb(
    run_verb: RunVerb, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    mail = tmp_path / "plans.eml"
    mail.write_bytes(mail_with_attachments("plan.zip"))
    done = run_verb(*(word.format(mail) for word in arguments), "--json")
    assert done.returncode == 0, done.stderr
    assert [part["place"] for part in json.loads(done.stdout)["unread"]] == ["attachment “plan.zip”"]
    assert "Attachment “plan.zip” was not read" in done.stderr


def test_one_broken_file_does_not_stop_the_others(run_verb: RunVerb, tmp_path: Path) -> None:
    good, empty = tmp_path / "good.txt", tmp_path / "empty.txt"
    good.write_text(TEXT, encoding="utf-8")
    empty.write_text("", encoding="utf-8")
    out = tmp_path / "out.md"
    files = (str(tmp_path / "gone.pdf"), str(empty), str(good))
    done = run_verb("summarize", *files, "--form", "paragraph", "--words", "60", "--output", str(out))
    assert done.returncode == 1
    assert "gone.pdf" in done.stderr
    assert "empty.txt" in done.stderr
    assert done.stdout == ""
    assert "good.txt" in out.read_text("utf-8")


def test_translate_takes_a_text_and_keeps_its_lines(run_verb: RunVerb) -> None:
    done = run_verb("translate", "-", "--from", "en", "--to", "de", "--json", text="# Hello\n\nGood day.\n")
    assert done.returncode == 0, done.stderr
    translation = json.loads(done.stdout)
    assert translation["target"] == "de"
    lines = translation["text"].split("\n")
    assert lines[0].startswith("# ")
    assert lines[1] == ""


SUBTITLES = """\
1
00:00:01,000 --> 00:00:03,500
Good morning, everyone.

2
00:00:04,000 --> 00:00:06,000
The train to Vienna
leaves at nine o'clock.
"""


def test_translated_subtitles_are_a_file_with_the_same_cues(run_verb: RunVerb, tmp_path: Path) -> None:
    source, output = tmp_path / "talk.srt", tmp_path / "talk.de.srt"
    source.write_text(SUBTITLES, "utf-8")
    done = run_verb("translate", "--from", "en", "--to", "de", str(source), "--output", str(output))
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    before, after = find_cues(SUBTITLES), find_cues(output.read_text("utf-8"))
    assert [(cue.start_s, cue.end_s) for cue in after] == [(cue.start_s, cue.end_s) for cue in before]
    assert all(cue.lines for cue in after)


def test_a_translation_that_can_not_be_written_is_printed(run_verb: RunVerb, tmp_path: Path) -> None:
    folder = str(tmp_path)
    done = run_verb("translate", "--to", "de", "--text", "Good day.", "--output", folder)
    assert done.returncode == 1
    assert done.stdout.strip()
    assert "Traceback" not in done.stderr


def test_an_unknown_language_is_named(run_verb: RunVerb) -> None:
    done = run_verb("translate", "Hello there", "--to", "klingon")
    assert done.returncode in {1, 2}
    assert "klingon" in done.stderr


def test_models_list_shows_the_starter_and_what_is_broken(run_verb: RunVerb, data_dir: Path) -> None:
    models = data_dir / "models"
    models.mkdir(parents=True, exist_ok=True)
    broken = models / "broken.gguf"
    broken.write_bytes(b"this is no model")
    try:
        done = run_verb("models", "list", "--json")
    finally:
        broken.unlink()
    rows = json.loads(done.stdout)["models"]
    assert any(row["is_starter"] for row in rows)
    assert any(row.get("error") == "model_file" for row in rows)


def test_doctor_decodes_on_the_model(run_verb: RunVerb) -> None:
    done = run_verb("doctor", "--json")
    assert done.returncode == 0, done.stdout
    report = json.loads(done.stdout)
    assert report["self_test"]["passed"] is True
    assert report["versions"]["llama-cpp-python"]
    assert report["hardware"]["cpu_name"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["frobnicate"], 2),
        (["chat", "--no-such-option"], 2),
        (["summarize"], 2),
        (["chat", "hi", "--model", "no-such-model.gguf"], 1),
    ],
)
def test_wrong_words_and_missing_things_have_their_exit_codes(
    run_verb: RunVerb, arguments: list[str], code: int
) -> None:
    done = run_verb(*arguments)
    assert done.returncode == code
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a child on Windows")
def test_ctrl_c_ends_with_130_and_leaves_no_process(data_dir: Path) -> None:
    process = subprocess.Popen(
        command("chat", "Write a very long story about the sea.", data_dir=data_dir),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.read(1)
    children = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGINT)
    process.stdout.read()
    process.stdout.close()
    assert process.wait(30) == 130
    deadline = time.monotonic() + 10
    while any(child.is_running() for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a child on Windows")
def test_ctrl_c_keeps_the_files_that_were_summarized_before(data_dir: Path, tmp_path: Path) -> None:
    first, second, output = tmp_path / "first.txt", tmp_path / "second.txt", tmp_path / "out.md"
    first.write_text("The harbour was built in 1850. Ships from many countries came every week.", "utf-8")
    second.write_text(story(30), "utf-8")
    process = subprocess.Popen(
        command("summarize", str(first), str(second), "--output", str(output), data_dir=data_dir),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stderr is not None
    while not process.stderr.readline().startswith("Read the whole text"):
        assert process.poll() is None
    os.kill(process.pid, signal.SIGINT)
    process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 130
    written = output.read_text("utf-8")
    assert "first.txt" in written
    assert "second.txt" not in written


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a screen")
def test_the_window_says_when_there_is_no_screen(data_dir: Path) -> None:
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        command(data_dir=data_dir), env=environment, capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 1
    assert "no screen" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--output", "{0}"], "--data"),
        (["--output", "{0}", "--resume"], "no run"),
        (["--output", "{0}", "--from-scratch", "--base", "x", "--data", "y"], "--from-scratch"),
        (["--output", "{0}", "--data", "y", "--quantize", "Q99"], "Q4_K_M"),
        (["--output", "{0}", "--data", "y", "--export", "paper"], "adapter"),
    ],
)
def test_finetune_says_what_is_wrong_with_its_words(
    run_verb: RunVerb, tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = run_verb("finetune", *(word.format(tmp_path / "run") for word in arguments))
    assert done.returncode == 2
    assert said in done.stderr


def test_finetune_writes_verified_files_and_goes_on_where_it_was(run_verb: RunVerb, tmp_path: Path) -> None:
    base = write_model(tmp_path / "tiny.gguf", "llama")
    data = tmp_path / "facts.jsonl"
    rows = [
        {
            "messages": [
                {"role": "user", "content": f"What is {n}?"},
                {"role": "assistant", "content": f"{n}!"},
            ]
        }
        for n in range(30)
    ]
    data.write_text("\n".join([json.dumps(row) for row in rows] + ["broken {"]), encoding="utf-8")
    output = tmp_path / "run"
    words = ["--output", str(output), "--json"]
    done = run_verb(
        "finetune", "--base", str(base), "--data", str(data), "--steps", "4", "--rank", "2", *words
    )
    assert done.returncode == 0, done.stderr
    assert "facts.jsonl:31" in done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["type"] == "finished"
    (export,) = last["exports"]
    assert Path(export["path"]).is_file()
    assert export["kl"] <= 0.01
    again = run_verb("finetune", "--resume", "--steps", "6", "--export", "merged", *words)
    assert again.returncode == 0, again.stderr
    steps = [json.loads(line) for line in again.stdout.splitlines() if '"type":"step"' in line]
    assert [step["step"] for step in steps] == [5, 6]
    refused = run_verb("finetune", "--base", str(base), "--data", str(data), *words)
    assert refused.returncode == 2
    assert "--resume" in refused.stderr


def test_finetune_leaves_a_folder_alone_that_is_worked_in(run_verb: RunVerb, tmp_path: Path) -> None:
    data = tmp_path / "texts.txt"
    data.write_text("The sea was calm. " * 200, encoding="utf-8")
    output = tmp_path / "run"
    output.mkdir()
    lock = RunFolder(output).lock()
    try:
        done = run_verb(
            "finetune", "--from-scratch", "--size", "tiny", "--data", str(data), "--output", str(output)
        )
    finally:
        lock.release()
    assert done.returncode == 1
    assert str(output) in done.stderr
    assert "another folder" in done.stderr
    assert [path.name for path in output.iterdir()] == ["running.lock"]
