"""Tables in attached documents: what all of their rows come to, and the head that a cut-out row needs.

A model that sees 40 of 1,200 rows can't count them, and adds badly what it sees. So the program counts and
adds: each table's figures stand before the passages, whatever is asked, in whatever language.
"""

from __future__ import annotations

import bisect
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import regex

_FEWEST_ROWS = 8
_MOST_COLUMNS = 12
_MOST_TABLES = 4
_MOST_VALUES = 12
_MOST_PAIRS = 3
_LONGEST_CELL = 40
_NUMERIC_SHARE = 0.9
_CELL_END = regex.compile(r"(?<!\\)\|")
_RULE = regex.compile(r"\|(?:\s*:?-{2,}:?\s*\|)+\s*")
_UNIT = regex.compile(r"\A\p{Sc}\s*|\s*(?:\p{Sc}|%|\p{L}{1,3})\Z")
_POINT = regex.compile(r"[+−-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?")
_COMMA = regex.compile(r"[+−-]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?")
_WRITTEN = regex.compile(r"[+−-]?\d+(?:[.,\u00a0\u202f'’ ]\d+)*")
_TELLING = 10
_SPACES = {0x20: None, 0xA0: None, 0x202F: None, 0x27: None, 0x2019: None}
"""What stands between thousands besides points and commas."""
_EITHER = regex.compile(r"[+−-]?\d{1,3}[.,]\d{3}")
"""A thousand and something, or one and something: the column's other numbers must tell."""


@dataclass(frozen=True, slots=True)
class Table:
    """``text[start:end]``: head, rule and rows. ``name`` is the heading above it, "" without one."""

    name: str
    start: int
    end: int
    head: str
    columns: tuple[str, ...]
    row_starts: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]


def tables_of(text: str) -> list[Table]:
    """Return the tables of a text in Markdown, as readers write what they find in files."""
    tables: list[Table] = []
    lines = text.splitlines(keepends=True)
    name, place, number = "", 0, 0
    while number < len(lines):
        line = lines[number]
        if line.startswith("#"):
            name = line.lstrip("#").strip()
        is_head = (
            number + 1 < len(lines) and line.startswith("|") and _RULE.fullmatch(lines[number + 1].strip())
        )
        if not is_head:
            place, number = place + len(line), number + 1
            continue
        start, head = place, line + lines[number + 1]
        place, number = place + len(head), number + 2
        row_starts, rows = [], []
        while number < len(lines) and lines[number].startswith("|"):
            row_starts.append(place)
            rows.append(_cells(lines[number]))
            place, number = place + len(lines[number]), number + 1
        columns = _cells(line)
        tables.append(Table(name, start, place, head, columns, tuple(row_starts), tuple(rows)))
    return tables


def head_for(tables: Sequence[Table], offset: int) -> str:
    """Return the head of the table whose rows are cut at ``offset``, and which rows follow; "" elsewhere."""
    for table in tables:
        if table.row_starts and table.start < offset < table.end and offset >= table.row_starts[0]:
            number = bisect.bisect_right(table.row_starts, offset)
            return f"(from row {number:,} of {len(table.rows):,})\n{table.head}"
    return ""


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What tables come to: ``text`` for the model. ``figures`` are the numbers in it that were computed from
    columns of numbers, of ``num_rows_summed`` rows in all.
    """

    text: str = ""
    figures: frozenset[Decimal] = frozenset()
    num_rows_summed: int = 0


def facts_of(tables: Sequence[Table]) -> TableFacts:
    """Return what all rows of the larger tables come to; nothing where there are none."""
    large = [table for table in tables if len(table.rows) >= _FEWEST_ROWS][:_MOST_TABLES]
    each = [(table, *_facts(table)) for table in large]
    return TableFacts(
        "\n\n".join(said for _, said, _ in each),
        frozenset(figure for _, _, figures in each for figure in figures),
        sum(len(table.rows) for table, _, figures in each if figures),
    )


def says_figure(text: str, figures: frozenset[Decimal]) -> bool:
    """Tell whether one of ``figures`` stands in a text, however its thousands and decimals are set apart.

    Small whole numbers don't count: they stand in every text.
    """
    telling = {figure for figure in figures if abs(figure) >= _TELLING or figure % 1}
    return bool(telling) and any(_values(found[0]) & telling for found in _WRITTEN.finditer(text))


def _values(written: str) -> set[Decimal]:
    """Return what a number may mean: its last mark may stand before decimals or between thousands."""
    bare = written.translate(_SPACES).replace("−", "-")
    forms = {bare.replace(",", ""), bare.replace(".", "").replace(",", ".")}
    return {Decimal(form) for form in forms if _POINT.fullmatch(form)}


def _facts(table: Table) -> tuple[str, set[Decimal]]:
    """Return what a table comes to, and the figures among it that were computed from numbers."""
    figures: set[Decimal] = set()
    name = f" of “{table.name}”" if table.name else ""
    lines = [f"Computed from all {len(table.rows):,} rows{name}:"]
    numbers: dict[str, list[Decimal | None]] = {}
    kinds: dict[str, list[str]] = {}
    for place, column in enumerate(table.columns[:_MOST_COLUMNS]):
        if not column or len(column) > _LONGEST_CELL:
            continue
        cells = [row[place] if place < len(row) else "" for row in table.rows]
        values = _numbers(cells)
        if values is not None:
            numbers[column] = values
            lines.append(f"- {column}: {_sums(values)}")
            figures |= _figures(values)
        elif any(cells):
            counts = Counter(cell for cell in cells if cell)
            lines.append(f"- {column}: {_counts(counts)}")
            if 1 < len(counts) <= _MOST_VALUES:
                kinds[column] = cells
    lines += _by_kind(numbers, kinds, figures)
    return "\n".join(lines), figures


def _figures(values: Sequence[Decimal | None]) -> set[Decimal]:
    known = [value for value in values if value is not None]
    total = sum(known, Decimal(0))
    return {total, (total / len(known)).quantize(Decimal("0.01")), min(known), max(known)}


def _sums(values: Sequence[Decimal | None]) -> str:
    known = [value for value in values if value is not None]
    total = sum(known, Decimal(0))
    mean = (total / len(known)).quantize(Decimal("0.01"))
    missing = f", {len(values) - len(known):,} empty" if len(known) < len(values) else ""
    return f"sum {total}, average {mean}, smallest {min(known)}, largest {max(known)}{missing}"


def _counts(counts: Counter[str]) -> str:
    if len(counts) > _MOST_VALUES:
        return f"{len(counts):,} different values"
    return ", ".join(f"{value[:_LONGEST_CELL]} ({count:,} rows)" for value, count in counts.most_common())


def _by_kind(
    numbers: dict[str, list[Decimal | None]], kinds: dict[str, list[str]], figures: set[Decimal]
) -> list[str]:
    """Return the sums of numbers for each value of another column, for the first few pairs of columns.

    They are added to ``figures``.
    """
    lines = []
    pairs = [(kind, column) for kind in kinds for column in numbers][:_MOST_PAIRS]
    for kind, column in pairs:
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for value, number in zip(kinds[kind], numbers[column], strict=True):
            if value and number is not None:
                sums[value] += number
        figures.update(sums.values())
        said = ", ".join(f"{value[:_LONGEST_CELL]} {total}" for value, total in sums.items())
        lines.append(f"- sum of {column} by {kind}: {said}")
    return lines


def _numbers(cells: Sequence[str]) -> list[Decimal | None] | None:
    """Return a column's numbers, None for empty cells; None for a column that holds something else, too.

    A column whose numbers can be read in two ways is taken for no numbers: a wrong sum is worse than none.
    """
    bare = [_UNIT.sub("", cell).translate(_SPACES) for cell in cells]
    filled = [cell for cell in bare if cell]
    if len(filled) < _FEWEST_ROWS // 2 or len(filled) < _NUMERIC_SHARE * len(cells):
        return None
    is_point = all(_POINT.fullmatch(cell) for cell in filled)
    is_comma = all(_COMMA.fullmatch(cell) for cell in filled)
    if is_point and is_comma and any(_EITHER.fullmatch(cell) for cell in filled):
        return None
    if is_point:
        return [_decimal(cell.replace(",", "")) for cell in bare]
    if is_comma:
        return [_decimal(cell.replace(".", "").replace(",", ".")) for cell in bare]
    return None


def _decimal(cell: str) -> Decimal | None:
    return Decimal(cell.replace("−", "-")) if cell else None


def _cells(line: str) -> tuple[str, ...]:
    inner = line.strip().removeprefix("|")
    inner = inner.removesuffix("|") if not inner.endswith("\\|") else inner
    return tuple(cell.replace("\\|", "|").strip() for cell in _CELL_END.split(inner))
