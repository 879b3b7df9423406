"""What is wrong with an attempt at a translation, so that another one is made: the gravest of its flags."""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.domain.translations import FlagKind
from lmstudio_lite.tasks.text.overlap import has_loop
from lmstudio_lite.tasks.text.problems import Problem, is_worse
from lmstudio_lite.tasks.translate.flags import find_flags

_PROBLEMS = {
    FlagKind.EMPTY: Problem.EMPTY,
    FlagKind.LOOP: Problem.LOOP,
    FlagKind.WRONG_LANGUAGE: Problem.WRONG_LANGUAGE,
    FlagKind.ECHO: Problem.ECHO,
    FlagKind.OBEYED: Problem.OBEYED,
    FlagKind.ANSWERED: Problem.LEAK,
    FlagKind.LEAK: Problem.LEAK,
    FlagKind.ADDED: Problem.ADDED,
    FlagKind.OMITTED: Problem.OMITTED,
    FlagKind.NUMBER: Problem.VALUES,
    FlagKind.VALUES: Problem.VALUES,
    FlagKind.NEGATION: Problem.NEGATION,
    FlagKind.UNTRANSLATED: Problem.LEFTOVER,
    FlagKind.LEFTOVER: Problem.LEFTOVER,
    FlagKind.ODD_LENGTH: Problem.ODD_LENGTH,
}
"""Of the flags that ``find_flags`` sets without terms and limits; another attempt may mend each."""


def find_translation_problem(
    passage: str, text: str, *, source: str, target: str, is_whole: bool, stay: Sequence[str] = ()
) -> Problem | None:
    """Judge the translation of one passage; a growing one is judged only by what more text can't mend.

    ``stay`` are words that it is to have as they are.
    """
    if not is_whole:
        return Problem.LOOP if has_loop(text) and not has_loop(passage) else None
    worst: Problem | None = None
    for flag in find_flags(passage, text, source_language=source, target_language=target, stay=stay):
        problem = _PROBLEMS[flag.kind]
        worst = problem if is_worse(problem, worst) else worst
    return worst
