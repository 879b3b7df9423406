"""Glossaries through the use cases: files in and out, and back again."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmstudio_lite.app.glossaries import TERM_SUFFIXES, Glossaries
from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.errors import DocumentUnsupportedError
from lmstudio_lite.storage.database import Database

TERMS = [
    Term("valve", "Ventil", "noun", "DIN 1234; “not” a <tap>"),
    Term("valve", "Klappe", is_forbidden=True),
    Term("IT", "Informatik", "name", matches_case=True),
    Term("Acme & Sons", ""),
    Term("=1+1", "-fähig", note="@home"),
    Term("'+x", "a, b; c"),
    Term("阀门", "клапан", "verb"),
]


@pytest.fixture
def glossaries(tmp_path: Path) -> Iterator[Glossaries]:
    with closing(Database.open(tmp_path / "data" / "library.sqlite3")) as database:
        yield Glossaries(database)


@pytest.mark.parametrize("suffix", TERM_SUFFIXES)
def test_what_goes_out_comes_in_again(glossaries: Glossaries, tmp_path: Path, suffix: str) -> None:
    first = glossaries.create("Machines <1>", "en", "de")
    glossaries.add_terms(first.id, TERMS)
    path = tmp_path / f"terms{suffix}"
    assert glossaries.export_file(first.id, path) == len(TERMS)
    second = glossaries.create("again", "en", "de")
    report = glossaries.import_file(second.id, path)
    assert (report.num_added, report.num_known, report.num_left_out) == (len(TERMS), 0, 0)
    assert [kept.term for kept in glossaries.terms(second.id)] == TERMS
    report = glossaries.import_file(second.id, path)
    assert (report.num_added, report.num_known) == (0, len(TERMS))


_words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]), min_size=1, max_size=12)
_terms = st.builds(
    Term,
    _words,
    _words,
    st.sampled_from(["", "noun", "verb", "name"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]), max_size=12),
    matches_case=st.just(True),
    is_forbidden=st.booleans(),
)


@given(terms=st.lists(_terms, max_size=5), suffix=st.sampled_from(TERM_SUFFIXES))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_any_terms_survive_the_way_out_and_in(
    glossaries: Glossaries, tmp_path: Path, terms: list[Term], suffix: str
) -> None:
    first, second = glossaries.create("a", "en", "de"), glossaries.create("b", "en", "de")
    plain = [_plain(term) for term in terms]
    plain = [term for term in plain if term.source and (term.target or not term.is_forbidden)]
    kept = [each.term for each in glossaries.add_terms(first.id, plain)]
    path = tmp_path / f"terms{suffix}"
    glossaries.export_file(first.id, path)
    if kept:
        glossaries.import_file(second.id, path)
    assert [each.term for each in glossaries.terms(second.id)] == kept


def _plain(term: Term) -> Term:
    source, target, note = (" ".join(text.split()) for text in (term.source, term.target, term.note))
    if target == source and not term.is_forbidden:
        target = ""
    return Term(source, target, term.part_of_speech, note, term.matches_case, term.is_forbidden)


def test_a_spreadsheet_takes_no_cell_for_a_formula(glossaries: Glossaries, tmp_path: Path) -> None:
    glossary = glossaries.create("a", "en", "de")
    glossaries.add_terms(glossary.id, [Term('=HYPERLINK("http://x")', "+1", note="@x"), Term("-a", "'=b")])
    path = tmp_path / "terms.csv"
    glossaries.export_file(glossary.id, path)
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert all(cell[:1] not in tuple("=+-@") for row in rows for cell in row)


def test_only_kinds_of_terms_are_written(glossaries: Glossaries, tmp_path: Path) -> None:
    glossary = glossaries.create("a", "en", "de")
    with pytest.raises(DocumentUnsupportedError):
        glossaries.export_file(glossary.id, tmp_path / "terms.docx")
    assert not (tmp_path / "terms.docx").exists()


def test_lists_are_of_a_pair_if_that_is_asked_for(glossaries: Glossaries) -> None:
    names = [glossaries.create(f"{source}-{target}", source, target).name for source, target in
             (("en", "de"), ("en", "fr"), ("zh", "de"))]  # fmt: skip
    assert [each.name for each in glossaries.list()] == names
    assert [each.name for each in glossaries.list("en")] == ["en-de", "en-fr"]
    assert [each.name for each in glossaries.list("en", "fr")] == ["en-fr"]
    assert [each.name for each in glossaries.list(target="de")] == ["en-de", "zh-de"]


def test_what_a_document_repeats_is_proposed_unless_a_glossary_has_it(glossaries: Glossaries) -> None:
    texts = ["The heat pump is new. A heat pump is quiet.", "The relief valve is red. Open the relief valve."]
    glossary = glossaries.create("a", "en", "de")
    found = glossaries.propose(texts, "en", "de")
    assert {each.term.source for each in found} == {"heat pump", "relief valve"}
    translated = [replace(each, term=replace(each.term, target="Wärmepumpe")) for each in found[:1]]
    accepted = glossaries.accept(glossary.id, [*translated, *found[1:]])
    assert [kept.term.target for kept in accepted] == ["Wärmepumpe"]
    left = glossaries.propose(texts, "en", "de")
    assert {each.term.source for each in left} == {each.term.source for each in found[1:]}
