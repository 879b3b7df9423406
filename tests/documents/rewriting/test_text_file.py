from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.rewriting.files import form_for, read_units, write_translation
from lmstudio_lite.domain.units import (
    BilingualLayout,
    FileUnits,
    ReadUnitsOptions,
    Unit,
    UnitText,
    WriteUnitsOptions,
)
from lmstudio_lite.errors import (
    DocumentColumnError,
    DocumentLayoutError,
    DocumentNotFoundError,
    DocumentTooLargeError,
    DocumentUnsupportedError,
    InvariantError,
)
from tests.documents.rewriting.texts import pseudo

LIMITS = ReadLimits()
OPTIONS = ReadUnitsOptions()


def write(
    path: Path,
    translate: Callable[[Unit], UnitText] | None = pseudo,
    options: ReadUnitsOptions = OPTIONS,
    wanted: WriteUnitsOptions | None = None,
) -> tuple[bytes, tuple[str, ...]]:
    """Return what is written for ``path``, and the remarks."""
    units = read_units(path, options, LIMITS).units
    texts = {number: translate(unit) for number, unit in enumerate(units)} if translate else {}
    target = path.with_name(f"target{path.suffix}")
    remarks = write_translation(
        path, texts, target, options, wanted or WriteUnitsOptions(target="de"), LIMITS
    )
    return target.read_bytes(), remarks


def read(path: Path) -> FileUnits:
    return read_units(path, OPTIONS, LIMITS)


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("cp1252", b""),
        ("cp1251", b""),
        ("gb18030", b""),
        ("shift_jis", b""),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encoding_mark_and_line_ends_stay(tmp_path: Path, encoding: str, mark: bytes, end: str) -> None:
    words = {
        "cp1252": "Der Bär läuft über die Straße.",
        "cp1251": "Медведь идёт по улице домой.",
        "gb18030": "语言模型是一种自然语言处理工具，它通过学习来预测单词。",
        "shift_jis": "これは日本語の文章です。とても長い文章を書きます。",
    }.get(encoding, "Der Bär läuft über die Straße. 语言模型")
    text = end.join([words, "", "ABC is a word here.", ""])
    path = tmp_path / "a.txt"
    path.write_bytes(mark + text.encode(encoding))
    assert write(path, None) == (path.read_bytes(), ())
    assert write(path, lambda unit: UnitText(unit.text)) == (path.read_bytes(), ())
    content, remarks = write(path)
    assert content.startswith(mark)
    assert content[len(mark) :].decode(encoding).split(end)[2] == "BCD jt b xpse ifsf."
    assert remarks == ()


def test_what_the_encoding_lacks_makes_it_utf8_and_that_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("Der Bär läuft über die Straße nach Köln.\n".encode("cp1252"))
    content, remarks = write(path, lambda unit: UnitText("熊走过街道。"))
    assert content.decode() == "熊走过街道。\n"
    assert remarks == ("encoding_utf8",)


def test_bytes_that_are_no_text_stay_and_what_holds_them_is_not_translated(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    good = "The bear wälks over the roäd, and nobödy sees the bear in the fög at äll.\n" * 20
    path.write_bytes(good.encode() + b"\nA line of \xff\xfe bytes.\n\nThe end of it.\n")
    units = read(path)
    assert "bytes" not in "".join(unit.text for unit in units.units)
    assert ("undecodable", 1) in units.kept
    content, _remarks = write(path)
    assert b"\nA line of \xff\xfe bytes.\n\nUif foe pg ju.\n" in content


def test_columns_of_a_table_are_chosen_by_name_or_number(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Key;Name;Remark\nk one;Tea cup;Very nice\nk two;Tea pot;\n", encoding="utf-8")
    for columns in (("remark", "2"), ("Name", "Remark")):
        content, _remarks = write(path, options=ReadUnitsOptions(columns=columns))
        assert content.decode() == "Key;Name;Remark\nk one;Ufb dvq;Wfsz ojdf\nk two;Ufb qpu;\n"


def test_a_column_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Key;Name\nk one;Tea cup\n", encoding="utf-8")
    for column in ("Names", "3", "0"):
        with pytest.raises(DocumentColumnError) as raised:
            write(path, options=ReadUnitsOptions(columns=(column,)))
        assert raised.value.details["known"] == "Key, Name"


def test_translations_of_a_table_stand_in_columns_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('Id,Name,Remark\n1,"Tea, cup",Very nice\n2,Tea pot,\n', encoding="utf-8")
    wanted = WriteUnitsOptions(target="de", layout=BilingualLayout.BESIDE)
    content, _remarks = write(path, options=ReadUnitsOptions(columns=("Name", "Remark")), wanted=wanted)
    assert content.decode() == (
        "Id,Name,Name (de),Remark,Remark (de)\n"
        '1,"Tea, cup","Ufb, dvq",Very nice,Wfsz ojdf\n'
        "2,Tea pot,Ufb qpu,,\n"
    )
    content, _remarks = write(path, wanted=wanted)
    assert content.decode().splitlines()[0] == "Id,Name,Obnf,Remark,Sfnbsl"
    below = WriteUnitsOptions(target="de", layout=BilingualLayout.BELOW)
    content, _remarks = write(path, options=ReadUnitsOptions(columns=("Name",)), wanted=below)
    assert content.decode().startswith('Id,Name,Remark\n1,"Tea, cup\nUfb, dvq",Very nice\n')


def test_forms_that_hold_no_two_languages_refuse_them(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_text("1\n00:00:01,000 --> 00:00:02,000\nGood morning.\n", encoding="utf-8")
    wanted = WriteUnitsOptions(target="de", layout=BilingualLayout.BESIDE)
    with pytest.raises(DocumentLayoutError):
        write(path, wanted=wanted)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(DocumentUnsupportedError):
        read(path)
    with pytest.raises(DocumentNotFoundError):
        read(tmp_path / "none.txt")
    path.write_text("words " * 100, encoding="utf-8")
    with pytest.raises(DocumentTooLargeError):
        read_units(path, OPTIONS, ReadLimits(size_bytes=100))
    with pytest.raises(DocumentTooLargeError):
        read_units(path, OPTIONS, ReadLimits(text_length=100))


def test_a_text_for_no_unit_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Only words here.\n", encoding="utf-8")
    form = form_for(path)
    assert form is not None
    with pytest.raises(InvariantError):
        form.write(
            path, {1: UnitText("x")}, tmp_path / "b.txt", OPTIONS, WriteUnitsOptions(target="de"), LIMITS
        )
