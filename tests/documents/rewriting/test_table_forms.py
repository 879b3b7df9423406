from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.rewriting.slots import original_of
from lmstudio_lite.domain.translations import TextForm
from lmstudio_lite.domain.units import UnitText
from tests.documents.rewriting import texts

TABLE = """\
sep=;
Id;Comment;Price;Unit
1;"Late again.
Driver said: ""traffic, as always"".";1,50;EUR
2;Good, but cold; 2,30 ;USD
3;https://example.org/a;4,00;
"""


def passages(text: str) -> list[str]:
    return texts.words_of(text, TextForm.TABLE)


def translated(text: str, translation: str) -> str:
    return texts.translated(text, lambda unit: UnitText(translation), TextForm.TABLE)


def cells_of(text: str, delimiter: str = ";") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def test_the_words_of_cells_are_translated_and_nothing_else() -> None:
    assert passages(TABLE) == [
        "Id",
        "Comment",
        "Price",
        "Unit",
        'Late again.\nDriver said: "traffic, as always".',
        "Good, but cold",
    ]


@pytest.mark.parametrize("translation", ["Wort", 'Er sagte "nein"; dann ging er', 'ein "Wort"'])
def test_a_translated_table_has_the_same_cells(translation: str) -> None:
    before, after = cells_of(TABLE), cells_of(translated(TABLE, translation))
    assert [len(row) for row in after] == [len(row) for row in before]
    assert after[3] == ["2", translation, " 2,30 ", "USD"]
    assert after[2] == ["1", translation, "1,50", "EUR"]
    assert after[4] == before[4]


def test_what_is_no_table_is_a_text() -> None:
    assert passages("Only words here.\nAnd more of them.\n") == ["Only words here.", "And more of them."]


CELLS = st.text(st.sampled_from('ab "\n;,7é'), max_size=8)


@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=2, max_size=6),
    delimiter=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_any_table_joins_again_and_keeps_its_shape(
    rows: list[tuple[str, str, str]], delimiter: str, quoting: int
) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator="\n")  # type: ignore[arg-type]
    writer.writerows([("first", "second", "third"), *rows])
    text = f"sep={delimiter}\n{stream.getvalue()}"
    assert texts.translated(text, original_of, TextForm.TABLE) == text
    after = cells_of(translated(text, 'Wort; "ja", nein'), delimiter)
    assert [len(row) for row in after] == [len(row) for row in cells_of(text, delimiter)]
