from __future__ import annotations

import csv
import io

import openpyxl
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.formats.tables import Cell, to_csv, to_tsv, to_xlsx

ROWS: list[list[Cell]] = [
    ["text", "p"],
    ['He said "no", twice', 0.25],
    ["two\nlines\tand a tab", 1],
    ["价格 = 3 < 4 & more", 2.5],
]
words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30).filter(lambda text: text.strip())


def sheet(content: bytes) -> list[list[object]]:
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    assert workbook.active is not None
    return [list(row) for row in workbook.active.iter_rows(values_only=True)]


def test_each_form_is_read_back_as_it_was() -> None:
    as_text = [[str(cell) for cell in row] for row in ROWS]
    assert list(csv.reader(io.StringIO(to_csv(ROWS).decode("utf-8-sig"), newline=""))) == as_text
    assert list(csv.reader(io.StringIO(to_tsv(ROWS).decode(), newline=""), delimiter="\t")) == as_text
    assert sheet(to_xlsx(ROWS)) == ROWS


@given(st.lists(st.tuples(words, words), min_size=1, max_size=5))
def test_any_words_survive_a_workbook(rows: list[tuple[str, str]]) -> None:
    assert sheet(to_xlsx(rows)) == [list(row) for row in rows]


def test_nothing_is_a_formula_and_nothing_breaks_the_file() -> None:
    rows = [['=HYPERLINK("http://x")'], ["+1"], ["@a"], ["a\x00b"], ["\ud800"], ["x" * 40_000]]
    assert to_csv(rows[:1]).decode("utf-8-sig").startswith("\"'=HYPERLINK")
    found = sheet(to_xlsx(rows))
    assert found[0] == ['=HYPERLINK("http://x")']
    assert len(str(found[5][0])) == 32_767
    workbook = openpyxl.load_workbook(io.BytesIO(to_xlsx(rows)))
    assert workbook.active is not None
    assert workbook.active["A1"].data_type in ("s", "inlineStr")
