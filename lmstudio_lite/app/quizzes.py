"""How far a quiz came, kept beside the drafts: its answers, their grades, and what is being typed.

A quiz is known by its questions: whoever asks the same ones again, today or after a crash, goes on where they
were. Other questions, if only by a word, are another quiz.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from lmstudio_lite.domain.writing import Grade, QuizAnswer, QuizProgress, QuizQuestion
from lmstudio_lite.storage.drafts import Drafts
from lmstudio_lite.storage.reading import values_from


def place_of(questions: Sequence[QuizQuestion]) -> str:
    """Return the draft's place in which the progress of these questions is kept."""
    asked = json.dumps([[each.question, each.answer] for each in questions])
    return f"quiz:{hashlib.sha256(asked.encode()).hexdigest()[:32]}"


def kept_progress(drafts: Drafts, questions: Sequence[QuizQuestion]) -> QuizProgress:
    """Return how far these questions were answered; nothing where nothing, or nothing readable, is kept.

    Raises:
        StorageError: the database can't be read.
    """
    draft = drafts.get(place_of(questions))
    values = values_from(draft.text) if draft is not None else None
    if not isinstance(values, dict):
        return QuizProgress()
    given = values.get("answers")
    typed = values.get("typed")
    answers: list[QuizAnswer] = []
    for each in given[: len(questions)] if isinstance(given, list) else []:
        answer = _answer_from(each)
        if answer is None:  # the answers behind would stand at the wrong questions
            return QuizProgress(tuple(answers))
        answers.append(answer)
    return QuizProgress(tuple(answers), typed if isinstance(typed, str) else "")


def progress_text(progress: QuizProgress) -> str:
    """Return what keeps ``progress``, "" where there is nothing to keep."""
    if progress == QuizProgress():
        return ""
    answers = [{"text": each.text, "grade": each.grade, "reason": each.reason} for each in progress.answers]
    return json.dumps({"answers": answers, "typed": progress.typed}, ensure_ascii=False)


def _answer_from(values: object) -> QuizAnswer | None:
    if not isinstance(values, dict) or values.get("grade") not in list(Grade):
        return None
    return QuizAnswer(str(values.get("text", "")), Grade(values["grade"]), str(values.get("reason", "")))
