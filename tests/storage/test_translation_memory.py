from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.domain.translation_memory import MemoryEntry, MemoryMatchKind, MemoryQuery, MemorySize
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.glossaries import GlossaryRows
from lmstudio_lite.storage.salvage import salvage
from lmstudio_lite.storage.translation_memory import MemoryRows, StoredMemory
from lmstudio_lite.unsaved import UnsavedWork
from tests.support.faulty_disk import FULL, FaultyDisk

OPEN = MemoryEntry("Open the valve slowly.", "Öffnen Sie das Ventil langsam.", "Caution", "Wait.")
OPEN_ELSEWHERE = MemoryEntry("Open the valve slowly.", "Ventil langsam öffnen!", "Step 4", "Step 5")


@pytest.fixture
def memory(database: Database) -> StoredMemory:
    return StoredMemory(database, UnsavedWork(), "en", "de")


def kinds(memory: StoredMemory, *queries: MemoryQuery) -> list[MemoryMatchKind | None]:
    return [match.kind if match else None for match in memory.find(queries)]


def test_the_same_segment_is_found_between_the_same_neighbours_first(memory: StoredMemory) -> None:
    memory.add(OPEN)
    memory.add(OPEN_ELSEWHERE)
    between, elsewhere, unknown = memory.find(
        [
            MemoryQuery("Open  the valve\nslowly.", "Caution", "Wait."),
            MemoryQuery(OPEN.source, "Step 4", "Step 5"),
            MemoryQuery(OPEN.source),
        ]
    )
    assert between is not None
    assert (between.entry, between.kind, between.score) == (OPEN, MemoryMatchKind.CONTEXT, 1.0)
    assert elsewhere is not None
    assert (elsewhere.entry, elsewhere.kind) == (OPEN_ELSEWHERE, MemoryMatchKind.CONTEXT)
    assert unknown is not None
    assert (unknown.entry, unknown.kind) == (OPEN_ELSEWHERE, MemoryMatchKind.EXACT)


def test_case_and_a_sign_make_another_segment_that_is_only_alike(memory: StoredMemory) -> None:
    memory.add(OPEN)
    near, number, far = memory.find(
        [
            MemoryQuery("open the valve slowly."),
            MemoryQuery("Open the valves slowly!"),
            MemoryQuery("The committee met on Tuesday."),
        ]
    )
    assert near is not None
    assert near.kind is MemoryMatchKind.FUZZY
    assert 0.9 < near.score < 1.0
    assert number is not None
    assert 0.85 < number.score < 1.0
    assert far is None


def test_chinese_is_found_as_well(database: Database) -> None:
    memory = StoredMemory(database, UnsavedWork(), "zh", "en")
    memory.add(MemoryEntry("请慢慢打开阀门。", "Open the valve slowly."))
    assert kinds(
        memory, MemoryQuery("请慢慢打开阀门。"), MemoryQuery("请慢慢关闭阀门。"), MemoryQuery("图书馆")
    ) == [
        MemoryMatchKind.EXACT,
        MemoryMatchKind.FUZZY,
        None,
    ]


def test_accepting_again_takes_the_older_ones_place(memory: StoredMemory) -> None:
    memory.add(OPEN)
    memory.add(MemoryEntry(OPEN.source, "Ventil behutsam öffnen.", OPEN.before, OPEN.after))
    assert memory.count() == 1
    assert [entry.target for entry in memory.entries()] == ["Ventil behutsam öffnen."]


def test_a_project_sees_its_own_before_what_all_see_and_nothing_of_another(database: Database) -> None:
    unsaved = UnsavedWork()
    every, plant, other = (
        StoredMemory(database, unsaved, "en", "de", name) for name in ("", "plant", "other")
    )
    plant.add(MemoryEntry("Close it.", "Armatur schließen."))
    every.add(MemoryEntry("Close it.", "Schließen."))
    every.add(MemoryEntry("Press the red button.", "Roten Knopf drücken."))
    query = [MemoryQuery("Close it."), MemoryQuery("Press the red buttons.")]
    assert [match and match.entry.target for match in plant.find(query)] == [
        "Armatur schließen.",
        "Roten Knopf drücken.",
    ]
    assert [match and match.entry.target for match in other.find(query)] == [
        "Schließen.",
        "Roten Knopf drücken.",
    ]
    assert StoredMemory(database, unsaved, "de", "en").find(query) == [None, None]


def test_uses_are_counted_by_pair_and_project(database: Database) -> None:
    unsaved = UnsavedWork()
    memory = StoredMemory(database, unsaved, "en", "de", "plant")
    memory.add_all([OPEN, MemoryEntry("Wait.", "Warten.")])
    StoredMemory(database, unsaved, "en", "fr").add(MemoryEntry("Wait.", "Attendez."))
    memory.find([MemoryQuery("Wait.")])
    memory.find([MemoryQuery("Wait."), MemoryQuery("Open the valve very slowly.")])
    assert MemoryRows(database).sizes() == [
        MemorySize("en", "de", "plant", 2, 1, 2),
        MemorySize("en", "fr", "", 1, 0, 0),
    ]


def test_clearing_is_undone_until_it_is_purged(memory: StoredMemory, database: Database) -> None:
    memory.add_all([OPEN, OPEN_ELSEWHERE])
    cleared_at = memory.clear()
    assert kinds(memory, MemoryQuery(OPEN.source), MemoryQuery("Open a valve slowly.")) == [None, None]
    newer = MemoryEntry(OPEN.source, "Neu.", OPEN.before, OPEN.after)
    memory.add(newer)
    memory.restore(cleared_at)
    assert set(memory.entries()) == {newer, OPEN_ELSEWHERE}
    memory.clear()
    assert MemoryRows(database).purge_deleted() == 3
    assert memory.count() == 0


def test_many_come_in_at_once_and_go_out_in_order(memory: StoredMemory) -> None:
    entries = [MemoryEntry(f"Row {number}.", f"Zeile {number}.") for number in range(2500)]
    assert memory.add_all(iter(entries)) == (2500, 0)
    assert memory.add_all([*entries[:10], entries[3], MemoryEntry("New.", "Neu.")]) == (1, 11)
    assert list(memory.entries()) == [*entries, MemoryEntry("New.", "Neu.")]
    memory.delete(entries[0])
    assert memory.count() == 2500


def test_what_the_disk_refuses_is_found_all_the_same_and_written_later(database: Database) -> None:
    disk, unsaved = FaultyDisk(database), UnsavedWork()
    disk.fault = FULL
    memory = StoredMemory(database, unsaved, "en", "de")
    memory.add(OPEN)
    assert kinds(
        memory,
        MemoryQuery(OPEN.source, OPEN.before, OPEN.after),
        MemoryQuery("Open the valves slowly."),
    ) == [MemoryMatchKind.CONTEXT, MemoryMatchKind.FUZZY]
    assert list(memory.entries()) == [OPEN]
    disk.fault = None
    assert unsaved.close() == ()
    assert unsaved.state.pieces == ()
    assert memory.count() == 1


def test_a_damaged_row_hides_no_other(memory: StoredMemory, database: Database) -> None:
    memory.add_all([OPEN, MemoryEntry("Close the valve slowly.", "Ventil langsam schließen.")])
    with database.write() as connection:
        connection.execute(
            "UPDATE memory_entries SET signature = 'x', num_characters = 'y', target = x'ff41'"
            " WHERE number = 1"
        )
    near, same = memory.find(
        [MemoryQuery("Close the valves slowly."), MemoryQuery(OPEN.source, OPEN.before, OPEN.after)]
    )
    assert near is not None
    assert near.entry.target == "Ventil langsam schließen."
    assert same is not None
    assert same.entry.target == "\ufffdA"


def test_what_is_remembered_survives_a_salvage(database_path: Path) -> None:
    with closing(Database.open(database_path)) as database:
        StoredMemory(database, UnsavedWork(), "en", "de").add(OPEN)
        glossary = GlossaryRows(database).create("a", "en", "de")
        GlossaryRows(database).add_terms(glossary.id, [Term("valve", "Ventil")])
    salvage(database_path)
    with closing(Database.open(database_path)) as database:
        assert list(StoredMemory(database, UnsavedWork(), "en", "de").entries()) == [OPEN]
        assert GlossaryRows(database).terms_in_use("en", "de") == [Term("valve", "Ventil")]
