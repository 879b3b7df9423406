"""What Word, Excel and PowerPoint files have in common: relations, a title, and how a form works.

Packages are described in ECMA-376 part 2. A form finds the texts of its files (``survey``) and says in which
language and direction they are now (``localize``); reading and writing are the same for all.
"""

from __future__ import annotations

import posixpath
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lmstudio_lite.documents.containers.office_parts import Relation
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.rewriting.office.embedded import Workbooks, changed_workbooks
from lmstudio_lite.documents.rewriting.office.sites import LeafSite
from lmstudio_lite.documents.rewriting.office.survey import Survey
from lmstudio_lite.documents.rewriting.package import Package, open_package
from lmstudio_lite.documents.rewriting.xml_source import XmlSource
from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.domain.units import (
    BilingualLayout,
    FileUnits,
    ReadUnitsOptions,
    Unit,
    UnitKind,
    UnitText,
    WriteUnitsOptions,
)
from lmstudio_lite.errors import DocumentDamagedError, DocumentLayoutError, DocumentUnsupportedError

_NO_LEAVES: frozenset[str] = frozenset()
_ENOUGH_LETTERS = 200
_TITLE_LEAVES = frozenset(("dc:title",))


class Relations:
    """The parts that others lead to, as the package says."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._known: dict[str, list[Relation]] = {}

    def of(self, source: str) -> list[Relation]:
        """Return what the part ``source`` leads to within the file, in order; "" is the package itself."""
        if source not in self._known:
            folder, name = posixpath.split(source)
            part = self._package.find(posixpath.join(folder, "_rels", f"{name}.rels"))
            self._known[source] = list(self._read(folder, part)) if part else []
        return self._known[source]

    def targets(self, source: str, *kinds: str) -> list[str]:
        """Return the parts of these kinds of relation, each once."""
        return list(dict.fromkeys(each.target for each in self.of(source) if each.kind in kinds))

    def _read(self, folder: str, part: str) -> Iterator[Relation]:
        try:
            root = XmlSource(self._package.read(part), _NO_LEAVES).root
        except (ValueError, DocumentDamagedError):
            return
        for element in root.children:
            target = element.get("Target").strip().replace("\\", "/").partition("#")[0]
            if element.get("TargetMode") == "External" or not target:
                continue
            joined = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found = self._package.find(joined) or self._package.find(target.lstrip("./"))
            if found:
                kind = element.get("Type").rstrip("/").rpartition("/")[2]
                yield Relation(element.get("Id"), kind, found)


class OpenXmlForm(ABC):
    """A ``FileForm`` of zipped XML."""

    suffixes: frozenset[str]
    main_part: str
    layouts: frozenset[BilingualLayout] = frozenset()

    def __init__(self, workbooks: Workbooks | None = None) -> None:
        """``workbooks`` changes those that charts hold, None leaves them as they are."""
        self._workbooks = workbooks

    @abstractmethod
    def survey(self, survey: Survey, relations: Relations, main: str, options: ReadUnitsOptions) -> None:
        """Add the file's texts in reading order.

        Raises:
            DocumentDamagedError: its main part can't be read.
        """

    @abstractmethod
    def localize(self, survey: Survey, relations: Relations, main: str, wanted: WriteUnitsOptions) -> None:
        """Say in the file which language its text is in now."""

    def read(self, path: Path, options: ReadUnitsOptions, limits: ReadLimits) -> FileUnits:
        with open_package(path, limits) as package:
            survey, _, _ = self._surveyed(package, options)
            kept = tuple(sorted(each for each in survey.kept.items() if each[1]))
            units = tuple(survey.units())
            return FileUnits(units, path.suffix.lower(), _believed_language(survey.language, units), kept)

    def write(
        self,
        path: Path,
        texts: Mapping[int, UnitText],
        target: Path,
        options: ReadUnitsOptions,
        wanted: WriteUnitsOptions,
        limits: ReadLimits,
    ) -> tuple[str, ...]:
        if wanted.layout is not BilingualLayout.NONE and wanted.layout not in self.layouts:
            raise DocumentLayoutError(path=str(path), layout=wanted.layout)
        with open_package(path, limits) as package:
            survey, relations, main = self._surveyed(package, options)
            texts = self.adjusted(survey, texts)
            workbooks: dict[str, bytes] = {}
            if survey.put(texts, wanted):
                self.localize(survey, relations, main, wanted)
                if relations.targets("", "origin"):
                    survey.told.add("signature_invalid")
                if self._workbooks is not None:
                    workbooks = changed_workbooks(self._workbooks, survey, texts, wanted, limits)
            package.write(target, survey.changed_parts() | workbooks)
        return tuple(sorted(survey.told))

    def adjusted(self, survey: Survey, texts: Mapping[int, UnitText]) -> Mapping[int, UnitText]:
        """Return the texts as the format allows them."""
        return texts

    def _surveyed(self, package: Package, options: ReadUnitsOptions) -> tuple[Survey, Relations, str]:
        relations = Relations(package)
        main = next(iter(relations.targets("", "officeDocument")), None) or package.find(self.main_part)
        if main is None or not main.lower().endswith(".xml"):
            raise DocumentUnsupportedError(path=str(package.path), mime_type="application/zip")
        survey = Survey(package)
        self.survey(survey, relations, main, options)
        survey.kept["macro"] += len(relations.targets(main, "vbaProject"))
        return survey, relations, main


def _believed_language(stated: str, units: Sequence[Unit]) -> str:
    """Return the language that a file says it is in, "" where its words say otherwise.

    Programs put their own language into files: of 87 public files with ``_ENOUGH_LETTERS`` and more nine said
    another than they were in, and the words told the right one each time; of shorter ones they did not.
    """
    text = "\n".join(unit.text for unit in units)
    if not stated or sum(map(str.isalpha, text)) < _ENOUGH_LETTERS:
        return stated
    return stated if detect_language(text) in ("", stated) else ""


def add_title(survey: Survey, relations: Relations) -> None:
    """Add the title in the file's properties."""
    part = next(iter(relations.targets("", "core-properties")), None)
    source = survey.source(part, _TITLE_LEAVES) if part else None
    title = source.root.find("dc:title") if source is not None else None
    if part is not None and title is not None and not title.is_empty:
        survey.add(LeafSite(title), UnitKind.TITLE, part)
