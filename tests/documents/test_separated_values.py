from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.plain.separated_values import Dialect, read_rows
from lmstudio_lite.documents.plain.table_dialect import find_dialect
from lmstudio_lite.documents.plain.table_text import table_to_markdown
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.domain.documents import BlockKind
from lmstudio_lite.domain.inventory import share_read
from tests.finetune.data.reading import detect, read


def cells_of(text: str, *, is_table: bool = True) -> list[tuple[str, ...]]:
    lines = text.split("\n")
    dialect = find_dialect(lines, is_table=is_table)
    assert dialect is not None
    return [row.cells for row in read_rows(enumerate(lines, 1), dialect)]


def test_a_quoted_cell_with_line_ends_and_doubled_quotes_is_one_cell() -> None:
    text = 'id,comment,score\n1,"Late again.\nDriver said: ""traffic, as always"".",2\n2,"Good, but cold",4\n'
    assert cells_of(text)[1] == ("1", 'Late again.\nDriver said: "traffic, as always".', "2")
    assert '| 1 | Late again. Driver said: "traffic, as always". | 2 |' in table_to_markdown(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Name;Preis\nApfel;1,50\nBirne;2,30\n", ("Apfel", "1,50")),
        ("1,5;2,5\n3,5;4,5\n", ("3,5", "4,5")),
        ("sep=;\nName;Note\nA;1,5\n", ("A", "1,5")),
        ('"sep=|"\nName|Note\nA|1,5\n', ("A", "1,5")),
        ('Name\tWert\nA\t"1\n2"\nB\t3\n', ("A", "1\n2")),
        ('size,what\n5" pipe,x\n"6"" pipe",y\n', ('5" pipe', "x")),
        ('name,n\n"Big" Joe,1\n"Late, again",2\n', ('"Big" Joe', "1")),
        ('"a", "b, c", d\n"1", "2, 3", 4\n', ("1", "2, 3", " 4")),
        ('id,t\n1,"He said \\"hi\\", yes"\n2,"x"\n3,y\n', ("1", 'He said "hi", yes')),
        ("'a, b','it''s'\n'c','d'\n", ("c", "d")),
        ('dir,n\n"C:\\temp\\",1\n"D:\\",2\n', ("C:\\temp\\", "1")),
        ('a,b\n"",""\n"x",""\n', ("", "")),
        ('q,a\n"He said ""no""; then, ""yes""",1\nb,2\n', ('He said "no"; then, "yes"', "1")),
    ],
)
def test_the_second_row_of_each_dialect(text: str, expected: tuple[str, ...]) -> None:
    assert cells_of(text)[1] == expected


def test_a_row_that_is_never_closed_costs_nothing_but_its_quotes() -> None:
    rows = cells_of('x,y\n"open,1\n' + "".join(f"{n},{n}\n" for n in range(400)))
    assert rows[1] == ('"open', "1")
    assert len(rows) == 402


def test_a_title_and_comments_stand_before_the_table_and_nothing_is_lost() -> None:
    text = table_to_markdown("Takings of May\n# made by till 3, shop 2\n\nDay,Sum\n1,20\n2,30\n3,25\n")
    assert text.startswith("Takings of May\n# made by till 3, shop 2\n\n| Day | Sum |\n")
    assert "| 3 | 25 |" in text


def test_ragged_rows_are_filled_up_and_keep_all_cells() -> None:
    text = table_to_markdown("a,b\n1\n1,2,3\n4,5,6,7\n,,,\n9,8\n")
    assert "| 1 | 2 | 3 |  |" in text
    assert "| 4 | 5 | 6 | 7 |" in text
    assert all(line.count("|") == 5 for line in text.splitlines())


def test_one_long_row_does_not_blow_up_the_others() -> None:
    text = "a,b\n" + "1,2\n" * 2000 + ",".join(map(str, range(20_000))) + "\n"
    found = table_to_markdown(text)
    assert "| 19999 |" in found
    assert len(found) < 500_000


def test_names_of_rows_as_r_writes_them_are_a_column_of_their_own() -> None:
    assert table_to_markdown('"mpg","cyl"\n"Mazda",21,6\n"Fiat",30,4\n').startswith("|  | mpg | cyl |\n")


def test_a_single_column_is_lines_without_their_quotes() -> None:
    assert table_to_markdown('comment\n"Good, but cold"\n"So ""fine"""\n') == (
        'comment\nGood, but cold\nSo "fine"\n'
    )
    assert table_to_markdown("one\ntwo\n") == "one\ntwo\n"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_file_is_read_in_any_encoding_and_with_any_line_ends(
    tmp_path: Path, encoding: str, end: str
) -> None:
    path = tmp_path / "notes.csv"
    lines = ["Straße;Größe;Note", '"Übergang; Süd";1,5;"a ""b"""', "Höhe;2,5;", "Café;3,5;naïve"]
    path.write_bytes(end.join(lines).encode(encoding))
    document = read_document(path, ReadLimits())
    assert '| Übergang; Süd | 1,5 | a "b" |' in document.text
    assert [block.kind for block in document.blocks] == [BlockKind.TABLE]
    assert [part.num_characters for part in document.inventory] == [len(document.text)]
    assert share_read(document.inventory) == 1.0


def test_summaries_and_training_read_the_same_cells(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    rows = [("question", "answer"), ("What's a\nkeel?", 'A "long; beam", under it'), ('5" pipe', "x|y")]
    stream = io.StringIO()
    csv.writer(stream, delimiter=";", lineterminator="\n").writerows(rows)
    path.write_text("sep=;\n" + stream.getvalue(), "utf-8")
    examples, problems = read(detect(path))
    assert problems == []
    learned = [tuple(message.text for message in example.messages) for example in examples]
    assert learned == rows[1:]
    text = read_document(path, ReadLimits()).text
    for question, answer in rows:
        assert f"| {' '.join(question.split())} | {answer.replace('|', chr(92) + '|')} |" in text


NAMES = st.text(st.sampled_from("abcdeäöß中"), min_size=1, max_size=8)
SENTENCES = st.lists(
    st.sampled_from(["House", "of, ", '"cards"', "; then", " ", "\n", '5"', "don't", "| or", "\t", "中文"]),
    max_size=6,
).map("".join)
NUMBERS = st.one_of(
    st.integers(-9999, 9999).map(str),
    st.floats(0, 1e6).map(lambda number: f"{number:.2f}".replace(".", ",")),
    st.dates().map(str),
)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Tables as people have them: names of columns, then a number and texts in each row."""
    width = draw(st.integers(2, 5))
    head = [
        f"{name}{number}" for number, name in enumerate(draw(st.lists(NAMES, min_size=width, max_size=width)))
    ]
    kinds = [NUMBERS, *[draw(st.sampled_from([NUMBERS, SENTENCES])) for _ in range(width - 1)]]
    rows = draw(st.lists(st.tuples(*kinds), min_size=3, max_size=12))
    return [head, *map(list, rows)]


@given(
    rows=tables(),
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    is_named=st.booleans(),
)
def test_what_a_program_writes_is_found_and_read_back(
    rows: list[list[str]], delimiter: str, quoting: int, is_named: bool
) -> None:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator="\n").writerows(rows)  # type: ignore[arg-type]
    text = (f"sep={delimiter}\n" if is_named else "") + stream.getvalue()
    assert cells_of(text) == [tuple(row) for row in rows]


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=12)


@given(
    rows=st.lists(st.tuples(CELL, CELL, CELL), max_size=6),
    delimiter=st.sampled_from(",;\t|:"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_any_cells_come_back_where_the_dialect_is_known(
    rows: list[tuple[str, str, str]], delimiter: str, quoting: int
) -> None:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator="\n").writerows(rows)  # type: ignore[arg-type]
    lines = stream.getvalue().split("\n")
    found = [row.cells for row in read_rows(enumerate(lines, 1), Dialect(delimiter))]
    # A row of nothing but white space looks like a blank line.
    assert found == [row for row in rows if quoting == csv.QUOTE_ALL or delimiter.join(row).strip()]


@given(st.text(alphabet="ab,;|\n\"'\t12:.->#\\", max_size=200))
def test_anything_is_read_and_no_letter_is_lost(text: str) -> None:
    found = table_to_markdown(text)
    assert [each for each in found if each in "ab12"] == [each for each in text if each in "ab12"]


def test_a_quote_on_every_line_does_not_take_for_ever() -> None:
    text = "a,b\n" + '"x,1\n' * 100_000
    start = time.monotonic()
    assert len(cells_of(text)) > 50_000
    assert time.monotonic() - start < 20
