from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.errors import CancelledError, DatasetEmptyError
from lmstudio_lite.finetune.data.canonical import read_examples
from lmstudio_lite.finetune.data.collecting import Collection, CollectProgress, collect, divide
from lmstudio_lite.finetune.data.figures import WarningKind, warnings_of
from lmstudio_lite.finetune.data.problems import ProblemKind
from lmstudio_lite.finetune.data.sources import ReadOptions
from lmstudio_lite.finetune.data.splitting import SplitOptions, split_examples
from lmstudio_lite.finetune.data.statistics import Index
from tests.finetune.data.reading import READER, chat_line, detect


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def collect_lines(folder: Path, lines: list[str], name: str = "a.jsonl") -> Collection:
    path = folder / name
    path.write_text("\n".join(lines), encoding="utf-8")
    return collect(
        [detect(path)], folder / "run", options=ReadOptions(), reader=READER, count_tokens=count_words
    )


def test_a_collection_knows_its_examples_and_problems(tmp_path: Path) -> None:
    lines = [chat_line(f"Question {n}", f"Answer number {n}") for n in range(100)]
    collection = collect_lines(tmp_path, [*lines, "{broken", lines[3].upper().lower(), lines[5]])
    figures = collection.figures
    assert figures.num_examples == 102
    assert figures.num_duplicates == 2
    assert figures.num_tokens == 102 * 15
    assert not figures.is_estimated
    assert (figures.lengths.median, figures.lengths.longest) == (15, 15)
    assert figures.num_problems == ((ProblemKind.NOT_JSON, 1, 0), (ProblemKind.DUPLICATE, 2, 2))
    assert figures.num_left_out == 1
    assert [(p.line, p.kind, p.detail) for p in collection.problems] == [
        (101, ProblemKind.NOT_JSON, collection.problems[0].detail),
        (102, ProblemKind.DUPLICATE, "a.jsonl:4"),
        (103, ProblemKind.DUPLICATE, "a.jsonl:6"),
    ]
    assert collection.example(50).messages[0].text == "Question 50"
    assert collection.sources[0].num_examples == 102


def test_the_files_hold_each_example_once_and_no_question_on_both_sides(tmp_path: Path) -> None:
    lines = [chat_line(f"Question {n % 60}", f"Answer {n}") for n in range(120)] + [
        chat_line("Question 1", "Answer 1")
    ]
    collection = collect_lines(tmp_path, lines)
    prepared = divide(collection, tmp_path / "run", SplitOptions(validation_share=0.2))
    train = list(read_examples(prepared.train_path))
    validation = list(read_examples(prepared.validation_path))
    assert (len(train), len(validation)) == (prepared.num_train, prepared.num_validation)
    assert len(train) + len(validation) == 120
    assert prepared.num_left_out == 1
    assert 20 <= len(validation) <= 30
    asked = [{example.messages[0].text for example in side} for side in (train, validation)]
    assert not asked[0] & asked[1]
    again = divide(collection, tmp_path / "run", SplitOptions(validation_share=0.2))
    assert again == prepared
    assert list(read_examples(again.validation_path)) == validation
    other = divide(collection, tmp_path / "run", SplitOptions(validation_share=0.2, seed=1))
    assert list(read_examples(other.validation_path)) != validation


def test_too_long_examples_are_left_out_on_request(tmp_path: Path) -> None:
    lines = [chat_line(f"Q{n}", "word " * n) for n in range(1, 41)]
    collection = collect_lines(tmp_path, lines)
    assert collection.index.num_longer_than(31) == 20
    prepared = divide(collection, tmp_path / "run", SplitOptions(length_max=31))
    assert prepared.num_left_out == 20


def test_nothing_left_is_an_error(tmp_path: Path) -> None:
    collection = collect_lines(tmp_path, [chat_line("Q", "A"), "{"])
    with pytest.raises(DatasetEmptyError):
        divide(collection, tmp_path / "run", SplitOptions(length_max=1))


def test_one_example_trains_without_validation(tmp_path: Path) -> None:
    prepared = divide(collect_lines(tmp_path, [chat_line("Q", "A")]), tmp_path / "run", SplitOptions())
    assert (prepared.num_train, prepared.num_validation) == (1, 0)
    assert prepared.validation_path.read_bytes() == b""


def test_what_disappoints_is_said_before(tmp_path: Path) -> None:
    lines = [chat_line(f"Q{n}", "yes") for n in range(20)] + ["{"] * 5 + [chat_line("Q1", "yes")] * 5
    collection = collect_lines(tmp_path, lines)
    kinds = [warning.kind for warning in warnings_of(collection.figures, 9, 0)]
    assert kinds == [
        WarningKind.SMALL,
        WarningKind.MANY_PROBLEMS,
        WarningKind.REPEATS,
        WarningKind.FEW_ANSWERS,
        WarningKind.TOO_LONG,
        WarningKind.NO_VALIDATION,
    ]


def test_languages_are_told(tmp_path: Path) -> None:
    english = [
        chat_line(f"Q{n}", f"The weather in the north is cold and number {n} is wet.") for n in range(30)
    ]
    german = [
        chat_line(f"F{n}", f"Das Wetter im Norden ist kalt und Nummer {n} ist nass.") for n in range(10)
    ]
    figures = collect_lines(tmp_path, english + german).figures
    assert [code for code, _ in figures.languages] == ["en", "de"]
    assert figures.languages[0][1] == pytest.approx(0.75)


def test_many_examples_are_counted_in_part(tmp_path: Path) -> None:
    collection = collect_lines(tmp_path, [chat_line(f"Question {n:06}", "So it is") for n in range(6000)])
    assert collection.figures.is_estimated
    assert collection.figures.num_tokens == pytest.approx(6000 * 15, rel=0.01)


def test_cancelling_keeps_the_collection_before(tmp_path: Path) -> None:
    before = collect_lines(tmp_path, [chat_line("Q", "A")])
    cancellation = Cancellation()
    cancellation.cancel()
    source = detect(tmp_path / "a.jsonl")
    with pytest.raises(CancelledError):
        collect([source], tmp_path / "run", options=ReadOptions(cancellation=cancellation), reader=READER)
    assert before.example(0).messages[0].text == "Q"


def test_progress_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lmstudio_lite.finetune.data.collecting._REPORT_INTERVAL_S", 0.0)
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(chat_line(f"Q{n}", "A") for n in range(50)))
    seen: list[CollectProgress] = []
    collect([detect(path)], tmp_path / "run", options=ReadOptions(), reader=READER, report=seen.append)
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert 0.8 < fractions[-1] <= 1.0


GROUPS = st.lists(st.integers(0, 30), min_size=1, max_size=80)


@given(groups=GROUPS, share=st.floats(0, 0.5), seed=st.integers(0, 9), repeats=st.booleans())
def test_a_split_never_parts_a_group(groups: list[int], share: float, seed: int, repeats: bool) -> None:
    hashes = groups if repeats else range(len(groups))
    index = Index(
        np.ones(len(groups), np.uint32), np.array(hashes, np.uint64), np.array(groups, np.uint64), False
    )
    split = split_examples(index, SplitOptions(validation_share=share, seed=seed))
    assert not (split.is_train & split.is_validation).any()
    assert split.is_train.any()
    assert not set(index.groups[split.is_train]) & set(index.groups[split.is_validation])
    assert (split.is_train | split.is_validation).sum() == len(set(hashes))


MEMORY_PROBE = """
import resource, sys
from pathlib import Path
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.finetune.data.collecting import collect, divide
from lmstudio_lite.finetune.data.detection import detect_source
from lmstudio_lite.finetune.data.sources import ReadOptions
from lmstudio_lite.finetune.data.splitting import SplitOptions

path = Path(sys.argv[1])
reader = DocumentReader()
source = detect_source(path, reader)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
collection = collect([source], path.parent / "run", options=ReadOptions(), reader=reader)
prepared = divide(collection, path.parent / "run", SplitOptions())
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(after - before, collection.figures.num_examples, prepared.num_train, len(collection.problems))
print([(p.line, p.kind.value) for p in collection.problems][:3])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="getrusage is POSIX")
@pytest.mark.parametrize("as_array", [pytest.param(False, marks=pytest.mark.soak), True])
def test_a_large_file_is_read_as_a_stream(as_array: bool, tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    filler = "Lorem ipsum dolor sit amet. " * 70
    with path.open("w") as file:
        file.write("[\n" if as_array else "")
        for number in range(1, 60_001):
            line = json.dumps({"instruction": f"Say {number}", "input": "", "output": f"{number} {filler}"})
            file.write((line if number != 50_001 else line[:-30]) + (",\n" if as_array else "\n"))
        file.write("{}]" if as_array else "")
    assert path.stat().st_size > 100 << 20
    done = subprocess.run(
        [sys.executable, "-c", MEMORY_PROBE, str(path)], capture_output=True, text=True, check=True
    )
    path.unlink()
    grown, num_examples, num_train, num_problems = map(int, done.stdout.splitlines()[0].split())
    assert num_examples == 59_999
    assert num_train == 59_499
    assert num_problems == 1 + as_array
    assert f"({50_001 + as_array}, 'not_json')" in done.stdout
    # In kilobytes; py3langid's model and numpy's code are most of it, whatever the size of the file.
    assert grown < 90_000
