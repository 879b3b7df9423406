from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lmstudio_lite.domain.knowledge import FileStamp, IndexedFile, IndexedPassage
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.knowledge import KnowledgeRows
from lmstudio_lite.storage.knowledge_vectors import KnowledgeVectors

MODEL = "a model"
NUM_PASSAGES = 5000


def index(database: Database) -> NDArray[np.float32]:
    """Put a file into the index and give its passages random vectors; return these as they are kept."""
    rows, vectors = KnowledgeRows(database), KnowledgeVectors(database)
    folder = rows.add(Path("papers").absolute())
    passages = tuple(IndexedPassage(at, at + 1, None, "word") for at in range(NUM_PASSAGES))
    rows.put(
        folder.id,
        IndexedFile("a.txt", FileStamp(1, 1), "hash", "a.txt", "en", "x" * NUM_PASSAGES, (), passages),
    )
    file = vectors.next_file(MODEL)
    assert file is not None
    assert len(file.texts) == NUM_PASSAGES
    kept = np.random.default_rng(2).standard_normal((NUM_PASSAGES, 16)).astype("<f2")
    vectors.put(MODEL, dict(zip(file.texts, (row.tobytes() for row in kept), strict=True)))
    vectors.note_compared(MODEL, file.file_number)
    assert vectors.num_files(MODEL) == (1, 1)
    assert vectors.next_file(MODEL) is None
    return kept.astype(np.float32)


@pytest.mark.parametrize("most_held_bytes", [1 << 20, 0], ids=["32 bits", "16 bits"])
def test_the_nearest_are_those_with_the_largest_products(database: Database, most_held_bytes: int) -> None:
    kept = index(database)
    wanted = np.ones(16, np.float32)
    vectors = KnowledgeVectors(database, most_held_bytes)
    found = vectors.nearest(MODEL, wanted.tobytes(), 20)
    numbers = [number - 1 for number in found]
    assert numbers == [int(row) for row in np.argsort(-(kept @ wanted), kind="stable")[:20]]
    assert vectors.nearest("another model", wanted.tobytes(), 20) == []
    assert vectors.nearest(MODEL, wanted.tobytes(), 20, "no folder") == []


def test_a_damaged_vector_costs_only_its_passage(database: Database) -> None:
    index(database)
    wanted = np.ones(16, np.float32).tobytes()
    before = KnowledgeVectors(database).nearest(MODEL, wanted, 3)
    with database.write() as connection:
        connection.execute(
            "UPDATE knowledge_vectors SET vector = x'010203' WHERE passage_number = ?", before[:1]
        )
        connection.execute(
            "UPDATE knowledge_vectors SET vector = 'no bytes' WHERE passage_number = ?", before[1:2]
        )
    after = KnowledgeVectors(database).nearest(MODEL, wanted, 3)
    assert after[0] == before[2]
    assert not {*before[:2]} & {*after}
