"""The headings of a list of things: pinned, folders, and else by how long ago they were worked on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import accumulate

from lmstudio_lite.ui.history_items import HistoryItem
from lmstudio_lite.words.translate import tr

_OLDEST_DAYS = 10**9


def headings_of(items: Sequence[HistoryItem]) -> list[str]:
    """Return the heading of each row, "" below the first of its section.

    The order is the source's. What stands above was worked on later, whatever the clock said then: no row
    counts as older than one below it. What lies in a folder stands below that, whatever its age.
    """
    today = date.today()
    ages = [
        _OLDEST_DAYS if item.is_in_tree else (today - item.updated_at.astimezone().date()).days
        for item in items
    ]
    newest = reversed([*accumulate(reversed(ages), _newer, initial=_OLDEST_DAYS)][1:])
    headings: list[str] = []
    before = ""
    for item, age_days in zip(items, newest, strict=True):
        heading = _heading(item, age_days)
        headings.append("" if heading == before else heading)
        before = heading
    return headings


def _heading(item: HistoryItem, age_days: int) -> str:
    if item.is_in_tree:
        return tr("Folders")
    return tr("Pinned") if item.is_pinned else _say_age(age_days)


def _newer(age_below: int, age: int) -> int:
    """Return the smaller age in days; a time of the future says nothing, unless there is nothing else."""
    if age >= 0:
        return min(age_below, age)
    return 0 if age_below == _OLDEST_DAYS else age_below


def _say_age(age_days: int) -> str:
    if age_days <= 0:
        return tr("Today")
    if age_days == 1:
        return tr("Yesterday")
    if age_days < 7:
        return tr("This week")
    if age_days < 31:
        return tr("This month")
    return tr("Earlier")
