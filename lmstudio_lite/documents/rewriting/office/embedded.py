"""The workbooks that charts keep within a document: their cells get the words that the charts show.

A chart shows what it last read of its workbook. Whoever edits its data in Word or PowerPoint has it read
again: where the workbook kept the old words, the translation would be gone. Cells that no label of the chart
repeats stay as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Protocol

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.rewriting.office.survey import Survey
from lmstudio_lite.documents.rewriting.package import Package, open_part
from lmstudio_lite.domain.units import BilingualLayout, UnitText, WriteUnitsOptions
from lmstudio_lite.errors import DocumentError

_SUFFIXES = frozenset((".xlsx", ".xlsm"))


class Workbooks(Protocol):
    """Knows the format of workbooks."""

    def with_cells(self, package: Package, words: Mapping[str, str]) -> Mapping[str, bytes]:
        """Return the parts that change once cells say ``words`` in the place of those they are known by."""


def is_workbook(part: str) -> bool:
    """Tell by its name whether an embedded file is a workbook whose cells can be changed."""
    return PurePosixPath(part.lower()).suffix in _SUFFIXES


def changed_workbooks(
    form: Workbooks,
    survey: Survey,
    texts: Mapping[int, UnitText],
    wanted: WriteUnitsOptions,
    limits: ReadLimits,
) -> dict[str, bytes]:
    """Return the workbooks of the charts in which ``texts``, by the number of their entry, change something.

    One that can't be read stays, and that is told.
    """
    charts = {chart for chart, _ in survey.workbooks}
    words: dict[str, dict[str, str]] = defaultdict(dict)
    for number, text in texts.items():
        for part, site in survey.entries[number].sites:
            if part in charts and text.text != site.text:
                is_alone = wanted.layout is BilingualLayout.NONE
                words[part][site.text] = text.text if is_alone else f"{site.text} / {text.text}"
    changed: dict[str, bytes] = {}
    for workbook in dict.fromkeys(part for _, part in survey.workbooks):
        known = {
            source: said
            for chart, part in survey.workbooks
            if part == workbook
            for source, said in words[chart].items()
        }
        if not known:
            continue
        try:
            with open_part(survey.package, workbook, limits) as package:
                parts = form.with_cells(package, known)
                if parts:
                    changed[workbook] = package.written(parts)
        except DocumentError:
            survey.told.add("chart_data_kept")
    return changed
