"""Excel files (SpreadsheetML): texts of cells, comments, shapes and charts, headers, and names where wanted.

Formulas, number formats, defined names, conditions and the data of pivot tables stay, and so do the texts
that these know by their letters: what heads a column that a formula names, or a field of a pivot table.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lmstudio_lite.documents.rewriting.locales import is_right_to_left
from lmstudio_lite.documents.rewriting.office.control_captions import add_captions
from lmstudio_lite.documents.rewriting.office.drawing_paragraphs import LEAVES as DRAWING_TEXT
from lmstudio_lite.documents.rewriting.office.drawing_paragraphs import set_value
from lmstudio_lite.documents.rewriting.office.drawing_parts import (
    DRAWING_LEAVES,
    DrawingReader,
    add_drawing_parts,
)
from lmstudio_lite.documents.rewriting.office.header_codes import (
    HEADER_LEAVES,
    MOST_CHARACTERS,
    header_sites,
)
from lmstudio_lite.documents.rewriting.office.open_xml import OpenXmlForm, Relations, add_title
from lmstudio_lite.documents.rewriting.office.sheet_cells import (
    SharedCell,
    has_text_of_formulas,
    num_formulas,
    rows_without_texts,
    shared_cells,
    texts_in_formulas,
)
from lmstudio_lite.documents.rewriting.office.sheet_names import (
    NameUses,
    add_sheet_names,
    allowed_names,
    rename_uses,
)
from lmstudio_lite.documents.rewriting.office.sheet_strings import LEAVES as STRING_TEXT
from lmstudio_lite.documents.rewriting.office.sheet_strings import NameSite, string_site, unescaped
from lmstudio_lite.documents.rewriting.office.sheet_tables import (
    HeaderCells,
    names_in_formulas,
    read_tables,
    watched_cells,
)
from lmstudio_lite.documents.rewriting.office.sites import LeafSite, ValueSite
from lmstudio_lite.documents.rewriting.office.survey import Entry, Survey
from lmstudio_lite.documents.rewriting.office.twins import join_labels
from lmstudio_lite.documents.rewriting.package import Package
from lmstudio_lite.documents.rewriting.xml_source import XmlNode, XmlSource
from lmstudio_lite.domain.units import MarkKind, ReadUnitsOptions, UnitKind, UnitText, WriteUnitsOptions
from lmstudio_lite.errors import DocumentUnsupportedError

SHEET_LEAVES = STRING_TEXT | HEADER_LEAVES | DRAWING_TEXT
_THREADED_LEAVES = frozenset(("tc:text",))
_VALUES: dict[str, tuple[tuple[str, int], ...]] = {
    "s:hyperlink": (("tooltip", 255),),
    "s:dataValidation": (("promptTitle", 32), ("prompt", 255), ("errorTitle", 32), ("error", 225)),
}
"""Attributes that are shown, and how many characters Excel takes in them."""

_PlacedCell = tuple[int, XmlNode | SharedCell]
_FILTERS = frozenset(("s:filter",))


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    part: str


class SheetsForm(OpenXmlForm):
    suffixes = frozenset((".xlsx", ".xlsm", ".xltx", ".xltm"))
    main_part = "xl/workbook.xml"

    def survey(self, survey: Survey, relations: Relations, main: str, options: ReadUnitsOptions) -> None:
        root = survey.main_source(main, SHEET_LEAVES).root
        if root.tag != "s:workbook":
            raise DocumentUnsupportedError(path=str(survey.package.path), mime_type="application/zip")
        add_title(survey, relations)
        reader = _SheetsReader(survey, relations, main)
        if options.with_sheet_names:
            entries = _listed(survey, main)
            add_sheet_names(survey, relations, main, entries, _uses_of_names(survey, relations, main))
        for sheet in _sheets(survey, relations, main):
            reader.add(sheet)
        join_labels(survey)

    def localize(self, survey: Survey, relations: Relations, main: str, wanted: WriteUnitsOptions) -> None:
        is_rtl = is_right_to_left(wanted.target)
        shows_old_results = False
        for sheet in _sheets(survey, relations, main):
            source = survey.source(sheet.part, SHEET_LEAVES, rows_without_texts)
            if source is None:
                continue
            shows_old_results = shows_old_results or has_text_of_formulas(source)
            for view in source.root.iter_tags(frozenset(("s:sheetView",))):
                if is_rtl is not (view.get("rightToLeft") in ("1", "true")):
                    set_value(view, "rightToLeft", b"1" if is_rtl else b"0", survey.splices(sheet.part))
        calculation = survey.main_source(main, SHEET_LEAVES).root.find("s:calcPr")
        if shows_old_results and calculation is not None:
            set_value(calculation, "fullCalcOnLoad", b"1", survey.splices(main))
        if survey.renamed:
            rename_uses(survey, survey.renamed, _uses_of_names(survey, relations, main))

    def with_cells(self, package: Package, words: Mapping[str, str]) -> Mapping[str, bytes]:
        """See ``embedded.Workbooks``."""
        survey, _, _ = self._surveyed(package, ReadUnitsOptions())
        texts = {
            number: UnitText(words[entry.text])
            for number, entry in enumerate(survey.entries)
            if entry.kind is UnitKind.CELL and entry.text in words and _is_styled_only(entry)
        }
        survey.put(self.adjusted(survey, texts), WriteUnitsOptions(target=""))
        return survey.changed_parts()

    def adjusted(self, survey: Survey, texts: Mapping[int, UnitText]) -> Mapping[int, UnitText]:
        """Return the texts with those told apart that must differ: columns of one table."""
        numbers = {id(entry): number for number, entry in enumerate(survey.entries)}
        changed = dict(texts)
        for group in survey.distinct:
            taken: set[str] = set()
            for member in group:
                number = None if isinstance(member, str) else numbers.get(id(member))
                own = member if isinstance(member, str) else member.text
                text = changed[number] if number in changed else UnitText(own)
                name, count = text.text, 1
                while name.casefold() in taken:
                    count += 1
                    name = f"{text.text} {count}"
                taken.add(name.casefold())
                if number is not None and name != text.text:
                    changed[number] = UnitText(name, text.marks)
                    survey.told.add("columns_numbered")
        _allow_names(survey, changed)
        return changed


def _is_styled_only(entry: Entry) -> bool:
    """Tell whether words may take the place of the entry's without telling where its marks are."""
    return all(mark.kind is MarkKind.STYLE for mark in entry.sites[0][1].marks)


def _allow_names(survey: Survey, changed: dict[int, UnitText]) -> None:
    """Change the names of sheets to what Excel takes, and note what becomes of each."""
    numbers = [n for n, entry in enumerate(survey.entries) if entry.kind is UnitKind.SHEET_NAME]
    entries = [survey.entries[number] for number in numbers]
    wanted = {place: changed[number].text for place, number in enumerate(numbers) if number in changed}
    for place, name in allowed_names(entries, wanted).items():
        number = numbers[place]
        if number in changed and name != changed[number].text:
            changed[number] = UnitText(name)
            survey.told.add("sheet_names_changed")
        if name != entries[place].text:
            survey.renamed[entries[place].text.casefold()] = name


def _listed(survey: Survey, main: str) -> list[XmlNode]:
    listed = survey.main_source(main, SHEET_LEAVES).root.find("s:sheets")
    return listed.children if listed is not None else []


def _uses_of_names(survey: Survey, relations: Relations, main: str) -> NameUses:
    """Return the parts in which sheets may be named."""
    parts: dict[str, XmlSource | None] = {main: survey.main_source(main, SHEET_LEAVES)}
    drawings: list[XmlSource] = []
    for sheet in _sheets(survey, relations, main):
        parts[sheet.part] = survey.source(sheet.part, SHEET_LEAVES, rows_without_texts)
        for table in relations.targets(sheet.part, "table"):
            parts[table] = survey.source(table, SHEET_LEAVES)
        for drawing in relations.targets(sheet.part, "drawing"):
            found = survey.source(drawing, DRAWING_LEAVES)
            drawings += [found] if found is not None else []
            for chart in relations.targets(drawing, "chart", "chartEx"):
                parts[chart] = survey.source(chart, DRAWING_LEAVES)
    for cache in relations.targets(main, "pivotCacheDefinition"):
        parts[cache] = survey.source(cache, SHEET_LEAVES)
    whole = {name: source for name, source in parts.items() if source is not None}
    return NameUses(whole, tuple(drawings))


def _sheets(survey: Survey, relations: Relations, main: str) -> list[_Sheet]:
    """Return the sheets in the order of their tabs, hidden ones too."""
    targets = {each.key: each.target for each in relations.of(main)}
    return [
        _Sheet(entry.get("name"), targets[entry.get("r:id")])
        for entry in _listed(survey, main)
        if entry.get("r:id") in targets
    ]


@dataclass(slots=True)
class _SheetsReader:
    survey: Survey
    relations: Relations
    main: str
    _strings: list[XmlNode] = field(default_factory=list)
    _strings_part: str = ""
    _added: dict[int, Entry | None] = field(default_factory=dict)
    _kept_names: frozenset[str] = frozenset()
    _kept_texts: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for part in self.relations.targets(self.main, "sharedStrings"):
            source = self.survey.source(part, SHEET_LEAVES)
            if source is not None:
                self._strings_part = part
                self._strings = [child for child in source.root.children if child.tag == "s:si"]
        sheets = self._all_sheets()
        self._kept_names = self._names_of_fields() | names_in_formulas(self.survey, self.relations, sheets)
        main = self.survey.main_source(self.main, SHEET_LEAVES)
        self._kept_texts = texts_in_formulas((main, *sheets.values()))

    def _all_sheets(self) -> dict[str, XmlSource]:
        found = {}
        for sheet in _sheets(self.survey, self.relations, self.main):
            source = self.survey.source(sheet.part, SHEET_LEAVES, rows_without_texts)
            if source is not None:
                found[sheet.part] = source
        return found

    def _names_of_fields(self) -> frozenset[str]:
        """Return what pivot tables know columns by."""
        names: set[str] = set()
        for cache in self.relations.targets(self.main, "pivotCacheDefinition"):
            source = self.survey.source(cache, SHEET_LEAVES)
            self.survey.kept["pivot_table"] += 1
            for each in source.root.iter_tags(frozenset(("s:cacheField",))) if source is not None else ():
                names.add(unescaped(each.get("name")))
        return frozenset(names)

    def add(self, sheet: _Sheet) -> None:
        """Add what one sheet shows."""
        source = self.survey.source(sheet.part, SHEET_LEAVES, rows_without_texts)
        if source is None:
            return
        self.survey.kept["formula"] += num_formulas(source)
        tables = read_tables(self.survey, self.relations, sheet.part)
        cells = self._add_cells(sheet, source, watched_cells(tables))
        for table in tables:
            table.join(self.survey, cells)
        for part in (sheet.part, *(table.part for table in tables)):
            self._join_filters(sheet, part)
        self._add_values(sheet, source)
        self._add_linked(sheet)

    def _add_cells(self, sheet: _Sheet, source: XmlSource, watched: frozenset[str]) -> HeaderCells:
        """Add the texts of the cells; return those of the cells whose places are watched."""
        found: HeaderCells = {}
        nodes = source.root.iter_tags(frozenset(("s:c",)))
        inline: Iterator[_PlacedCell] = ((cell.start, cell) for cell in nodes if cell.get("t") == "inlineStr")
        shared: Iterator[_PlacedCell] = ((cell.place, cell) for cell in shared_cells(source))
        for _, cell in heapq.merge(inline, shared, key=lambda each: each[0]):
            if isinstance(cell, XmlNode):
                reference = cell.get("r").upper()
                text = cell.find("s:is")
                entry = self._add_string(text, sheet, sheet.part) if text is not None else None
            else:
                reference, number = cell.reference, cell.number
                if number not in self._added and number < len(self._strings):
                    self._added[number] = self._add_string(self._strings[number], sheet, self._strings_part)
                entry = self._added.get(number)
            if reference in watched and entry is not None:
                found[reference] = entry
        return found

    def _join_filters(self, sheet: _Sheet, part: str) -> None:
        """Have filters look for the new words of the cells that they let through."""
        source = self.survey.source(part, SHEET_LEAVES, rows_without_texts)
        filters = list(source.root.iter_tags(_FILTERS)) if source is not None else []
        if not filters:
            return
        cells = {entry.text: entry for entry in self.survey.entries if entry.part == sheet.name}
        for node in filters:
            site = NameSite(node, "val")
            entry = cells.get(site.text)
            if entry is not None and entry.kind is UnitKind.CELL:
                entry.sites.append((part, site))

    def _add_string(self, node: XmlNode, sheet: _Sheet, part: str) -> Entry | None:
        site = string_site(node)
        if site is None:
            return None
        if site.text in self._kept_names:
            self.survey.kept["column_name"] += 1
            return None
        if site.text.casefold() in self._kept_texts:
            self.survey.kept["formula_text"] += 1
            return None
        return self.survey.add(site, UnitKind.CELL, part, part=sheet.name)

    def _add_values(self, sheet: _Sheet, source: XmlSource) -> None:
        for node in source.root.iter_tags(HEADER_LEAVES | _VALUES.keys()):
            if node.tag in _VALUES:
                for name, limit in _VALUES[node.tag]:
                    if node.has(name):
                        site = ValueSite(node, name)
                        self.survey.add(
                            site, UnitKind.COMMENT, sheet.part, part=sheet.name, max_characters=limit
                        )
                continue
            kind = UnitKind.HEADER if node.tag.endswith("Header") else UnitKind.FOOTER
            for each in header_sites(node):
                limit = MOST_CHARACTERS - len(node.text) + len(each.text)
                self.survey.add(each, kind, sheet.part, part=sheet.name, max_characters=max(limit, 1))

    def _add_linked(self, sheet: _Sheet) -> None:
        for part in self.relations.targets(sheet.part, "comments"):
            source = self.survey.source(part, SHEET_LEAVES)
            for comment in source.root.iter_tags(frozenset(("s:comment",))) if source is not None else ():
                text = comment.find("s:text")
                site = string_site(text) if text is not None else None
                if site is not None:
                    self.survey.add(site, UnitKind.COMMENT, part, part=sheet.name)
        for part in self.relations.targets(sheet.part, "threadedComment"):
            source = self.survey.source(part, _THREADED_LEAVES)
            for text in source.root.iter_tags(_THREADED_LEAVES) if source is not None else ():
                self.survey.add(LeafSite(text), UnitKind.COMMENT, part, part=sheet.name)
        shapes: list[Entry] = []
        for part in self.relations.targets(sheet.part, "drawing"):
            shapes += DrawingReader(self.survey).add(part, UnitKind.SHAPE, part=sheet.name)
            add_drawing_parts(self.survey, self.relations, part, part=sheet.name)
        for part in self.relations.targets(sheet.part, "vmlDrawing"):
            add_captions(self.survey, part, shapes, part_of_units=sheet.name)
