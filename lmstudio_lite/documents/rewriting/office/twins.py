"""Texts that stand in a file twice in two forms, and are one unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from lmstudio_lite.documents.rewriting.office.survey import Entry, Survey
from lmstudio_lite.domain.units import UnitKind

BRANCHES = frozenset(("mc:Choice", "mc:Fallback"))
"""The forms of one thing for newer and older programs (ISO 29500-3, markup compatibility)."""


def join_alternatives(survey: Survey, branches: Sequence[tuple[Entry, tuple[tuple[int, int], ...]]]) -> None:
    """Make one unit of the entries that different branches of one holder have in the same order.

    ``branches`` tells for each entry the holders around it from the outermost, and in which branch of each it
    lies. Where two branches differ, each keeps its own units.
    """
    lists: defaultdict[int, defaultdict[int, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    depths: dict[int, int] = {}
    for entry, around in branches:
        for depth, (holder, number) in enumerate(around):
            lists[holder][number].append(entry)
            depths[holder] = depth
    gone: set[int] = set()
    for holder in sorted(lists, key=lambda each: -depths[each]):
        forms = [
            [entry for entry in lists[holder][number] if id(entry) not in gone]
            for number in sorted(lists[holder])
        ]
        first = forms[0]
        for other in forms[1:]:
            if [entry.form for entry in other] == [entry.form for entry in first]:
                for kept, dropped in zip(first, other, strict=True):
                    kept.sites += dropped.sites
                    gone.add(id(dropped))
    if gone:
        survey.entries[:] = [entry for entry in survey.entries if id(entry) not in gone]


def join_labels(survey: Survey) -> None:
    """Make one unit of a cell's text and the label of a chart that repeats it."""
    cells = {
        entry.text: entry
        for entry in reversed(survey.entries)
        if entry.kind is UnitKind.CELL and not entry.sites[0][1].marks
    }
    kept = []
    for entry in survey.entries:
        cell = cells.get(entry.text) if entry.kind is UnitKind.CHART else None
        if cell is not None and not entry.sites[0][1].marks:
            cell.sites += entry.sites
        else:
            kept.append(entry)
    survey.entries[:] = kept
