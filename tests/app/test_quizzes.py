"""How far a quiz came: what is kept comes back, and damage costs only what it hit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.app.quizzes import kept_progress, place_of, progress_text
from lmstudio_lite.domain.writing import Grade, QuizAnswer, QuizProgress, QuizQuestion
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.drafts import Drafts

QUESTIONS = [QuizQuestion("Which is the largest?", "Jupiter"), QuizQuestion("Which is red?", "Mars")]


@pytest.fixture
def drafts(tmp_path: Path) -> Iterator[Drafts]:
    database = Database.open(tmp_path / "app.db")
    yield Drafts(database)
    database.close()


def keep(drafts: Drafts, text: str) -> None:
    drafts.keep(place_of(QUESTIONS), text)


def test_progress_comes_back_to_the_same_questions_only(drafts: Drafts) -> None:
    progress = QuizProgress((QuizAnswer("木星", Grade.RIGHT, "It is."),), "Ma")
    keep(drafts, progress_text(progress))
    assert kept_progress(drafts, QUESTIONS) == progress
    assert kept_progress(drafts, QUESTIONS[:1]) == QuizProgress()
    assert progress_text(QuizProgress()) == ""


@pytest.mark.parametrize(
    ("text", "num_answers"),
    [
        ("{", 0),
        ("[]", 0),
        ('{"answers": 3, "typed": []}', 0),
        ('{"answers": [{"grade": []}]}', 0),
        (
            '{"answers": [{"grade": "splendid"}, {"grade": "right"}], "typed": "x"}',
            0,
        ),
        ('{"answers": [{"text": "a", "grade": "wrong"}, null], "typed": "x"}', 1),
        ('{"answers": [{"grade": "right"}, {"grade": "right"}, {"grade": "right"}]}', 2),
    ],
)
def test_damaged_progress_is_read_up_to_the_damage(drafts: Drafts, text: str, num_answers: int) -> None:
    keep(drafts, text)
    found = kept_progress(drafts, QUESTIONS)
    assert len(found.answers) == num_answers
    assert found.typed == ""
