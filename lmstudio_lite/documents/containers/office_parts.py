"""The parts of an office file: members of a ZIP archive, and the relations that lead from one to another.

Packages are described in ECMA-376 part 2 (OPC). Writers take liberties that word processors forgive, so names
are found whatever their case, slashes and percent signs, and a relation's target from the root too.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from dataclasses import dataclass
from urllib.parse import unquote

from lmstudio_lite.documents.containers.office_xml import Element, children, parse_xml
from lmstudio_lite.domain.inventory import WhyUnread

_ZIP_ERRORS = (
    zipfile.BadZipFile,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    zlib.error,
)


class PartUnreadError(ValueError):
    """A part can't be read; ``why`` tells whether it is not there or damaged."""

    def __init__(self, name: str, why: WhyUnread) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


@dataclass(frozen=True, slots=True)
class Relation:
    """``kind`` is the last word of its type ("footnotes"), ``target`` a part's name or an address."""

    key: str
    kind: str
    target: str
    is_external: bool = False


class OfficeParts:
    """A ZIP archive as office programs see it. Names are as ``find`` returns them."""

    def __init__(self, content: bytes) -> None:
        """Open the archive.

        Raises:
            ValueError: it is none, or its directory is gone.
        """
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except _ZIP_ERRORS as error:
            raise ValueError("a damaged archive") from error
        self._members = {_folded(name): name for name in self._archive.namelist() if not name.endswith("/")}
        self._relations: dict[str, dict[str, Relation]] = {}

    @property
    def names(self) -> list[str]:
        return list(self._members.values())

    def find(self, name: str) -> str | None:
        """Return the member that ``name`` means, None where there is none."""
        return self._members.get(_folded(name)) or self._members.get(_folded(unquote(name)))

    def read(self, name: str) -> bytes:
        """Return the bytes of the part ``name``; raises ``PartUnreadError``."""
        member = self.find(name)
        if member is None:
            raise PartUnreadError(name, WhyUnread.MISSING)
        try:
            return self._archive.read(member)
        except _ZIP_ERRORS as error:
            raise PartUnreadError(name, WhyUnread.DAMAGED) from error

    def xml(self, name: str) -> Element:
        """Return the tree of the part ``name``; raises ``PartUnreadError``."""
        content = self.read(name)
        try:
            return parse_xml(content)
        except ValueError as error:
            raise PartUnreadError(name, WhyUnread.DAMAGED) from error

    def optional_xml(self, name: str | None) -> Element | None:
        """Return the tree of a part that only helps to read others, None where it can't be had."""
        try:
            return self.xml(name) if name else None
        except PartUnreadError:
            return None

    def relations(self, source: str) -> dict[str, Relation]:
        """Return by key what the part ``source`` leads to; "" is the package itself."""
        if source not in self._relations:
            folder, name = posixpath.split(source)
            root = self.optional_xml(self.find(f"{folder}/_rels/{name}.rels"))
            found = (self._relation(folder, each) for each in children(root, "rel:Relationship"))
            self._relations[source] = {relation.key: relation for relation in found}
        return self._relations[source]

    def related(self, source: str, kind: str) -> list[Relation]:
        """Return the relations of one kind, in order."""
        return [each for each in self.relations(source).values() if each.kind == kind]

    def related_part(self, source: str, kind: str) -> str | None:
        """Return the first part that the file holds of that kind of relation."""
        targets = (self.find(each.target) for each in self.related(source, kind) if not each.is_external)
        return next((target for target in targets if target), None)

    def main_part(self, usual: str) -> str:
        """Return the part that the package's own relations call the document, else the ``usual`` one."""
        return self.related_part("", "officeDocument") or self.find(usual) or usual

    def _relation(self, folder: str, element: Element) -> Relation:
        kind = element.get("Type", "").rstrip("/").rpartition("/")[2]
        target = element.get("Target", "").strip()
        if element.get("TargetMode") == "External":
            return Relation(element.get("Id", ""), kind, target, is_external=True)
        path = target.replace("\\", "/").partition("#")[0]
        joined = posixpath.normpath(posixpath.join("/", folder, path)).lstrip("/")
        found = self.find(joined) or self.find(path.lstrip("./"))
        return Relation(element.get("Id", ""), kind, found or joined)


def _folded(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()


def part_title(parts: OfficeParts) -> str:
    """Return the title in an Office Open XML package's core properties, "" for none."""
    name = parts.related_part("", "core-properties") or parts.find("docProps/core.xml")
    root = parts.optional_xml(name)
    title = root.find("dc:title") if root is not None else None
    return (title.text or "") if title is not None else ""
