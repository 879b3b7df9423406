"""Excel workbooks as text: each sheet under its name, with its tables, comments, charts and text boxes.

Sheets that are hidden are left out and named: nobody sees them who opens the file, and they hold the author's
lists and raw figures. Hidden rows and columns are read and said to be hidden: a filter or a folded outline
hides them for the moment, and the programs themselves export them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lmstudio_lite.documents.containers.office_parts import OfficeParts, PartUnreadError, part_title
from lmstudio_lite.documents.containers.office_xml import Element, children
from lmstudio_lite.documents.embedded import Holdings, ReadInner
from lmstudio_lite.documents.extraction import stated_title
from lmstudio_lite.documents.office.binary_workbook import BinaryWorkbook, binary_comments
from lmstudio_lite.documents.office.shapes import Shapes
from lmstudio_lite.documents.office.sheet_grid import Grid, column_letters, ranges_of
from lmstudio_lite.documents.office.workbook import SheetEntry, Workbook, rich_text
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.structure.passages import Passage, cleaned, join_passages, parts_of
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread

_MARGIN_CODE = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|K\d\d[+-]\d{3}|\d+|&|[A-Za-z])', re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_THREADED = re.compile(r"\[Threaded comment\].*?Comment:\s*", re.DOTALL)
_RULE_SHARE = 0.8
"""Of the text's limit that cells may fill: bars, rules and headings stand between them."""


def read_workbook(content: bytes, read_inner: ReadInner, *, max_characters: int) -> Reading:
    """Read a workbook.

    Raises:
        ValueError: the archive or its main part is damaged or not there.
    """
    parts = OfficeParts(content)
    reader = _WorkbookReader(_book(parts), Holdings(parts, read_inner), int(max_characters * _RULE_SHARE))
    for entry in reader.book.sheets:
        reader.read(entry)
    text = join_passages(reader.passages)
    inventory = (*in_order((*parts_of(reader.passages), *reader.named)), *reader.holdings.named)
    return Reading(text, stated_title(part_title(parts)), inventory=inventory)


def read_grids(content: bytes, *, max_characters: int) -> list[Grid]:
    """Return the cells of the workbook's sheets that are not hidden.

    Raises:
        ValueError: it is damaged.
    """
    book = _book(OfficeParts(content))
    grids = []
    for entry in book.sheets:
        if entry.part is not None and not entry.is_hidden:
            grids.append(book.read(entry.part, max_characters).grid)
            max_characters = grids[-1].budget
    return grids


def _book(parts: OfficeParts) -> Workbook | BinaryWorkbook:
    return BinaryWorkbook(parts) if parts.find("xl/workbook.bin") else Workbook(parts)


def sheet_passages(grid: Grid, number: int, name: str) -> Iterator[Passage]:
    """Yield a sheet's name as a heading and its tables."""
    blocks = grid.blocks()
    if blocks:
        yield Passage(f"## {' '.join(name.split())}" if name.strip() else "", PartKind.SHEET, number, name)
    for block in blocks:
        yield Passage(block, PartKind.SHEET, number, name)


def hidden_and_unread(grid: Grid, number: int, name: str) -> Iterator[Part]:
    """Yield which rows and columns of a sheet are hidden, and which were not read."""
    num_hidden = grid.num_hidden_characters()
    if num_hidden:
        used = {column for cells in grid.rows.values() for column in cells}
        ranges = [f"{first}:{last}" for first, last in ranges_of(grid.hidden_rows)]
        ranges += [
            f"{column_letters(first)}:{column_letters(last)}"
            for first, last in ranges_of(grid.hidden_columns & used)
        ]
        place = f"{name}!{','.join(ranges[:20])}{',…' if len(ranges) > 20 else ''}"
        yield Part(PartKind.SHEET, number, place, num_hidden, HowRead.HIDDEN)
    if grid.first_unread_row:
        is_damaged = grid.last_unread_row == 0
        place = f"{name}!{grid.first_unread_row}:{'' if is_damaged else grid.last_unread_row}"
        why = WhyUnread.DAMAGED if is_damaged else WhyUnread.TOO_LARGE
        yield Part(PartKind.SHEET, number, place, None, HowRead.NOT_READ, why)


def in_order(inventory: Iterable[Part]) -> list[Part]:
    """Return parts with the sheets first, as the file has them, read or not."""
    return sorted(
        inventory,
        key=lambda part: (part.kind is not PartKind.SHEET, part.number * (part.kind is PartKind.SHEET)),
    )


def margin_text(code: str) -> str:
    """Return the words of a printed header or footer without codes of form, page numbers and dates."""
    text = cleaned(_MARGIN_CODE.sub(" ", code.replace("&&", "\0")).replace("\0", "&").replace("  ", " "))
    return text if _LETTER.search(text) else ""


@dataclass(slots=True)
class _WorkbookReader:
    book: Workbook | BinaryWorkbook
    holdings: Holdings
    budget: int
    passages: list[Passage] = field(default_factory=list)
    named: list[Part] = field(default_factory=list)
    _has_named_strings: bool = False

    def read(self, entry: SheetEntry) -> None:
        """Read one sheet, or name it."""
        if entry.part is None:
            self._name(entry, WhyUnread.MISSING)
            return
        try:
            sheet = self.book.read(entry.part, self.budget)
        except PartUnreadError as error:
            self._name(entry, error.why)
            return
        grid = sheet.grid
        if entry.is_hidden:
            num = sum(len(text) for cells in grid.rows.values() for text in cells.values())
            if num:
                self._name(entry, WhyUnread.HIDDEN, num)
            return
        self.budget = grid.budget
        found = list(sheet_passages(grid, entry.number, entry.name))
        self.passages += found or [Passage("", PartKind.SHEET, entry.number, entry.name)]
        self.named += hidden_and_unread(grid, entry.number, entry.name)
        if self.book.has_lost_strings and not self._has_named_strings:
            self._has_named_strings = True
            self._name(entry, WhyUnread.DAMAGED)
        self._comments(entry, entry.part)
        self._drawings(entry, entry.part)
        for embedded in sheet.rest.iter("s:oleObject"):
            relation = self.book.parts.relations(entry.part).get(embedded.get("r:id", ""))
            passage = self.holdings.read_embedded(relation, embedded.get("progId", ""))
            self.passages += [passage] if passage is not None else []
        self._margins(entry, sheet.rest)

    def _name(self, entry: SheetEntry, why: WhyUnread, num: int | None = None) -> None:
        part = Part(PartKind.SHEET, entry.number, entry.name, num, HowRead.NOT_READ, why)
        self.named.append(part)

    def _comments(self, entry: SheetEntry, part: str) -> None:
        """Add the comments on cells: those of the new kind, with their answers, else the old ones."""
        parts = self.book.parts
        threaded: set[str] = set()
        found: list[tuple[str, str, str]] = []
        for relation in parts.related(part, "threadedComment"):
            root = self._tree(relation.target, entry, PartKind.COMMENTS)
            people = parts.optional_xml(parts.related_part(self.book.main, "person"))
            names = {
                each.get("id", ""): each.get("displayName", "") for each in children(people, "tc:person")
            }
            for comment in children(root, "tc:threadedComment"):
                text = comment.find("tc:text")
                place = comment.get("ref", "")
                threaded.add(place)
                author = names.get(comment.get("personId", ""), "")
                found.append((place, author, (text.text or "") if text is not None else ""))
        for relation in parts.related(part, "comments"):
            if isinstance(self.book, BinaryWorkbook) and parts.find(relation.target):
                found += (
                    each for each in self._binary_comments(relation.target, entry) if each[0] not in threaded
                )
                continue
            root = self._tree(relation.target, entry, PartKind.COMMENTS)
            authors = [] if root is None else [each.text or "" for each in root.iter("s:author")]
            for comment in () if root is None else root.iter("s:comment"):
                place = comment.get("ref", "")
                index = comment.get("authorId", "")
                is_known = index.isdecimal() and int(index) < len(authors)
                author = authors[int(index)] if is_known else ""
                if place not in threaded:
                    found.append((place, author, rich_text(comment.find("s:text"))))
        for place, author, said in found:
            words = cleaned(_THREADED.sub("", said)).removeprefix(f"{author}:").strip()
            author = "" if author.startswith("tc=") else author.strip()
            by = f" by {author}" if author else ""
            if words:
                comment_text = f"[Comment on {place}{by}: {words}]"
                self.passages.append(Passage(comment_text, PartKind.COMMENTS, entry.number, entry.name))

    def _binary_comments(self, name: str, entry: SheetEntry) -> list[tuple[str, str, str]]:
        try:
            return binary_comments(self.book.parts.read(name))
        except PartUnreadError as error:
            self._name_part(PartKind.COMMENTS, entry, error.why)
            return []

    def _drawings(self, entry: SheetEntry, part: str) -> None:
        for relation in self.book.parts.related(part, "drawing"):
            root = self._tree(relation.target, entry, PartKind.TEXT_BOX)
            if root is not None:
                shapes = Shapes(self.holdings, relation.target, PartKind.TEXT_BOX, entry.number, entry.name)
                self.passages += shapes.read(root)

    def _margins(self, entry: SheetEntry, rest: Element) -> None:
        """Add what is printed above and below the sheet, without page numbers, dates and formatting codes."""
        seen: set[str] = set()
        for element in (inner for each in rest.iter("s:headerFooter") for inner in each):
            is_header = element.tag.endswith("Header")
            text = margin_text(element.text or "")
            if text and text not in seen:
                seen.add(text)
                kind = PartKind.HEADER if is_header else PartKind.FOOTER
                self.passages.append(Passage(text, kind, entry.number, entry.name))

    def _tree(self, name: str, entry: SheetEntry, kind: PartKind) -> Element | None:
        try:
            return self.book.parts.xml(name)
        except PartUnreadError as error:
            self._name_part(kind, entry, error.why)
            return None

    def _name_part(self, kind: PartKind, entry: SheetEntry, why: WhyUnread) -> None:
        self.named.append(Part(kind, entry.number, entry.name, None, HowRead.NOT_READ, why))
