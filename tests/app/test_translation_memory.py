"""The translation memory through the use cases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lmstudio_lite.app.translation_memory import TranslationMemories
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.glossary import EntryProblem
from lmstudio_lite.domain.translation_memory import MemoryEntry, MemorySize
from lmstudio_lite.errors import CancelledError
from lmstudio_lite.storage.database import Database
from lmstudio_lite.unsaved import UnsavedWork

ENTRIES = [
    MemoryEntry("Open the <valve> & wait.", "Öffnen Sie das <Ventil> & warten Sie.", "Caution", "A & <b>"),
    MemoryEntry("Done.", "Fertig."),
]


@pytest.fixture
def memories(tmp_path: Path) -> Iterator[TranslationMemories]:
    with closing(Database.open(tmp_path / "data" / "library.sqlite3")) as database:
        yield TranslationMemories(database, UnsavedWork())


def test_what_goes_out_comes_in_again(memories: TranslationMemories, tmp_path: Path) -> None:
    memories.add_accepted("en", "de", ENTRIES, "plant")
    path = tmp_path / "memory.tmx"
    assert memories.export_file(path, "en", "de", "plant") == 2
    report = memories.import_file(path, "en", "de", "copy")
    assert (report.num_added, report.num_known, report.num_left_out) == (2, 0, 0)
    assert list(memories.of("en", "de", "copy").entries()) == ENTRIES
    report = memories.import_file(path, "en", "de", "copy")
    assert (report.num_added, report.num_known) == (0, 2)
    report = memories.import_file(path, "en", "fr")
    assert [each.problem for each in report.left_out] == [EntryProblem.OTHER_LANGUAGES] * 2
    assert memories.statistics() == [
        MemorySize("en", "de", "copy", 2, 0, 0),
        MemorySize("en", "de", "plant", 2, 0, 0),
    ]


def test_the_other_direction_reads_the_same_file(memories: TranslationMemories, tmp_path: Path) -> None:
    memories.add_accepted("en", "de", ENTRIES)
    memories.export_file(tmp_path / "memory.tmx", "en", "de")
    memories.import_file(tmp_path / "memory.tmx", "de", "en")
    assert [entry.source for entry in memories.of("de", "en").entries()] == [each.target for each in ENTRIES]


def test_clearing_can_be_undone(memories: TranslationMemories) -> None:
    memories.add_accepted("en", "de", ENTRIES)
    cleared = memories.clear("en", "de")
    assert (cleared.num_entries, memories.statistics()) == (2, [])
    memories.restore(cleared)
    assert [size.num_entries for size in memories.statistics()] == [2]


def test_a_long_import_tells_how_far_it_is_and_can_be_stopped(
    memories: TranslationMemories, tmp_path: Path
) -> None:
    path = tmp_path / "memory.tmx"
    memories.of("en", "de").add_all(MemoryEntry(f"Row {row}.", f"Zeile {row}.") for row in range(3500))
    memories.export_file(path, "en", "de")
    cancellation, told = Cancellation(), list[int]()

    def report(num_read: int) -> None:
        told.append(num_read)
        if num_read == 2000:
            cancellation.cancel()

    with pytest.raises(CancelledError):
        memories.import_file(path, "en", "de", "copy", cancellation=cancellation, report=report)
    assert told == [1000, 2000]
    assert memories.of("en", "de", "copy").count() == 1000
