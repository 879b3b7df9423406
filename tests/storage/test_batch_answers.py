from __future__ import annotations

from pathlib import Path

import pytest

from lmstudio_lite.storage.batch_answers import BatchAnswers
from lmstudio_lite.storage.database import Database
from lmstudio_lite.unsaved import UnsavedWork


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database.open(tmp_path / "data.sqlite")


def test_answers_are_found_again_and_the_oldest_go(database: Database) -> None:
    unsaved = UnsavedWork()
    answers = BatchAnswers(database, unsaved)
    answers.keep({f"key {number}": f"answer {number}" for number in range(1_000)})
    answers.keep({"key 3": "another"})
    assert len(answers.find(f"key {number}" for number in range(1_200))) == 1_000
    assert answers.find(["key 3", "none"]) == {"key 3": "another"}
    assert answers.shrink(1) == 999
    assert answers.find(f"key {number}" for number in range(1_000)) == {"key 3": "another"}
    unsaved.close()
    database.close()
