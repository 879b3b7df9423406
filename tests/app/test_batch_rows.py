from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from lmstudio_lite.app.batch.labels import parse_labels
from lmstudio_lite.app.batch.rows import column_rows, open_table, parse_table, read_file_text, read_lines
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.domain.batch import BatchRow
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.errors import DocumentColumnError, DocumentEmptyError, LabelsError

TABLE = 'id;comment;label\n1;"Good; really ""good""";yes\n2;;no\n3;Two\tparts;no\n'


def rows_of(content: bytes, tmp_path: Path, column: str = "", truth: str = "", name: str = "t.csv") -> object:
    path = tmp_path / name
    path.write_bytes(content)
    table = open_table(path, DocumentReader(), Cancellation(), column=column)
    return column_rows(table, path, column, truth)


def test_lines_are_rows_and_empty_ones_are_counted() -> None:
    found = read_lines("one\r\n\r\n  two \nthree\n")
    assert [(row.number, row.text) for row in found.rows] == [(1, "one"), (3, "two"), (4, "three")]
    assert found.num_empty == 1


@pytest.mark.parametrize("column", ["comment", "COMMENT ", "2"])
def test_a_column_is_called_by_name_or_number(column: str, tmp_path: Path) -> None:
    found = rows_of(TABLE.encode(), tmp_path, column, "label")
    assert found.rows == (  # type: ignore[attr-defined]
        BatchRow(2, 'Good; really "good"', "yes"),
        BatchRow(4, "Two\tparts", "no"),
    )
    assert found.num_empty == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_other_encodings_are_read(encoding: str, tmp_path: Path) -> None:
    text = "text,label\n" + "Die Straße war naß und schön für uns,ja\nÄpfel über Äpfel für Käthe,nein\n" * 3
    found = rows_of(text.encode(encoding), tmp_path)
    assert found.rows[0].text == "Die Straße war naß und schön für uns"  # type: ignore[attr-defined]


def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    for column in ("remark", "", "9"):
        with pytest.raises(DocumentColumnError) as caught:
            rows_of(TABLE.encode(), tmp_path, column)
        assert caught.value.details["known"] == "id, comment, label"


def test_a_single_column_needs_no_name(tmp_path: Path) -> None:
    assert [row.text for row in rows_of(b"text\ngood\nbad\n", tmp_path).rows] == ["good", "bad"]  # type: ignore[attr-defined]
    assert [row.text for row in rows_of(b"good\nbad\n", tmp_path).rows] == ["good", "bad"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"text\n"])
def test_a_file_without_texts_is_empty(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(DocumentEmptyError):
        rows_of(content, tmp_path)


def test_a_workbook_is_read_by_column(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    assert workbook.active is not None
    for row in (["id", "remark", "label"], [1, "good", "yes"], [2, None, "no"], [3, "=1+", "no"]):
        workbook.active.append(row)
    path = tmp_path / "t.xlsx"
    workbook.save(path)
    table = open_table(path, DocumentReader(), Cancellation(), column="remark")
    found = column_rows(table, path, "remark", "label")
    assert found.rows[0] == BatchRow(2, "good", "yes")
    assert found.num_empty == 1


def test_a_hundred_thousand_rows_are_read(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("id,text\n" + "".join(f'{at},"row, number {at}"\n' for at in range(100_000)))
    table = parse_table(read_file_text(path), path, column="text")
    found = column_rows(table, path, "text")
    assert len(found.rows) == 100_000
    assert found.rows[-1] == BatchRow(100_001, "row, number 99999")


def test_labels_have_commas_in_quotes_and_lines_between_them() -> None:
    assert parse_labels(' a , "b, c",d ') == ("a", "b, c", "d")
    assert parse_labels("one\ntwo\n\nthree, four") == ("one", "two", "three", "four")


@pytest.mark.parametrize(
    ("text", "reason"), [("", "none"), (" ,, ", "none"), ("a", "one"), ("a,b,A", "duplicate")]
)
def test_labels_that_tell_nothing_apart_are_refused(text: str, reason: str) -> None:
    with pytest.raises(LabelsError) as caught:
        parse_labels(text)
    assert caught.value.details["reason"] == reason
