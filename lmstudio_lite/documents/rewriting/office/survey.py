"""All texts of one file, found part by part: what a form reads, and where it writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lmstudio_lite.documents.rewriting.office.sites import Site
from lmstudio_lite.documents.rewriting.package import Package
from lmstudio_lite.documents.rewriting.xml_source import FindHole, Splices, XmlSource
from lmstudio_lite.domain.units import (
    BilingualLayout,
    Place,
    Unit,
    UnitKind,
    UnitText,
    WriteUnitsOptions,
    check_unit_text,
)
from lmstudio_lite.errors import DocumentDamagedError, InvariantError


@dataclass(slots=True)
class Entry:
    """One unit and the sites that hold its text: a shape for new programs and the same for old ones."""

    kind: UnitKind
    part: str
    sites: list[tuple[str, Site]]
    max_characters: int | None = None

    @property
    def text(self) -> str:
        return self.sites[0][1].text

    @property
    def form(self) -> tuple[object, ...]:
        """What sites of one unit have in common: the text and the marks."""
        site = self.sites[0][1]
        return site.text, site.marks


@dataclass(slots=True)
class Survey:
    """Collects the entries of a package. Parts that are damaged are left as they are, and counted."""

    package: Package
    entries: list[Entry] = field(default_factory=list)
    kept: Counter[str] = field(default_factory=Counter)
    language: str = ""
    distinct: list[list[Entry | str]] = field(default_factory=list)
    """Texts that must differ from one another, whatever their case: those of units, and others."""
    renamed: dict[str, str] = field(default_factory=dict)
    """New names of sheets by their old ones, casefolded."""
    told: set[str] = field(default_factory=set)
    """Codes of what had to become otherwise than wanted."""
    workbooks: list[tuple[str, str]] = field(default_factory=list)
    """Charts, and the embedded workbooks that hold what they show."""
    _sources: dict[str, XmlSource | None] = field(default_factory=dict)
    _splices: dict[str, Splices] = field(default_factory=dict)

    def source(
        self, name: str, leaves: frozenset[str], find_hole: FindHole | None = None
    ) -> XmlSource | None:
        """Return the part ``name``, None where it is damaged. It is read once."""
        if name not in self._sources:
            try:
                self._sources[name] = XmlSource(self.package.read(name), leaves, find_hole)
            except (ValueError, DocumentDamagedError):
                self._sources[name] = None
                self.kept["damaged_part"] += 1
        return self._sources[name]

    def main_source(self, name: str, leaves: frozenset[str]) -> XmlSource:
        """Return the part without which there is no document.

        Raises:
            DocumentDamagedError: it is not there, or broken.
        """
        found = self.source(name, leaves)
        if found is None:
            raise self.package.damaged()
        return found

    def add(
        self, site: Site, kind: UnitKind, source: str, *, part: str = "", max_characters: int | None = None
    ) -> Entry | None:
        """Add a text as a unit of ``part`` (by default the ``source`` that it stands in), if it has words."""
        if not has_letters(site.text):
            return None
        last = self.entries[-1] if self.entries else None
        if kind is UnitKind.ALT_TEXT and last is not None and last.kind is kind and last.text == site.text:
            # A picture and the frame around it are described alike.
            last.sites.append((source, site))
            return None
        entry = Entry(kind, part or source, [(source, site)], max_characters)
        self.entries.append(entry)
        return entry

    def units(self) -> Iterator[Unit]:
        numbers: Counter[str] = Counter()
        for entry in self.entries:
            numbers[entry.part] += 1
            place = Place(entry.kind, entry.part, numbers[entry.part])
            site = entry.sites[0][1]
            yield Unit(site.text, place, site.marks, max_characters=entry.max_characters)

    def splices(self, name: str) -> Splices:
        """Return what is replaced in the part ``name``, which was read before."""
        if name not in self._splices:
            source = self._sources[name]
            if source is None:
                raise InvariantError(f"{name} is damaged")
            self._splices[name] = Splices(source.data)
        return self._splices[name]

    def put(self, texts: Mapping[int, UnitText], wanted: WriteUnitsOptions) -> int:
        """Put ``texts`` in the place of the units of these numbers; return how many differ from these.

        Raises:
            InvariantError: there is no such unit, or a text does not fit it.
        """
        units = list(self.units())
        num_changed = 0
        for number, text in sorted(texts.items()):
            if not 0 <= number < len(units):
                raise InvariantError(f"unit {number} of {len(units)}")
            check_unit_text(units[number], text)
            is_same = text.text == units[number].text
            if is_same and (text.marks == units[number].marks or wanted.layout is not BilingualLayout.NONE):
                continue
            num_changed += 1
            for name, site in self.entries[number].sites:
                site.write(self.splices(name), text, wanted)
        return num_changed

    def changed_parts(self) -> dict[str, bytes]:
        """Return the parts in which something was replaced."""
        changed = {}
        for name, splices in self._splices.items():
            source = self._sources[name]
            if splices and source is not None:
                changed[name] = source.encoded(splices.result())
        return changed


def has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)
