"""Why a part of a file is left as it is: the codes in ``FileUnits.kept``, for ``words``."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Kept(StrEnum):
    CODE = "code"
    FORMULA = "formula"
    MARKED = "not_to_be_translated"
    """The file's author says so."""
    DELETED = "deleted"
    """Text that a tracked change has taken out."""
    FIELD = "field"
    """Text that the program writes: a date, a number, a reference."""
    TEMPLATE = "template"
    SHEET_NAME = "sheet_name"
    """Formulas or charts name the sheet."""
    UNREAD = "unread"
    """Parts that could not be read."""


def counted(kept: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(kept.items()))
