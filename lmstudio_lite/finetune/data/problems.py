"""What may be wrong with one place in the user's data: where, what, and what can be done about it.

Codes and short quotations only; the words people read are the window's and the terminal's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_DETAIL_LENGTH = 120


class ProblemKind(StrEnum):
    """Kinds in the order people should see them."""

    UNREADABLE = "unreadable"  # the file; detail: the code of the error
    NOT_UTF8 = "not_utf8"
    LINE_TOO_LONG = "line_too_long"
    NOT_JSON = "not_json"  # detail: what the parser said
    TRAILING_COMMA = "trailing_comma"
    PYTHON_LITERAL = "python_literal"
    NOT_AN_OBJECT = "not_an_object"
    UNKNOWN_FIELDS = "unknown_fields"  # detail: their names
    NOT_TEXT = "not_text"  # pictures, numbers, lists where text belongs; detail: the field
    TOOL_USE = "tool_use"
    UNKNOWN_ROLE = "unknown_role"  # detail: the role
    NO_QUESTION = "no_question"
    NO_ANSWER = "no_answer"
    UNLEARNED = "unlearned"  # every answer has the weight 0
    PARTIAL_WEIGHT = "partial_weight"  # detail: the weight
    EMPTY_QUESTION = "empty_question"
    EMPTY_ANSWER = "empty_answer"
    EMPTY_SYSTEM = "empty_system"
    ENDS_WITH_QUESTION = "ends_with_question"
    SAME_ROLE_TWICE = "same_role_twice"  # detail: the role
    SYSTEM_NOT_FIRST = "system_not_first"
    WRONG_COLUMNS = "wrong_columns"  # detail: "3/2", found and expected
    OPEN_QUOTE = "open_quote"
    UNEQUAL_FILES = "unequal_files"  # detail: the other file's name
    UNTRANSLATED = "untranslated"
    NO_PAIR = "no_pair"  # a translation memory's unit without both languages
    BROKEN_XML = "broken_xml"  # detail: what the parser said
    ENTITIES = "entities"  # declared entities are not expanded
    EMPTY_TEXT = "empty_text"
    DUPLICATE = "duplicate"  # detail: where it stood first


class Remedy(StrEnum):
    """What can be done: the program mends it, the user does, or it stays left out."""

    FIX = "fix"
    EDIT = "edit"
    CHOOSE_COLUMNS = "choose_columns"
    LEAVE_OUT = "leave_out"


_REMEDIES = {
    ProblemKind.NOT_UTF8: Remedy.FIX,
    ProblemKind.TRAILING_COMMA: Remedy.FIX,
    ProblemKind.PYTHON_LITERAL: Remedy.FIX,
    ProblemKind.PARTIAL_WEIGHT: Remedy.FIX,
    ProblemKind.EMPTY_SYSTEM: Remedy.FIX,
    ProblemKind.ENDS_WITH_QUESTION: Remedy.FIX,
    ProblemKind.SAME_ROLE_TWICE: Remedy.FIX,
    ProblemKind.SYSTEM_NOT_FIRST: Remedy.FIX,
    ProblemKind.DUPLICATE: Remedy.FIX,
    ProblemKind.WRONG_COLUMNS: Remedy.CHOOSE_COLUMNS,
    ProblemKind.UNKNOWN_FIELDS: Remedy.EDIT,
    ProblemKind.EMPTY_TEXT: Remedy.LEAVE_OUT,
    ProblemKind.UNTRANSLATED: Remedy.LEAVE_OUT,
    ProblemKind.NO_PAIR: Remedy.LEAVE_OUT,
    ProblemKind.TOOL_USE: Remedy.LEAVE_OUT,
    ProblemKind.UNLEARNED: Remedy.LEAVE_OUT,
}


def remedy_of(kind: ProblemKind) -> Remedy:
    """Return what can be done about a kind of problem."""
    return _REMEDIES.get(kind, Remedy.EDIT)


FIXABLE = frozenset(kind for kind in ProblemKind if remedy_of(kind) is Remedy.FIX)
"""Kinds that the program can mend; whether it does is the user's choice."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One place. ``line`` is from 1, 0 for the whole file. What is not ``is_fixed`` is left out."""

    path: Path
    line: int
    kind: ProblemKind
    detail: str = ""
    is_fixed: bool = False

    @property
    def at(self) -> str:
        """Return the place for people: "notes.jsonl:17"."""
        return place(self.path, self.line)


def place(path: Path, line: int) -> str:
    """Word a place in a file: its name and the line, where there is one."""
    name = path.name.encode("utf-8", "replace").decode()
    return f"{name}:{line}" if line else name


def shorten(detail: str) -> str:
    """Return a quotation on one line, short enough for a list and free of what can't be stored."""
    text = " ".join(detail.split()).encode("utf-8", "replace").decode()
    return text if len(text) <= _DETAIL_LENGTH else text[: _DETAIL_LENGTH - 1] + "…"
