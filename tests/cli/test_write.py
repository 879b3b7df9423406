"""``write`` in real processes with the starter model: what goes where, and the exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lmstudio_lite.cli import main
from lmstudio_lite.cli.write import as_diff
from lmstudio_lite.domain.writing import EditedText, EditKind
from lmstudio_lite.tasks.write.diff import diff_pieces

ROOT = Path(__file__).parents[2]
Outcome = subprocess.CompletedProcess[str]
RunWrite = Callable[..., Outcome]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli") / "data"


@pytest.fixture
def write(data_dir: Path) -> RunWrite:
    def run(*arguments: str, text: str = "") -> Outcome:
        return subprocess.run(
            [sys.executable, "-m", "lmstudio_lite", "write", *arguments, "--data-dir", str(data_dir)],
            input=text,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=240,
            cwd=ROOT,
            check=False,
        )

    return run


def test_a_text_goes_to_standard_output_and_its_checks_to_standard_error(write: RunWrite) -> None:
    done = write("--preset", "seo", "a bakery that opens at six", "--seed", "1")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.strip()) > 20
    assert "words" in done.stderr


def test_json_has_the_text_and_what_is_wrong_with_it(write: RunWrite, tmp_path: Path) -> None:
    brief = tmp_path / "brief.txt"
    brief.write_text("A shop for second-hand pianos, with a guarantee of two years", encoding="utf-8")
    done = write("--preset", "seo", str(brief), "--json", "--seed", "1")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["text"].startswith("Title:")
    assert answer["attempts"] in (1, 2)
    assert all(finding["fault"] and finding["what"] for finding in answer["findings"])


def test_a_text_is_changed_and_written_to_a_file(write: RunWrite, tmp_path: Path) -> None:
    output = tmp_path / "out.txt"
    done = write(
        "--do", "correct", "-", "-o", str(output), text="The harbour are old, and nobody know why.\n"
    )
    assert output.read_text(encoding="utf-8").strip()
    assert done.returncode in (0, 1)
    assert "change" in done.stderr.lower()


def test_the_presets_are_listed_without_a_model(write: RunWrite) -> None:
    done = write("--list", "--json")
    listed = json.loads(done.stdout)
    assert {each["name"] for each in listed["presets"]} >= {"email", "seo", "quiz", "tutor"}
    assert listed["edits"] == ["rewrite", "shorten", "expand", "correct", "translate", "explain"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["words"], "--preset NAME or --do NAME"),
        (["--preset", "poem"], "a text, a file"),
        (["--preset", "poem", "snow", "--do", "correct"], "one of them"),
        (["--do", "translate", "snow"], "--language"),
        (["--preset", "poem", "snow", "--language", "xx"], "xx"),
        (["--preset", "seo", "snow", "--words", "20"], "own length"),
        (["--preset", "poem", "snow", "--diff"], "--diff"),
        (["--preset", "poem", "snow", "--ask"], "--ask"),
        (["--preset", "tutor", "snow", "--json"], "conversation"),
    ],
)
def test_wrong_usage_is_said_before_a_model_is_loaded(
    arguments: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:

    assert main(["write", *arguments]) == 2
    assert said in capfd.readouterr().err


def test_a_diff_is_marked_as_wdiff_marks_it() -> None:
    before, after = "It are old. It stays.", "It is old. It stays."
    edited = EditedText(EditKind.CORRECT, before, after, diff_pieces(before, after))
    assert as_diff(edited) == "It [-are-]{+is+} old. It stays."
