"""Tables of terms as spreadsheets and other programs write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmstudio_lite.documents.terminology.files import read_terms
from lmstudio_lite.domain.glossary import EntryProblem, Term
from lmstudio_lite.errors import NoTermsError

VALVE = Term("valve", "Ventil")
BOILER = Term("boiler", "Kessel")


def read(tmp_path: Path, content: str | bytes, pair: str = "en-de", encoding: str = "") -> list[Term]:
    path = tmp_path / "terms.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    source, target = pair.split("-")
    return list(read_terms(path, source, target, encoding).terms)


@pytest.mark.parametrize(
    "content",
    [
        "valve\tVentil\nboiler\tKessel\n",  # OmegaT
        "# OmegaT's glossary\nvalve\tVentil\nboiler\tKessel\n",
        "valve,Ventil\r\nboiler,Kessel\r\n",  # DeepL
        "source,target\nvalve,Ventil\nboiler,Kessel\n",
        "English;German\nvalve;Ventil\nboiler;Kessel\n",  # memoQ, MultiTerm
        "de_DE;en_US\nVentil;valve\nKessel;boiler\n",
        "Entry_ID,German_Germany,Term_Info,English_United States\n1,Ventil,,valve\n2,Kessel,,boiler\n",
        "sep=;\nsource;target\nvalve;Ventil\nboiler;Kessel\n",
        '"source","target"\n"valve","Ventil"\n"boiler","Kessel"\n',
        "source,target,source_lang,target_lang\nvalve,Ventil,EN,DE\nvalve,vanne,EN,FR\nboiler,Kessel,en,de\n",
    ],
)
def test_columns_are_told_by_their_names_or_by_their_order(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content) == [VALVE, BOILER]


def test_what_else_a_table_says_of_its_terms(tmp_path: Path) -> None:
    table = (
        "Source,Target,Part_of_Speech,Note,Case-Sensitive,Forbidden\n"
        'valve,Ventil,noun,"for water, not gas",,\n'
        "IT,Informatik,,,yes,\n"
        "valve,Klappe,,,,yes\n"
        ",Hahn,,never,,x\n"
        "Acme Corp.,Acme Corp.,proper noun,,,\n"
    )
    assert read(tmp_path, table) == [
        Term("valve", "Ventil", "noun", "for water, not gas"),
        Term("IT", "Informatik", matches_case=True),
        Term("valve", "Klappe", is_forbidden=True),
        Term("", "Hahn", note="never", is_forbidden=True),
        Term("Acme Corp.", "", "name"),
    ]


def test_weblate_says_in_its_flags_what_is_forbidden(tmp_path: Path) -> None:
    table = (
        '"location","source","target","id","fuzzy","context","translator_comments","developer_comments"\n'
        '"","valve","Ventil","","False","","a note",""\n'
    )
    assert read(tmp_path, table) == [Term("valve", "Ventil", note="a note")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252", "gb18030"])
def test_encodings_are_found_out(tmp_path: Path, encoding: str) -> None:
    words = ["Überströmventil", "Heizöl"]
    if encoding == "gb18030":
        words = ["安全阀门", "锅炉", "图书馆", "我们的学校", "电路板和传感器", "有轨电车"]
    table = "source,target\n" + "".join(f"word {number},{word}\n" for number, word in enumerate(words))
    content = table.encode(encoding)
    assert [term.target for term in read(tmp_path, content, "en-zh")] == words
    assert [term.target for term in read(tmp_path, content, "en-zh", encoding.removesuffix("-sig"))] == words


@pytest.mark.parametrize(
    ("pair", "encoding", "words"),
    [
        ("en-zh", "gb18030", ["阀门", "锅炉"]),
        ("en-ko", "euc-kr", ["밸브", "보일러"]),
        ("en-ru", "cp1251", ["клапан", "котёл"]),
        ("en-ja", "shift-jis", ["バルブ", "ボイラー"]),
    ],
)
def test_a_few_words_are_read_in_the_language_that_they_should_be_in(
    tmp_path: Path, pair: str, encoding: str, words: list[str]
) -> None:
    table = f"source,target\nvalve,{words[0]}\nboiler,{words[1]}\n"
    assert [term.target for term in read(tmp_path, table.encode(encoding), pair)] == words


def test_damaged_rows_are_listed_and_the_rest_comes_in(tmp_path: Path) -> None:
    path = tmp_path / "terms.csv"
    long = "x" * 400
    path.write_text(f'source,target\nvalve,Ventil\n,leer\npump,\n{long},y\nseal,"Dichtung\nboiler,Kessel\n')
    found = read_terms(path, "en", "de")
    assert found.terms == (VALVE, BOILER)
    assert [(each.line, each.problem) for each in found.left_out] == [
        (3, EntryProblem.NO_SOURCE),
        (4, EntryProblem.NO_TARGET),
        (5, EntryProblem.TOO_LONG),
        (6, EntryProblem.DAMAGED),
    ]
    assert found.num_left_out == 4


def test_a_table_of_other_languages_says_so(tmp_path: Path) -> None:
    path = tmp_path / "terms.csv"
    path.write_text("French,Spanish\nvanne,válvula\n")
    found = read_terms(path, "en", "de")
    assert found.terms == ()
    assert [each.problem for each in found.left_out] == [EntryProblem.OTHER_LANGUAGES]


def test_a_text_is_no_table_of_terms(tmp_path: Path) -> None:
    path = tmp_path / "terms.csv"
    path.write_text("only\nwords\nin\nlines\n")
    with pytest.raises(NoTermsError):
        read_terms(path, "en", "de")
