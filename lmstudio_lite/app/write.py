"""Writing, for the window and the terminal: texts from a brief, edits of a text, quizzes and their grades."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from lmstudio_lite.app.jobs import JobContext, JobEvent, JobProgressed
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.control import ConversationControl
from lmstudio_lite.domain.personas import KeptPersona, Persona
from lmstudio_lite.domain.translations import TranslatedSegment, TranslationProgress
from lmstudio_lite.domain.writing import (
    Brief,
    DiffPiece,
    EditedText,
    EditKind,
    EditProgress,
    Graded,
    Mark,
    QuizQuestion,
    WritingProgress,
    Written,
)
from lmstudio_lite.tasks.adapters import chosen_adapters
from lmstudio_lite.tasks.write.asking import prompt_for, role_prompt
from lmstudio_lite.tasks.write.compose import language_of, resized, write
from lmstudio_lite.tasks.write.diff import apply_pieces, diff_pieces
from lmstudio_lite.tasks.write.edit import EditWish, edit
from lmstudio_lite.tasks.write.grading import grade
from lmstudio_lite.tasks.write.locating import find_span
from lmstudio_lite.tasks.write.placeholders import find_placeholders
from lmstudio_lite.tasks.write.questions import questions_in
from lmstudio_lite.words.translate import language as spoken_language

__all__ = [
    "EditWish",
    "apply_pieces",
    "diff_pieces",
    "edit_text",
    "find_placeholders",
    "find_span",
    "grade_answer",
    "questions_in",
    "request_text",
    "resized",
    "role_control",
    "write_text",
]


def write_text(
    services: Services,
    brief: Brief,
    *,
    report: Callable[[WritingProgress], None],
    cancellation: Cancellation,
    seed: int | None = None,
) -> Written:
    """Write the text of ``brief``, check it, and write it once more if something is wrong with it; waits.

    Raises:
        CancelledError: cancelled.
        ModelError, EngineError: the model can't answer.
    """
    return write(
        brief,
        engine=services.engine,
        spoken=_spoken(),
        report=report,
        cancellation=cancellation,
        seed=seed,
        adapters=chosen_adapters(services.settings, services.engine),
    )


def edit_text(
    services: Services,
    text: str,
    wish: EditWish,
    *,
    report: Callable[[EditProgress], None],
    cancellation: Cancellation,
    target: str = "",
) -> EditedText:
    """Do with ``text`` what ``wish`` says; ``target`` is the language to translate into (ISO 639-1). Waits.

    Raises:
        CancelledError: cancelled; nothing is changed.
        ModelError, EngineError: the model can't answer.
    """
    if wish.kind is EditKind.TRANSLATE:
        return _translated(services, text, target or wish.language, report, cancellation)
    return edit(
        text,
        wish,
        engine=services.engine,
        report=report,
        cancellation=cancellation,
        adapters=chosen_adapters(services.settings, services.engine),
    )


def grade_answer(
    services: Services, question: QuizQuestion, answer: str, cancellation: Cancellation
) -> Graded:
    """Say whether an answer is right; waits where its words alone don't tell. Raises as ``write_text``."""
    return grade(
        question,
        answer,
        engine=services.engine,
        cancellation=cancellation,
        adapters=chosen_adapters(services.settings, services.engine),
    )


def role_control(brief: Brief, name: str) -> ConversationControl:
    """Return what a conversation begins with in which the model is a tutor or an interviewer.

    ``name`` is what the part is called; the persona lives with the conversation alone.
    """
    instruction = role_prompt(brief, language_of(brief, _spoken()))
    return ConversationControl(persona=KeptPersona(uuid.uuid4().hex, Persona(name, instruction)))


def request_text(brief: Brief) -> str:
    """Return a brief as a request that can stand in a message."""
    return prompt_for(brief, language_of(brief, _spoken())).messages[-1].text


def _spoken() -> str:
    return spoken_language().partition("_")[0] or "en"


def _translated(
    services: Services,
    text: str,
    target: str,
    report: Callable[[EditProgress], None],
    cancellation: Cancellation,
) -> EditedText:
    from lmstudio_lite.app.translate import TranslateText, TranslationTask

    def on_event(event: JobEvent) -> None:
        value = event.value if isinstance(event, JobProgressed) else None
        if isinstance(value, TranslationProgress):
            report(EditProgress(value.num_done, value.num_total, value.text_so_far))

    run = TranslateText(services, TranslationTask(text, "", target), keeps=False)
    outcome = run.run(JobContext(cancellation, on_event))
    pieces = _pieces_of(text, outcome.segments)
    after = apply_pieces(text, pieces, range(len(pieces)))
    num_kept = sum(segment.is_kept for segment in outcome.segments)
    return EditedText(EditKind.TRANSLATE, text, after, pieces, num_kept, len(outcome.segments))


def _pieces_of(text: str, segments: tuple[TranslatedSegment, ...]) -> tuple[DiffPiece, ...]:
    """Return each sentence with its translation; what stands between them stays."""
    pieces: list[DiffPiece] = []
    start = len(text) - len(text.lstrip())
    for segment in segments:
        source = segment.source.strip()
        place = text.find(source, start)
        if not source or place < 0:
            continue
        _fill(pieces, text[start:place])
        pieces.append(DiffPiece(source, segment.text.strip(), runs=_runs(source, segment.text.strip())))
        start = place + len(source)
    _fill(pieces, text[start:].rstrip())
    return tuple(pieces)


def _fill(pieces: list[DiffPiece], between: str) -> None:
    """Put what is not translated between two sentences: white space as a gap, all else as it is."""
    words = between.strip()
    lead = between[: len(between) - len(between.lstrip())] if words else between
    if pieces and lead:
        last = pieces.pop()
        pieces.append(DiffPiece(last.before, last.after, lead, lead, last.runs))
    if words:
        gap = between[len(between.rstrip()) :]
        pieces.append(DiffPiece(words, words, gap, gap, ((Mark.SAME, words),)))


def _runs(source: str, translation: str) -> tuple[tuple[Mark, str], ...]:
    return ((Mark.SAME, source),) if source == translation else ((Mark.OUT, source), (Mark.IN, translation))
