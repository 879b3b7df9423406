"""Tables in Excel's sheets: the names of their columns are the texts of the cells above, letter for letter.

Excel calls a file damaged in which they differ, or in which two columns of a table have one name. Formulas
may name columns too ("=SUM(Costs[Amount])"); such a column keeps its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lmstudio_lite.documents.rewriting.office.open_xml import Relations
from lmstudio_lite.documents.rewriting.office.sheet_cells import formulas
from lmstudio_lite.documents.rewriting.office.sheet_strings import NameSite
from lmstudio_lite.documents.rewriting.office.survey import Entry, Survey
from lmstudio_lite.documents.rewriting.xml_source import XmlNode, XmlSource

HeaderCells = dict[str, Entry]
"""By the name of the cell ("B4")."""
_NO_LEAVES: frozenset[str] = frozenset()
_RANGE = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")
_WIDEST = 16_384


@dataclass(frozen=True, slots=True)
class Table:
    """``headers`` and ``totals`` are the cells above and below the columns, "" for none."""

    part: str
    columns: tuple[XmlNode, ...]
    headers: tuple[str, ...]
    totals: tuple[str, ...]

    def join(self, survey: Survey, cells: HeaderCells) -> None:
        """Make one unit of each column's name and the cell above it."""
        names: list[Entry | str] = []
        for column, header, total in zip(self.columns, self.headers, self.totals, strict=True):
            site = NameSite(column, "name")
            entry = cells.get(header)
            if entry is not None and entry.text == site.text:
                entry.sites.append((self.part, site))
                names.append(entry)
            else:
                names.append(site.text)
            label = NameSite(column, "totalsRowLabel")
            below = cells.get(total)
            if below is not None and below.text == label.text:
                below.sites.append((self.part, label))
        survey.distinct.append(names)


def read_tables(survey: Survey, relations: Relations, sheet: str) -> list[Table]:
    """Return the tables of the sheet."""
    tables = []
    for part in relations.targets(sheet, "table"):
        source = survey.source(part, _NO_LEAVES)
        if source is None:
            continue
        columns = tuple(source.root.iter_tags(frozenset(("s:tableColumn",))))
        found = _RANGE.fullmatch(source.root.get("ref").upper().replace("$", ""))
        if found is None or len(columns) > _WIDEST:
            continue
        first, top, _, bottom = found.groups()
        letters = [_letters(_number(first) + place) for place in range(len(columns))]
        has_header = source.root.get("headerRowCount", "1") != "0"
        has_totals = source.root.get("totalsRowCount", "0") != "0"
        headers = tuple(f"{each}{top}" if has_header else "" for each in letters)
        totals = tuple(f"{each}{bottom}" if has_totals else "" for each in letters)
        tables.append(Table(part, columns, headers, totals))
    return tables


def watched_cells(tables: Iterable[Table]) -> frozenset[str]:
    """Return the cells whose texts tables repeat."""
    cells = {cell for table in tables for cell in (*table.headers, *table.totals)}
    return frozenset(cells - {""})


def names_in_formulas(
    survey: Survey, relations: Relations, sheets: Mapping[str, XmlSource]
) -> frozenset[str]:
    """Return the names of columns that a formula may mean: it has the name, and brackets."""
    names: set[str] = set()
    sources = list(sheets.values())
    for sheet in sheets:
        for part in relations.targets(sheet, "table"):
            source = survey.source(part, _NO_LEAVES)
            if source is not None:
                sources.append(source)
                columns = source.root.iter_tags(frozenset(("s:tableColumn",)))
                names.update(NameSite(column, "name").text for column in columns)
    if not names:
        return frozenset()
    bracketed = "\n".join(each.text for source in sources for each in formulas(source) if "[" in each.text)
    return frozenset(name for name in names if name and _escaped(name) in bracketed)


def _escaped(name: str) -> str:
    """Return a column's name as formulas have it."""
    return re.sub(r"(['\[\]#@])", r"'\1", name)


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
