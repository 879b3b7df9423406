"""Names of Excel's sheets, which formulas, charts and links know sheets by (ISO 29500-1 §18.17).

They are translated only where every use of them can be found: macros, forms' controls, formulas that put
references together from texts (INDIRECT), and ranges over several sheets make a file keep its names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lmstudio_lite.documents.rewriting.office.open_xml import Relations
from lmstudio_lite.documents.rewriting.office.sheet_cells import formulas
from lmstudio_lite.documents.rewriting.office.sites import LeafSite, ValueSite
from lmstudio_lite.documents.rewriting.office.survey import Entry, Survey
from lmstudio_lite.documents.rewriting.xml_source import XmlNode, XmlSource, escaped, escaped_value
from lmstudio_lite.domain.units import UnitKind

MOST_CHARACTERS = 31
APP_LEAVES = frozenset(("vt:lpstr",))
_REFERENCE = re.compile(r"""("(?:[^"]|"")*")|(?<![\w.\]'])(?:'((?:[^']|'')+)'|(\w[\w.]*))!""")
"""A text, or the name of a sheet before a reference to its cells."""
_OVER_SHEETS = re.compile(r"""[\w.]:[\w.]+!|'[^']*:[^']*'!""")
_FROM_TEXT = re.compile(r"\bINDIRECT\s*\(", re.IGNORECASE)
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]+")
_LINKED_TEXT = frozenset(("xdr:sp", "xdr:cxnSp"))
_LINKS = frozenset(("s:hyperlink",))
_PIVOT_SOURCES = frozenset(("s:worksheetSource",))


@dataclass(frozen=True, slots=True)
class NameUses:
    """The parts in which sheets are named: those with formulas, and those of which an attribute names one."""

    parts: dict[str, XmlSource]
    drawings: tuple[XmlSource, ...]


def add_sheet_names(
    survey: Survey, relations: Relations, main: str, entries: list[XmlNode], uses: NameUses
) -> None:
    """Add the names of the sheets, or count them as kept where they can't be changed safely."""
    if _is_risky(relations, main, uses):
        survey.kept["sheet_name"] += len(entries)
        return
    named = _names_in_properties(survey, relations)
    for node in entries:
        entry = survey.add(ValueSite(node, "name"), UnitKind.SHEET_NAME, main, max_characters=MOST_CHARACTERS)
        if entry is not None:
            entry.sites += named.pop(entry.text, [])


def _is_risky(relations: Relations, main: str, uses: NameUses) -> bool:
    if relations.targets(main, "vbaProject"):
        return True
    if any(relations.targets(part, "ctrlProp") for part in uses.parts):
        return True
    for drawing in uses.drawings:
        if any("!" in node.get("textlink") for node in drawing.root.iter_tags(_LINKED_TEXT)):
            return True
    return any(
        _FROM_TEXT.search(each.text) or _OVER_SHEETS.search(each.text)
        for source in uses.parts.values()
        for each in formulas(source)
    )


def _names_in_properties(survey: Survey, relations: Relations) -> dict[str, list[tuple[str, LeafSite]]]:
    """Return where the file's properties list its sheets, by name."""
    found: dict[str, list[tuple[str, LeafSite]]] = {}
    for part in relations.targets("", "extended-properties"):
        source = survey.source(part, APP_LEAVES)
        for node in source.root.iter_tags(APP_LEAVES) if source is not None else ():
            found.setdefault(node.text, []).append((part, LeafSite(node)))
    return found


def allowed_names(entries: list[Entry], wanted: Mapping[int, str]) -> dict[int, str]:
    """Return for each entry's place the name that Excel takes, as near as possible to the ``wanted`` one."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for place, entry in enumerate(entries):
        name = " ".join(_FORBIDDEN.sub(" ", wanted.get(place, entry.text)).split()).strip("'")
        name = name[:MOST_CHARACTERS].strip().strip("'") or entry.text
        stem, count = name, 1
        while name.casefold() in taken:
            count += 1
            ending = f" {count}"
            name = stem[: MOST_CHARACTERS - len(ending)] + ending
        taken.add(name.casefold())
        names[place] = name
    return names


def rename_uses(survey: Survey, names: Mapping[str, str], uses: NameUses) -> None:
    """Put new names of sheets (by the old ones, casefolded) wherever the old ones lead to cells."""
    for part, source in uses.parts.items():
        splices = survey.splices(part)
        for formula in formulas(source):
            text = _renamed(formula.text, names)
            if text != formula.text:
                splices.replace(formula.stretch, escaped(text))
        for node, name in _attributes(source):
            stretch = node.value_stretch(name)
            value = node.get(name)
            text = names.get(value.casefold(), value) if name == "sheet" else _renamed(value, names)
            if stretch is not None and text != value:
                splices.replace(stretch, escaped_value(text))


def _attributes(source: XmlSource) -> Iterator[tuple[XmlNode, str]]:
    for node in source.root.iter_tags(_LINKS | _PIVOT_SOURCES):
        yield node, "location" if node.tag in _LINKS else "sheet"


def _renamed(formula: str, names: Mapping[str, str]) -> str:
    def renamed(found: re.Match[str]) -> str:
        name = found[3] or (found[2] or "").replace("''", "'")
        new = names.get(name.casefold())
        if found[1] is not None or new is None:
            return found[0]
        doubled = new.replace("'", "''")
        return f"'{doubled}'!"

    return _REFERENCE.sub(renamed, formula)
