"""Files that are text, whatever its form: cut into slots, and written with nothing but those changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.rewriting.encoded import (
    ENCODING_UTF8,
    EncodedText,
    has_stand_ins,
    in_utf8,
    read_encoded,
)
from lmstudio_lite.documents.rewriting.slots import SlottedText, apply_edits, edits_of
from lmstudio_lite.domain.units import (
    BilingualLayout,
    FileUnits,
    ReadUnitsOptions,
    UnitText,
    WriteUnitsOptions,
)
from lmstudio_lite.errors import DocumentColumnError, DocumentDamagedError, DocumentLayoutError


class MalformedError(ValueError):
    """A text is not of the form that its file's name says."""


class UnknownColumnError(ValueError):
    """A table has no column of the name or number that is asked for."""

    def __init__(self, column: str, known: Sequence[str]) -> None:
        super().__init__(column)
        self.column = column
        self.known = tuple(known)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A kind of text file. ``split`` finds what is translated in it, and raises ``MalformedError``.

    ``declared`` rewrites what a text says of its own encoding once that becomes UTF-8. ``mark`` is the byte
    order mark that such a text gets then. ``referenced`` writes a character that an encoding lacks in ASCII,
    where the form has a way for that. ``output_suffix`` "" is the file's own.
    """

    suffixes: frozenset[str]
    split: Callable[[str, ReadUnitsOptions], SlottedText]
    declared: Callable[[str], str] = lambda text: text
    mark: bytes = b""
    referenced: Callable[[str], str] | None = None
    output_suffix: str = ""

    def read(self, path: Path, options: ReadUnitsOptions, limits: ReadLimits) -> FileUnits:
        """See ``FileForm.read``."""
        _encoded, slotted = self._slotted(path, options, limits)
        units = tuple(slot.unit for slot in slotted.slots)
        return FileUnits(units, self.output_suffix or path.suffix, slotted.language, slotted.kept)

    def write(
        self,
        path: Path,
        texts: Mapping[int, UnitText],
        target: Path,
        options: ReadUnitsOptions,
        wanted: WriteUnitsOptions,
        limits: ReadLimits,
    ) -> tuple[str, ...]:
        """See ``FileForm.write``."""
        encoded, slotted = self._slotted(path, options, limits)
        if wanted.layout is not BilingualLayout.NONE and wanted.layout not in slotted.layouts:
            raise DocumentLayoutError(path=str(path), layout=wanted.layout.value)
        edits = edits_of(slotted.slots, texts, wanted.layout)
        if texts and slotted.whole is not None:
            edits += slotted.whole(texts, wanted)
        if not edits:
            target.write_bytes(encoded.content)
            return ()
        content, remarks = self._encoded(encoded, apply_edits(encoded.text, edits))
        target.write_bytes(content)
        return (*remarks, *slotted.remarks(wanted))

    def _slotted(
        self, path: Path, options: ReadUnitsOptions, limits: ReadLimits
    ) -> tuple[EncodedText, SlottedText]:
        encoded = read_encoded(path, limits, options.encoding)
        try:
            slotted = self.split(encoded.text, options)
        except MalformedError:
            raise DocumentDamagedError(path=str(path), reason="corrupt") from None
        except UnknownColumnError as error:
            known = ", ".join(error.known)
            raise DocumentColumnError(path=str(path), column=error.column, known=known) from None
        except RecursionError:
            raise DocumentDamagedError(path=str(path), reason="out_of_memory") from None
        readable = tuple(slot for slot in slotted.slots if not has_stand_ins(slot.unit.text))
        num_broken = len(slotted.slots) - len(readable)
        if num_broken:
            kept = (*slotted.kept, ("undecodable", num_broken))
            slotted = replace(slotted, slots=readable, kept=kept)
        return encoded, slotted

    def _encoded(self, encoded: EncodedText, text: str) -> tuple[bytes, tuple[str, ...]]:
        if encoded.is_exact:
            try:
                return encoded.encoded(text), ()
            except UnicodeEncodeError:
                if self.referenced is not None:
                    return encoded.encoded(_referenced(text, encoded, self.referenced)), ()
        return in_utf8(self.declared(text), self.mark), (ENCODING_UTF8,)


def _referenced(text: str, encoded: EncodedText, referenced: Callable[[str], str]) -> str:
    """Return ``text`` with what its encoding lacks written in ASCII."""
    known: dict[str, str | int | None] = {}
    for sign in set(text):
        try:
            encoded.encoded(sign)
        except UnicodeEncodeError:
            known[sign] = referenced(sign)
    return text.translate(str.maketrans(known))
