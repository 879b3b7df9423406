from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lmstudio_lite.finetune.data.problems import ProblemKind
from lmstudio_lite.finetune.data.sources import FileFormat, FileSource
from lmstudio_lite.finetune.data.tables import ColumnMapping, guess_mapping
from tests.documents.samples import make_xlsx
from tests.finetune.data.reading import answers, detect, kinds, read, read_file, turns


def test_columns_are_found_by_name_whatever_the_delimiter(tmp_path: Path) -> None:
    for number, delimiter in enumerate(",;\t|"):
        path = tmp_path / f"{number}.txt"
        rows = [["id", "Question", "Answer"], ["1", "How?", "So."], ["2", "Why?", "Because."]]
        path.write_text("\n".join(delimiter.join(row) for row in rows))
        examples, problems = read_file(path)
        assert [turns(example) for example in examples] == [
            [("user", "How?"), ("assistant", "So.")],
            [("user", "Why?"), ("assistant", "Because.")],
        ]
        assert problems == []
        assert examples[1].at == f"{number}.txt:3"


def test_quoted_cells_may_hold_everything(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('prompt,response\n"a, ""b""\nc","d\n\ne"\nf,g\n')
    examples, _ = read_file(path)
    assert turns(examples[0]) == [("user", 'a, "b"\nc'), ("assistant", "d\n\ne")]
    assert examples[1].at == "a.csv:6"


def test_a_quote_that_is_never_closed_costs_one_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"question {n},answer {n}" for n in range(500)]
    rows[100] = '"question 100,answer 100'
    path.write_text("\n".join(["question,answer", *rows]))
    examples, problems = read_file(path)
    assert len(examples) == 499
    assert kinds(problems) == [(102, ProblemKind.OPEN_QUOTE, False)]


def test_short_rows_and_empty_cells_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = ["question,answer", *(f"q{n},a{n}" for n in range(20)), "lonely", "q,", ",a", ",,,"]
    path.write_text("\n".join(rows))
    examples, problems = read_file(path)
    assert len(examples) == 20
    assert kinds(problems) == [
        (22, ProblemKind.WRONG_COLUMNS, False),
        (23, ProblemKind.EMPTY_ANSWER, False),
        (24, ProblemKind.EMPTY_QUESTION, False),
    ]
    assert problems[0].detail == "1/2"


def test_columns_without_known_names_wait_for_the_user(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("alpha,beta,gamma\nx,y,z\nx,y,z\n")
    source = detect(path)
    assert source.format is FileFormat.TABLE
    assert source.mapping == ColumnMapping()
    assert [problem.kind for problem in read(source)[1]] == [ProblemKind.WRONG_COLUMNS]
    assert source.table is not None
    assert source.table.columns == ("1", "2", "3")
    chosen = FileSource(path, source.format, table=source.table, mapping=ColumnMapping(2, 0, context=1))
    examples, _ = read(chosen)
    assert turns(examples[-1]) == [("user", "z\n\ny"), ("assistant", "x")]


def test_two_languages_side_by_side_are_a_translation(tmp_path: Path) -> None:
    path = tmp_path / "pairs.txt"
    path.write_text(
        "The house is old and the garden is large.\tDas Haus ist alt und der Garten ist groß.\n"
        'He said "no" and left the room.\tEr sagte "nein" und verließ den Raum.\n'
        "We will meet tomorrow at noon.\tWir treffen uns morgen um zwölf.\n"
    )
    source = detect(path)
    assert source.mapping == ColumnMapping(0, 1, languages=("en", "de"))
    examples, problems = read(source)
    assert answers(examples)[1] == 'Er sagte "nein" und verließ den Raum.'
    assert problems == []


@pytest.mark.parametrize(
    ("columns", "mapping"),
    [
        (["instruction", "input", "output"], ColumnMapping(0, 2, context=1)),
        (["input", "output"], ColumnMapping(0, 1)),
        (["System", "User", "Assistant"], ColumnMapping(1, 2, system=0)),
        (["en", "de"], ColumnMapping(0, 1, languages=("en", "de"))),
        (["title", "text"], ColumnMapping(text=1)),
        (["x", "y"], ColumnMapping(0, 1)),
        (["x", "y", "z"], ColumnMapping()),
    ],
)
def test_names_suggest_a_mapping(columns: list[str], mapping: ColumnMapping) -> None:
    assert guess_mapping(columns) == mapping


def test_a_spreadsheet_is_read_cell_by_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(make_xlsx([["question", "answer"], ["What | is\nthis?", "Line 1\n\nLine 2"], ["", "b"]]))
    source = detect(path)
    assert source.format is FileFormat.SPREADSHEET
    examples, problems = read(source)
    assert turns(examples[0]) == [("user", "What | is\nthis?"), ("assistant", "Line 1\n\nLine 2")]
    assert kinds(problems) == [(3, ProblemKind.EMPTY_QUESTION, False)]


CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=20)


@settings(max_examples=100, deadline=None)
@example(rows=[("", ""), ("0", "\\")], delimiter=",")
@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8), delimiter=st.sampled_from(",;|"))
def test_what_csv_writes_comes_back(
    rows: list[tuple[str, str]], delimiter: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("question", "answer"), *rows])
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_text(stream.getvalue(), encoding="utf-8")
    examples, problems = read_file(path)
    whole = [(question, answer) for question, answer in rows if question.strip() and answer.strip()]
    assert [(e.messages[0].text, e.messages[1].text) for e in examples] == whole
    assert {problem.kind for problem in problems} <= {ProblemKind.EMPTY_ANSWER, ProblemKind.EMPTY_QUESTION}
