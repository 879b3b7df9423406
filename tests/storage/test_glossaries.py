from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.glossaries import GlossaryRows

VALVE = Term("valve", "Ventil", "noun", "not “Klappe”")
BOILER = Term("boiler", "Kessel", matches_case=True)


def test_a_glossary_and_its_terms_come_back_after_reopening(database_path: Path) -> None:
    with closing(Database.open(database_path)) as database:
        made = GlossaryRows(database).create("Machines", "en", "de", "plant")
        GlossaryRows(database).add_terms(made.id, [VALVE, BOILER])
    with closing(Database.open(database_path)) as database:
        rows = GlossaryRows(database)
        (found,) = rows.list()
        assert (found.name, found.source, found.target, found.project, found.num_terms, found.is_in_use) == (
            *("Machines", "en", "de", "plant"),
            2,
            True,
        )
        assert [kept.term for kept in rows.terms(found.id)] == [VALVE, BOILER]


def test_what_is_there_already_is_not_added_again(database: Database) -> None:
    rows = GlossaryRows(database)
    glossary = rows.create("a", "en", "de")
    rows.add_terms(glossary.id, [VALVE])
    added = rows.add_terms(glossary.id, [Term("Valve", "ventil"), Term("valve", "Schieber"), VALVE, BOILER])
    assert [kept.term.target for kept in added] == ["Schieber", "Kessel"]
    assert rows.get(glossary.id).num_terms == 3


def test_deleting_is_undone_until_it_is_purged(database: Database) -> None:
    rows = GlossaryRows(database)
    glossary = rows.create("a", "en", "de")
    first, second = rows.add_terms(glossary.id, [VALVE, BOILER])
    rows.delete_terms(glossary.id, [first.number])
    assert rows.terms(glossary.id) == [second]
    rows.restore_terms(glossary.id, [first.number])
    assert rows.terms(glossary.id) == [first, second]
    rows.delete(glossary.id)
    assert rows.list() == []
    assert rows.terms_in_use("en", "de") == []
    rows.restore(glossary.id)
    assert rows.terms_in_use("en", "de") == [VALVE, BOILER]
    rows.delete(glossary.id)
    assert rows.purge_deleted() == 1
    with pytest.raises(NotStoredError):
        rows.terms(glossary.id)


def test_a_term_is_edited_where_it_stands(database: Database) -> None:
    rows = GlossaryRows(database)
    glossary = rows.create("a", "en", "de")
    first, second = rows.add_terms(glossary.id, [VALVE, BOILER])
    changed = rows.change_term(glossary.id, first.number, Term("gate valve", "Schieber \ud83d"))
    assert changed.term.target == "Schieber \ufffd"
    assert rows.terms(glossary.id) == [changed, second]
    with pytest.raises(NotStoredError):
        rows.change_term(glossary.id, second.number + 1, VALVE)


def test_a_translation_is_held_to_its_own_project_before_all_others(database: Database) -> None:
    rows = GlossaryRows(database)
    for name, project, term in (
        ("every", "", Term("valve", "Ventil")),
        ("plant", "plant", Term("valve", "Armatur")),
        ("other", "other", Term("valve", "Klappe")),
        ("off", "plant", Term("valve", "Hahn")),
    ):
        glossary = rows.create(name, "en", "de", project)
        rows.add_terms(glossary.id, [term])
        rows.set_in_use(glossary.id, is_in_use=name != "off")
    assert [term.target for term in rows.terms_in_use("en", "de", "plant")] == ["Armatur", "Ventil"]
    assert [term.target for term in rows.terms_in_use("en", "de")] == ["Ventil"]
    assert rows.terms_in_use("de", "en", "plant") == []
