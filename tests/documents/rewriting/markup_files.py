"""Files of markup in tests: written, read as units, and written again with other texts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.rewriting.files import read_units, write_translation
from lmstudio_lite.domain.units import (
    BilingualLayout,
    FileUnits,
    ReadUnitsOptions,
    Unit,
    UnitText,
    WriteUnitsOptions,
)
from tests.documents.rewriting.texts import longer

_LIMITS = ReadLimits()


def echoed(unit: Unit) -> UnitText:
    return UnitText(unit.text, unit.marks)


@dataclass(frozen=True)
class TriedFile:
    """A file that is translated into another beside it."""

    path: Path
    options: ReadUnitsOptions = field(default_factory=ReadUnitsOptions)

    @property
    def units(self) -> FileUnits:
        return read_units(self.path, self.options, _LIMITS)

    @property
    def texts(self) -> list[str]:
        return [unit.text for unit in self.units.units]

    def written(
        self,
        translate: Callable[[Unit], UnitText] = longer,
        target: str = "de",
        source: str = "en",
        layout: BilingualLayout = BilingualLayout.NONE,
    ) -> bytes:
        units = self.units.units
        texts = {number: translate(unit) for number, unit in enumerate(units)}
        return self.written_with(texts, target, source, layout)

    def changes(self, translate: Callable[[Unit], UnitText]) -> tuple[str, ...]:
        """Write a translation into German; return what is told of it."""
        texts = {number: translate(unit) for number, unit in enumerate(self.units.units)}
        output = self.path.with_name(f"output{self.path.suffix}")
        wanted = WriteUnitsOptions("de", "en")
        return tuple(write_translation(self.path, texts, output, self.options, wanted, _LIMITS))

    def written_with(
        self,
        texts: Mapping[int, UnitText],
        target: str = "de",
        source: str = "en",
        layout: BilingualLayout = BilingualLayout.NONE,
    ) -> bytes:
        wanted = WriteUnitsOptions(target, source, layout)
        output = self.path.with_name(f"output{self.path.suffix}")
        write_translation(self.path, texts, output, self.options, wanted, _LIMITS)
        return output.read_bytes()

    def assert_identity(self) -> None:
        """An engine that echoes, and none at all, give back the same bytes."""
        content = self.path.read_bytes()
        assert self.written(echoed) == content
        assert self.written_with({}) == content


def written_file(folder: Path, name: str, content: bytes | str) -> TriedFile:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return TriedFile(path)


def package(parts: Mapping[str, str | bytes], stored: tuple[str, ...] = ("mimetype",)) -> bytes:
    """Return a ZIP file; ``stored`` parts are not compressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            method = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, method)
    return out.getvalue()


def part_of(content: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode()
