"""``read`` as people use it: real processes, no model, and what stands where."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lmstudio_lite.paths import portable_paths
from tests.documents.corpus.mails import mail_with_attachments
from tests.documents.samples import make_docx, make_pdf

ROOT = Path(__file__).parents[2]
Outcome = subprocess.CompletedProcess[str]
RunRead = Callable[..., Outcome]


@pytest.fixture
def run_read(tmp_path: Path) -> RunRead:
    """Run the verb with a data folder that does not exist, and must not afterwards: nothing is opened."""
    data_dir = tmp_path / "data"

    def run(*arguments: str, text: str = "", keeps_data: bool = False) -> Outcome:
        done = subprocess.run(
            [sys.executable, "-m", "lmstudio_lite", "read", *arguments, "--data-dir", str(data_dir)],
            input=text,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            cwd=ROOT,
            check=False,
        )
        assert "Traceback" not in done.stderr
        assert keeps_data or not data_dir.exists()
        return done

    return run


def said(done: Outcome) -> list[str]:
    """Return what stands on standard error, but for the progress."""
    return [line for line in done.stderr.splitlines() if not line.startswith("reading ")]


def test_the_text_goes_to_standard_output_and_nothing_is_said_of_a_file_that_was_read(
    run_read: RunRead, tmp_path: Path
) -> None:
    file = tmp_path / "notes.md"
    file.write_text("# Harbour\n\n- built in *1850*\n", "utf-8")
    done = run_read(str(file))
    assert done.returncode == 0
    assert done.stdout == "# Harbour\n\n- built in *1850*\n"
    assert said(done) == []


def test_json_says_what_the_file_holds_and_what_was_not_read(run_read: RunRead, tmp_path: Path) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(mail_with_attachments("plan.zip", "data.bin"))
    done = run_read(str(file), "--json")
    assert done.returncode == 0
    read = json.loads(done.stdout)
    assert read["file"] == str(file)
    assert read["title"] == "The harbour"
    assert read["text"].count("The plans are attached.") == 1
    assert {part["place"] for part in read["unread"]} == {"attachment “plan.zip”", "attachment “data.bin”"}
    assert all(part["kind"] == "attachment" and part["why"] for part in read["unread"])
    assert {"place", "kind", "characters", "how"} <= set(read["inventory"][0])
    assert read["language"] == "en"
    assert read["mime_type"] == "message/rfc822"
    assert read["pages"] == []
    assert "2 attachments (“plan.zip”, “data.bin”) were not read" in done.stderr


def test_several_files_are_read_one_after_the_other_whatever_is_wrong_with_one(
    run_read: RunRead, tmp_path: Path
) -> None:
    word, pdf, broken = tmp_path / "a.docx", tmp_path / "b.pdf", tmp_path / "c.pdf"
    word.write_bytes(make_docx(["The quay."]))
    pdf.write_bytes(make_pdf([["The first page of it."], ["The second page of it."]]))
    broken.write_bytes(b"%PDF-1.4\nnothing more")
    files = (str(word), str(tmp_path / "gone.txt"), str(broken), str(pdf))
    done = run_read(*files)
    assert done.returncode == 1
    assert done.stdout.index(f"# {word}") < done.stdout.index("The quay.") < done.stdout.index(f"# {pdf}")
    assert "gone.txt" in done.stderr
    assert "c.pdf" in done.stderr
    as_json = run_read(*files, "--json")
    assert as_json.returncode == 1
    decoder, objects, rest = json.JSONDecoder(), [], as_json.stdout.lstrip()
    while rest:
        value, end = decoder.raw_decode(rest)
        objects.append(value)
        rest = rest[end:].lstrip()
    assert [value.get("error", "") for value in objects] == ["document_not_found", "", "document_damaged", ""]
    assert [len(value["pages"]) for value in objects if "pages" in value] == [0, 2]


def test_the_output_file_is_written_whole_or_not_at_all(run_read: RunRead, tmp_path: Path) -> None:
    file, output = tmp_path / "a.txt", tmp_path / "out.md"
    file.write_text("The harbour was built in 1850.", "utf-8")
    done = run_read(str(file), "--output", str(output))
    assert (done.returncode, done.stdout) == (0, "")
    assert output.read_text("utf-8") == "The harbour was built in 1850.\n"
    refused = run_read(str(file), "--output", str(tmp_path))
    assert refused.returncode == 1
    assert refused.stderr.strip()


def test_standard_input_is_read_like_a_file(run_read: RunRead) -> None:
    done = run_read("-", "--json", text="Der Hafen wurde im Frühjahr vertieft, und die Fähre kam zurück.")
    read = json.loads(done.stdout)
    assert read["file"] == "-"
    assert read["language"] == "de"
    assert [part["place"] for part in read["inventory"]] == ["text"]


def test_a_terminal_is_sent_no_sequences_of_a_file(run_read: RunRead, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"The \x1b]0;title\x07harbour \x9b31mwas \xe2\x80\xaebuilt in 1850.")
    done = run_read(str(file))
    assert "harbour" in done.stdout
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(done.stdout)


def test_what_was_chosen_for_a_text_in_doubt_is_kept_to(run_read: RunRead, tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_bytes("Здравствуйте".encode("koi8-r"))
    settings = portable_paths(tmp_path / "data").settings_file
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[documents.encodings]\n'{file}' = 'koi8-r'\n", "utf-8")
    done = run_read(str(file), "--json", keeps_data=True)
    read = json.loads(done.stdout)
    assert (read["text"], read["encoding"]) == ("Здравствуйте", "koi8-r")
    other = run_read(str(file), "--json", "--encoding", "windows-1251", keeps_data=True)
    assert json.loads(other.stdout)["encoding"] == "windows-1251"
