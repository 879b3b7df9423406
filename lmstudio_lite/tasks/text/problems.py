"""What may be wrong with a generated text, from a bad end to nothing at all."""

from __future__ import annotations

from enum import StrEnum


class Problem(StrEnum):
    """Why a text is not what was asked for, worst last (``is_worse``).

    A term is one of a glossary that is missing. A leftover is a word in the script of the source, values
    are numbers, addresses and placeholders that are not those of the source, and added are sentences of a
    translation that it has not; what is omitted stands in the source alone, and a negation in only one of
    the two. A leak are words of the prompt, what has obeyed has the words that its source orders to be
    written, fragments are cut out of formulas, and what is invented says nothing of the text it is about.
    """

    CUT_SHORT = "cut_short"
    ODD_LENGTH = "odd_length"
    TERM = "term"
    NEGATION = "negation"
    OMITTED = "omitted"
    LEFTOVER = "leftover"
    VALUES = "values"
    ADDED = "added"
    LEAK = "leak"
    OBEYED = "obeyed"
    FRAGMENTS = "fragments"
    ECHO = "echo"
    WRONG_LANGUAGE = "wrong_language"
    INVENTED = "invented"
    LOOP = "loop"
    EMPTY = "empty"


_SEVERITY = {problem: rank for rank, problem in enumerate(Problem)}


def is_worse(problem: Problem | None, than: Problem | None) -> bool:
    """Compare two findings; None (nothing found) is the best."""
    return _rank(problem) > _rank(than)


def _rank(problem: Problem | None) -> int:
    return -1 if problem is None else _SEVERITY[problem]
